with states as (
    select
        *, -- noqa: AM04
        -- possible orders only, judged by date
        coalesce(cast(received_at as date) <= cast(last_observed_at as date), false) and calendar_code is not null
            as is_receipt_plausible,
        coalesce(
            finished_date >= cast(received_at as date) and finished_date <= cast(last_observed_at as date), false
        ) as is_end_plausible,
        coalesce(due_date >= cast(received_at as date), false) as is_due_plausible
    from {{ ref('int_outcome_portal_stated') }}
),

days as (
    select * from {{ ref('int_timesheet_days') }}
),

-- only what can be counted is asked of the calendar
asked as (
    select
        *,
        is_receipt_plausible and is_accepted as has_clock,
        case when is_receipt_plausible and (is_accepted or is_end_plausible) then received_at end as asked_received_at,
        case when is_receipt_plausible and is_end_plausible then finished_at end as asked_end_at,
        -- a promise that lies beyond the calendar and has not come yet is left unknown
        case
            when
                is_receipt_plausible
                and is_accepted
                and is_due_plausible
                and due_date <= greatest(last_known_date, cast(last_observed_at as date))
                then due_at
        end as asked_due_at
    from states
),

-- three look-ups by equality: receipt, due, end
looked_up as (
    select
        asked.*,
        case
            when {{ counts_from_next_morning(
                'received_day', 'asked.received_at', 'asked.has_received_time', 'asked.cutoff_minute'
            ) }} then received_day.following_working_date
            else received_day.date_day
        end as counted_from_date,
        {{ counted_from_minutes(
            'received_day', 'asked.asked_received_at', 'asked.has_received_time', 'asked.cutoff_minute'
        ) }} as from_minutes,
        {{ working_day_ordinal('received_day', 'cast(asked.asked_received_at as date)', 'asked.calendar_code') }}
            as received_ordinal,
        {{ counted_from_ordinal(
            'received_day', 'asked.asked_received_at', 'asked.has_received_time', 'asked.cutoff_minute'
        ) }} as from_ordinal,
        due_day.next_working_date as counted_due_date,
        -- a promise on a day off, or without a time of day, ends with the last session of its working day
        case
            when due_day.is_working_day and asked.has_due_time
                then {{ working_minutes_at('due_day', 'asked.asked_due_at') }}
            else due_day.working_minutes_through_deadline
        end as due_working_minutes,
        {{ working_day_ordinal('due_day', 'cast(asked.asked_due_at as date)', 'asked.calendar_code') }}
            as due_working_day_ordinal,
        case when due_day.is_working_day then 0 when not due_day.is_working_day then 1 end as due_moved_days,
        {{ working_minutes_at('end_day', 'asked.asked_end_at') }} as end_minutes,
        {{ working_day_ordinal('end_day', 'cast(asked.asked_end_at as date)', 'asked.calendar_code') }} as end_ordinal
    from asked
    left join days as received_day
        on
            asked.calendar_code = received_day.calendar_code
            and asked.timesheet_code = received_day.timesheet_code
            and cast(asked.asked_received_at as date) = received_day.date_day
    left join days as due_day
        on
            asked.calendar_code = due_day.calendar_code
            and asked.timesheet_code = due_day.timesheet_code
            and cast(asked.asked_due_at as date) = due_day.date_day
    left join days as end_day
        on
            asked.calendar_code = end_day.calendar_code
            and asked.timesheet_code = end_day.timesheet_code
            and cast(asked.asked_end_at as date) = end_day.date_day
)

select
    *, -- noqa: AM04
    -- by date: the day of receipt is not counted
    case when end_ordinal is not null then end_ordinal - received_ordinal end as elapsed_working_days,
    case
        when outcome_strict_before_due = 'late' and end_ordinal is not null
            then end_ordinal - due_working_day_ordinal
    end as closed_late_working_days,
    -- by the clock; greatest leaves nulls out, so what is unknown is left out before it
    case
        when has_clock and has_received_time and has_finished_time and end_minutes is not null
            then greatest(end_minutes - from_minutes, 0)
    end as elapsed_working_minutes,
    case when has_received_time and due_working_minutes is not null then greatest(due_working_minutes - from_minutes, 0) end
        as allowed_working_minutes,
    case
        when outcome_strict_before_due = 'late' and has_finished_time and end_minutes - due_working_minutes is not null
            then greatest(end_minutes - due_working_minutes, 0)
    end as closed_late_working_minutes,
    case when has_clock and end_ordinal is not null then greatest(end_ordinal - from_ordinal, 0) end
        as counted_elapsed_working_days,
    case
        when due_working_day_ordinal is not null
            then greatest(due_working_day_ordinal + due_moved_days - from_ordinal, 0)
    end as counted_allowed_working_days,
    case
        when outcome_strict_before_due = 'late' and end_ordinal - due_working_day_ordinal is not null
            then greatest(end_ordinal - due_working_day_ordinal - due_moved_days, 0)
    end as counted_closed_late_working_days
from looked_up
