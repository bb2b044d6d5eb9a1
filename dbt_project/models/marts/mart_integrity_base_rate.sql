{%- set base_codes = integrity_bases() | list + ['closed_at_a_time'] -%}
with signals as (
    select * from {{ ref('integrity_signals') }}
),

findings as (
    select * from {{ ref('mart_integrity_signal') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

bases as (
    {%- for base in base_codes %}
        select
            '{{ base }}' as base_code,
            source_system,
            agency_key,
            period_month_date,
            {{ base }}_count as base_count
        from {{ ref('int_integrity_bases') }}
        union all
    {%- endfor %}

    select
        'with_phone' as base_code,
        source_system,
        agency_key,
        {{ month_of('received_at') }} as period_month_date,
        count(*) as base_count
    from {{ ref('int_integrity_phones') }}
    where is_first_of_dossier
    group by source_system, agency_key, {{ month_of('received_at') }}

    union all

    select
        'rated' as base_code,
        source_system,
        agency_key,
        {{ month_of('rated_at') }} as period_month_date,
        count(*) as base_count
    from {{ ref('fct_satisfaction') }}
    where has_dossier and rated_at is not null
    group by source_system, agency_key, {{ month_of('rated_at') }}
),

cases as (
    select
        signal_code,
        source_system,
        agency_key,
        period_month_date,
        count(*) as case_count
    from findings
    group by signal_code, source_system, agency_key, period_month_date
),

counted as (
    select
        signals.signal_code,
        signals.name_vi as signal_name_vi,
        signals.is_clustered,
        signals.minimum_case_count,
        signals.largest_chance,
        signals.status as signal_status,
        bases.source_system,
        bases.agency_key,
        bases.period_month_date,
        bases.base_count,
        agencies.agency_code,
        agencies.agency_name,
        coalesce(agencies.agency_register, bases.source_system) as province,
        coalesce(cases.case_count, 0) as case_count
    from bases
    inner join signals on bases.base_code = signals.base_code
    inner join agencies on bases.agency_key = agencies.agency_key
    left join cases
        on
            signals.signal_code = cases.signal_code
            and bases.source_system = cases.source_system
            and bases.agency_key = cases.agency_key
            and bases.period_month_date = cases.period_month_date
    where bases.base_count > 0
),

compared as (
    select
        *,
        sum(case_count) over (partition by signal_code, province, period_month_date) as province_case_count,
        sum(base_count) over (partition by signal_code, province, period_month_date) as province_base_count
    from counted
),

judged as (
    select
        *,
        {{ chance_at_most('case_count', 'base_count', 'province_case_count', 'province_base_count') }} as chance_at_most
    from compared
)

select
    signal_code,
    signal_name_vi,
    source_system,
    agency_key,
    agency_code,
    agency_name,
    period_month_date,
    cast(case_count as bigint) as case_count,
    cast(base_count as bigint) as base_count,
    {{ pct('case_count', 'base_count') }} as case_pct,
    cast(province_case_count as bigint) as province_case_count,
    cast(province_base_count as bigint) as province_base_count,
    {{ pct('province_case_count', 'province_base_count') }} as province_case_pct,
    chance_at_most,
    -- nobody is accused by a handful of cases, nor by one act that shows in many
    case
        when not is_clustered and case_count >= minimum_case_count then chance_at_most <= largest_chance
    end as is_beyond_chance,
    case
        when is_clustered then 'not_independent'
        when case_count < minimum_case_count then 'too_few'
    end as no_verdict_reason,
    signal_status
from judged
