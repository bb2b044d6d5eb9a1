with accepted as (
    select * from {{ source('raw', 'procedure_limits') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
)

select
    source_systems.procedure_catalogue,
    accepted.source_system,
    accepted.procedure_code,
    accepted.line_number,
    accepted.channel_code,
    accepted.channel_label,
    accepted.limit_count_label,
    accepted.limit_unit_label,
    {{ limit_count_of('accepted.limit_count_label') }} as limit_count,
    nullif(accepted.limit_unit_code, 'unmapped') as limit_unit,
    accepted.fee_label,
    accepted.parse_label,
    accepted.evidence_label,
    accepted.source_id,
    accepted.file_sha256,
    accepted.row_number,
    accepted.observed_at
from accepted
inner join source_systems on accepted.source_system = source_systems.source_system
