-- The criteria of a group add up to its maximum in each generation, generations do not overlap, and a criterion is
-- either counted by a rule that is whole or says why it is not. A row here is a seed that was extended halfway: whoever
-- changed index_766_formulas, index_766_formula_sets or index_766_indicators looks again.
with formulas as (
    select * from {{ ref('index_766_formulas') }}
),

formula_sets as (
    select * from {{ ref('index_766_formula_sets') }}
),

indicators as (
    select * from {{ ref('index_766_indicators') }}
    where indicator_id != 'total'
),

-- on every day on which some rule begins
days as (
    select distinct
        formula_version,
        valid_from_date as day_date
    from formulas
),

in_force as (
    select
        days.day_date,
        formulas.formula_version,
        formulas.indicator_id,
        sum(formulas.max_points) as max_points,
        count(distinct formulas.criterion_code) as criterion_count,
        count(*) as rule_count
    from days
    inner join formulas
        on
            days.formula_version = formulas.formula_version
            and days.day_date >= formulas.valid_from_date
            and (formulas.valid_to_date is null or days.day_date < formulas.valid_to_date)
    group by days.day_date, formulas.formula_version, formulas.indicator_id
)

select
    'group' as what,
    coalesce(in_force.formula_version, indicators.formula_version) as formula_version,
    coalesce(in_force.indicator_id, indicators.indicator_id) as code
from in_force
full outer join indicators
    on
        in_force.formula_version = indicators.formula_version
        and in_force.indicator_id = indicators.indicator_id
where
    in_force.max_points is distinct from indicators.max_score
    or in_force.criterion_count != in_force.rule_count

union all

select
    'criterion' as what,
    formula_version,
    criterion_code as code
from formulas
where
    is_estimated != (input_code is not null)
    or is_estimated = (not_estimated_reason is not null)
    or (is_estimated and (rule_kind not in ('linear', 'capped_linear') or full_points_at_pct is null))
    or (rule_kind = 'linear' and full_points_at_pct != 100)
    or (rule_kind = 'capped_linear' and (full_points_at_pct <= 0 or full_points_at_pct >= 100))
    or (rule_kind = 'informational') != (max_points = 0)
    or zero_denominator_points not between 0 and max_points

union all

select
    'generation' as what,
    earlier.formula_version,
    later.formula_version as code
from formula_sets as earlier
inner join formula_sets as later on earlier.formula_version < later.formula_version
where
    (earlier.valid_to_date is null or later.valid_from_date < earlier.valid_to_date)
    and (later.valid_to_date is null or earlier.valid_from_date < later.valid_to_date)
