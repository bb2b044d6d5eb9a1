-- Every rated dossier of an accepted row is in the fact once. A row here means that a join dropped or multiplied
-- ratings; nothing may be published.
with accepted as (
    select count(distinct rating_key) as rating_count from {{ ref('stg_ratings') }}
),

modelled as (
    select count(*) as rating_count from {{ ref('fct_satisfaction') }}
)

select
    accepted.rating_count as accepted_count,
    modelled.rating_count as modelled_count
from accepted
cross join modelled
where accepted.rating_count != modelled.rating_count
