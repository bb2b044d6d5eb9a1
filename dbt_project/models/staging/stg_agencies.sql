with accepted as (
    select * from {{ source('raw', 'agencies') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
)

select
    source_systems.agency_register,
    accepted.source_system,
    accepted.agency_code,
    accepted.identity_code,
    accepted.agency_name,
    accepted.agency_name_key,
    accepted.agency_level,
    accepted.parent_agency_code,
    accepted.parent_agency_name,
    accepted.parent_agency_name_key,
    accepted.valid_from_date,
    accepted.valid_to_date,
    accepted.successor_agency_code,
    accepted.change_label,
    accepted.evidence_label,
    accepted.source_id,
    accepted.file_sha256,
    accepted.row_number,
    accepted.observed_at
from accepted
inner join source_systems on accepted.source_system = source_systems.source_system
