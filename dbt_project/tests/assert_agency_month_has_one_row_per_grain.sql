-- The mart has one row for each source system, agency, month and definition. A row here means that a dossier's
-- outcome is counted under two stamps of version or data cut at once.
select
    source_system,
    agency_key,
    period_month_date,
    definition_id
from {{ ref('mart_agency_month') }}
group by source_system, agency_key, period_month_date, definition_id
having count(*) > 1
