with accepted as (
    select * from {{ source('raw', 'digitisation') }}
)

select
    source_system,
    dossier_code,
    subject_type_code,
    subject_type_label,
    component_count,
    digitised_component_count,
    reused_component_count,
    personal_store_component_count,
    result_count,
    electronic_result_count,
    has_digitised_component,
    is_vneid_authenticated,
    connected_database_count,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    source_system || ':' || dossier_code as dossier_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
