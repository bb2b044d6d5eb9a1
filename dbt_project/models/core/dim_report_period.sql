with period_types as (
    select * from {{ ref('report_period_types') }}
),

data_cuts as (
    select max(data_cut_date) as last_date from {{ ref('dim_source_system') }}
),

reached as (
    select min(half_month_number) as first_half_month_number from {{ ref('fct_form_06a_change') }}
),

-- what came on 15 December is already of the next year's report
years as (
    select {{ each_number(
        'cast(floor(reached.first_half_month_number / 24) as int)', 'year(data_cuts.last_date) + 1'
    ) }} as period_year
    from reached
    cross join data_cuts
    where reached.first_half_month_number is not null
),

numbers as (
    select
        period_type,
        {{ each_number(1, 'cast(floor(12 / month_count) as int)') }} as period_number
    from period_types
),

-- the half-months of a calendar period begin with that of its first day, those of a reporting period one earlier
placed as (
    select
        period_types.period_type,
        period_types.period_basis,
        period_types.name_vi,
        period_types.is_numbered,
        cast(years.period_year as int) as period_year,
        cast(numbers.period_number as int) as period_number,
        cast(
            years.period_year * 24
            + (numbers.period_number - 1) * period_types.month_count * 2
            - case when period_types.period_basis = 'reporting' then 1 else 0 end
            as int
        ) as first_half_month_number,
        period_types.month_count
    from period_types
    cross join years
    inner join numbers on period_types.period_type = numbers.period_type
),

dated as (
    select
        *,
        cast(first_half_month_number + month_count * 2 - 1 as int) as last_half_month_number
    from placed
)

select
    dated.period_type,
    dated.period_basis,
    dated.period_year,
    dated.period_number,
    dated.name_vi
    || case when dated.is_numbered then ' ' || cast(dated.period_number as string) else '' end
    || ' năm ' || cast(dated.period_year as string) as period_name_vi,
    {{ first_day_of_half_month('dated.first_half_month_number') }} as period_start_date,
    {{ add_days(first_day_of_half_month('(dated.last_half_month_number + 1)'), -1) }} as period_end_date,
    dated.first_half_month_number,
    dated.last_half_month_number
from dated
cross join data_cuts
where {{ first_day_of_half_month('dated.first_half_month_number') }} <= data_cuts.last_date
