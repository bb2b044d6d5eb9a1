with lineage as (
    select * from {{ ref('int_agency_lineage') }}
),

successors as (
    select * from {{ ref('int_agency_successors') }}
),

candidates as (
    select * from {{ ref('int_agency_candidates') }}
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

dossiers as (
    select
        agency_key,
        sum(dossier_count) as dossier_count
    from {{ ref('mart_on_time_profile') }}
    group by agency_key
),

-- also the dossiers of agencies that had been merged into the one that was divided
stopped as (
    select
        lineage.as_is_status,
        lineage.stopped_agency_key as agency_key,
        cast(coalesce(sum(dossiers.dossier_count), 0) as bigint) as dossier_count,
        max(lineage.stopped_next_code) as stopped_next_code
    from lineage
    left join dossiers on lineage.agency_key = dossiers.agency_key
    where lineage.as_is_status in ('split_unresolved', 'unknown')
    group by lineage.stopped_agency_key, lineage.as_is_status
)

select
    stopped.agency_key,
    agencies.agency_register,
    agencies.agency_code,
    agencies.agency_name,
    agencies.parent_agency_code,
    agencies.parent_agency_name,
    agencies.valid_to_date,
    stopped.as_is_status,
    candidates.candidate_agency_name,
    candidates.succession_label,
    successors.candidate_count,
    stopped.dossier_count,
    coalesce(candidates.candidate_agency_code, stopped.stopped_next_code) as candidate_agency_code
from stopped
inner join agencies on stopped.agency_key = agencies.agency_key
inner join successors on stopped.agency_key = successors.agency_key
left join candidates on stopped.agency_key = candidates.agency_key
