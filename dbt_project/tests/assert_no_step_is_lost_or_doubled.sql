-- Every step of an accepted row is in the fact once, whether or not its dossier is known. A row here means that a join
-- dropped or multiplied steps; nothing may be published.
with accepted as (
    select count(distinct step_key) as step_count from {{ ref('stg_processing_log') }}
),

modelled as (
    select count(*) as step_count from {{ ref('fct_processing_step') }}
)

select
    accepted.step_count as accepted_count,
    modelled.step_count as modelled_count
from accepted
cross join modelled
where accepted.step_count != modelled.step_count
