-- For the agencies of today the index counts, month by month, what it counts for them as they were, and the province
-- counts what all its agencies count. A row here means that dossiers were lost or counted twice on the way.
with counted as (
    select
        'as_was' as way,
        period_month_date,
        formula_version,
        criterion_code,
        numerator_count,
        denominator_count
    from {{ ref('mart_index_766') }}
    where unit_scope = 'agency' and period_type = 'calendar_month'

    union all

    select
        'as_is' as way,
        period_month_date,
        formula_version,
        criterion_code,
        numerator_count,
        denominator_count
    from {{ ref('mart_index_766_as_is') }}
    where unit_scope = 'agency' and period_type = 'calendar_month'
),

summed as (
    select
        period_month_date,
        formula_version,
        criterion_code,
        sum(case when way = 'as_was' then numerator_count else -numerator_count end) as numerator_difference,
        sum(case when way = 'as_was' then denominator_count else -denominator_count end) as denominator_difference
    from counted
    group by period_month_date, formula_version, criterion_code
),

registers as (
    select
        agency_key,
        agency_register
    from {{ ref('dim_agency') }}
),

by_scope as (
    select
        registers.agency_register,
        scores.period_month_date,
        scores.criterion_code,
        sum(case when scores.unit_scope = 'province' then scores.denominator_count end) as province_count,
        sum(case when scores.unit_scope = 'agency' then scores.denominator_count end) as agency_count,
        sum(case when scores.unit_scope = 'province' then scores.numerator_count end) as province_numerator_count,
        sum(case when scores.unit_scope = 'agency' then scores.numerator_count end) as agency_numerator_count
    from {{ ref('mart_index_766') }} as scores
    inner join registers on scores.agency_key = registers.agency_key
    where scores.period_type = 'calendar_month'
    group by registers.agency_register, scores.period_month_date, scores.criterion_code
)

select
    'as_is' as way,
    period_month_date,
    criterion_code
from summed
where numerator_difference != 0 or denominator_difference != 0

union all

select
    'province' as way,
    period_month_date,
    criterion_code
from by_scope
where province_count != agency_count or province_numerator_count != agency_numerator_count
