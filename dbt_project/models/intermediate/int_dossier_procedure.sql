with states as (
    select
        *,
        -- local codes carry the national one in front: 1.001193.000.00.00.H41
        coalesce(
            nullif(regexp_extract(delivered_procedure_code, '^([0-9][.][0-9]{6})', 1), ''),
            delivered_procedure_code
        ) as base_code,
        case when delivered_procedure_code is null then lower(trim(delivered_procedure_name)) end as procedure_name_key
    from {{ ref('int_dossier_states') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

procedures as (
    select * from {{ ref('int_procedures') }}
),

unique_names as (
    select *
    from procedures
    qualify count(*) over (partition by procedure_catalogue, procedure_name_key) = 1
)

select
    {{ listed(state_columns(), 'states') }},
    source_systems.calendar_code,
    source_systems.agency_register,
    source_systems.procedure_catalogue,
    coalesce(by_code.procedure_key, by_name.procedure_key, 'unmapped') as procedure_key,
    coalesce(by_code.procedure_code, by_name.procedure_code, states.base_code) as procedure_code,
    coalesce(by_code.procedure_name, by_name.procedure_name, states.delivered_procedure_name) as procedure_name,
    case
        when coalesce(states.delivered_procedure_code, states.delivered_procedure_name) is null then 'missing'
        when source_systems.procedure_catalogue is null then 'as_delivered'
        when by_code.procedure_key is not null then 'code'
        when states.delivered_procedure_code is not null then 'unknown'
        when by_name.procedure_key is not null then 'name'
        else 'unmatched_name'
    end as procedure_resolution,
    -- the catalogue speaks where the portal names no field
    coalesce(states.delivered_field_name, by_code.field_name, by_name.field_name) as field_name
from states
inner join source_systems on states.source_system = source_systems.source_system
left join procedures as by_code
    on
        source_systems.procedure_catalogue = by_code.procedure_catalogue
        and states.base_code = by_code.procedure_code
left join unique_names as by_name
    on
        source_systems.procedure_catalogue = by_name.procedure_catalogue
        and states.procedure_name_key = by_name.procedure_name_key
