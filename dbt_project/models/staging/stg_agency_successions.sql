with accepted as (
    select * from {{ source('raw', 'agency_successions') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
)

select
    source_systems.agency_register,
    accepted.source_system,
    accepted.agency_code,
    accepted.agency_name,
    accepted.agency_name_key,
    accepted.parent_agency_code,
    accepted.parent_agency_name,
    accepted.parent_agency_name_key,
    accepted.successor_agency_code,
    accepted.successor_agency_name,
    accepted.successor_agency_name_key,
    accepted.successor_parent_code,
    accepted.successor_parent_name,
    accepted.successor_parent_name_key,
    accepted.succession_code,
    accepted.succession_label,
    accepted.known_from_date,
    accepted.succeeded_date,
    accepted.source_id,
    accepted.file_sha256,
    accepted.row_number,
    accepted.observed_at
from accepted
inner join source_systems on accepted.source_system = source_systems.source_system
