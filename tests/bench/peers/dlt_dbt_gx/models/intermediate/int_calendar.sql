with days as (
    select cast(unnest(generate_series(valid_from_date, valid_to_date, interval 1 day)) as date) as date_day
    from {{ source('reference', 'calendar_versions') }}
)

select
    days.date_day,
    count(*) filter (where coalesce(exceptions.kind = 'work', isodow(days.date_day) <= 5))
        over (order by days.date_day) as working_day_ordinal
from days
left join {{ source('reference', 'calendar_exceptions') }} as exceptions on days.date_day = exceptions.date
