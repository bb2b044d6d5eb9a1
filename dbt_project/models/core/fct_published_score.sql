with history as (
    select * from {{ ref('int_published_score_history') }}
),

indicators as (
    select * from {{ ref('index_766_indicators') }}
)

select
    history.unit_key,
    history.source_system,
    history.unit_code,
    history.unit_name,
    history.unit_name_key,
    history.unit_level,
    history.period_type,
    history.period_start_date,
    history.formula_version,
    history.indicator_id,
    indicators.indicator_code,
    indicators.name_vi as indicator_name_vi,
    cast(history.score as decimal(9, 2)) as score,
    indicators.max_score,
    history.unit_rank,
    history.version_number,
    history.valid_from_at,
    history.valid_to_at,
    history.last_observed_at,
    cast(history.first_reported_score as decimal(9, 2)) as first_reported_score,
    history.first_reported_at,
    history.first_file_sha256,
    history.last_file_sha256,
    history.valid_to_at is null as is_current
from history
left join indicators
    on
        history.formula_version = indicators.formula_version
        and history.indicator_id = indicators.indicator_id
