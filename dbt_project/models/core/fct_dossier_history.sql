-- depends_on: {{ ref('int_dossiers_before') }}
with states as (
    select
        *, -- noqa: AM04
        {{ is_open() }} as is_open,
        is_waiting or is_paying as is_waiting_for_citizen
    from {{ ref('int_dossier_clock') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

-- one version for the whole set; a test says so
formula as (
    select max(formula_version) as formula_version from {{ ref('on_time_definitions') }}
)

select
    states.dossier_key,
    states.version_number,
    states.valid_from_at,
    states.valid_to_at,
    states.is_current,
    states.is_listed,
    states.no_longer_listed_since_at,
    states.is_absence_certain,
    states.source_system,
    states.dossier_code,
    states.agency_key,
    states.agency_code,
    states.agency_resolution,
    states.has_delivered_agency,
    case when states.agency_resolution = 'as_delivered' then states.agency_name end as delivered_agency_name,
    states.procedure_key,
    states.procedure_code,
    states.procedure_name,
    states.procedure_resolution,
    states.field_name,
    states.channel_code,
    states.status_code,
    states.applied_at,
    states.received_at,
    states.has_received_time,
    states.due_at,
    states.has_due_time,
    states.in_time_until_at,
    states.planned_end_at,
    states.finished_at,
    states.has_finished_time,
    states.returned_at,
    states.period_month_date,
    states.stated_outcome_code,
    states.supplement_request_count,
    states.supplement_requested_at,
    states.supplement_completed_at,
    states.extension_count,
    states.apologised_at,
    states.is_accepted,
    states.is_before_acceptance,
    states.is_closed,
    states.is_open,
    states.is_ended_without_result,
    states.is_result_ready,
    states.is_waiting_for_citizen,
    states.supplement_count,
    states.supplement_count_basis,
    states.portal_basis,
    {%- for id in on_time_definition_ids() %}
        states.outcome_{{ id }}_before_due,
        states.{{ id }}_in_time_until_at,
    {%- endfor %}
    {{ is_unsettled('states') }} as is_unsettled,
    {{ on_time_profile('states', 'outcome_%s_before_due') }} as on_time_profile_before_due,
    states.timesheet_code,
    states.elapsed_working_days,
    states.closed_late_working_days,
    states.elapsed_working_minutes,
    states.allowed_working_minutes,
    states.closed_late_working_minutes,
    states.counted_elapsed_working_days,
    states.counted_allowed_working_days,
    states.counted_closed_late_working_days,
    states.due_working_minutes,
    states.due_working_day_ordinal,
    states.due_moved_days,
    states.state_first_observed_at,
    states.first_observed_at,
    states.last_observed_at,
    states.observation_count,
    states.first_due_at,
    states.last_due_at,
    states.closing_due_at,
    states.due_change_count,
    states.has_due_changed_after_expiry,
    states.recomputed_due_at,
    states.due_difference_working_days,
    states.due_difference_reason,
    states.due_unknown_reason,
    calendar_versions.calendar_version,
    formula.formula_version
from states
left join calendar_versions on states.calendar_code = calendar_versions.calendar_code
cross join formula
