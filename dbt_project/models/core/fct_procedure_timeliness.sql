with dossiers as (
    select * from {{ ref('int_dossier_current') }}
),

agencies as (
    select * from {{ ref('int_dossier_agency') }}
),

procedures as (
    select * from {{ ref('int_dossier_procedure') }}
),

outcomes as (
    select * from {{ ref('int_dossier_outcomes') }}
),

profiles as (
    select * from {{ ref('int_dossier_profile') }}
),

open_late as (
    select * from {{ ref('int_dossier_open_late') }}
),

due_changes as (
    select * from {{ ref('int_dossier_due_changes') }}
),

working_days as (
    select * from {{ ref('int_dossier_working_days') }}
),

recomputed as (
    select * from {{ ref('int_dossier_due') }}
),

supplements as (
    select * from {{ ref('int_dossier_supplements') }}
    where is_current
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
)

select
    dossiers.dossier_key,
    dossiers.source_system,
    dossiers.dossier_code,
    agencies.agency_key,
    agencies.agency_code,
    agencies.agency_resolution,
    agencies.has_delivered_agency,
    procedures.procedure_key,
    procedures.procedure_code,
    procedures.procedure_name,
    procedures.procedure_resolution,
    coalesce(dossiers.field_name, procedures.catalogue_field_name) as field_name,
    dossiers.channel_code,
    dossiers.status_code,
    dossiers.applied_at,
    dossiers.received_at,
    dossiers.has_received_time,
    dossiers.due_at,
    dossiers.has_due_time,
    dossiers.planned_end_at,
    dossiers.finished_at,
    dossiers.has_finished_time,
    dossiers.returned_at,
    cast(dossiers.received_at as date) as received_date,
    cast(dossiers.due_at as date) as due_date,
    cast(dossiers.finished_at as date) as finished_date,
    {{ period_month_date('dossiers') }} as period_month_date,
    dossiers.stated_outcome_code,
    dossiers.supplement_request_count,
    dossiers.supplement_requested_at,
    dossiers.supplement_completed_at,
    dossiers.extension_count,
    dossiers.apologised_at,
    {%- for id in on_time_definition_ids() %}
        outcomes.outcome_{{ id }},
    {%- endfor %}
    outcomes.is_accepted,
    outcomes.is_closed,
    outcomes.is_open,
    {{ days_between('cast(dossiers.received_at as date)', 'cast(dossiers.finished_at as date)') }} as elapsed_days,
    working_days.elapsed_working_days,
    working_days.late_working_days,
    open_late.open_late_since_at,
    dossiers.state_first_observed_at,
    dossiers.first_observed_at,
    dossiers.last_observed_at,
    dossiers.observation_count,
    outcomes.data_cut_at,
    calendar_versions.calendar_version,
    formula.formula_version,
    due_changes.first_due_at,
    due_changes.last_due_at,
    due_changes.closing_due_at,
    due_changes.due_change_count,
    due_changes.has_due_changed_after_expiry,
    due_changes.no_longer_listed_since_at,
    profiles.on_time_profile,
    recomputed.recomputed_due_at,
    recomputed.due_difference_working_days,
    recomputed.due_difference_reason,
    recomputed.due_unknown_reason,
    supplements.supplement_count,
    supplements.supplement_count_basis
from dossiers
inner join agencies on dossiers.dossier_key = agencies.dossier_key
inner join procedures on dossiers.dossier_key = procedures.dossier_key
inner join outcomes on dossiers.dossier_key = outcomes.dossier_key
inner join profiles on dossiers.dossier_key = profiles.dossier_key
inner join due_changes on dossiers.dossier_key = due_changes.dossier_key
inner join recomputed on dossiers.dossier_key = recomputed.dossier_key
inner join supplements on dossiers.dossier_key = supplements.dossier_key
inner join source_systems on dossiers.source_system = source_systems.source_system
left join open_late on dossiers.dossier_key = open_late.dossier_key
left join working_days on dossiers.dossier_key = working_days.dossier_key
left join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
cross join formula
