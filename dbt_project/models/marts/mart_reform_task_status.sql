with tasks as (
    select * from {{ ref('fct_reform_task') }}
),

fields as (
    select * from {{ ref('dim_reform_field') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

counted as (
    select
        plan_year,
        agency_key,
        field_code,
        is_sample,
        max(data_cut_at) as data_cut_at,
        count(*) as task_count,
        count(*) filter (where task_outcome = 'done_on_time') as done_on_time_count,
        count(*) filter (where task_outcome = 'done_late') as done_late_count,
        count(*) filter (where task_outcome = 'open_late') as open_late_count,
        count(*) filter (where task_outcome = 'open_in_time') as open_in_time_count,
        count(*) filter (where task_outcome = 'cancelled') as cancelled_count,
        count(*) filter (where task_outcome = 'cannot_tell') as cannot_tell_count
    from tasks
    group by plan_year, agency_key, field_code, is_sample
)

select
    counted.plan_year,
    counted.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    counted.field_code,
    fields.name_vi as field_name_vi,
    counted.is_sample,
    counted.task_count,
    counted.done_on_time_count,
    counted.done_late_count,
    counted.open_late_count,
    counted.open_in_time_count,
    counted.cancelled_count,
    counted.cannot_tell_count,
    {{ pct('counted.done_on_time_count + counted.done_late_count', 'counted.task_count - counted.cancelled_count') }}
        as done_pct,
    {{ pct(
        'counted.done_late_count + counted.open_late_count',
        'counted.done_on_time_count + counted.done_late_count + counted.open_late_count'
    ) }} as late_pct,
    counted.data_cut_at
from counted
left join agencies on counted.agency_key = agencies.agency_key
left join fields on counted.field_code = fields.field_code
