{#
  A due moment from a limit, moved on by the time that was waited for papers.
  Not here: the limit and the receipt it runs from (int_dossier_due_cases), the counting (working_time.sql).
  Explained in docs/how-time-is-counted.md, "Two due dates".
#}

{# A query: one row per case that counts from a known receipt, with due_at and due_date; both null beyond the calendar.
   `cases` has the columns of `due_from_limit` with limit_value for limit_count, and paused_from_at, paused_until_at:
   both null, or both within the calendar. Limits in hours move on by working minutes, the others by working days.
   `weeks` as in `due_from_limit`. #}
{% macro recomputed_due(cases, weeks='worked') %}
with days as (
    select * from {{ ref('int_plain_timesheet_days') if weeks == 'plain' else ref('int_timesheet_days') }}
),

waited as (
    select
        cases.case_key,
        cases.calendar_code,
        cases.timesheet_code,
        cases.received_at,
        cases.has_received_time,
        cases.cutoff_minute,
        cases.limit_unit,
        case
            when cases.limit_unit = 'hour' and cases.paused_from_at is not null
                then
                    cases.limit_value + (
                        {{ working_minutes_between(
                            'asked', 'cases.paused_from_at', 'came', 'cases.paused_until_at'
                        ) }}
                    ) / cast(60 as double)
            else cases.limit_value
        end as limit_count,
        case
            when cases.limit_unit != 'hour'
                then coalesce(came.working_day_ordinal - asked.working_day_ordinal, 0)
            else 0
        end as waited_days
    from {{ cases }} as cases
    left join days as asked
        on
            cases.calendar_code = asked.calendar_code
            and cases.timesheet_code = asked.timesheet_code
            and cast(cases.paused_from_at as date) = asked.date_day
    left join days as came
        on
            cases.calendar_code = came.calendar_code
            and cases.timesheet_code = came.timesheet_code
            and cast(cases.paused_until_at as date) = came.date_day
),

counted as (
    {{ due_from_limit('waited', beyond='null', weeks=weeks) }}
),

placed as (
    select
        waited.case_key,
        waited.calendar_code,
        waited.timesheet_code,
        waited.waited_days,
        counted.due_at,
        counted.due_date,
        due_day.working_day_ordinal + waited.waited_days as due_ordinal
    from waited
    inner join counted on waited.case_key = counted.case_key
    left join days as due_day
        on
            waited.calendar_code = due_day.calendar_code
            and waited.timesheet_code = due_day.timesheet_code
            and counted.due_date = due_day.date_day
)

select
    placed.case_key,
    case when placed.waited_days = 0 then placed.due_date else moved.date_day end as due_date,
    case
        when placed.waited_days = 0 then placed.due_at
        else {{ add_minutes('cast(moved.date_day as timestamp)', 'moved.day_end_minute') }}
    end as due_at
from placed
left join days as moved
    on
        placed.calendar_code = moved.calendar_code
        and placed.timesheet_code = moved.timesheet_code
        and placed.due_ordinal = moved.working_day_ordinal
        and moved.is_working_day
{% endmacro %}
