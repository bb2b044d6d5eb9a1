with counts as (
    select * from {{ ref('int_settled_profiles') }}
    union all
    select * from {{ ref('int_unsettled_profiles') }}
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

summed as (
    select
        source_system,
        agency_key,
        field_name,
        period_month_date,
        on_time_profile,
        max(formula_version) as formula_version,
        max(calendar_version) as calendar_version,
        sum(dossier_count) as dossier_count
    from counts
    group by source_system, agency_key, field_name, period_month_date, on_time_profile
)

select
    summed.source_system,
    summed.agency_key,
    summed.period_month_date,
    summed.on_time_profile,
    summed.formula_version,
    summed.calendar_version,
    data_cuts.data_cut_at,
    summed.field_name,
    cast(summed.dossier_count as bigint) as dossier_count
from summed
inner join data_cuts on summed.source_system = data_cuts.source_system
