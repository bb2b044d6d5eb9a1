with agencies as (
    select * from {{ ref('int_agencies') }}
),

lineage as (
    select * from {{ ref('int_agency_lineage') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

dossiers as (
    select * from {{ ref('fct_dossier_history') }}
    where agency_resolution = 'as_delivered'
),

ratings as (
    select * from {{ ref('stg_ratings') }}
),

petitions as (
    select * from {{ ref('int_petition_current') }}
),

speaking_systems as (
    select source_system from {{ ref('int_source_data_cuts') }}
    union distinct
    select source_system from {{ ref('stg_ratings') }}
    union distinct
    select source_system from {{ ref('stg_processing_log') }}
    union distinct
    select source_system from {{ ref('int_petition_current') }}
),

-- what every delivery said, not only those of this run
delivered as (
    select
        agency_key,
        source_system,
        agency_code,
        delivered_agency_name as agency_name
    from dossiers

    union all

    select
        ratings.source_system || ':' || ratings.agency_name as agency_key,
        ratings.source_system,
        ratings.agency_name as agency_code,
        ratings.agency_name
    from ratings
    inner join source_systems on ratings.source_system = source_systems.source_system
    where
        source_systems.agency_register is null
        and ratings.agency_name is not null

    union all

    select
        petitions.source_system || ':' || coalesce(petitions.agency_code, petitions.agency_name) as agency_key,
        petitions.source_system,
        coalesce(petitions.agency_code, petitions.agency_name) as agency_code,
        petitions.agency_name
    from petitions
    inner join source_systems on petitions.source_system = source_systems.source_system
    where
        source_systems.agency_register is null
        and coalesce(petitions.agency_code, petitions.agency_name) is not null
),

-- the parent as it was on the first day of the span
parents as (
    select
        agencies.agency_key,
        min(parents.agency_key) as parent_agency_key
    from agencies
    inner join agencies as parents
        on
            agencies.agency_register = parents.agency_register
            and agencies.parent_agency_code = parents.agency_code
            and agencies.valid_from_date >= parents.valid_from_date
            and (parents.valid_to_date is null or agencies.valid_from_date < parents.valid_to_date)
    group by agencies.agency_key
    having count(*) = 1
),

registered as (
    select
        agencies.agency_key,
        agencies.agency_register,
        cast(null as string) as source_system,
        agencies.agency_code,
        agencies.agency_name,
        agencies.agency_level,
        parents.parent_agency_key,
        agencies.parent_agency_code,
        agencies.parent_agency_name,
        agencies.valid_from_date,
        agencies.valid_to_date,
        lineage.as_is_agency_key,
        lineage.as_is_agency_code,
        lineage.as_is_agency_name,
        lineage.as_is_status,
        agencies.change_label,
        agencies.evidence_label
    from agencies
    inner join lineage on agencies.agency_key = lineage.agency_key
    left join parents on agencies.agency_key = parents.agency_key
),

-- systems whose agencies no register describes are taken at their word
as_delivered as (
    select
        agency_key,
        cast(null as string) as agency_register,
        source_system,
        agency_code,
        coalesce(min(agency_name), agency_code) as agency_name,
        cast(null as string) as agency_level,
        cast(null as string) as parent_agency_key,
        cast(null as string) as parent_agency_code,
        cast(null as string) as parent_agency_name,
        cast(null as date) as valid_from_date,
        cast(null as date) as valid_to_date,
        agency_key as as_is_agency_key,
        agency_code as as_is_agency_code,
        coalesce(min(agency_name), agency_code) as as_is_agency_name,
        'same' as as_is_status,
        cast(null as string) as change_label,
        cast(null as string) as evidence_label
    from delivered
    group by agency_key, source_system, agency_code
),

-- what cannot be told is shown, never dropped
unmapped as (
    select distinct
        coalesce(agency_register, source_system) || ':unmapped' as agency_key,
        agency_register,
        case when agency_register is null then source_system end as source_system,
        'unmapped' as agency_code,
        'Chưa xác định được cơ quan' as agency_name,
        cast(null as string) as agency_level,
        cast(null as string) as parent_agency_key,
        cast(null as string) as parent_agency_code,
        cast(null as string) as parent_agency_name,
        cast(null as date) as valid_from_date,
        cast(null as date) as valid_to_date,
        coalesce(agency_register, source_system) || ':unmapped' as as_is_agency_key,
        cast(null as string) as as_is_agency_code,
        cast(null as string) as as_is_agency_name,
        'unknown' as as_is_status,
        cast(null as string) as change_label,
        cast(null as string) as evidence_label
    from source_systems
    where
        agency_register is not null
        or source_system in (select speaking_systems.source_system from speaking_systems)
)

select * from registered
union all
select * from as_delivered
union all
select * from unmapped
