with calendar as (
    select * from {{ ref('int_calendar_days') }}
),

-- the administration reports from the 15th to the 14th: the 15th already belongs to the next month's report
reported as (
    select
        *,
        case
            when day(date_day) >= 15
                then cast(date_trunc('month', date_day) + interval 1 month as date)
            else cast(date_trunc('month', date_day) as date)
        end as reporting_month_date
    from calendar
)

select
    date_day,
    calendar_code,
    calendar_version,
    weekday_number,
    is_working_day,
    working_day_ordinal,
    exception_name,
    exception_source,
    cast(date_trunc('month', date_day) as date) as month_date,
    cast(quarter(date_day) as int) as quarter_number,
    cast(year(date_day) as int) as year_number,
    reporting_month_date,
    cast(quarter(reporting_month_date) as int) as reporting_quarter_number,
    cast(year(reporting_month_date) as int) as reporting_year_number
from reported
