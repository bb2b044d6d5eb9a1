with accepted as (
    select * from {{ source('raw', 'dossiers') }}
)

select
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
    source_id,
    file_sha256,
    row_number,
    observed_at,
    source_system || ':' || dossier_code as dossier_key,
    {{ digest([
        'procedure_code', 'procedure_name', 'field_name',
        'agency_code', 'agency_name_key', 'parent_agency_name_key',
        'status_code', 'channel_code',
        'applied_at', 'received_at', 'has_received_time', 'due_at', 'has_due_time',
        'planned_end_at', 'finished_at', 'has_finished_time', 'returned_at',
        'stated_outcome_code', 'supplement_request_count', 'supplement_requested_at', 'supplement_completed_at',
        'extension_count', 'apologised_at'
    ]) }} as state_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
