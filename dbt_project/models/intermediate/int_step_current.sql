-- depends_on: {{ ref('int_dossiers_touched') }}, {{ ref('ingestion_ledger') }}, {{ source('built', 'built_files') }}
with {% if is_night() -%}
concerned as (
    select dossier_key from {{ ref('int_dossiers_touched') }}

    union distinct

    -- the steps as they were: what a later extraction of the log makes older, or lets come true
    select source_system || ':' || dossier_code as dossier_key
    from {{ as_it_was('fct_processing_step') }}
    where
        is_open
        or cast(greatest(started_at, ended_at, step_due_at) as date) > cast(data_cut_at as date)

    union distinct

    select dossier_key from {{ ref('stg_processing_log') }}
    where {{ is_of_new_file('processing_log') }}
),

{% endif -%}
deliveries as (
    select * from {{ ref('stg_processing_log') }}
    {%- if is_night() %}
    where dossier_key in (select concerned.dossier_key from concerned)
    {%- endif %}
),

dossiers as (
    select * from {{ ref('fct_dossier_history') }}
    where
        is_current
        and dossier_key in (select deliveries.dossier_key from deliveries)
),

statuses as (
    select * from {{ ref('dossier_statuses') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

policies as (
    select * from {{ ref('supplement_policies') }}
),

waiting as (
    select * from {{ ref('waiting_statuses') }}
),

own_timesheets as (
    select distinct
        calendar_code,
        agency_register,
        agency_code
    from {{ ref('timesheets') }}
    where agency_code is not null
),

-- exports overlap: of one step the latest extraction speaks
latest as (
    select
        *,
        cast(coalesce(started_at, ended_at, observed_at) as date) as step_date
    from deliveries
    qualify row_number() over (
        partition by step_key
        order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
)

select
    latest.step_key,
    latest.dossier_key,
    latest.source_system,
    latest.dossier_code,
    latest.event_code,
    latest.department_name,
    latest.status_code,
    latest.started_at,
    latest.has_started_time,
    latest.ended_at,
    latest.has_ended_time,
    latest.step_due_at,
    latest.has_step_due_time,
    latest.observed_at as last_observed_at,
    source_systems.calendar_code,
    coalesce(own_timesheets.agency_register || ':' || own_timesheets.agency_code, 'default') as timesheet_code,
    coalesce(dossiers.agency_key, coalesce(source_systems.agency_register, latest.source_system) || ':unmapped')
        as agency_key,
    coalesce(dossiers.procedure_key, 'unmapped') as procedure_key,
    -- a log that names no activity tells the step by state and department
    coalesce(
        latest.step_name,
        case when latest.status_code = 'unmapped' then latest.status_label else statuses.name_vi end
        || coalesce(' · ' || latest.department_name, ''),
        latest.department_name,
        'Không rõ bước'
    ) as step_name,
    dossiers.dossier_key is not null as has_dossier,
    -- an end that the dossier states holds, whatever the log leaves open
    coalesce(
        dossiers.finished_at is not null
        or dossier_statuses.is_result_ready
        or dossier_statuses.is_ended_without_result,
        false
    ) as is_dossier_ended,
    coalesce(statuses.is_result_ready or statuses.is_ended_without_result, false) as is_final,
    waiting.status_code is not null as is_waiting_for_applicant,
    coalesce(policies.supplement_policy, 'none') as supplement_policy
from latest
inner join source_systems on latest.source_system = source_systems.source_system
left join statuses on latest.status_code = statuses.status_code
left join dossiers on latest.dossier_key = dossiers.dossier_key
left join statuses as dossier_statuses on dossiers.status_code = dossier_statuses.status_code
left join own_timesheets
    on
        source_systems.calendar_code = own_timesheets.calendar_code
        and coalesce(source_systems.agency_register, latest.source_system) = own_timesheets.agency_register
        and dossiers.agency_code = own_timesheets.agency_code
-- by equality; the validity of the few rows of one state or system is compared afterwards
left join waiting
    on
        latest.status_code = waiting.status_code
        and latest.step_date >= waiting.valid_from_date
        and coalesce(latest.step_date < waiting.valid_to_date, true)
left join policies
    on
        latest.source_system = policies.source_system
        and latest.step_date >= policies.valid_from_date
        and coalesce(latest.step_date < policies.valid_to_date, true)
