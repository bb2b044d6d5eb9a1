with tasks as (
    select * from {{ ref('stg_reform_tasks') }}
),

statuses as (
    select * from {{ ref('fct_reform_task_status') }}
),

cuts as (
    {{ register_cuts() }}
),

named as (
    select * from {{ ref('int_register_agencies') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

-- the state on the day of the data cut; a state dated later is not yet one
states as (
    select
        tasks.*,
        cuts.data_cut_at,
        cuts.data_cut_date,
        statuses.status_code,
        statuses.valid_from_date as status_since_date
    from tasks
    left join cuts on tasks.source_system = cuts.source_system
    left join statuses
        on
            tasks.source_system = statuses.source_system
            and tasks.task_code = statuses.task_code
            and (cuts.data_cut_date is null or cuts.data_cut_date >= statuses.valid_from_date)
            and (statuses.valid_to_date is null or cuts.data_cut_date < statuses.valid_to_date)
),

judged as (
    select
        *,
        case
            when status_code = 'cancelled' then 'cancelled'
            when status_code = 'done' and status_since_date <= due_date then 'done_on_time'
            when status_code = 'done' then 'done_late'
            when data_cut_date is null then 'cannot_tell'
            when data_cut_date > due_date then 'open_late'
            else 'open_in_time'
        end as task_outcome
    from states
)

select
    judged.source_system || ':' || judged.task_code as task_key,
    judged.source_system,
    judged.task_code,
    judged.plan_year,
    judged.field_code,
    judged.task_name,
    judged.product_label,
    judged.agency_name as delivered_agency_name,
    named.agency_key,
    named.agency_resolution,
    agencies.agency_code,
    agencies.agency_name,
    judged.lead_label,
    judged.due_date,
    coalesce(judged.status_code, 'assigned') as status_code,
    judged.status_since_date,
    judged.task_outcome,
    case
        when judged.task_outcome = 'done_late' then {{ days_between('judged.due_date', 'judged.status_since_date') }}
        when judged.task_outcome = 'open_late' then {{ days_between('judged.due_date', 'judged.data_cut_date') }}
    end as late_days,
    judged.source_label,
    judged.is_sample,
    judged.data_cut_at
from judged
inner join named on {{ is_named_agency('judged', 'named', 'judged.due_date') }}
left join agencies on named.agency_key = agencies.agency_key
