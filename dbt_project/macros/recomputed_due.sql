{#
  A due moment from a limit, moved on by the time that was waited for papers.
  Not here: the limit and the receipt it runs from (int_dossier_due_cases), the counting (working_time.sql).
  Explained in docs/how-time-is-counted.md, "Two due dates".
#}

{# A query: the rows of `cases` with the columns of `keep`, and `<prefix>_due_at` and `<prefix>_due_date`; both null for a
   case without `from_at` and beyond the calendar. `cases` has the columns of `with_limit_due` with limit_value for
   limit_count, and paused_from_at, paused_until_at: both null, or both within the calendar. Limits in hours move on by
   working minutes, the others by working days. `weeks` as in `with_limit_due`. #}
{% macro with_recomputed_due(cases, prefix, keep, from_at='limit_from_at', weeks='worked') %}
with days as (
    select * from {{ ref('int_plain_timesheet_days') if weeks == 'plain' else ref('int_timesheet_days') }}
),

waited as (
    select
        cases.*,
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
    {{ with_limit_due('waited', keep=keep + ['waited_days'], from_at=from_at, beyond='null', weeks=weeks) }}
),

placed as (
    select
        counted.*,
        due_day.working_day_ordinal + counted.waited_days as moved_ordinal
    from counted
    left join days as due_day
        on
            counted.calendar_code = due_day.calendar_code
            and counted.timesheet_code = due_day.timesheet_code
            and counted.limit_due_date = due_day.date_day
            and counted.waited_days != 0
)

select
    {{ listed(keep, 'placed') }},
    case when placed.waited_days = 0 then placed.limit_due_date else moved.date_day end as {{ prefix }}_due_date,
    case
        when placed.waited_days = 0 then placed.limit_due_at
        else {{ add_minutes('cast(moved.date_day as timestamp)', 'moved.day_end_minute') }}
    end as {{ prefix }}_due_at
from placed
left join days as moved
    on
        placed.calendar_code = moved.calendar_code
        and placed.timesheet_code = moved.timesheet_code
        and placed.moved_ordinal = moved.working_day_ordinal
        and moved.is_working_day
{% endmacro %}
