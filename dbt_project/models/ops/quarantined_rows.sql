with quarantine as (
    select * from {{ source('raw', 'quarantine') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
)

select
    quarantine.file_sha256,
    quarantine.kind,
    quarantine.source_id,
    quarantine.file_name,
    quarantine.row_number,
    quarantine.column_name,
    quarantine.reason_code,
    quarantine.sheet_name,
    quarantine.sheet_row_number
from quarantine
left join ledger
    on
        quarantine.kind = ledger.kind
        and quarantine.file_sha256 = ledger.file_sha256
where
    {{ is_extracted_by_night('ledger.observed_at') }}
    or ledger.kind in ('agencies', 'agency_successions', 'procedures', 'procedure_limits')
