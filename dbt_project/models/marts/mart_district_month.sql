with agency_months as (
    select * from {{ ref('mart_agency_month') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

-- a commune belongs to its parent of that time: a district until 30/6/2025, the province since
placed as (
    select
        agency_months.*,
        case
            when agencies.agency_level = 'district' then agencies.agency_code
            else coalesce(agencies.parent_agency_code, 'unmapped')
        end as area_code,
        case
            when agencies.agency_level = 'district' then agencies.agency_name
            else coalesce(agencies.parent_agency_name, 'Chưa xác định được địa bàn')
        end as area_name,
        case
            when agencies.agency_level = 'district' then agencies.agency_level
            else parents.agency_level
        end as area_level
    from agency_months
    inner join agencies on agency_months.agency_key = agencies.agency_key
    left join agencies as parents on agencies.parent_agency_key = parents.agency_key
    where
        agencies.agency_register is not null
        and (agencies.agency_level in ('commune', 'district') or agencies.agency_level is null)
),

summed as (
    {{ added_up(
        'placed',
        by=['source_system', 'area_code', 'area_name', 'area_level', 'agency_level', 'period_month_date',
            'period_type', 'period_basis', 'definition_id', 'formula_version', 'calendar_version', 'data_cut_at'],
        sums=on_time_counts(),
    ) }}
)

{{ with_rates('summed', on_time_rates()) }}
