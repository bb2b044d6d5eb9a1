with inspections as (
    select
        inspections.*,
        cast(extract(year from inspections.inspected_date) as bigint) as inspection_year,
        source_systems.agency_register
    from {{ ref('fct_inspection') }} as inspections
    inner join {{ ref('dim_source_system') }} as source_systems
        on inspections.source_system = source_systems.source_system
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

targets as (
    select * from {{ ref('dim_target') }}
    where metric_code = 'units_inspected_pct' and scope_code = 'nghe_an'
),

-- units are counted as they were at the end of the year, or at the data cut while it lasts
years as (
    select
        inspection_year,
        agency_register,
        is_sample,
        max(data_cut_at) as data_cut_at,
        -- least leaves out a data cut that nobody knows
        least({{ first_of_year('inspection_year + 1') }}, cast(max(data_cut_at) as date)) as counted_at_date
    from inspections
    group by inspection_year, agency_register, is_sample
),

units as (
    select
        years.inspection_year,
        years.agency_register,
        years.is_sample,
        agencies.agency_key,
        agencies.agency_level
    from years
    inner join agencies
        on
            years.agency_register = agencies.agency_register
            and years.counted_at_date > agencies.valid_from_date
            and (agencies.valid_to_date is null or years.counted_at_date <= agencies.valid_to_date)
    left join agencies as parents on agencies.parent_agency_key = parents.agency_key
    where
        agencies.agency_level in ('district', 'commune')
        -- a branch of a department is no unit of its own
        or (agencies.agency_level = 'department' and coalesce(parents.agency_level, 'province') = 'province')
),

-- a unit that ended within the year counts for the one it became
visited as (
    select distinct
        inspections.inspection_year,
        inspections.is_sample,
        units.agency_key
    from inspections
    inner join agencies on inspections.agency_key = agencies.agency_key
    inner join units
        on
            inspections.inspection_year = units.inspection_year
            and inspections.is_sample = units.is_sample
            and (inspections.agency_key = units.agency_key or agencies.as_is_agency_key = units.agency_key)
),

not_placed as (
    select
        inspections.inspection_year,
        inspections.is_sample,
        count(*) as not_placed_count
    from inspections
    inner join agencies on inspections.agency_key = agencies.agency_key
    left join units
        on
            inspections.inspection_year = units.inspection_year
            and inspections.is_sample = units.is_sample
            and (inspections.agency_key = units.agency_key or agencies.as_is_agency_key = units.agency_key)
    where units.agency_key is null
    group by inspections.inspection_year, inspections.is_sample
),

levels as (
    select
        units.inspection_year,
        units.agency_register,
        units.is_sample,
        units.agency_level,
        count(*) as unit_count,
        count(visited.agency_key) as inspected_unit_count
    from units
    left join visited
        on
            units.inspection_year = visited.inspection_year
            and units.is_sample = visited.is_sample
            and units.agency_key = visited.agency_key
    group by units.inspection_year, units.agency_register, units.is_sample, units.agency_level
),

all_levels as (
    select * from levels

    union all

    select
        inspection_year,
        agency_register,
        is_sample,
        'all' as agency_level,
        cast(sum(unit_count) as bigint) as unit_count,
        cast(sum(inspected_unit_count) as bigint) as inspected_unit_count
    from levels
    group by inspection_year, agency_register, is_sample
)

select
    all_levels.inspection_year,
    all_levels.agency_register,
    all_levels.agency_level,
    all_levels.is_sample,
    years.counted_at_date,
    all_levels.unit_count,
    all_levels.inspected_unit_count,
    case when all_levels.agency_level = 'all' then coalesce(not_placed.not_placed_count, 0) end as not_placed_count,
    {{ pct('all_levels.inspected_unit_count', 'all_levels.unit_count') }} as inspected_pct,
    targets.target_value as target_pct,
    targets.status_code as target_status_code,
    {{ pct('all_levels.inspected_unit_count', 'all_levels.unit_count') }} >= targets.target_value as has_met_target,
    years.data_cut_at
from all_levels
inner join years
    on
        all_levels.inspection_year = years.inspection_year
        and all_levels.agency_register = years.agency_register
        and all_levels.is_sample = years.is_sample
left join not_placed
    on
        all_levels.inspection_year = not_placed.inspection_year
        and all_levels.is_sample = not_placed.is_sample
left join targets
    on
        all_levels.inspection_year = targets.target_year
        and all_levels.agency_level = targets.agency_level
