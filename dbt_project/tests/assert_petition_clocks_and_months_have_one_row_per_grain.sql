-- Each clock of a petition and each month of an agency stands once. A row here means that a petition is counted twice:
-- the data team looks at the keys of the model named.
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
