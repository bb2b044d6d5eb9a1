with states as (
    select * from {{ ref('int_dossier_procedure') }}
),

resolution as (
    select * from {{ ref('int_agency_resolution') }}
)

select
    {{ listed(state_columns(), 'states') }},
    states.calendar_code,
    states.agency_register,
    states.procedure_catalogue,
    states.procedure_key,
    states.procedure_code,
    states.procedure_name,
    states.procedure_resolution,
    states.field_name,
    resolution.agency_key,
    resolution.resolved_agency_code as agency_code,
    resolution.agency_resolution,
    resolution.agency_resolution != 'missing' as has_delivered_agency
from states
inner join resolution
    on
        states.source_system = resolution.source_system
        and states.delivered_agency_code is not distinct from resolution.agency_code
        and states.agency_name_key is not distinct from resolution.agency_name_key
        and states.parent_agency_name_key is not distinct from resolution.parent_agency_name_key
        and states.agency_anchor_date = resolution.agency_anchor_date
