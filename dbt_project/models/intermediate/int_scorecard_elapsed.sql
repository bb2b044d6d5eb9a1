-- How long ended dossiers took, as counts of whole working days: what can be added up for any agencies, and still has
-- an exact median. The one look at all dossiers that the scorecard needs.
select
    agency_key,
    elapsed_working_days,
    cast(date_trunc('month', finished_at) as date) as period_month_date,
    count(*) as dossier_count,
    sum(case when counted_allowed_working_days >= 0 then counted_elapsed_working_days end) as used_working_days,
    sum(case when counted_elapsed_working_days >= 0 then counted_allowed_working_days end) as allowed_working_days,
    sum(supplement_count) as supplement_count,
    count(case when supplement_count > 1 then 1 end) as repeated_supplement_count
from {{ ref('fct_dossier_history') }}
where is_current and is_closed and finished_at is not null
group by agency_key, elapsed_working_days, cast(date_trunc('month', finished_at) as date)
