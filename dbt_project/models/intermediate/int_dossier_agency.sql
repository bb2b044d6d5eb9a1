with dossiers as (
    select * from {{ ref('int_dossier_current') }}
),

resolution as (
    select * from {{ ref('int_agency_resolution') }}
)

select
    dossiers.dossier_key,
    resolution.agency_key,
    resolution.resolved_agency_code as agency_code,
    resolution.agency_resolution,
    resolution.agency_resolution != 'missing' as has_delivered_agency
from dossiers
inner join resolution
    on
        dossiers.source_system = resolution.source_system
        and dossiers.agency_code is not distinct from resolution.agency_code
        and dossiers.agency_name_key is not distinct from resolution.agency_name_key
        and dossiers.parent_agency_name_key is not distinct from resolution.parent_agency_name_key
        and dossiers.agency_anchor_date = resolution.agency_anchor_date
