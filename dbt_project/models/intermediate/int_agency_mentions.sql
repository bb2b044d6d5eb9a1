with states as (
    select * from {{ ref('int_dossier_states') }}
),

ratings as (
    select * from {{ ref('int_rating_current') }}
),

petitions as (
    select * from {{ ref('int_petition_current') }}
),

statistics as (
    select * from {{ ref('stg_digitisation_statistics') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

mentions as (
    select
        source_system,
        delivered_agency_code as agency_code,
        agency_name,
        agency_name_key,
        parent_agency_name_key,
        agency_anchor_date
    from states

    union all

    select
        source_system,
        cast(null as string) as agency_code,
        agency_name,
        agency_name_key,
        cast(null as string) as parent_agency_name_key,
        agency_anchor_date
    from ratings

    union all

    select
        source_system,
        agency_code,
        agency_name,
        agency_name_key,
        cast(null as string) as parent_agency_name_key,
        agency_anchor_date
    from petitions

    union all

    select
        source_system,
        cast(null as string) as agency_code,
        agency_name,
        agency_name_key,
        cast(null as string) as parent_agency_name_key,
        period_end_date as agency_anchor_date
    from statistics
)

select
    mentions.source_system,
    source_systems.agency_register,
    mentions.agency_code,
    mentions.agency_name_key,
    mentions.parent_agency_name_key,
    mentions.agency_anchor_date,
    min(mentions.agency_name) as agency_name
from mentions
inner join source_systems on mentions.source_system = source_systems.source_system
group by
    mentions.source_system,
    source_systems.agency_register,
    mentions.agency_code,
    mentions.agency_name_key,
    mentions.parent_agency_name_key,
    mentions.agency_anchor_date
