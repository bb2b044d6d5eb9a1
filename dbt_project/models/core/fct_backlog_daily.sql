with spans as (
    select * from {{ ref('fct_backlog_span') }}
),

queues as (
    select * from {{ ref('dim_backlog_queue') }}
),

source_systems as (
    select * from {{ ref('dim_source_system') }}
),

due_after_cut as (
    select * from {{ ref('fct_backlog_due_after_cut') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

ends as (
    select max(data_cut_date) as last_date from source_systems
),

-- a change holds until the next one; where nothing is open, days without a change have no row
filled as (
    select
        spans.*,
        {{ each_day(
            'spans.from_date',
            'case when spans.closing_count = 0 then spans.from_date else least('
            ~ add_days('spans.to_date', -1) ~ ', ends.last_date) end'
        ) }} as date_day
    from spans
    cross join ends
    where spans.from_date <= ends.last_date
)

select -- noqa: ST06
    queues.source_system,
    queues.agency_key,
    queues.field_name,
    filled.date_day,
    case
        when filled.date_day = filled.from_date then filled.opening_count else filled.closing_count
    end as opening_count,
    {{ on_day_of_change('filled.received_count') }} as received_count,
    {{ on_day_of_change('filled.reopened_count') }} as reopened_count,
    {{ on_day_of_change('filled.finished_count') }} as finished_count,
    {{ on_day_of_change('filled.ended_without_result_count') }} as ended_without_result_count,
    {{ on_day_of_change('filled.handed_in_count') }} as handed_in_count,
    {{ on_day_of_change('filled.handed_out_count') }} as handed_out_count,
    filled.closing_count,
    -- on the day of the data cut a promise is past at the data cut
    filled.closing_past_due_count - case
        when filled.date_day = source_systems.data_cut_date then coalesce(due_after_cut.due_after_cut_count, 0) else 0
    end as closing_past_due_count,
    filled.closing_age_band_1_count,
    filled.closing_age_band_2_count,
    filled.closing_age_band_3_count,
    filled.closing_age_band_4_count,
    filled.closing_age_band_5_count,
    filled.closing_age_unknown_count,
    source_systems.data_cut_at,
    calendar_versions.calendar_version
from filled
inner join queues on filled.queue_number = queues.queue_number
inner join source_systems on queues.source_system = source_systems.source_system
left join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
left join due_after_cut on filled.queue_number = due_after_cut.queue_number
where filled.date_day <= source_systems.data_cut_date
