{#
  Which hours are worked on which day, and the running totals that stand in for counting them.
  Not here: which days are worked (the calendar given), counting with the totals (working_time.sql).
  Explained in docs/how-time-is-counted.md, "How it is looked up".
#}

{# A query: one row per timesheet and day of `calendar`, a relation with calendar_code, date_day, is_working_day and
   working_day_ordinal. #}
{% macro timesheet_days(calendar) %}
with calendar as (
    select * from {{ calendar }}
),

timesheets as (
    select
        calendar_code,
        coalesce(agency_register || ':' || agency_code, 'default') as timesheet_code,
        valid_from_date,
        valid_to_date,
        {{ minute_of_time('morning_start') }} as morning_start_minute,
        {{ minute_of_time('morning_end') }} as morning_end_minute,
        {{ minute_of_time('afternoon_start') }} as afternoon_start_minute,
        {{ minute_of_time('afternoon_end') }} as afternoon_end_minute
    from {{ ref('timesheets') }}
),

ranges as (
    select
        calendar_code,
        min(date_day) as first_day,
        max(date_day) as last_day
    from calendar
    group by calendar_code
),

-- validity becomes days here, so that nobody has to look a date up between two others
dated as (
    select
        timesheets.calendar_code,
        timesheets.timesheet_code,
        timesheets.morning_start_minute,
        timesheets.morning_end_minute,
        timesheets.afternoon_start_minute,
        timesheets.afternoon_end_minute,
        {{ each_day(
            'greatest(timesheets.valid_from_date, ranges.first_day)',
            "coalesce(least(cast(timesheets.valid_to_date - interval 1 day as date), ranges.last_day), ranges.last_day)"
        ) }} as date_day
    from timesheets
    inner join ranges on timesheets.calendar_code = ranges.calendar_code
    where
        timesheets.valid_from_date <= ranges.last_day
        and coalesce(timesheets.valid_to_date > ranges.first_day, true)
),

codes as (
    select
        calendar_code,
        timesheet_code
    from timesheets
    union
    select
        calendar_code,
        'default' as timesheet_code
    from ranges
),

-- an agency's own hours where it has any that day, else everybody's
chosen as (
    select
        codes.calendar_code,
        codes.timesheet_code,
        calendar.date_day,
        calendar.is_working_day,
        calendar.working_day_ordinal,
        case when own.date_day is not null then own.morning_start_minute else usual.morning_start_minute end
            as morning_start_minute,
        case when own.date_day is not null then own.morning_end_minute else usual.morning_end_minute end
            as morning_end_minute,
        case when own.date_day is not null then own.afternoon_start_minute else usual.afternoon_start_minute end
            as afternoon_start_minute,
        case when own.date_day is not null then own.afternoon_end_minute else usual.afternoon_end_minute end
            as afternoon_end_minute,
        case
            when own.date_day is not null or usual.date_day is not null or not calendar.is_working_day then 1
            else {{ fail_with(
                "'No working hours are known for the calendar ''' || codes.calendar_code || ''' on ' "
                ~ "|| cast(calendar.date_day as string) || ': add a row to dbt_project/seeds/timesheets.csv that "
                ~ "covers the day, and run again.'"
            ) }}
        end as has_hours
    from codes
    inner join calendar on codes.calendar_code = calendar.calendar_code
    left join dated as own
        on
            codes.calendar_code = own.calendar_code
            and codes.timesheet_code = own.timesheet_code
            and calendar.date_day = own.date_day
    left join dated as usual
        on
            codes.calendar_code = usual.calendar_code
            and calendar.date_day = usual.date_day
            and usual.timesheet_code = 'default'
),

-- a day off has no sessions
sessions as (
    select
        calendar_code,
        timesheet_code,
        date_day,
        is_working_day,
        working_day_ordinal,
        case when is_working_day then morning_start_minute else 0 end * has_hours as morning_start_minute,
        case when is_working_day then morning_end_minute else 0 end as morning_end_minute,
        case when is_working_day then afternoon_start_minute else 0 end as afternoon_start_minute,
        case when is_working_day then afternoon_end_minute else 0 end as afternoon_end_minute
    from chosen
),

measured as (
    select
        *,
        greatest(morning_end_minute, afternoon_end_minute) as day_end_minute,
        morning_end_minute - morning_start_minute + afternoon_end_minute - afternoon_start_minute as day_minutes
    from sessions
),

-- the look-ups that stand in for counting minute by minute
counted as (
    select
        *,
        cast(
            sum(day_minutes) over (
                partition by calendar_code, timesheet_code
                order by date_day asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as working_minutes_through,
        min(case when is_working_day then date_day end) over (
            partition by calendar_code, timesheet_code
            order by date_day asc nulls last
            rows between current row and unbounded following
        ) as next_working_date,
        min(case when is_working_day then date_day end) over (
            partition by calendar_code, timesheet_code
            order by date_day asc nulls last
            rows between 1 following and unbounded following
        ) as following_working_date
    from measured
)

select
    calendar_code,
    timesheet_code,
    date_day,
    is_working_day,
    working_day_ordinal,
    morning_start_minute,
    morning_end_minute,
    afternoon_start_minute,
    afternoon_end_minute,
    day_end_minute,
    day_minutes,
    next_working_date,
    following_working_date,
    working_minutes_through - day_minutes as working_minutes_before,
    min(case when is_working_day then working_minutes_through end) over (
        partition by calendar_code, timesheet_code
        order by date_day asc nulls last
        rows between current row and unbounded following
    ) as working_minutes_through_deadline
from counted
{% endmacro %}


{# A query: one row per timesheet and started hour of working time. `days` is the relation `timesheet_days` gave. #}
{% macro timesheet_hours(days) %}
with days as (
    select
        *,
        working_minutes_before + day_minutes as working_minutes_through
    from {{ days }}
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
{% endmacro %}
