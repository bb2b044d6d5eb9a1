with thresholds as (
    select min(amount) as amount from {{ ref('list_thresholds') }}
    where list_code = 'repeated_refusal'
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

-- only who was refused in several versions can have been refused again
candidates as (
    select dossier_key
    from {{ ref('fct_dossier_history') }}
    where status_code = 'not_received'
    group by dossier_key
    having count(*) > 1
),

versions as (
    select
        history.dossier_key,
        history.status_code,
        history.valid_from_at,
        lag(history.status_code) over (
            partition by history.dossier_key order by history.version_number asc nulls last
        ) as previous_status_code
    from {{ ref('fct_dossier_history') }} as history
    inner join candidates on history.dossier_key = candidates.dossier_key
),

-- what two extractions in a row both say is one refusal
refusals as (
    select
        dossier_key,
        count(*) as refusal_count,
        min(valid_from_at) as first_refusal_observed_at,
        max(valid_from_at) as last_refusal_observed_at
    from versions
    where status_code = 'not_received' and previous_status_code is distinct from 'not_received'
    group by dossier_key
),

dossiers as (
    select * from {{ ref('fct_procedure_timeliness') }}
)

select
    {{ listed_dossier('dossiers') }},
    dossiers.applied_at,
    refusals.refusal_count,
    refusals.first_refusal_observed_at,
    refusals.last_refusal_observed_at,
    dossiers.status_code,
    dossiers.dossier_key,
    dossiers.agency_key,
    dossiers.data_cut_at
from refusals
inner join thresholds on refusals.refusal_count >= thresholds.amount
inner join dossiers on refusals.dossier_key = dossiers.dossier_key
inner join agencies on dossiers.agency_key = agencies.agency_key
