-- depends_on: {{ ref('int_dossiers_touched') }}
with dossiers as (
    select * from {{ ref('int_dossiers_now') }}
    where is_current and finished_at is not null and has_finished_time
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

days as (
    select * from {{ ref('int_timesheet_days') }}
),

margins as (
    select max(margin_minutes) as margin_minutes from {{ ref('integrity_signals') }}
    where signal_code = 'bulk_closing_outside_hours'
),

-- the last working day up to the 14th, and of the month
period_ends as (
    select
        calendar_code,
        timesheet_code,
        {{ month_of('date_day') }} as month_date,
        max(case when day(date_day) <= 14 then working_day_ordinal end) as reporting_end_ordinal,
        max(working_day_ordinal) as month_end_ordinal
    from days
    group by calendar_code, timesheet_code, {{ month_of('date_day') }}
),

placed as (
    select
        dossiers.dossier_key,
        dossiers.source_system,
        dossiers.dossier_code,
        dossiers.agency_key,
        dossiers.finished_at,
        not days.is_working_day
        or {{ minute_of_day('dossiers.finished_at') }} < days.morning_start_minute - margins.margin_minutes
        or {{ minute_of_day('dossiers.finished_at') }} > days.day_end_minute + margins.margin_minutes
            as is_outside_hours,
        days.is_working_day
        and days.working_day_ordinal in (period_ends.reporting_end_ordinal, period_ends.month_end_ordinal)
            as is_period_end
    from dossiers
    -- left, although what has no calendar falls out below: an engine that expects no match would keep all dossiers in
    -- memory
    left join source_systems on dossiers.source_system = source_systems.source_system
    left join days
        on
            source_systems.calendar_code = days.calendar_code
            and dossiers.timesheet_code = days.timesheet_code
            and cast(dossiers.finished_at as date) = days.date_day
    left join period_ends
        on
            days.calendar_code = period_ends.calendar_code
            and days.timesheet_code = period_ends.timesheet_code
            and {{ month_of('days.date_day') }} = period_ends.month_date
    cross join margins
)

select * from placed
where is_outside_hours or is_period_end
