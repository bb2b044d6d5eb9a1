{%- set outcomes = ['early', 'on_time', 'late', 'open_late', 'open_in_time', 'cannot_tell', 'not_applicable'] %}
with counts as (
    select
        source_system,
        agency_key,
        period_month_date,
        on_time_profile,
        max(calendar_version) as calendar_version,
        max(data_cut_at) as data_cut_at,
        sum(dossier_count) as dossier_count
    from {{ ref('mart_on_time_profile') }}
    group by source_system, agency_key, period_month_date, on_time_profile
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

-- all definitions in one row, so that dossiers are not multiplied by them
agency_months as (
    select
        counts.source_system,
        counts.agency_key,
        counts.period_month_date,
        {%- for id in on_time_definition_ids() %}
            {%- for outcome in outcomes %}
                sum(case when profiles.outcome_{{ id }} = '{{ outcome }}' then counts.dossier_count else 0 end)
                    as {{ id }}_{{ outcome }},
            {%- endfor %}
        {%- endfor %}
        max(counts.calendar_version) as calendar_version,
        max(counts.data_cut_at) as data_cut_at,
        sum(counts.dossier_count) as dossier_count
    from counts
    inner join profiles on counts.on_time_profile = profiles.on_time_profile
    group by counts.source_system, counts.agency_key, counts.period_month_date
),

defined as (
    select
        agency_months.source_system,
        agency_months.agency_key,
        agency_months.period_month_date,
        agency_months.calendar_version,
        agency_months.data_cut_at,
        definitions.definition_id,
        definitions.formula_version,
        definitions.counts_open_late,
        definitions.counts_open_in_time,
        {%- for outcome in outcomes %}
            case definitions.definition_id
                {%- for id in on_time_definition_ids() %}
                    when '{{ id }}' then agency_months.{{ id }}_{{ outcome }}
                {%- endfor %}
            end as {{ outcome }},
        {%- endfor %}
        cast(agency_months.dossier_count as bigint) as dossier_count
    from agency_months
    cross join definitions
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
        dossier_count,
        cast(
            {%- for outcome in outcomes %}
                case when {{ is_counted("'" ~ outcome ~ "'") }} then {{ outcome }} else 0 end
                {{- ' +' if not loop.last }}
            {%- endfor %}
            as bigint
        ) as judged_count,
        cast(
            {%- for outcome in outcomes %}
                case when {{ is_counted_in_time("'" ~ outcome ~ "'") }} then {{ outcome }} else 0 end
                {{- ' +' if not loop.last }}
            {%- endfor %}
            as bigint
        ) as in_time_count,
        cast(early as bigint) as early_count,
        cast(early + on_time as bigint) as on_time_count,
        cast(late as bigint) as late_count,
        cast(open_late as bigint) as open_late_count,
        cast(open_in_time as bigint) as open_in_time_count,
        cast(cannot_tell as bigint) as cannot_tell_count,
        cast(not_applicable as bigint) as not_applicable_count
    from defined
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
