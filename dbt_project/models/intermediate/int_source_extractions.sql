with ledger as (
    select * from {{ ref('ingestion_ledger') }}
)

select distinct
    source_system,
    observed_at,
    cast(observed_at as date) as observed_date
from ledger
where
    kind = 'dossiers'
    and status = 'accepted'
