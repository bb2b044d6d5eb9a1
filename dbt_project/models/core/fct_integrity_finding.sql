-- depends_on: {{ ref('int_dossiers_touched') }}
-- each signal reads the dossiers by itself: a common table of ten million would be written to disk and read six times
{%- set dossiers = ref('int_dossiers_now') %}
with reopenings as (
    select * from {{ ref('int_integrity_reopenings') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

days as (
    select * from {{ ref('int_timesheet_days') }}
),

accepted_late as (
    select
        dossiers.*,
        {{ working_minutes_between('applied_day', 'dossiers.applied_at', 'received_day', 'dossiers.received_at') }}
            as waited_minutes
    from {{ dossiers }} as dossiers
    -- left, although what has no calendar falls out below: an engine that expects no match would keep all dossiers in
    -- memory
    left join source_systems on dossiers.source_system = source_systems.source_system
    left join days as applied_day
        on
            source_systems.calendar_code = applied_day.calendar_code
            and dossiers.timesheet_code = applied_day.timesheet_code
            and cast(dossiers.applied_at as date) = applied_day.date_day
    left join days as received_day
        on
            source_systems.calendar_code = received_day.calendar_code
            and dossiers.timesheet_code = received_day.timesheet_code
            and cast(dossiers.received_at as date) = received_day.date_day
    where dossiers.is_current
),

reopened as (
    select
        dossiers.*,
        reopenings.reopening_count,
        reopenings.last_reopened_at
    from {{ dossiers }} as dossiers
    inner join reopenings on dossiers.dossier_key = reopenings.dossier_key
    where dossiers.is_current
),

found as (
    select
        'due_moved_after_expiry' as signal_code,
        dossier_key,
        source_system,
        dossier_code,
        agency_key,
        received_at,
        cast(null as timestamp) as happened_at,
        due_change_count as measured_amount
    from {{ dossiers }}
    where is_current and {{ is_in_base('promised') }} and has_due_changed_after_expiry

    union all

    select
        'supplement_on_due_day' as signal_code,
        dossier_key,
        source_system,
        dossier_code,
        agency_key,
        received_at,
        supplement_requested_at as happened_at,
        supplement_count as measured_amount
    from {{ dossiers }}
    where
        is_current
        and {{ is_in_base('supplemented') }}
        and cast(supplement_requested_at as date)
        in (cast(due_at as date), cast(first_due_at as date), cast(last_due_at as date), cast(closing_due_at as date))

    union all

    select
        'closed_and_reopened' as signal_code,
        dossier_key,
        source_system,
        dossier_code,
        agency_key,
        received_at,
        last_reopened_at as happened_at,
        reopening_count as measured_amount
    from reopened
    where {{ is_in_base('accepted') }}

    union all

    select
        'result_before_receipt' as signal_code,
        dossier_key,
        source_system,
        dossier_code,
        agency_key,
        received_at,
        finished_at as happened_at,
        {{ days_between('cast(finished_at as date)', 'cast(received_at as date)') }} as measured_amount
    from {{ dossiers }}
    where
        is_current
        and {{ is_in_base('ended') }}
        and case
            when has_finished_time and has_received_time then finished_at < received_at
            else cast(finished_at as date) < cast(received_at as date)
        end

    union all

    select
        'online_accepted_late' as signal_code,
        dossier_key,
        source_system,
        dossier_code,
        agency_key,
        received_at,
        received_at as happened_at,
        waited_minutes as measured_amount
    from accepted_late
    where {{ is_in_base('online') }}

    union all

    select
        'due_beyond_limit' as signal_code,
        dossier_key,
        source_system,
        dossier_code,
        agency_key,
        received_at,
        due_at as happened_at,
        due_difference_working_days as measured_amount
    from {{ dossiers }}
    where is_current and {{ is_in_base('limited') }} and due_difference_reason = 'padded'
),

signals as (
    select * from {{ ref('integrity_signals') }}
)

select
    found.signal_code,
    found.dossier_key,
    found.source_system,
    found.dossier_code,
    found.agency_key,
    {{ month_of('found.received_at') }} as period_month_date,
    found.happened_at,
    cast(found.measured_amount as bigint) as measured_amount
from found
inner join signals on found.signal_code = signals.signal_code
-- eight working hours are allowed, a working day too long is not
where
    case
        when found.signal_code = 'online_accepted_late' then found.measured_amount > signals.minimum_amount
        when found.signal_code in ('due_beyond_limit', 'closed_and_reopened')
            then found.measured_amount >= signals.minimum_amount
        else true
    end
