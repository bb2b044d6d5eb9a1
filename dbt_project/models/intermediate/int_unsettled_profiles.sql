with dossiers as (
    select
        history.*,
        {%- for id in on_time_definition_ids() %}
            {{ outcome_at_cut(id, 'data_cuts.data_cut_at', 'history') }} as outcome_{{ id }},
        {%- endfor %}
        coalesce(history.field_name, 'unmapped') as known_field_name
    from {{ ref('fct_dossier_history') }} as history
    inner join {{ ref('int_source_data_cuts') }} as data_cuts on history.source_system = data_cuts.source_system
    where
        history.is_current
        and history.is_unsettled
),

profiles as (
    select
        dossiers.source_system,
        dossiers.agency_key,
        dossiers.known_field_name as field_name,
        dossiers.period_month_date,
        dossiers.formula_version,
        dossiers.calendar_version,
        {{ on_time_profile('dossiers', 'outcome_%s') }} as on_time_profile
    from dossiers
)

select
    source_system,
    agency_key,
    field_name,
    period_month_date,
    on_time_profile,
    formula_version,
    calendar_version,
    count(*) as dossier_count
from profiles
group by
    source_system,
    agency_key,
    field_name,
    period_month_date,
    on_time_profile,
    formula_version,
    calendar_version
