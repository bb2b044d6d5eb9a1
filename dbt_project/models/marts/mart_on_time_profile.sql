with dossiers as (
    select * from {{ ref('fct_procedure_timeliness') }}
)

select
    source_system,
    agency_key,
    period_month_date,
    on_time_profile,
    formula_version,
    calendar_version,
    data_cut_at,
    coalesce(field_name, 'unmapped') as field_name,
    count(*) as dossier_count
from dossiers
group by
    source_system,
    agency_key,
    coalesce(field_name, 'unmapped'),
    period_month_date,
    on_time_profile,
    formula_version,
    calendar_version,
    data_cut_at
