-- The mart has one row for each source system, agency and month. A row here means that ratings and finished
-- dossiers were joined more than once.
select
    source_system,
    agency_key,
    period_month_date
from {{ ref('mart_agency_month_satisfaction') }}
group by source_system, agency_key, period_month_date
having count(*) > 1
