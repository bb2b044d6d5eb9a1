with deliveries as (
    select
        dossier_key,
        source_id
    from {{ ref('int_dossier_deliveries') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
),

-- a source whose full exports may fall silent about a dossier
silent_sources as (
    select distinct source_id
    from ledger
    where
        kind = 'dossiers'
        and status = 'accepted'
        and export_scope = 'full'
)

select dossier_key
from deliveries
group by dossier_key
having count(*) > 1

union

select distinct deliveries.dossier_key
from deliveries
inner join silent_sources on deliveries.source_id = silent_sources.source_id
