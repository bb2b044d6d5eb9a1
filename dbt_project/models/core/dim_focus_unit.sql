with units as (
    select
        *,
        coalesce(chosen_date, {{ first_of_year('focus_year') }}) as agency_anchor_date
    from {{ ref('stg_focus_units') }}
),

named as (
    select * from {{ ref('int_register_agencies') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
)

select
    units.focus_year,
    units.agency_name as delivered_agency_name,
    units.chosen_date,
    named.agency_key,
    named.agency_resolution,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_key,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name,
    units.source_label,
    units.status_code
from units
inner join named on {{ is_named_agency('units', 'named', 'units.agency_anchor_date') }}
left join agencies on named.agency_key = agencies.agency_key
