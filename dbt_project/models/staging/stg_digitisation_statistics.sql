with accepted as (
    select * from {{ source('raw', 'digitisation_statistics') }}
)

select
    source_system,
    agency_name,
    agency_name_key,
    period_start_date,
    period_end_date,
    received_count,
    received_with_file_count,
    received_without_file_count,
    received_reused_count,
    received_national_store_count,
    received_with_file_pct,
    resolved_count,
    resolved_with_file_count,
    resolved_without_file_count,
    resolved_with_file_pct,
    whole_with_file_count,
    whole_with_file_pct,
    assessment_code,
    assessment_label,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    {{ digest(['source_system', 'agency_name_key', 'period_start_date', 'period_end_date']) }} as statistic_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
