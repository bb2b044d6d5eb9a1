{% set indicators = [
    'transparency', 'timeliness', 'online_service', 'online_payment', 'satisfaction', 'digitisation', 'total'
] %}
with accepted as (
    select
        *,
        source_system || ':' || unit_code as unit_key,
        -- a year's figures are those of the year so far, whatever month they reach
        make_date(
            cast(period_year as int),
            cast(case when period_type = 'month' then period_month else 1 end as int),
            1
        ) as period_start_date
    from {{ source('raw', 'published_scores') }}
),

scores as (
    {% for indicator in indicators %}
        select
            *,
            '{{ indicator }}' as indicator_id,
            {{ indicator }}_score as score
        from accepted
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    unit_key,
    source_system,
    unit_code,
    unit_name,
    unit_name_key,
    unit_level,
    period_type,
    period_start_date,
    formula_version,
    indicator_id,
    score,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    case when indicator_id = 'total' then unit_rank end as unit_rank
from scores
where {{ is_extracted_by_night('observed_at') }}
