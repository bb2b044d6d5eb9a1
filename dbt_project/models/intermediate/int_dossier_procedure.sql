with dossiers as (
    select
        dossier_key,
        source_system,
        procedure_name,
        procedure_code as delivered_code,
        -- local codes carry the national one in front: 1.001193.000.00.00.H41
        coalesce(
            nullif(regexp_extract(procedure_code, '^([0-9][.][0-9]{6})', 1), ''),
            procedure_code
        ) as base_code,
        lower(trim(procedure_name)) as procedure_name_key
    from {{ ref('int_dossier_current') }}
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
),

matched as (
    select
        dossiers.dossier_key,
        dossiers.procedure_name as delivered_name,
        dossiers.base_code,
        by_code.procedure_key as key_by_code,
        by_name.procedure_key as key_by_name,
        coalesce(by_code.procedure_code, by_name.procedure_code) as catalogue_code,
        coalesce(by_code.procedure_name, by_name.procedure_name) as catalogue_name,
        coalesce(by_code.field_name, by_name.field_name) as catalogue_field_name,
        case
            when coalesce(dossiers.delivered_code, dossiers.procedure_name) is null then 'missing'
            when source_systems.procedure_catalogue is null then 'as_delivered'
            when by_code.procedure_key is not null then 'code'
            when dossiers.delivered_code is not null then 'unknown'
            when by_name.procedure_key is not null then 'name'
            else 'unmatched_name'
        end as procedure_resolution
    from dossiers
    inner join source_systems on dossiers.source_system = source_systems.source_system
    left join procedures as by_code
        on
            source_systems.procedure_catalogue = by_code.procedure_catalogue
            and dossiers.base_code = by_code.procedure_code
    left join unique_names as by_name
        on
            source_systems.procedure_catalogue = by_name.procedure_catalogue
            and dossiers.procedure_name_key = by_name.procedure_name_key
            and dossiers.delivered_code is null
)

select
    dossier_key,
    catalogue_field_name,
    procedure_resolution,
    coalesce(key_by_code, key_by_name, 'unmapped') as procedure_key,
    coalesce(catalogue_code, base_code) as procedure_code,
    coalesce(catalogue_name, delivered_name) as procedure_name
from matched
