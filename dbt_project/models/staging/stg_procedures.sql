with accepted as (
    select * from {{ source('raw', 'procedures') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
)

select
    source_systems.procedure_catalogue,
    accepted.source_system,
    accepted.procedure_code,
    accepted.procedure_name,
    accepted.ministry_name,
    accepted.field_name,
    accepted.level_label,
    accepted.limit_label,
    accepted.limit_count,
    accepted.has_online_channel,
    accepted.has_postal_channel,
    accepted.has_direct_channel,
    accepted.online_level_code,
    accepted.online_level_label,
    accepted.is_interlinked,
    accepted.is_filed_anywhere,
    accepted.has_no_result,
    accepted.applicant_types_label,
    accepted.state_label,
    accepted.source_id,
    accepted.file_sha256,
    accepted.row_number,
    accepted.observed_at
from accepted
inner join source_systems on accepted.source_system = source_systems.source_system
