with calendar as (
    select * from {{ ref('int_calendar_days') }}
),

plain as (
    select
        calendar_code,
        date_day,
        weekday_number <= 5 as is_working_day
    from calendar
)

select
    calendar_code,
    date_day,
    is_working_day,
    cast(
        sum(case when is_working_day then 1 else 0 end) over (
            partition by calendar_code
            order by date_day asc nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as working_day_ordinal
from plain
