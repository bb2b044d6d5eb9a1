with ledger as (
    select * from {{ source('raw', 'ingestion_ledger') }}
)

select
    file_sha256,
    kind,
    source_id,
    source_system,
    file_name,
    relative_path,
    size_bytes,
    observed_at,
    status,
    reason_code,
    remedy,
    rows_read,
    rows_accepted,
    rows_quarantined,
    rows_repeated,
    rows_not_records,
    not_records_detail,
    unknown_columns,
    missing_columns,
    contract_fingerprint,
    key_id,
    ingested_at,
    export_scope,
    unread_sheets
from ledger
where
    {{ is_extracted_by_night('observed_at') }}
    -- registers and catalogues say what holds when, and are known as of today on any night
    or kind in ('agencies', 'agency_successions', 'procedures', 'procedure_limits')
