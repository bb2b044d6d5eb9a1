with deliveries as (
    select * from {{ ref('stg_dossiers') }}
)

select *
from deliveries
-- the order never depends on what was ingested first
qualify row_number() over (
    partition by dossier_key, observed_at
    order by row_number desc nulls last, file_sha256 desc nulls last
) = 1
