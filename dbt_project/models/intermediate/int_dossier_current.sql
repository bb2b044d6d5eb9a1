with observations as (
    select * from {{ ref('int_dossier_observations') }}
),

latest as (
    select *
    from observations
    qualify row_number() over (partition by dossier_key order by observed_at desc nulls last) = 1
),

seen as (
    select
        observations.dossier_key,
        min(observations.observed_at) as first_observed_at,
        count(*) as observation_count,
        max(case when observations.state_key != latest.state_key then observations.observed_at end) as other_state_at
    from observations
    inner join latest on observations.dossier_key = latest.dossier_key
    group by observations.dossier_key
),

-- a state that was left and came back counts from its return
current_state as (
    select
        observations.dossier_key,
        min(observations.observed_at) as state_first_observed_at
    from observations
    inner join seen on observations.dossier_key = seen.dossier_key
    where
        seen.other_state_at is null
        or observations.observed_at > seen.other_state_at
    group by observations.dossier_key
)

select
    latest.dossier_key,
    latest.source_system,
    latest.dossier_code,
    latest.procedure_code,
    latest.procedure_name,
    latest.field_name,
    latest.agency_code,
    latest.agency_name,
    latest.agency_name_key,
    latest.parent_agency_name,
    latest.parent_agency_name_key,
    latest.status_code,
    latest.channel_code,
    latest.applied_at,
    latest.received_at,
    latest.has_received_time,
    latest.due_at,
    latest.has_due_time,
    latest.planned_end_at,
    latest.finished_at,
    latest.has_finished_time,
    latest.returned_at,
    latest.stated_outcome_code,
    latest.supplement_request_count,
    latest.supplement_requested_at,
    latest.supplement_completed_at,
    latest.extension_count,
    latest.apologised_at,
    latest.state_key,
    current_state.state_first_observed_at,
    seen.first_observed_at,
    latest.observed_at as last_observed_at,
    seen.observation_count,
    -- the day that decides which agency bore the code or name
    cast(coalesce(latest.received_at, latest.applied_at, latest.observed_at) as date) as agency_anchor_date
from latest
inner join seen on latest.dossier_key = seen.dossier_key
inner join current_state on latest.dossier_key = current_state.dossier_key
