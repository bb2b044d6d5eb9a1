with accepted as (
    select * from {{ source('raw', 'supplements') }}
)

select
    source_system,
    dossier_code,
    request_code,
    requested_at,
    completed_at,
    due_before_at,
    due_after_at,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    source_system || ':' || dossier_code as dossier_key,
    source_system || ':' || dossier_code || '#' || request_code as supplement_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
