with extractions as (
    select * from {{ ref('int_source_extractions') }}
),

nights as (
    select
        source_system,
        observed_date as night_date,
        max(observed_at) as data_cut_at
    from extractions
    group by source_system, observed_date
),

spans as (
    select
        source_system,
        {{ add_days('min(night_date)', -1) }} as before_first_date,
        max(night_date) as last_date
    from nights
    group by source_system
),

days as (
    select
        source_system,
        before_first_date,
        {{ each_day('before_first_date', 'last_date') }} as date_day
    from spans
)

select
    days.source_system,
    days.date_day,
    days.before_first_date,
    nights.data_cut_at,
    min(nights.night_date) over (
        partition by days.source_system
        order by days.date_day asc nulls last
        rows between 1 following and unbounded following
    ) as next_night_date
from days
left join nights
    on
        days.source_system = nights.source_system
        and days.date_day = nights.night_date
