-- A signal is shown by a dossier or not: each has one row at most, and every case is in the base it is compared with.
-- A row here means that an agency would be shown too often; nothing may be published. The data team looks at
-- fct_integrity_finding and fct_integrity_group_finding.
with findings as (
    select * from {{ ref('mart_integrity_signal') }}
),

rates as (
    select * from {{ ref('mart_integrity_base_rate') }}
),

told_often as (
    select
        signal_code,
        dossier_key
    from findings
    group by signal_code, dossier_key
    having count(*) > 1
),

found as (
    select count(*) as found_count from findings
),

counted as (
    select
        coalesce(sum(case_count), 0) as counted_count,
        max(case when case_count > base_count then 1 else 0 end) as is_beyond_base
    from rates
)

select
    told_often.signal_code,
    told_often.dossier_key
from told_often

union all

select
    'cases and bases differ' as signal_code,
    cast(null as string) as dossier_key
from found
cross join counted
where found.found_count != counted.counted_count or counted.is_beyond_base = 1
