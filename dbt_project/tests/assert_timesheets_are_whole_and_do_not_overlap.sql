-- Hours read HH:MM, run forward, make at least one hour a day (a limit in hours finds its day by that), and of one
-- agency no two rows hold on a day. A row here is a typing error in seeds/timesheets.csv.
with timesheets as (
    select
        *,
        coalesce(agency_register || ':' || agency_code, 'default') as timesheet_code,
        {{ minute_of_time('morning_start') }} as morning_start_minute,
        {{ minute_of_time('morning_end') }} as morning_end_minute,
        {{ minute_of_time('afternoon_start') }} as afternoon_start_minute,
        {{ minute_of_time('afternoon_end') }} as afternoon_end_minute
    from {{ ref('timesheets') }}
),

neighbours as (
    select
        *,
        lead(valid_from_date) over (
            partition by calendar_code, timesheet_code order by valid_from_date asc nulls last
        ) as next_from_date
    from timesheets
)

select
    calendar_code,
    timesheet_code,
    valid_from_date
from neighbours
where
    morning_start_minute > morning_end_minute
    or afternoon_start_minute > afternoon_end_minute
    or (afternoon_end_minute > 0 and morning_end_minute > afternoon_start_minute)
    or morning_end_minute - morning_start_minute + afternoon_end_minute - afternoon_start_minute < 60
    or greatest(morning_end_minute, afternoon_end_minute) > 1440
    or (agency_register is null) != (agency_code is null)
    or (next_from_date is not null and coalesce(valid_to_date > next_from_date, true))
    or coalesce(length(morning_start), 5) != 5
    or coalesce(length(morning_end), 5) != 5
    or coalesce(length(afternoon_start), 5) != 5
    or coalesce(length(afternoon_end), 5) != 5
