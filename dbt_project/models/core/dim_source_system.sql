with source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
)

select
    source_systems.source_system,
    source_systems.source_system_name,
    source_systems.time_zone,
    source_systems.calendar_code,
    source_systems.agency_register,
    source_systems.procedure_catalogue,
    source_systems.plausible_from_date,
    data_cuts.data_cut_at,
    data_cuts.data_cut_date
from source_systems
left join data_cuts on source_systems.source_system = data_cuts.source_system
