-- Each clock of a petition, each month of an agency, each published count and each published index figure stands once.
-- A row here means that something is counted twice: the data team looks at the keys of the model named.
select
    'fct_petition_clock' as relation_name,
    petition_key || ' ' || step_id as row_key
from {{ ref('fct_petition_clock') }}
group by petition_key, step_id
having count(*) > 1

union all

select
    'mart_petition_month' as relation_name,
    source_system || ' ' || agency_key || ' ' || cast(period_month_date as string) as row_key
from {{ ref('mart_petition_month') }}
group by source_system, agency_key, period_month_date
having count(*) > 1

union all

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
