with history as (
    select * from {{ ref('int_dossier_history') }}
),

resolution as (
    select * from {{ ref('int_agency_resolution') }}
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

outcomes as (
    select * from {{ ref('int_outcome_portal_stated') }}
)

select
    history.dossier_key,
    history.version_number,
    history.valid_from_at,
    history.valid_to_at,
    history.is_current,
    history.is_listed,
    history.no_longer_listed_since_at,
    history.is_absence_certain,
    history.source_system,
    history.dossier_code,
    resolution.agency_key,
    resolution.resolved_agency_code as agency_code,
    history.channel_code,
    history.status_code,
    history.applied_at,
    history.received_at,
    history.has_received_time,
    history.due_at,
    history.has_due_time,
    outcomes.in_time_until_at,
    history.planned_end_at,
    history.finished_at,
    history.has_finished_time,
    history.returned_at,
    outcomes.period_month_date,
    history.stated_outcome_code,
    history.supplement_request_count,
    history.supplement_requested_at,
    history.supplement_completed_at,
    history.extension_count,
    history.apologised_at,
    outcomes.is_accepted,
    outcomes.is_closed,
    {{ is_open('outcomes') }} as is_open,
    outcomes.supplement_count,
    {%- for id in on_time_definition_ids() %}
        outcomes.outcome_{{ id }}_before_due,
        outcomes.{{ id }}_in_time_until_at,
    {%- endfor %}
    history.first_observed_at,
    history.last_observed_at,
    calendar_versions.calendar_version,
    formula.formula_version
from history
inner join outcomes
    on
        history.dossier_key = outcomes.dossier_key
        and history.version_number = outcomes.version_number
inner join resolution
    on
        history.source_system = resolution.source_system
        and history.agency_code is not distinct from resolution.agency_code
        and history.agency_name_key is not distinct from resolution.agency_name_key
        and history.parent_agency_name_key is not distinct from resolution.parent_agency_name_key
        and history.agency_anchor_date = resolution.agency_anchor_date
inner join source_systems on history.source_system = source_systems.source_system
left join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
cross join formula
