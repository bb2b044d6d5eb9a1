with history as (
    select * from {{ ref('int_dossier_history') }}
),

resolution as (
    select * from {{ ref('int_agency_resolution') }}
),

statuses as (
    select * from {{ ref('dossier_statuses') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

-- one version for the whole set; a test says so
formula as (
    select max(formula_version) as formula_version from {{ ref('on_time_definitions') }}
),

facts as (
    select
        history.*,
        resolution.agency_key,
        resolution.resolved_agency_code,
        cast(history.due_at as date) as due_date,
        cast(history.finished_at as date) as finished_date,
        history.finished_at is not null as is_closed,
        {{ is_accepted('history', 'statuses') }} as is_accepted,
        coalesce(statuses.is_ended_without_result, false) as is_ended_without_result,
        coalesce(statuses.is_result_ready, false) as is_result_ready,
        {{ is_end_in_time('history') }} as is_end_in_time,
        {{ in_time_until('history') }} as in_time_until_at,
        {{ period_month_date('history') }} as period_month_date
    from history
    inner join resolution
        on
            history.source_system = resolution.source_system
            and history.agency_code is not distinct from resolution.agency_code
            and history.agency_name_key is not distinct from resolution.agency_name_key
            and history.parent_agency_name_key is not distinct from resolution.parent_agency_name_key
            and history.agency_anchor_date = resolution.agency_anchor_date
    left join statuses on history.status_code = statuses.status_code
),

judged as (
    select
        *,
        is_accepted and not is_closed and not is_ended_without_result and not is_result_ready as is_open,
        {{ outcome_strict('false') }} as outcome_strict_before_due,
        {{ outcome_timestamp() }} as outcome_timestamp,
        {{ outcome_date() }} as outcome_date
    from facts
)

select
    judged.dossier_key,
    judged.version_number,
    judged.valid_from_at,
    judged.valid_to_at,
    judged.is_current,
    judged.is_listed,
    judged.no_longer_listed_since_at,
    judged.is_absence_certain,
    judged.source_system,
    judged.dossier_code,
    judged.agency_key,
    judged.resolved_agency_code as agency_code,
    judged.channel_code,
    judged.status_code,
    judged.applied_at,
    judged.received_at,
    judged.has_received_time,
    judged.due_at,
    judged.has_due_time,
    judged.in_time_until_at,
    judged.planned_end_at,
    judged.finished_at,
    judged.has_finished_time,
    judged.returned_at,
    judged.period_month_date,
    judged.stated_outcome_code,
    judged.supplement_request_count,
    judged.supplement_requested_at,
    judged.supplement_completed_at,
    judged.extension_count,
    judged.apologised_at,
    judged.is_accepted,
    judged.is_closed,
    judged.is_open,
    judged.outcome_strict_before_due,
    judged.outcome_timestamp,
    judged.outcome_date,
    judged.first_observed_at,
    judged.last_observed_at,
    calendar_versions.calendar_version,
    formula.formula_version
from judged
inner join source_systems on judged.source_system = source_systems.source_system
left join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
cross join formula
