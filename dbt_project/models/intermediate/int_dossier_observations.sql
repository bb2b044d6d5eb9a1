with deliveries as (
    select * from {{ ref('int_dossier_deliveries') }}
),

often_told as (
    select * from {{ ref('int_dossiers_often_told') }}
),

told as (
    select deliveries.*
    from deliveries
    inner join often_told on deliveries.dossier_key = often_told.dossier_key
)

select
    dossier_key,
    source_system,
    dossier_code,
    procedure_code,
    procedure_name,
    field_name,
    agency_code,
    agency_name,
    agency_name_key,
    parent_agency_name,
    parent_agency_name_key,
    status_code,
    status_label,
    channel_code,
    channel_label,
    applied_at,
    received_at,
    has_received_time,
    due_at,
    has_due_time,
    planned_end_at,
    finished_at,
    has_finished_time,
    returned_at,
    stated_outcome_code,
    stated_outcome_label,
    supplement_request_count,
    supplement_requested_at,
    supplement_completed_at,
    extension_count,
    apologised_at,
    applicant_id_number_key,
    applicant_phone_key,
    state_key,
    source_id,
    file_sha256,
    row_number,
    observed_at
from told
-- the order never depends on what was ingested first
qualify row_number() over (
    partition by dossier_key, observed_at
    order by row_number desc nulls last, file_sha256 desc nulls last
) = 1
