-- Under each definition every dossier is counted once, in exactly one of the outcomes. A row here means that a
-- rate of the mart leaves dossiers out or counts them twice.
with mart as (
    select * from {{ ref('mart_agency_month') }}
),

definitions as (
    select * from {{ ref('dim_on_time_definition') }}
),

dossiers as (
    select count(*) as dossier_count from {{ ref('fct_procedure_timeliness') }}
),

counted as (
    select
        definition_id,
        sum(dossier_count) as dossier_count,
        sum(
            on_time_count + late_count + open_late_count + open_in_time_count
            + cannot_tell_count + not_applicable_count
        ) as outcome_count
    from mart
    group by definition_id
)

select
    definitions.definition_id,
    dossiers.dossier_count,
    counted.dossier_count as mart_count,
    counted.outcome_count
from definitions
cross join dossiers
left join counted on definitions.definition_id = counted.definition_id
where
    dossiers.dossier_count != coalesce(counted.dossier_count, 0)
    or dossiers.dossier_count != coalesce(counted.outcome_count, 0)
