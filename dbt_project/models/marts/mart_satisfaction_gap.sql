with months as (
    select * from {{ ref('mart_agency_month_satisfaction') }}
)

select
    source_system,
    agency_key,
    agency_code,
    agency_name,
    agency_level,
    as_is_agency_code,
    as_is_agency_name,
    period_month_date,
    period_type,
    rating_count,
    rating_without_dossier_count,
    {{ pct('rating_without_dossier_count', 'rating_count') }} as rating_without_dossier_pct,
    finished_dossier_count,
    finished_dossier_count - rated_dossier_count as dossier_without_rating_count,
    {{ pct('finished_dossier_count - rated_dossier_count', 'finished_dossier_count') }} as dossier_without_rating_pct,
    data_cut_at
from months
