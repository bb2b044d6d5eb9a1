-- No criterion gives less than nothing or more than its maximum, what is lost and what is reached make the maximum, and
-- a group is the sum of its criteria. A row here means that a formula or an input counts more than there is.
with criteria as (
    select * from {{ ref('mart_index_766') }}
),

group_scores as (
    select * from {{ ref('mart_index_766_group') }}
),

added_up as (
    select
        unit_scope,
        agency_key,
        period_type,
        period_month_date,
        formula_version,
        indicator_id,
        sum(estimated_points) as estimated_points
    from criteria
    group by unit_scope, agency_key, period_type, period_month_date, formula_version, indicator_id

    union all

    select
        unit_scope,
        agency_key,
        period_type,
        period_month_date,
        formula_version,
        'total' as indicator_id,
        sum(estimated_points) as estimated_points
    from criteria
    group by unit_scope, agency_key, period_type, period_month_date, formula_version
)

select
    agency_key,
    period_month_date,
    criterion_code as code
from criteria
where
    numerator_count < 0
    or numerator_count > denominator_count
    or estimated_points not between 0 and max_points
    or estimated_points + points_lost != max_points
    or dossiers_needed_count > denominator_count - numerator_count
    or dossiers_needed_count < 1

union all

select
    group_scores.agency_key,
    group_scores.period_month_date,
    group_scores.indicator_id as code
from group_scores
full outer join added_up
    on
        group_scores.unit_scope = added_up.unit_scope
        and group_scores.agency_key = added_up.agency_key
        and group_scores.period_type = added_up.period_type
        and group_scores.period_month_date = added_up.period_month_date
        and group_scores.formula_version = added_up.formula_version
        and group_scores.indicator_id = added_up.indicator_id
where
    group_scores.estimated_points is distinct from added_up.estimated_points
    or group_scores.estimated_points not between 0 and group_scores.estimated_max_points
    or group_scores.estimated_max_points > group_scores.max_points
