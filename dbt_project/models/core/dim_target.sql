with targets as (
    select * from {{ ref('stg_targets') }}
),

metrics as (
    select * from {{ ref('target_metrics') }}
)

select
    targets.metric_code,
    metrics.name_vi as metric_name_vi,
    targets.scope_code,
    targets.agency_level,
    targets.target_year,
    targets.comparison_code,
    cast(targets.target_value as decimal(9, 2)) as target_value,
    targets.unit_code,
    targets.source_label,
    targets.status_code,
    targets.metric_code || ':' || targets.scope_code || ':' || targets.agency_level || ':'
    || cast(targets.target_year as string) as target_key,
    case when targets.comparison_code in ('at_least', 'more_than') then 'up' else 'down' end as direction_code
from targets
left join metrics on targets.metric_code = metrics.metric_code
