with systems as (
    select * from {{ source('raw', 'source_systems') }}
)

select
    source_system,
    source_system_name,
    time_zone,
    calendar_code,
    agency_register,
    procedure_catalogue,
    plausible_from_date
from systems
