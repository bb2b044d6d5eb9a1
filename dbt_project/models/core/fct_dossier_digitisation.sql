-- Grain: a dossier, as last told. Counts of papers as the portal lists them; nothing is made up where it lists none.
with told as (
    select * from {{ ref('stg_digitisation') }}
),

dossiers as (
    select
        dossier_key,
        agency_key
    from {{ ref('fct_dossier_history') }}
    where is_current
),

latest as (
    select * from told
    qualify {{ is_last_word('dossier_key') }}
)

select
    latest.dossier_key as digitisation_key,
    latest.source_system,
    latest.dossier_code,
    dossiers.dossier_key,
    dossiers.agency_key,
    latest.subject_type_code,
    latest.component_count,
    latest.digitised_component_count,
    latest.reused_component_count,
    latest.personal_store_component_count,
    latest.result_count,
    latest.electronic_result_count,
    latest.has_digitised_component,
    latest.is_vneid_authenticated,
    latest.connected_database_count,
    latest.observed_at as last_observed_at,
    dossiers.dossier_key is not null as is_dossier_known,
    latest.electronic_result_count > 0 as has_electronic_result,
    latest.connected_database_count > 0 as is_connected_to_database,
    coalesce(latest.digitised_component_count <= latest.component_count, true)
    and coalesce(latest.reused_component_count <= latest.component_count, true)
    and coalesce(latest.personal_store_component_count <= latest.component_count, true)
    and coalesce(latest.has_digitised_component = (latest.digitised_component_count > 0), true)
        as is_consistent
from latest
left join dossiers on latest.dossier_key = dossiers.dossier_key
