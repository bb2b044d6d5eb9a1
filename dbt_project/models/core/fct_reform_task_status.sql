with told as (
    select * from {{ ref('stg_reform_task_statuses') }}
),

-- of two states of one day the one further along counts
ranked as (
    select
        *,
        case status_code when 'assigned' then 1 when 'in_progress' then 2 when 'cancelled' then 3 else 4 end as progress
    from told
),

one_a_day as (
    select *
    from ranked
    qualify row_number() over (partition by source_system, task_code, status_date order by progress desc nulls last) = 1
),

changes as (
    select *
    from one_a_day
    qualify
        lag(status_code) over (partition by source_system, task_code order by status_date nulls first)
        is distinct from status_code
)

select
    source_system,
    task_code,
    status_code,
    status_date as valid_from_date,
    evidence_label,
    is_sample,
    source_system || ':' || task_code as task_key,
    lead(status_date) over (partition by source_system, task_code order by status_date nulls first) as valid_to_date,
    row_number() over (partition by source_system, task_code order by status_date nulls first) as version_number
from changes
