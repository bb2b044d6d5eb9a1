with accepted as (
    select * from {{ source('raw', 'published_indices') }}
)

select
    source_system,
    index_code,
    province_code as published_province_code,
    province_name as published_province_name,
    province_name_key,
    period_year,
    component_code,
    score,
    rank_number,
    ranked_count,
    source_url,
    source_id,
    file_sha256,
    row_number,
    observed_at
from accepted
where {{ is_extracted_by_night('observed_at') }}
