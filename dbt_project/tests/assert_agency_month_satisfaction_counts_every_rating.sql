-- Every rating is counted in one month of one agency, and no more dossiers are rated than ended. A row here means
-- that a rate of the mart leaves ratings out or counts them twice.
with mart as (
    select
        coalesce(sum(rating_count), 0) as rating_count,
        coalesce(sum(case when rated_dossier_count > finished_dossier_count then 1 else 0 end), 0) as impossible_count
    from {{ ref('mart_agency_month_satisfaction') }}
),

ratings as (
    select count(*) as rating_count from {{ ref('fct_satisfaction') }}
)

select
    ratings.rating_count,
    mart.rating_count as mart_count,
    mart.impossible_count
from mart
cross join ratings
where
    ratings.rating_count != mart.rating_count
    or mart.impossible_count > 0
