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
        case definitions.definition_id
            when 'strict' then dossiers.outcome_strict
            when 'timestamp' then dossiers.outcome_timestamp
            when 'date' then dossiers.outcome_date
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
),

judged as (
    select
        *,
        on_time_count + late_count + open_late_count as judged_count
    from counted
)

select
    judged.source_system,
    judged.agency_key,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    judged.period_month_date,
    judged.definition_id,
    judged.dossier_count,
    judged.judged_count,
    judged.on_time_count,
    judged.late_count,
    judged.open_late_count,
    judged.open_in_time_count,
    judged.cannot_tell_count,
    judged.not_applicable_count,
    judged.formula_version,
    judged.calendar_version,
    judged.data_cut_at,
    'calendar_month' as period_type,
    'due_else_received' as period_basis,
    cast(round(100.0 * judged.on_time_count / nullif(judged.judged_count, 0), 2) as double) as on_time_pct,
    cast(
        round(100.0 * (judged.late_count + judged.open_late_count) / nullif(judged.judged_count, 0), 2) as double
    ) as late_pct,
    case
        when judged.judged_count > 0 then null
        when judged.open_in_time_count > 0 then 'not_yet_due'
        when judged.cannot_tell_count > 0 then 'cannot_tell'
        else 'not_applicable'
    end as no_rate_reason
from judged
inner join agencies on judged.agency_key = agencies.agency_key
