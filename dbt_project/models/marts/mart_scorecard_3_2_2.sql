with scored as (
    {{ scorecard({
        'agency_key': 'agencies.agency_key',
        'agency_register': 'coalesce(agencies.agency_register, agencies.source_system)',
    }) }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
)

select
    scored.*,
    agencies.agency_code,
    agencies.agency_name,
    agencies.agency_level,
    agencies.as_is_agency_code,
    agencies.as_is_agency_name
from scored
inner join agencies on scored.agency_key = agencies.agency_key
