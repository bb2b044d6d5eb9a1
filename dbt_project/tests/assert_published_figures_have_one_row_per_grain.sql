-- Each published count and each figure of a published index stands once. A row here means that a sum over them counts
-- something twice: the data team looks at the keys of the model named.
select
    'fct_published_statistic' as relation_name,
    statistic_key || ' ' || metric_id as row_key
from {{ ref('fct_published_statistic') }}
group by statistic_key, metric_id
having count(*) > 1

union all

select
    'fct_published_index' as relation_name,
    source_system || ' ' || index_code || ' ' || published_province_name || ' ' || component_code as row_key
from {{ ref('fct_published_index') }}
group by source_system, index_code, published_province_name, component_code, period_year
having count(*) > 1
