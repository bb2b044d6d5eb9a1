-- (11) of report form II.06a is what the backlog had open on the last day of the period, or at the data cut, for every
-- agency and field; (13) is a part of what the backlog calls past due, which knows no waiting.
-- A row here means that two figures of one thing differ; nothing may be published. The data team looks at
-- int_backlog_stays.
with forms as (
    select
        source_system,
        agency_key,
        field_name,
        column_11_open_count as open_count,
        column_13_open_late_count as open_late_count,
        cast(least(cast(period_end_date as timestamp), date_trunc('day', data_cut_at)) as date) as date_day
    from {{ ref('mart_form_06a') }}
    where period_type in ('reporting_month', 'calendar_month')
),

backlog as (
    select * from {{ ref('fct_backlog_daily') }}
)

select
    forms.source_system,
    forms.agency_key,
    forms.date_day
from forms
left join backlog
    on
        forms.source_system = backlog.source_system
        and forms.agency_key = backlog.agency_key
        and forms.field_name = backlog.field_name
        and forms.date_day = backlog.date_day
where
    forms.open_count != coalesce(backlog.closing_count, 0)
    or forms.open_late_count > coalesce(backlog.closing_past_due_count, 0)
