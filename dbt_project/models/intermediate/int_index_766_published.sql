with scores as (
    select * from {{ ref('fct_published_score') }}
    where is_current
),

units as (
    select * from {{ ref('index_766_units') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
    where valid_to_date is null
)

select
    units.unit_scope,
    agencies.agency_key,
    case when scores.period_type = 'month' then 'calendar_month' else 'year_to_date' end as period_type,
    -- a year's figure is that of the year so far: it is compared with the month in which it was last seen
    case
        when scores.period_type = 'month' then scores.period_start_date
        else
            least(
                cast(date_trunc('month', scores.last_observed_at) as date),
                {{ add_months('scores.period_start_date', '11') }}
            )
    end as period_month_date,
    scores.formula_version,
    scores.indicator_id,
    scores.score,
    scores.last_observed_at
from scores
inner join units
    on
        scores.unit_code = units.unit_code
        and scores.period_start_date >= units.valid_from_date
        and (units.valid_to_date is null or scores.period_start_date < units.valid_to_date)
inner join agencies
    on
        units.agency_register = agencies.agency_register
        and units.agency_code = agencies.agency_code
