with ledger as (
    select * from {{ ref('ingestion_ledger') }}
)

select
    source_system,
    max(observed_at) as data_cut_at,
    max(cast(observed_at as date)) as data_cut_date
from ledger
where
    kind = 'petitions'
    and status = 'accepted'
group by source_system
