with closings as (
    select * from {{ ref('int_integrity_closings') }}
),

ratings as (
    select * from {{ ref('fct_satisfaction') }}
    where has_dossier and rated_at is not null
),

signals as (
    select * from {{ ref('integrity_signals') }}
),

-- ten million rows are read in each place anew: a common table of them would be written down for both
shared_phones as (
    select
        phone_number,
        count(distinct person_number) as person_count
    from {{ ref('int_integrity_phones') }}
    group by phone_number
    having
        count(distinct person_number) >= (
            select min(signals.minimum_amount) from {{ ref('integrity_signals') }} as signals
            where signals.signal_code = 'one_phone_many_people'
        )
),

-- how many are together with each, whether that is many or not
together as (
    {%- for signal, condition in [
        ('bulk_closing_outside_hours', 'is_outside_hours'), ('bulk_closing_at_period_end', 'is_period_end')
    ] %}
        select
            signals.signal_code,
            closings.dossier_key,
            closings.source_system,
            closings.dossier_code,
            closings.agency_key,
            closings.finished_at as happened_at,
            signals.minimum_amount,
            {{ in_one_slot('closings.finished_at', 'signals.slot_minutes') }} as measured_amount
        from closings
        inner join signals on signals.signal_code = '{{ signal }}'
        where closings.{{ condition }}

        union all
    {% endfor %}
    select
        signals.signal_code,
        phones.dossier_key,
        phones.source_system,
        phones.dossier_code,
        phones.agency_key,
        phones.received_at as happened_at,
        signals.minimum_amount,
        max(shared_phones.person_count) as measured_amount
    from {{ ref('int_integrity_phones') }} as phones
    inner join shared_phones on phones.phone_number = shared_phones.phone_number
    inner join signals
        on
            signals.signal_code = 'one_phone_many_people'
            and shared_phones.person_count >= signals.minimum_amount
    group by
        signals.signal_code,
        phones.dossier_key,
        phones.source_system,
        phones.dossier_code,
        phones.agency_key,
        phones.received_at,
        signals.minimum_amount

    union all

    select
        signals.signal_code,
        ratings.dossier_key,
        ratings.source_system,
        ratings.dossier_code,
        ratings.agency_key,
        ratings.rated_at as happened_at,
        signals.minimum_amount,
        {{ in_one_slot('ratings.rated_at', 'signals.slot_minutes', ', satisfaction_code') }} as measured_amount
    from ratings
    inner join signals on signals.signal_code = 'identical_ratings_in_burst'
    -- a day without a time of day is no moment
    where {{ minute_of_day('ratings.rated_at') }} > 0
)

select
    signal_code,
    dossier_key,
    source_system,
    dossier_code,
    agency_key,
    {{ month_of('happened_at') }} as period_month_date,
    happened_at,
    cast(measured_amount as bigint) as measured_amount
from together
where measured_amount >= minimum_amount
