with source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

calendar as (
    select * from {{ ref('int_calendar_days') }}
),

bands as (
    select * from {{ ref('backlog_age_bands') }}
),

-- what came on a day off counts as of the next working day
received as (
    select
        source_systems.source_system,
        source_systems.calendar_code,
        first_day.date_day,
        first_day.working_day_ordinal + case when first_day.is_working_day then 0 else 1 end as first_ordinal
    from source_systems
    inner join data_cuts on source_systems.source_system = data_cuts.source_system
    inner join calendar as first_day on source_systems.calendar_code = first_day.calendar_code
    left join calendar as last_day
        on
            source_systems.calendar_code = last_day.calendar_code
            and data_cuts.data_cut_date = last_day.date_day
    where
        case
            when first_day.date_day <= data_cuts.data_cut_date
                then {{ working_day_ordinal('last_day', 'data_cuts.data_cut_date', 'source_systems.calendar_code') }}
        end is not null
)

select
    received.source_system,
    received.date_day,
{%- for number in range(2, 6) %}
    min(case when bands.band_number = {{ number }} then band_day.date_day end) as age_{{ number }}_date
    {{- "," if not loop.last }}
{%- endfor %}
from received
cross join bands
left join calendar as band_day
    on
        received.calendar_code = band_day.calendar_code
        and received.first_ordinal + bands.from_working_days = band_day.working_day_ordinal
        and band_day.is_working_day
group by received.source_system, received.date_day
