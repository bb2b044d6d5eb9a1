with profiles as (
    select * from {{ ref('mart_on_time_profile') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

summed as (
    select
        profiles.source_system,
        agencies.as_is_agency_key as agency_key,
        profiles.field_name,
        profiles.period_month_date,
        profiles.on_time_profile,
        max(profiles.formula_version) as formula_version,
        max(profiles.calendar_version) as calendar_version,
        max(profiles.data_cut_at) as data_cut_at,
        sum(profiles.dossier_count) as dossier_count
    from profiles
    inner join agencies on profiles.agency_key = agencies.agency_key
    group by
        profiles.source_system,
        agencies.as_is_agency_key,
        profiles.field_name,
        profiles.period_month_date,
        profiles.on_time_profile
)

select
    source_system,
    agency_key,
    field_name,
    period_month_date,
    on_time_profile,
    formula_version,
    calendar_version,
    data_cut_at,
    cast(dossier_count as bigint) as dossier_count
from summed
