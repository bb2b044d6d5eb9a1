with versions as (
    select * from {{ ref('calendar_versions') }}
),

exceptions as (
    select * from {{ ref('calendar_exceptions') }}
),

days as (
    select
        calendar_version,
        calendar_code,
        {{ each_day('valid_from_date', 'valid_to_date') }} as date_day
    from versions
),

judged as (
    select
        days.calendar_code,
        days.calendar_version,
        days.date_day,
        exceptions.name as exception_name,
        exceptions.source as exception_source,
        {{ iso_dow('days.date_day') }} as weekday_number,
        case
            when exceptions.kind is not null then exceptions.kind = 'work'
            else {{ iso_dow('days.date_day') }} <= 5
        end as is_working_day
    from days
    left join exceptions on days.date_day = exceptions.date
)

select
    calendar_code,
    calendar_version,
    date_day,
    weekday_number,
    is_working_day,
    -- the look-up that stands in for counting days one by one
    cast(
        sum(case when is_working_day then 1 else 0 end) over (
            partition by calendar_code
            order by date_day asc nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as working_day_ordinal,
    exception_name,
    exception_source
from judged
