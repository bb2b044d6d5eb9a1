with dossiers as (
    select * from {{ ref('fct_procedure_timeliness') }}
),

definitions as (
    select * from {{ ref('dim_on_time_definition') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

outcomes as (
    select
        dossiers.source_system,
        dossiers.agency_key,
        dossiers.period_month_date,
        dossiers.data_cut_at,
        dossiers.calendar_version,
        definitions.definition_id,
        definitions.formula_version,
        definitions.counts_open_late,
        definitions.counts_open_in_time,
        case definitions.definition_id
            {%- for id in on_time_definition_ids() %}
                when '{{ id }}' then dossiers.outcome_{{ id }}
            {%- endfor %}
        end as outcome
    from dossiers
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
        count(*) as dossier_count,
        count(*) filter (where {{ is_counted('outcome') }}) as judged_count,
        count(*) filter (where {{ is_counted_in_time('outcome') }}) as in_time_count,
        count(*) filter (where outcome = 'early') as early_count,
        count(*) filter (where outcome in ('early', 'on_time')) as on_time_count,
        count(*) filter (where outcome = 'late') as late_count,
        count(*) filter (where outcome = 'open_late') as open_late_count,
        count(*) filter (where outcome = 'open_in_time') as open_in_time_count,
        count(*) filter (where outcome = 'cannot_tell') as cannot_tell_count,
        count(*) filter (where outcome = 'not_applicable') as not_applicable_count
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
