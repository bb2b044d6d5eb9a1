with restatements as (
    select * from {{ ref('mart_restatement') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
),

nights as (
    select
        source_system,
        night_date,
        count(*) as restated_figure_count
    from restatements
    group by source_system, night_date
)

select
    nights.source_system,
    nights.night_date,
    ledger.file_sha256,
    ledger.file_name,
    ledger.source_id,
    ledger.export_scope,
    ledger.observed_at,
    ledger.rows_accepted,
    ledger.rows_quarantined,
    nights.restated_figure_count
from nights
inner join ledger
    on
        nights.source_system = ledger.source_system
        and nights.night_date = cast(ledger.observed_at as date)
where
    ledger.kind = 'dossiers'
    and ledger.status = 'accepted'
