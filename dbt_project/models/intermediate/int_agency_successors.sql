with agencies as (
    select * from {{ ref('int_agencies') }}
),

candidates as (
    select * from {{ ref('int_agency_candidates') }}
),

choices as (
    select * from {{ ref('agency_successor_choices') }}
),

counted as (
    select
        agency_key,
        count(*) as candidate_count,
        sum(whole_count) as whole_count,
        min(candidate_agency_code) as first_candidate_code
    from candidates
    group by agency_key
),

-- an answer counts when it names one of the candidates; two answers at once are none
chosen as (
    select
        candidates.agency_key,
        min(candidates.candidate_agency_code) as chosen_agency_code
    from candidates
    inner join choices
        on
            candidates.agency_register = choices.agency_register
            and candidates.agency_code = choices.agency_code
            and candidates.candidate_agency_code = choices.successor_agency_code
            and candidates.valid_to_date >= choices.valid_from_date
            and (choices.valid_to_date is null or candidates.valid_to_date < choices.valid_to_date)
    group by candidates.agency_key
    having count(distinct candidates.candidate_agency_code) = 1
),

judged as (
    select
        agencies.agency_key,
        agencies.agency_register,
        agencies.valid_to_date,
        agencies.successor_agency_code as registered_code,
        chosen.chosen_agency_code,
        counted.first_candidate_code,
        coalesce(counted.candidate_count, 0) as candidate_count,
        case
            when agencies.valid_to_date is null then 'holds'
            when chosen.chosen_agency_code is not null then 'choice'
            when counted.candidate_count > 1 or counted.whole_count = 0 then 'split'
            when agencies.successor_agency_code is not null then 'register'
            when counted.candidate_count = 1 then 'succession'
            else 'none'
        end as successor_basis
    from agencies
    left join counted on agencies.agency_key = counted.agency_key
    left join chosen on agencies.agency_key = chosen.agency_key
)

select
    agency_key,
    agency_register,
    successor_basis,
    candidate_count,
    case successor_basis
        when 'choice' then chosen_agency_code
        when 'register' then registered_code
        when 'succession' then first_candidate_code
    end as next_agency_code
from judged
