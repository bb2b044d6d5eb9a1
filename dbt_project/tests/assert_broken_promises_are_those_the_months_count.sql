-- The list of dossiers late without an apology, or put off too often, is what mart_apology_compliance counts. A row
-- here is an agency and month that counts dossiers nobody can look up, or lists some that it does not count.
with listed as (
    select
        source_system,
        agency_key,
        period_month_date,
        count(case when breach_code = 'late_without_apology' then 1 end) as without_apology_count,
        -- the months count late dossiers only
        count(case when breach_code = 'extended_more_than_once' and outcome_strict in ('late', 'open_late') then 1 end)
            as many_extensions_count
    from {{ ref('mart_promise_breach') }}
    group by source_system, agency_key, period_month_date
),

counted as (
    select * from {{ ref('mart_apology_compliance') }}
)

select
    listed.without_apology_count,
    listed.many_extensions_count,
    counted.without_apology_count as counted_without_apology_count,
    counted.many_extensions_count as counted_many_extensions_count
from listed
full outer join counted
    on
        listed.source_system = counted.source_system
        and listed.agency_key = counted.agency_key
        and listed.period_month_date = counted.period_month_date
where
    coalesce(listed.without_apology_count, 0) != coalesce(counted.without_apology_count, 0)
    or coalesce(listed.many_extensions_count, 0) != coalesce(counted.many_extensions_count, 0)
