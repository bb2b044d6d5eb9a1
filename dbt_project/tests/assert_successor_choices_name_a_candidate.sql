-- Every answer about a divided commune names one of the communes that received a part of it, and there is one answer
-- for each. A row here means that an answer is not obeyed: its code is mistyped, its days are wrong, the register was
-- never delivered, or another row says something else. Correct it in seeds/agency_successor_choices.csv.
{{ config(severity = 'warn') }}

with choices as (
    select * from {{ ref('agency_successor_choices') }}
),

obeyed as (
    select
        agencies.agency_register,
        agencies.agency_code,
        successors.next_agency_code
    from {{ ref('int_agencies') }} as agencies
    inner join {{ ref('int_agency_successors') }} as successors on agencies.agency_key = successors.agency_key
    where successors.successor_basis = 'choice'
)

select
    choices.agency_register,
    choices.agency_code,
    choices.successor_agency_code
from choices
left join obeyed
    on
        choices.agency_register = obeyed.agency_register
        and choices.agency_code = obeyed.agency_code
        and choices.successor_agency_code = obeyed.next_agency_code
where obeyed.next_agency_code is null
