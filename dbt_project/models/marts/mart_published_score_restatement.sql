{% set key = 'unit_key, formula_version, period_type, period_start_date, indicator_id' %}
with scores as (
    select * from {{ ref('fct_published_score') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
    where kind = 'published_scores'
),

versions as (
    select
        *,
        lag(score) over (partition by {{ key }} order by version_number nulls last) as before_score,
        lag(unit_rank) over (partition by {{ key }} order by version_number nulls last) as before_rank,
        lag(last_observed_at) over (partition by {{ key }} order by version_number nulls last) as before_observed_at,
        lag(last_file_sha256) over (partition by {{ key }} order by version_number nulls last) as before_file_sha256,
        -- every unit with a score has one that holds now
        sum(case when is_current then 1 else 0 end) over (
            partition by source_system, formula_version, unit_level, period_type, period_start_date, indicator_id
        ) as published_unit_count
    from scores
),

-- another rank with the same score is no restatement of the unit: others moved
restated as (
    select
        *,
        cast(
            {{ add_months('period_start_date', "case when period_type = 'month' then 1 else 12 end") }} as date
        ) as period_over_date,
        count(*) over (
            partition by
                source_system, formula_version, unit_level, period_type, period_start_date, indicator_id, valid_from_at
        ) as restated_unit_count
    from versions
    where version_number > 1 and score != before_score
)

select
    restated.unit_key,
    restated.source_system,
    restated.unit_code,
    restated.unit_name,
    restated.unit_level,
    restated.period_type,
    restated.period_start_date,
    restated.formula_version,
    restated.indicator_id,
    restated.indicator_code,
    restated.indicator_name_vi,
    restated.max_score,
    restated.first_reported_score,
    restated.before_score,
    restated.score as after_score,
    cast(restated.score - restated.before_score as decimal(9, 2)) as score_change,
    restated.before_rank,
    restated.unit_rank as after_rank,
    restated.before_observed_at,
    restated.valid_from_at as after_observed_at,
    cast(restated.valid_from_at as date) as night_date,
    cast(restated.restated_unit_count as bigint) as restated_unit_count,
    cast(restated.published_unit_count as bigint) as published_unit_count,
    before_files.file_name as before_file_name,
    after_files.file_name as after_file_name,
    cast(restated.valid_from_at as date) < restated.period_over_date as is_period_running
from restated
left join ledger as before_files on restated.before_file_sha256 = before_files.file_sha256
left join ledger as after_files on restated.first_file_sha256 = after_files.file_sha256
