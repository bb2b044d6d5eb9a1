with observations as (
    select * from {{ ref('int_dossier_observations') }}
),

absences as (
    select * from {{ ref('int_dossier_absences') }}
),

events as (
    select
        dossier_key,
        observed_at as event_at,
        state_key,
        true as is_listed,
        cast(null as boolean) as is_absence_certain
    from observations

    union all

    select
        dossier_key,
        absent_at as event_at,
        cast(null as string) as state_key,
        false as is_listed,
        is_absence_certain
    from absences
),

compared as (
    select
        *,
        lag(state_key) over (partition by dossier_key order by event_at asc nulls last) as previous_state_key,
        lag(is_listed) over (partition by dossier_key order by event_at asc nulls last) as was_listed,
        -- the last thing said is what holds while nothing is said
        max(case when is_listed then event_at end) over (
            partition by dossier_key
            order by event_at asc nulls last
            rows between unbounded preceding and current row
        ) as state_observed_at
    from events
),

numbered as (
    select
        *,
        sum(
            case when is_listed = was_listed and state_key is not distinct from previous_state_key then 0 else 1 end
        ) over (
            partition by dossier_key
            order by event_at asc nulls last
            rows between unbounded preceding and current row
        ) as version_number
    from compared
),

versions as (
    select
        dossier_key,
        cast(version_number as bigint) as version_number,
        is_listed,
        min(event_at) as valid_from_at,
        max(state_observed_at) as last_observed_at,
        max(case when is_absence_certain then 1 else 0 end) = 1 as is_absence_certain
    from numbered
    group by dossier_key, version_number, is_listed
),

spans as (
    select
        *,
        lead(valid_from_at) over (partition by dossier_key order by version_number asc nulls last) as valid_to_at,
        min(valid_from_at) over (partition by dossier_key) as first_observed_at
    from versions
),

latest as (
    select
        dossier_key,
        state_key
    from observations
    qualify row_number() over (partition by dossier_key order by observed_at desc nulls last) = 1
),

seen as (
    select
        observations.dossier_key,
        count(*) as observation_count,
        max(case when observations.state_key != latest.state_key then observations.observed_at end) as other_state_at
    from observations
    inner join latest on observations.dossier_key = latest.dossier_key
    group by observations.dossier_key
),

-- a state that was left and came back counts from its return
returned as (
    select
        observations.dossier_key,
        min(seen.observation_count) as observation_count,
        min(observations.observed_at) as state_first_observed_at
    from observations
    inner join seen on observations.dossier_key = seen.dossier_key
    where
        seen.other_state_at is null
        or observations.observed_at > seen.other_state_at
    group by observations.dossier_key
)

select
    spans.dossier_key,
    spans.version_number,
    spans.valid_from_at,
    spans.valid_to_at,
    spans.is_listed,
    spans.first_observed_at,
    spans.last_observed_at,
    returned.observation_count,
    returned.state_first_observed_at,
    observations.source_system,
    observations.dossier_code,
    observations.procedure_code,
    observations.procedure_name,
    observations.field_name,
    observations.agency_code,
    observations.agency_name,
    observations.agency_name_key,
    observations.parent_agency_name,
    observations.parent_agency_name_key,
    observations.status_code,
    observations.channel_code,
    observations.applied_at,
    observations.received_at,
    observations.has_received_time,
    observations.due_at,
    observations.has_due_time,
    observations.planned_end_at,
    observations.finished_at,
    observations.has_finished_time,
    observations.returned_at,
    observations.stated_outcome_code,
    observations.supplement_request_count,
    observations.supplement_requested_at,
    observations.supplement_completed_at,
    observations.extension_count,
    observations.apologised_at,
    observations.state_key,
    {{ agency_anchor_date('observations', 'spans.last_observed_at') }} as agency_anchor_date,
    spans.valid_to_at is null as is_current,
    case when not spans.is_listed then spans.valid_from_at end as no_longer_listed_since_at,
    case when not spans.is_listed then spans.is_absence_certain end as is_absence_certain
from spans
-- of a run the last observation gives what is no part of the state, such as the spelling of a name
inner join observations
    on
        spans.dossier_key = observations.dossier_key
        and spans.last_observed_at = observations.observed_at
inner join returned on spans.dossier_key = returned.dossier_key
