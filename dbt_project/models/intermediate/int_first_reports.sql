with months as (
    select distinct
        source_system,
        period_month_date
    from {{ ref('fct_dossier_history') }}
),

nights as (
    select * from {{ ref('int_source_nights') }}
),

bounds as (
    select distinct
        source_system,
        before_first_date
    from nights
),

-- the rule: a month is first reported on the first night that was extracted after its last day
ended as (
    select
        months.source_system,
        months.period_month_date,
        greatest(
            {{ add_days(add_months('months.period_month_date', 1), -1) }}, bounds.before_first_date
        ) as last_date
    from months
    inner join bounds on months.source_system = bounds.source_system
)

select
    ended.source_system,
    ended.period_month_date,
    last_days.next_night_date as first_reported_date,
    nights.data_cut_at as first_reported_cut_at
from ended
inner join nights as last_days
    on
        ended.source_system = last_days.source_system
        and ended.last_date = last_days.date_day
inner join nights
    on
        last_days.source_system = nights.source_system
        and last_days.next_night_date = nights.date_day
