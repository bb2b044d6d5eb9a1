with figures as (
    select * from {{ ref('fct_published_index') }}
)

select
    source_system,
    index_code,
    component_code,
    period_year,
    count(*) as published_count,
    count(*) filter (where is_blank) as blank_count,
    count(*) filter (where not is_blank) as figure_count,
    count(*) filter (where province_name is null) as unknown_province_count
from figures
group by source_system, index_code, component_code, period_year
