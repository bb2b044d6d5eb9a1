with days as (
    select
        *,
        working_minutes_before + day_minutes as working_minutes_through
    from {{ ref('int_timesheet_days') }}
    where is_working_day
),

-- the minutes of a day end at 1 … n of it; a day of an hour or more shares an hour with at most one other
hours as (
    select
        calendar_code,
        timesheet_code,
        date_day,
        working_minutes_through,
        {{ each_number('floor((working_minutes_before + 1) / 60)', 'floor(working_minutes_through / 60)') }}
            as hour_ordinal
    from days
)

select
    calendar_code,
    timesheet_code,
    hour_ordinal,
    min(date_day) as first_date,
    max(date_day) as last_date,
    min(working_minutes_through) as minutes_through_first_date
from hours
group by calendar_code, timesheet_code, hour_ordinal
