-- The seeded calendar has as many working days as the yearly notices announce for 2023–2026 (249, 251, 250,
-- 249) and the holidays package lists for 2020–2022 (252, 250, 249). A row here means that an exception was lost,
-- doubled or mistyped: the data team compares the year with its notices.
with calendar as (
    select * from {{ ref('dim_date') }}
),

announced as (
    select
        2020 as year_number,
        252 as day_count
    union all
    select
        2021 as year_number,
        250 as day_count
    union all
    select
        2022 as year_number,
        249 as day_count
    union all
    select
        2023 as year_number,
        249 as day_count
    union all
    select
        2024 as year_number,
        251 as day_count
    union all
    select
        2025 as year_number,
        250 as day_count
    union all
    select
        2026 as year_number,
        249 as day_count
),

counted as (
    select
        year_number,
        count(*) filter (where is_working_day) as day_count
    from calendar
    where calendar_code = 'vn'
    group by year_number
)

select
    announced.year_number,
    announced.day_count as announced_count,
    counted.day_count as calendar_count
from announced
left join counted on announced.year_number = counted.year_number
where announced.day_count is distinct from counted.day_count
