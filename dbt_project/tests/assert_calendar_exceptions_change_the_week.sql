-- An exception says something: a weekday off or a weekend day worked, within the range of a calendar. A row here
-- is a typing error in seeds/calendar_exceptions.csv, or a year that calendar_versions.csv does not cover yet.
with exceptions as (
    select * from {{ ref('calendar_exceptions') }}
),

calendar as (
    select * from {{ ref('int_calendar_days') }}
)

select
    exceptions.date,
    exceptions.kind
from exceptions
left join calendar on exceptions.date = calendar.date_day
where
    calendar.date_day is null
    or (exceptions.kind = 'off' and calendar.weekday_number > 5)
    or (exceptions.kind = 'work' and calendar.weekday_number <= 5)
