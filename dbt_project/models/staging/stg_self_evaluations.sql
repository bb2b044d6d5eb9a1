with held as (
    {{ held_rows('self_evaluations', ['agency_name', 'evaluation_year', 'evaluation_quarter']) }}
)

select
    agency_name,
    agency_name_key,
    agency_code,
    evaluation_year,
    evaluation_quarter,
    criterion_5_score,
    criterion_8_score,
    criterion_9_score,
    source_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at,
    coalesce(is_sample, false) as is_sample
from held
