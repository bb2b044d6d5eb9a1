-- A published score is subtracted from an estimate only within one formula version; where it is not, the reason is said.
-- A row here means that figures of two generations stand side by side as if comparable.
with compared as (
    select
        formula_version,
        period_type,
        period_start_date,
        period_month_date,
        published_points,
        published_formula_version,
        difference_points,
        no_difference_reason
    from {{ ref('mart_index_766') }}

    union all

    select
        formula_version,
        period_type,
        period_start_date,
        period_month_date,
        published_points,
        published_formula_version,
        difference_points,
        no_difference_reason
    from {{ ref('mart_index_766_group') }}
),

formula_sets as (
    select * from {{ ref('index_766_formula_sets') }}
)

select
    compared.*,
    formula_sets.valid_from_date,
    formula_sets.valid_to_date
from compared
left join formula_sets on compared.formula_version = formula_sets.formula_version
where
    (compared.difference_points is null) != (compared.no_difference_reason is not null)
    or (compared.difference_points is not null and compared.formula_version != compared.published_formula_version)
    or (
        compared.published_formula_version != compared.formula_version
        and compared.no_difference_reason != 'other_formula_version'
    )
    or (compared.published_points is null) != (compared.published_formula_version is null)
    -- neither do the months of a period belong to two
    or compared.period_month_date < formula_sets.valid_from_date
    or coalesce(compared.period_month_date >= formula_sets.valid_to_date, false)
    or formula_sets.formula_version is null
