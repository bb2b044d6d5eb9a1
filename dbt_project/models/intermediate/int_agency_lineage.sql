with recursive agencies as (
    select
        agencies.*,
        successors.next_agency_code,
        successors.successor_basis
    from {{ ref('int_agencies') }} as agencies
    inner join {{ ref('int_agency_successors') }} as successors on agencies.agency_key = successors.agency_key
),

steps as (
    select
        agency_key,
        agency_register,
        agency_key as reached_key,
        agency_code as reached_code,
        agency_name as reached_name,
        valid_to_date as reached_until_date,
        next_agency_code as next_code,
        successor_basis as next_basis,
        0 as choice_count,
        0 as step_count
    from agencies

    union all

    -- whoever held the successor's code on the day the span ended; each step ends later, so there is no circle
    select
        steps.agency_key,
        steps.agency_register,
        agencies.agency_key as reached_key,
        agencies.agency_code as reached_code,
        agencies.agency_name as reached_name,
        agencies.valid_to_date as reached_until_date,
        agencies.next_agency_code as next_code,
        agencies.successor_basis as next_basis,
        steps.choice_count + case when steps.next_basis = 'choice' then 1 else 0 end as choice_count,
        steps.step_count + 1 as step_count
    from steps
    inner join agencies
        on
            steps.agency_register = agencies.agency_register
            and steps.next_code = agencies.agency_code
            and steps.reached_until_date >= agencies.valid_from_date
            and (agencies.valid_to_date is null or steps.reached_until_date < agencies.valid_to_date)
    where steps.step_count < {{ var('longest_lineage') }}
),

width as (
    select
        agency_key,
        step_count
    from steps
    group by agency_key, step_count
    having count(*) > 1
),

-- a register that contradicts itself leads to two places at once, which is nowhere
forked as (
    select agency_key
    from width
    group by agency_key
),

ends as (
    select *
    from steps
    qualify row_number() over (
        partition by agency_key
        order by step_count desc nulls last, reached_key asc nulls last
    ) = 1
),

judged as (
    select
        ends.*,
        case
            when forked.agency_key is not null then 'unknown'
            when ends.reached_until_date is null and ends.step_count = 0 then 'same'
            when ends.reached_until_date is null and ends.choice_count > 0 then 'split_decided'
            when ends.reached_until_date is null then 'merged'
            when ends.next_basis = 'split' then 'split_unresolved'
            when ends.next_basis = 'none' then 'ended'
            else 'unknown'
        end as as_is_status
    from ends
    left join forked on ends.agency_key = forked.agency_key
)

select
    agencies.agency_key,
    agencies.agency_register,
    agencies.agency_code,
    agencies.valid_from_date,
    judged.as_is_status,
    judged.step_count,
    case
        when judged.as_is_status in ('same', 'merged', 'split_decided') then judged.reached_key
        when judged.as_is_status = 'split_unresolved' then agencies.agency_register || ':split'
        when judged.as_is_status = 'ended' then agencies.agency_register || ':ended'
        else agencies.agency_register || ':unmapped'
    end as as_is_agency_key,
    case
        when judged.as_is_status in ('same', 'merged', 'split_decided') then judged.reached_code
    end as as_is_agency_code,
    case
        when judged.as_is_status in ('same', 'merged', 'split_decided') then judged.reached_name
    end as as_is_agency_name,
    case
        when judged.as_is_status not in ('same', 'merged', 'split_decided') then judged.reached_key
    end as stopped_agency_key,
    case
        when judged.as_is_status not in ('same', 'merged', 'split_decided') then judged.next_code
    end as stopped_next_code
from agencies
inner join judged on agencies.agency_key = judged.agency_key
