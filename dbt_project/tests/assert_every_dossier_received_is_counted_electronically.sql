-- Every dossier received is counted once among what its agency does electronically. A row here is an agency and month
-- of receipt whose dossiers were lost or doubled on the way over their procedures, levels, fees or papers.
with received as (
    select
        source_system,
        agency_key,
        cast(date_trunc('month', received_at) as date) as received_month_date,
        count(*) as dossier_count
    from {{ ref('fct_dossier_history') }}
    where is_current and received_at is not null
    group by source_system, agency_key, cast(date_trunc('month', received_at) as date)
),

counted as (
    select * from {{ ref('mart_agency_month_online') }}
)

select
    received.dossier_count,
    counted.dossier_count as counted_dossier_count
from received
full outer join counted
    on
        received.source_system = counted.source_system
        and received.agency_key = counted.agency_key
        and received.received_month_date = counted.received_month_date
where received.dossier_count is distinct from counted.dossier_count
