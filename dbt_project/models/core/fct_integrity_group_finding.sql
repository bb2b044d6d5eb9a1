with closings as (
    select * from {{ ref('int_integrity_closings') }}
),

phones as (
    select * from {{ ref('int_integrity_phones') }}
),

ratings as (
    select * from {{ ref('fct_satisfaction') }}
    where has_dossier and rated_at is not null
),

signals as (
    select * from {{ ref('integrity_signals') }}
),

closed_outside_hours as (
    select
        closings.*,
        signals.minimum_amount,
        {{ in_one_slot('closings.finished_at', 'signals.slot_minutes') }} as measured_amount
    from closings
    inner join signals on signals.signal_code = 'bulk_closing_outside_hours'
    where closings.is_outside_hours
),

closed_at_period_end as (
    select
        closings.*,
        signals.minimum_amount,
        {{ in_one_slot('closings.finished_at', 'signals.slot_minutes') }} as measured_amount
    from closings
    inner join signals on signals.signal_code = 'bulk_closing_at_period_end'
    where closings.is_period_end
),

shared_phones as (
    select
        phone_number,
        count(distinct person_number) as person_count
    from phones
    group by phone_number
),

filed_for_many as (
    select
        phones.dossier_key,
        phones.source_system,
        phones.dossier_code,
        phones.agency_key,
        phones.received_at,
        max(shared_phones.person_count) as measured_amount
    from phones
    inner join shared_phones on phones.phone_number = shared_phones.phone_number
    inner join signals
        on
            signals.signal_code = 'one_phone_many_people'
            and shared_phones.person_count >= signals.minimum_amount
    group by
        phones.dossier_key, phones.source_system, phones.dossier_code, phones.agency_key, phones.received_at
),

rated_alike as (
    select
        ratings.*,
        signals.minimum_amount,
        {{ in_one_slot('ratings.rated_at', 'signals.slot_minutes', ', satisfaction_code') }} as measured_amount
    from ratings
    inner join signals on signals.signal_code = 'identical_ratings_in_burst'
    -- a day without a time of day is no moment
    where {{ minute_of_day('ratings.rated_at') }} > 0
)

select
    'bulk_closing_outside_hours' as signal_code,
    dossier_key,
    source_system,
    dossier_code,
    agency_key,
    {{ month_of('finished_at') }} as period_month_date,
    finished_at as happened_at,
    cast(measured_amount as bigint) as measured_amount
from closed_outside_hours
where measured_amount >= minimum_amount

union all

select
    'bulk_closing_at_period_end' as signal_code,
    dossier_key,
    source_system,
    dossier_code,
    agency_key,
    {{ month_of('finished_at') }} as period_month_date,
    finished_at as happened_at,
    cast(measured_amount as bigint) as measured_amount
from closed_at_period_end
where measured_amount >= minimum_amount

union all

select
    'one_phone_many_people' as signal_code,
    dossier_key,
    source_system,
    dossier_code,
    agency_key,
    {{ month_of('received_at') }} as period_month_date,
    received_at as happened_at,
    cast(measured_amount as bigint) as measured_amount
from filed_for_many

union all

select
    'identical_ratings_in_burst' as signal_code,
    dossier_key,
    source_system,
    dossier_code,
    agency_key,
    {{ month_of('rated_at') }} as period_month_date,
    rated_at as happened_at,
    cast(measured_amount as bigint) as measured_amount
from rated_alike
where measured_amount >= minimum_amount
