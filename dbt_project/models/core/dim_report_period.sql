with periods as (
    select * from {{ ref('report_periods') }}
),

data_cuts as (
    select
        max(data_cut_date) as last_date,
        year(max(data_cut_date)) + 1 as last_year
    from {{ ref('dim_source_system') }}
),

reached as (
    select cast(floor(min(half_month_number) / 24) as int) as first_year
    from {{ ref('fct_form_06a_change') }}
    having min(half_month_number) is not null
),

-- what came on 15 December is already of the next year's report
years as (
    select {{ each_number('reached.first_year', 'data_cuts.last_year') }} as period_year
    from reached
    cross join data_cuts
),

-- a reporting period begins half a month before the calendar period of its name
placed as (
    select
        periods.period_type,
        periods.period_basis,
        periods.period_number,
        periods.month_count,
        cast(years.period_year as int) as period_year,
        cast(
            years.period_year * 24
            + (periods.period_number - 1) * periods.month_count * 2
            - case when periods.period_basis = 'reporting' then 1 else 0 end
            as int
        ) as first_half_month_number,
        periods.name_vi || ' ' || cast(years.period_year as string) as period_name_vi
    from periods
    cross join years
),

dated as (
    select
        *,
        cast(first_half_month_number + month_count * 2 - 1 as int) as last_half_month_number,
        {{ first_day_of_half_month('first_half_month_number') }} as period_start_date
    from placed
)

select
    dated.period_type,
    dated.period_basis,
    dated.period_year,
    dated.period_number,
    dated.period_name_vi,
    dated.period_start_date,
    {{ add_days(first_day_of_half_month('(dated.last_half_month_number + 1)'), -1) }} as period_end_date,
    dated.first_half_month_number,
    dated.last_half_month_number
from dated
cross join data_cuts
where dated.period_start_date <= data_cuts.last_date
