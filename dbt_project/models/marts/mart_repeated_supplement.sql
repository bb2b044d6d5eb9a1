with thresholds as (
    select min(amount) as amount from {{ ref('list_thresholds') }}
    where list_code = 'repeated_supplement'
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

dossiers as (
    select facts.*
    from {{ ref('fct_procedure_timeliness') }} as facts
    inner join thresholds on facts.supplement_count >= thresholds.amount
)

select
    {{ listed_dossier('dossiers') }},
    dossiers.finished_at,
    dossiers.supplement_count,
    dossiers.supplement_count_basis,
    dossiers.supplement_requested_at,
    dossiers.supplement_completed_at,
    dossiers.status_code,
    dossiers.outcome_strict,
    dossiers.dossier_key,
    dossiers.agency_key,
    dossiers.data_cut_at
from dossiers
inner join agencies on dossiers.agency_key = agencies.agency_key
