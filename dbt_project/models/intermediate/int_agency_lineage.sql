with recursive agencies as (
    select * from {{ ref('int_agencies') }}
),

steps as (
    select
        agency_key,
        agency_register,
        agency_code as reached_code,
        agency_name as reached_name,
        valid_to_date as reached_until_date,
        successor_agency_code as next_code,
        0 as step_count
    from agencies

    union all

    -- whoever held the successor's code on the day the span ended; each step ends later, so there is no circle
    select
        steps.agency_key,
        steps.agency_register,
        agencies.agency_code as reached_code,
        agencies.agency_name as reached_name,
        agencies.valid_to_date as reached_until_date,
        agencies.successor_agency_code as next_code,
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

living as (
    select
        agency_key,
        reached_code,
        reached_name
    from steps
    where reached_until_date is null
),

followed as (
    select
        agency_key,
        max(step_count) as step_count
    from steps
    group by agency_key
)

select
    agencies.agency_key,
    agencies.agency_register,
    agencies.agency_code,
    agencies.valid_from_date,
    living.reached_code as as_is_agency_code,
    living.reached_name as as_is_agency_name,
    followed.step_count
from agencies
inner join followed on agencies.agency_key = followed.agency_key
left join living on agencies.agency_key = living.agency_key
