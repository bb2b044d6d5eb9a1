with counts as (
    select
        source_system,
        agency_key,
        period_month_date,
        on_time_profile,
        calendar_version,
        data_cut_at,
        sum(dossier_count) as dossier_count
    from {{ ref('mart_on_time_profile') }}
    group by source_system, agency_key, period_month_date, on_time_profile, calendar_version, data_cut_at
),

profiles as (
    select * from {{ ref('dim_on_time_profile') }}
),

definitions as (
    select * from {{ ref('dim_on_time_definition') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

-- what each definition makes of a profile; there are some hundred
judged as (
    select
        profiles.on_time_profile,
        definitions.definition_id,
        definitions.formula_version,
        definitions.counts_open_late,
        definitions.counts_open_in_time,
        case definitions.definition_id
            {%- for id in on_time_definition_ids() %}
                when '{{ id }}' then profiles.outcome_{{ id }}
            {%- endfor %}
        end as outcome
    from profiles
    cross join definitions
),

outcomes as (
    select
        counts.source_system,
        counts.agency_key,
        counts.period_month_date,
        counts.calendar_version,
        counts.data_cut_at,
        counts.dossier_count,
        judged.definition_id,
        judged.formula_version,
        judged.counts_open_late,
        judged.counts_open_in_time,
        judged.outcome
    from counts
    inner join judged on counts.on_time_profile = judged.on_time_profile
),

counted as (
    select
        source_system,
        agency_key,
        period_month_date,
        definition_id,
        formula_version,
        calendar_version,
        data_cut_at,
        {{ counted_dossiers() }} as dossier_count,
        {{ counted_dossiers(is_counted('outcome')) }} as judged_count,
        {{ counted_dossiers(is_counted_in_time('outcome')) }} as in_time_count,
        {{ counted_dossiers("outcome = 'early'") }} as early_count,
        {{ counted_dossiers("outcome in ('early', 'on_time')") }} as on_time_count,
        {{ counted_dossiers("outcome = 'late'") }} as late_count,
        {{ counted_dossiers("outcome = 'open_late'") }} as open_late_count,
        {{ counted_dossiers("outcome = 'open_in_time'") }} as open_in_time_count,
        {{ counted_dossiers("outcome = 'cannot_tell'") }} as cannot_tell_count,
        {{ counted_dossiers("outcome = 'not_applicable'") }} as not_applicable_count
    from outcomes
    group by
        source_system,
        agency_key,
        period_month_date,
        definition_id,
        formula_version,
        calendar_version,
        data_cut_at
)

select
    counted.source_system,
    counted.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    counted.period_month_date,
    counted.definition_id,
    counted.dossier_count,
    counted.judged_count,
    counted.in_time_count,
    counted.early_count,
    counted.on_time_count,
    counted.late_count,
    counted.open_late_count,
    counted.open_in_time_count,
    counted.cannot_tell_count,
    counted.not_applicable_count,
    counted.formula_version,
    counted.calendar_version,
    counted.data_cut_at,
    'calendar_month' as period_type,
    'due_else_received' as period_basis,
    {{ pct('counted.in_time_count', 'counted.judged_count') }} as on_time_pct,
    {{ pct('counted.judged_count - counted.in_time_count', 'counted.judged_count') }} as late_pct,
    case
        when counted.judged_count > 0 then null
        when counted.open_in_time_count > 0 then 'not_yet_due'
        when counted.cannot_tell_count > 0 then 'cannot_tell'
        else 'not_applicable'
    end as no_rate_reason
from counted
inner join agencies on counted.agency_key = agencies.agency_key
