with holdings as (
    select * from {{ ref('int_backlog_holdings') }}
),

source_systems as (
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

ended as (
    select
        holdings.*,
        source_systems.calendar_code,
        coalesce(holdings.to_date, data_cuts.data_cut_date) as last_date
    from holdings
    inner join source_systems on holdings.source_system = source_systems.source_system
    inner join data_cuts on holdings.source_system = data_cuts.source_system
),

-- what came on a day off counts as of the next working day; what came before the calendar has no age
counted as (
    select
        ended.*,
        first_day.working_day_ordinal + case when first_day.is_working_day then 0 else 1 end as first_ordinal,
        {{ working_day_ordinal('last_day', 'ended.last_date', 'ended.calendar_code') }} as last_ordinal
    from ended
    inner join calendar as first_day
        on ended.calendar_code = first_day.calendar_code and ended.age_from_date = first_day.date_day
    left join calendar as last_day
        on ended.calendar_code = last_day.calendar_code and ended.last_date = last_day.date_day
),

reached as (
    select
        counted.*,
        bands.band_number,
        counted.first_ordinal + bands.from_working_days as band_ordinal
    from counted
    cross join bands
    where bands.from_working_days = 0 or counted.first_ordinal + bands.from_working_days <= counted.last_ordinal
),

dated as (
    select
        reached.*,
        case
            when reached.band_ordinal = reached.first_ordinal then reached.from_date
            else greatest(reached.from_date, band_day.date_day)
        end as band_from_date
    from reached
    left join calendar as band_day
        on
            reached.calendar_code = band_day.calendar_code
            and reached.band_ordinal = band_day.working_day_ordinal
            and band_day.is_working_day
)

select
    dossier_key,
    spell_number,
    holding_number,
    source_system,
    agency_key,
    field_name,
    band_number,
    band_from_date,
    to_date
from dated
where to_date is null or band_from_date < to_date
