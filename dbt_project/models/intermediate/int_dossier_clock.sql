with moments as (
    select * from {{ ref('int_dossier_clock_moments') }}
),

days as (
    select * from {{ ref('int_timesheet_days') }}
),

-- three look-ups by equality: receipt, due, end
looked_up as (
    select
        moments.*,
        case
            when {{ counts_from_next_morning(
                'received_day', 'moments.received_at', 'moments.has_received_time', 'moments.cutoff_minute'
            ) }} then received_day.following_working_date
            else received_day.date_day
        end as counted_from_date,
        {{ counted_from_minutes(
            'received_day', 'moments.received_at', 'moments.has_received_time', 'moments.cutoff_minute'
        ) }} as from_minutes,
        {{ counted_from_ordinal(
            'received_day', 'moments.received_at', 'moments.has_received_time', 'moments.cutoff_minute'
        ) }} as from_ordinal,
        {{ working_day_ordinal('received_day', 'cast(moments.received_at as date)', 'moments.calendar_code') }}
            as received_ordinal,
        due_day.next_working_date as counted_due_date,
        -- a promise on a day off, or without a time of day, ends with the last session of its working day
        case
            when due_day.is_working_day and moments.has_due_time
                then {{ working_minutes_at('due_day', 'moments.due_at') }}
            else due_day.working_minutes_through_deadline
        end as due_minutes,
        {{ working_day_ordinal('due_day', 'cast(moments.due_at as date)', 'moments.calendar_code') }}
        + case when due_day.is_working_day then 0 else 1 end as due_ordinal,
        {{ working_minutes_at('until_day', 'moments.until_at') }} as until_minutes,
        {{ working_day_ordinal('until_day', 'cast(moments.until_at as date)', 'moments.calendar_code') }}
            as until_ordinal
    from moments
    left join days as received_day
        on
            moments.calendar_code = received_day.calendar_code
            and moments.timesheet_code = received_day.timesheet_code
            and cast(moments.received_at as date) = received_day.date_day
    left join days as due_day
        on
            moments.calendar_code = due_day.calendar_code
            and moments.timesheet_code = due_day.timesheet_code
            and cast(moments.due_at as date) = due_day.date_day
    left join days as until_day
        on
            moments.calendar_code = until_day.calendar_code
            and moments.timesheet_code = until_day.timesheet_code
            and cast(moments.until_at as date) = until_day.date_day
)

select
    dossier_key,
    timesheet_code,
    counted_from_date,
    counted_due_date,
    case
        when not is_open_late and has_received_time and has_until_time and until_minutes is not null
            then greatest(until_minutes - from_minutes, 0)
    end as elapsed_working_minutes,
    case when has_received_time and due_minutes is not null then greatest(due_minutes - from_minutes, 0) end
        as allowed_working_minutes,
    case
        when is_late and has_until_time and until_minutes is not null and due_minutes is not null
            then greatest(until_minutes - due_minutes, 0)
    end as late_working_minutes,
    case when not is_open_late and until_ordinal is not null then greatest(until_ordinal - from_ordinal, 0) end
        as counted_elapsed_working_days,
    case when due_ordinal is not null then greatest(due_ordinal - from_ordinal, 0) end
        as counted_allowed_working_days,
    case
        when is_late and until_ordinal is not null and due_ordinal is not null
            then greatest(until_ordinal - due_ordinal, 0)
    end as counted_late_working_days
from looked_up
where received_ordinal is not null
