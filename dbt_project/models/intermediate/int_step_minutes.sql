with spans as (
    select * from {{ ref('int_step_spans') }}
),

days as (
    select * from {{ ref('int_timesheet_days') }}
),

-- only what can be counted is asked of the calendar
asked as (
    select
        *,
        case when has_minutes or has_handover then started_at end as from_at,
        case when has_minutes then until_at end as counted_until_at,
        case when has_handover then least(previous_end_at, started_at) end as handed_over_at,
        case when cast(step_due_at as date) <= cast(data_cut_at as date) then step_due_at end as counted_due_at
    from spans
),

-- four look-ups by equality: start, end, end of the step before, due
looked_up as (
    select
        asked.*,
        {{ wall_minutes_at('asked.from_at') }} as from_wall_minutes,
        {{ wall_minutes_at('asked.counted_until_at') }} as until_wall_minutes,
        {{ wall_minutes_at('asked.handed_over_at') }} as handed_over_wall_minutes,
        {{ working_minutes_at('from_day', 'asked.from_at') }} as from_working_minutes,
        {{ working_minutes_at('until_day', 'asked.counted_until_at') }} as until_working_minutes,
        {{ working_minutes_at('handed_over_day', 'asked.handed_over_at') }} as handed_over_working_minutes,
        -- a due moment on a day off, or without a time of day, ends with the last session of its working day
        case
            when due_day.is_working_day and asked.has_step_due_time
                then {{ working_minutes_at('due_day', 'asked.counted_due_at') }}
            else due_day.working_minutes_through_deadline
        end as due_working_minutes,
        -- a date outside the calendar fails here
        case
            when asked.calendar_code is not null
                then {{ working_day_ordinal('from_day', 'cast(asked.from_at as date)', 'asked.calendar_code') }}
        end as from_ordinal,
        case
            when asked.calendar_code is not null
                then {{ working_day_ordinal(
                    'until_day', 'cast(asked.counted_until_at as date)', 'asked.calendar_code'
                ) }}
        end as until_ordinal,
        case
            when asked.calendar_code is not null
                then {{ working_day_ordinal(
                    'handed_over_day', 'cast(asked.handed_over_at as date)', 'asked.calendar_code'
                ) }}
        end as handed_over_ordinal,
        case
            when asked.calendar_code is not null
                then {{ working_day_ordinal('due_day', 'cast(asked.counted_due_at as date)', 'asked.calendar_code') }}
        end as due_ordinal
    from asked
    left join days as from_day
        on
            asked.calendar_code = from_day.calendar_code
            and asked.timesheet_code = from_day.timesheet_code
            and cast(asked.from_at as date) = from_day.date_day
    left join days as until_day
        on
            asked.calendar_code = until_day.calendar_code
            and asked.timesheet_code = until_day.timesheet_code
            and cast(asked.counted_until_at as date) = until_day.date_day
    left join days as handed_over_day
        on
            asked.calendar_code = handed_over_day.calendar_code
            and asked.timesheet_code = handed_over_day.timesheet_code
            and cast(asked.handed_over_at as date) = handed_over_day.date_day
    left join days as due_day
        on
            asked.calendar_code = due_day.calendar_code
            and asked.timesheet_code = due_day.timesheet_code
            and cast(asked.counted_due_at as date) = due_day.date_day
)

select
    step_key,
    dossier_key,
    supplement_policy,
    is_waiting_for_applicant,
    from_wall_minutes,
    until_wall_minutes,
    handed_over_wall_minutes,
    from_working_minutes,
    until_working_minutes,
    handed_over_working_minutes,
    due_working_minutes,
    from_ordinal,
    until_ordinal,
    handed_over_ordinal,
    due_ordinal
from looked_up
