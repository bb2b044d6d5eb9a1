with data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

timesheets as (
    select distinct
        calendar_code,
        timesheet_code
    from {{ ref('int_timesheet_days') }}
),

days as (
    select * from {{ ref('int_timesheet_days') }}
),

-- a system without a calendar has the data cut, and no clock
hours as (
    select
        data_cuts.source_system,
        data_cuts.data_cut_at,
        data_cuts.data_cut_date,
        source_systems.calendar_code,
        coalesce(timesheets.timesheet_code, 'default') as timesheet_code
    from data_cuts
    inner join source_systems on data_cuts.source_system = source_systems.source_system
    left join timesheets on source_systems.calendar_code = timesheets.calendar_code
)

select
    hours.source_system,
    hours.timesheet_code,
    hours.data_cut_at,
    {{ working_minutes_at('days', 'hours.data_cut_at') }} as cut_working_minutes,
    case
        when hours.calendar_code is not null
            then {{ working_day_ordinal('days', 'hours.data_cut_date', 'hours.calendar_code') }}
    end as cut_working_day_ordinal
from hours
left join days
    on
        hours.calendar_code = days.calendar_code
        and hours.timesheet_code = days.timesheet_code
        and hours.data_cut_date = days.date_day
