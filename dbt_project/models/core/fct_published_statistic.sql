with deliveries as (
    select * from {{ ref('stg_published_statistics') }}
),

metrics as (
    select * from {{ ref('published_metrics') }}
),

latest as (
    select * from deliveries
    qualify row_number() over (
        partition by statistic_key
        order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
),

figures as (
    {% for metric in published_metric_ids() %}
        select
            *,
            '{{ metric }}' as metric_id,
            {{ metric }} as published_count
        from latest
        where {{ metric }} is not null
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    figures.statistic_key,
    figures.source_system,
    figures.scope_type,
    figures.scope_name,
    figures.scope_name_key,
    figures.parent_scope_name,
    figures.period_label,
    figures.period_start_date,
    figures.period_end_date,
    figures.metric_id,
    metrics.name_vi as metric_name_vi,
    figures.published_count,
    figures.source_url,
    figures.source_id,
    figures.file_sha256,
    figures.observed_at as last_observed_at
from figures
inner join metrics on figures.metric_id = metrics.metric_id
