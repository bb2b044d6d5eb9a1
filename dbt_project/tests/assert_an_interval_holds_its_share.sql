-- The share lies within its interval, and the interval within 0 and 100. A row here means that the interval is computed
-- wrongly, or from other counts than the share.
select
    source_system,
    agency_key,
    period_month_date
from {{ ref('mart_agency_month_satisfaction') }}
where
    satisfied_low_pct > satisfied_pct
    or satisfied_high_pct < satisfied_pct
    or satisfied_low_pct < 0
    or satisfied_high_pct > 100
    or (satisfied_pct is null) != (satisfied_low_pct is null)
