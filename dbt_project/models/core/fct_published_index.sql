with deliveries as (
    select * from {{ ref('stg_published_indices') }}
),

provinces as (
    select * from {{ ref('province_names') }}
),

latest as (
    select * from deliveries
    qualify row_number() over (
        partition by source_system, index_code, province_name_key, period_year, component_code
        order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
)

select
    latest.source_system,
    latest.index_code,
    latest.period_year,
    latest.component_code,
    latest.published_province_code,
    latest.published_province_name,
    provinces.province_code,
    provinces.province_name,
    provinces.as_is_province_code,
    provinces.as_is_province_name,
    cast(latest.score as double) as published_score,
    latest.rank_number as published_rank,
    latest.ranked_count,
    latest.source_url,
    latest.file_sha256,
    latest.observed_at as last_observed_at,
    latest.score is null and latest.rank_number is null as is_blank
from latest
left join provinces on latest.province_name_key = provinces.province_name_key
