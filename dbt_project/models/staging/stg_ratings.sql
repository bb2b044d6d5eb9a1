with accepted as (
    select * from {{ source('raw', 'ratings') }}
)

select
    source_system,
    dossier_code,
    agency_name,
    agency_name_key,
    rated_at,
    period_start_date,
    period_end_date,
    criterion_1_score,
    criterion_2_score,
    criterion_3_score,
    criterion_4_score,
    criterion_6_score,
    criterion_7_score,
    total_score,
    grade_label,
    satisfaction_code,
    satisfaction_label,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    source_system || ':' || dossier_code as rating_key,
    source_system || ':' || dossier_code as dossier_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
