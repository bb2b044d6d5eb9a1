-- One row per grain in each mart of satisfaction. A row here would be counted twice by whoever adds up: the model
-- joined something that is not unique.
with grains as (
    select
        'mart_satisfaction_gap' as mart,
        source_system || '|' || agency_key || '|' || cast(period_month_date as string) as grain
    from {{ ref('mart_satisfaction_gap') }}
    union all
    select
        'mart_satisfaction_rank' as mart,
        source_system || '|' || agency_key || '|' || cast(period_quarter_date as string) as grain
    from {{ ref('mart_satisfaction_rank') }}
    union all
    select
        'mart_satisfaction_by_lateness' as mart,
        source_system || '|' || agency_key || '|' || cast(period_year_date as string) || '|' || definition_id || '|'
        || outcome as grain
    from {{ ref('mart_satisfaction_by_lateness') }}
    union all
    select
        'mart_self_evaluation' as mart,
        agency_key || '|' || cast(quarter_start_date as string) as grain
    from {{ ref('mart_self_evaluation') }}
)

select
    mart,
    grain,
    count(*) as row_count
from grains
group by mart, grain
having count(*) > 1
