{#
  Time in working minutes and limits, by look-ups of running totals: never a loop, never a range join.
  A `day` is the joined row of `int_timesheet_days`; a `moment` is local wall-clock, its seconds are dropped.
  Not here: which days and hours are worked, when a procedure's day closes, what waiting does (seeds).
  Explained in docs/how-time-is-counted.md.
#}

{# '07:30' of a seed as minutes since midnight; no session is 0. #}
{% macro minute_of_time(time) -%}
    coalesce(cast(substring({{ time }}, 1, 2) as int) * 60 + cast(substring({{ time }}, 4, 2) as int), 0)
{%- endmacro %}


{# Minute of the day, 0 … 1439. #}
{% macro minute_of_day(moment) -%}
    (cast(hour({{ moment }}) as int) * 60 + cast(minute({{ moment }}) as int))
{%- endmacro %}


{# Working minutes from the start of the calendar to a moment; null for no moment. #}
{% macro working_minutes_at(day, moment) -%}
    case
        when {{ moment }} is not null
            then
                {{ day }}.working_minutes_before
                + greatest(
                    least({{ minute_of_day(moment) }}, {{ day }}.morning_end_minute) - {{ day }}.morning_start_minute, 0
                )
                + greatest(
                    least({{ minute_of_day(moment) }}, {{ day }}.afternoon_end_minute)
                    - {{ day }}.afternoon_start_minute,
                    0
                )
    end
{%- endmacro %}


{# Working minutes between two moments; negative when the second is earlier. #}
{% macro working_minutes_between(first_day, first_moment, second_day, second_moment) -%}
    ({{ working_minutes_at(second_day, second_moment) }}) - ({{ working_minutes_at(first_day, first_moment) }})
{%- endmacro %}


{# Whether a receipt counts as of the next working morning: on a day off, after the last session, or after the
   procedure's own closing time. Without a time of day only the day off tells. #}
{% macro counts_from_next_morning(day, received_at, has_time, cutoff_minute) -%}
    (
        not {{ day }}.is_working_day
        or (
            {{ has_time }}
            and {{ minute_of_day(received_at) }}
            > least(coalesce({{ cutoff_minute }}, {{ day }}.day_end_minute), {{ day }}.day_end_minute)
        )
    )
{%- endmacro %}


{# Working minutes from the start of the calendar to the moment a limit begins to run. #}
{% macro counted_from_minutes(day, received_at, has_time, cutoff_minute) -%}
    case
        when {{ counts_from_next_morning(day, received_at, has_time, cutoff_minute) }}
            then {{ day }}.working_minutes_before + {{ day }}.day_minutes
        when {{ has_time }} then {{ working_minutes_at(day, received_at) }}
        else {{ day }}.working_minutes_before
    end
{%- endmacro %}


{# Ordinal of the working day that a receipt belongs to. That day itself is not counted. #}
{% macro counted_from_ordinal(day, received_at, has_time, cutoff_minute) -%}
    {{ day }}.working_day_ordinal
    + case when {{ counts_from_next_morning(day, received_at, has_time, cutoff_minute) }} then 1 else 0 end
{%- endmacro %}


{# Minutes that count against a limit when papers were asked for and came in. All five are working minutes from the
   start of the calendar; `completed` is null while the papers are awaited.
   pause: waiting is left out; reset: the limit begins again when the papers are there; none: waiting counts. #}
{% macro minutes_under_policy(policy, counted_from, requested, completed, until) -%}
    case
        when {{ requested }} is null or {{ policy }} = 'none' then {{ until }} - {{ counted_from }}
        when {{ policy }} = 'pause'
            then {{ until }} - {{ counted_from }} - (coalesce({{ completed }}, {{ until }}) - {{ requested }})
        when {{ policy }} = 'reset' then {{ until }} - coalesce({{ completed }}, {{ until }})
    end
{%- endmacro %}


{# A query: the rows of `cases` with the columns of `keep`, and limit_counted_from_date, limit_due_date, limit_due_at and
   is_beyond_calendar. `cases` names a relation or CTE with calendar_code, timesheet_code, `from_at` (the receipt a limit
   runs from; null: nothing is asked), has_limit_from_time, cutoff_minute, limit_count and limit_unit (hour, working_day,
   calendar_day, month). A limit without count or unit gives no due moment. A limit in days or months ends with the last
   session of its day. A receipt outside the calendar fails the build. A due moment outside it fails too; with
   `beyond='null'` it is null and `is_beyond_calendar` says so. `weeks='plain'` counts as one would who knows no holidays:
   Monday to Friday, every week. #}
{% macro with_limit_due(cases, keep, from_at='limit_from_at', beyond='fail', weeks='worked') %}
with timesheet_days as (
    select * from {{ ref('int_plain_timesheet_days') if weeks == 'plain' else ref('int_timesheet_days') }}
),

timesheet_hours as (
    select * from {{ ref('int_plain_timesheet_hours') if weeks == 'plain' else ref('int_timesheet_hours') }}
),

started as (
    select
        cases.*,
        case
            when {{ counts_from_next_morning('days', 'cases.' ~ from_at, 'cases.has_limit_from_time', 'cases.cutoff_minute') }}
                then days.following_working_date
            else days.date_day
        end as limit_counted_from_date,
        {{ counted_from_minutes('days', 'cases.' ~ from_at, 'cases.has_limit_from_time', 'cases.cutoff_minute') }}
            as from_minutes,
        -- a receipt outside the calendar fails here
        {{ working_day_ordinal('days', 'cast(cases.' ~ from_at ~ ' as date)', 'cases.calendar_code') }}
        + case
            when {{ counts_from_next_morning('days', 'cases.' ~ from_at, 'cases.has_limit_from_time', 'cases.cutoff_minute') }}
                then 1
            else 0
        end as from_ordinal
    from {{ cases }} as cases
    left join timesheet_days as days
        on
            cases.calendar_code = days.calendar_code
            and cases.timesheet_code = days.timesheet_code
            and cast(cases.{{ from_at }} as date) = days.date_day
),

targeted as (
    select
        *,
        coalesce(from_ordinal is not null and limit_unit is not null and limit_count > 0, false) as has_limit,
        case when limit_unit = 'working_day' and limit_count > 0 then from_ordinal + limit_count end as due_ordinal,
        case
            when limit_unit = 'calendar_day' and limit_count > 0
                then {{ add_days('limit_counted_from_date', 'limit_count') }}
            when limit_unit = 'month' and limit_count > 0 then {{ add_months('limit_counted_from_date', 'limit_count') }}
        end as unmoved_date,
        -- the hour of receipt runs on: no day is left out; half an hour is 30 minutes
        case
            when limit_unit = 'hour' and limit_count > 0
                then from_minutes + cast(round(limit_count * 60) as bigint)
        end as due_minutes
    from started
),

found as (
    select
        targeted.*,
        case
            when targeted.has_limit
                then
                    coalesce(
                        by_ordinal.date_day,
                        by_date.next_working_date,
                        case
                            when targeted.due_minutes <= hours.minutes_through_first_date then hours.first_date
                            else hours.last_date
                        end
                    )
        end as limit_due_date
    from targeted
    left join timesheet_days as by_ordinal
        on
            targeted.calendar_code = by_ordinal.calendar_code
            and targeted.timesheet_code = by_ordinal.timesheet_code
            and targeted.due_ordinal = by_ordinal.working_day_ordinal
            and by_ordinal.is_working_day
    left join timesheet_days as by_date
        on
            targeted.calendar_code = by_date.calendar_code
            and targeted.timesheet_code = by_date.timesheet_code
            and targeted.unmoved_date = by_date.date_day
    left join timesheet_hours as hours
        on
            targeted.calendar_code = hours.calendar_code
            and targeted.timesheet_code = hours.timesheet_code
            and cast(floor(targeted.due_minutes / 60) as bigint) = hours.hour_ordinal
),

timed as (
    select
        found.*,
        days.day_end_minute,
        days.morning_start_minute,
        days.morning_end_minute,
        days.afternoon_start_minute,
        found.due_minutes - days.working_minutes_before as minutes_into_day
    from found
    left join timesheet_days as days
        on
            found.calendar_code = days.calendar_code
            and found.timesheet_code = days.timesheet_code
            and found.limit_due_date = days.date_day
)

select
    {{ listed(keep) }},
    limit_counted_from_date,
    limit_due_date,
    has_limit and limit_due_date is null as is_beyond_calendar,
    case
        when has_limit and limit_due_date is null
            then {% if beyond == 'fail' -%}
                {{ fail_with(
                    "'The working calendar ''' || calendar_code || ''' ends before the limit of what was received on ' || "
                    ~ "cast(cast(" ~ from_at ~ " as date) as string) || ': add the days of the next year to "
                    ~ "dbt_project/seeds/calendar_exceptions.csv, extend the calendar in calendar_versions.csv under a new "
                    ~ "version, and run again.'"
                ) }}
                {%- else -%} null {%- endif %}
        when due_minutes is null then {{ add_minutes('cast(limit_due_date as timestamp)', 'day_end_minute') }}
        when minutes_into_day <= morning_end_minute - morning_start_minute
            then {{ add_minutes('cast(limit_due_date as timestamp)', 'morning_start_minute + minutes_into_day') }}
        else
            {{ add_minutes(
                'cast(limit_due_date as timestamp)',
                'afternoon_start_minute + minutes_into_day - (morning_end_minute - morning_start_minute)'
            ) }}
    end as limit_due_at
from timed
{% endmacro %}
