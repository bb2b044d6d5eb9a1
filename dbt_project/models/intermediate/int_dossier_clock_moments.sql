with dossiers as (
    select * from {{ ref('int_dossier_current') }}
),

outcomes as (
    select * from {{ ref('int_dossier_outcomes') }}
),

agencies as (
    select * from {{ ref('int_dossier_agency') }}
),

procedures as (
    select * from {{ ref('int_dossier_procedure') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

calendar_versions as (
    select * from {{ ref('calendar_versions') }}
),

cutoffs as (
    select * from {{ ref('procedure_cutoffs') }}
),

own_timesheets as (
    select distinct
        calendar_code,
        agency_register,
        agency_code
    from {{ ref('timesheets') }}
    where agency_code is not null
),

-- possible orders only, judged by date as in int_dossier_working_spans
judged as (
    select
        dossiers.dossier_key,
        dossiers.received_at,
        dossiers.has_received_time,
        dossiers.due_at,
        dossiers.has_due_time,
        dossiers.finished_at,
        dossiers.has_finished_time,
        outcomes.data_cut_at,
        outcomes.outcome_strict,
        source_systems.calendar_code,
        source_systems.procedure_catalogue,
        procedures.procedure_code,
        own_timesheets.agency_register || ':' || own_timesheets.agency_code as own_timesheet_code,
        cast(dossiers.finished_at as date) >= cast(dossiers.received_at as date)
        and cast(dossiers.finished_at as date) <= cast(dossiers.last_observed_at as date) as is_end_plausible,
        -- a promise that lies beyond the calendar and has not come yet is left unknown
        cast(dossiers.due_at as date) >= cast(dossiers.received_at as date)
        and cast(dossiers.due_at as date)
        <= greatest(calendar_versions.valid_to_date, outcomes.data_cut_date) as is_due_countable
    from dossiers
    inner join outcomes on dossiers.dossier_key = outcomes.dossier_key
    inner join agencies on dossiers.dossier_key = agencies.dossier_key
    inner join procedures on dossiers.dossier_key = procedures.dossier_key
    inner join source_systems on dossiers.source_system = source_systems.source_system
    inner join calendar_versions on source_systems.calendar_code = calendar_versions.calendar_code
    left join own_timesheets
        on
            source_systems.calendar_code = own_timesheets.calendar_code
            and coalesce(source_systems.agency_register, dossiers.source_system) = own_timesheets.agency_register
            and agencies.agency_code = own_timesheets.agency_code
    where
        outcomes.is_accepted
        and cast(dossiers.received_at as date) <= cast(dossiers.last_observed_at as date)
)

select
    judged.dossier_key,
    judged.calendar_code,
    coalesce(judged.own_timesheet_code, 'default') as timesheet_code,
    judged.received_at,
    judged.has_received_time,
    case when cutoffs.cutoff_time is not null then {{ minute_of_time('cutoffs.cutoff_time') }} end as cutoff_minute,
    case when judged.is_due_countable then judged.due_at end as due_at,
    judged.has_due_time,
    judged.outcome_strict in ('late', 'open_late') as is_late,
    judged.outcome_strict = 'open_late' as is_open_late,
    case
        when judged.outcome_strict = 'open_late' then judged.data_cut_at
        when judged.is_end_plausible then judged.finished_at
    end as until_at,
    judged.outcome_strict = 'open_late' or judged.has_finished_time as has_until_time
from judged
-- by equality; the validity of the few rows of one procedure is compared afterwards
left join cutoffs
    on
        judged.procedure_catalogue = cutoffs.procedure_catalogue
        and judged.procedure_code = cutoffs.procedure_code
        and cast(judged.received_at as date) >= cutoffs.valid_from_date
        and coalesce(cast(judged.received_at as date) < cutoffs.valid_to_date, true)
