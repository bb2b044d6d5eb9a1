with deliveries as (
    select * from {{ ref('int_dossier_deliveries') }}
),

often_told as (
    select * from {{ ref('int_dossiers_often_told') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
),

partial_files as (
    select distinct file_sha256
    from ledger
    where
        kind = 'dossiers'
        and status = 'accepted'
        and export_scope = 'partial'
),

concerned as (
    select distinct deliveries.dossier_key
    from deliveries
    inner join partial_files on deliveries.file_sha256 = partial_files.file_sha256
    inner join often_told on deliveries.dossier_key = often_told.dossier_key
),

-- the order never depends on what was ingested first; at one moment a partial list comes after the others
sayings as (
    select
        deliveries.*,
        partial_files.file_sha256 is not null as is_partial
    from deliveries
    inner join concerned on deliveries.dossier_key = concerned.dossier_key
    left join partial_files on deliveries.file_sha256 = partial_files.file_sha256
    qualify row_number() over (
        partition by deliveries.dossier_key, deliveries.observed_at, partial_files.file_sha256 is not null
        order by deliveries.row_number desc nulls last, deliveries.file_sha256 desc nulls last
    ) = 1
),

numbered as (
    select
        *,
        row_number() over (
            partition by dossier_key
            order by observed_at asc nulls last, case when is_partial then 1 else 0 end asc nulls last
        ) as saying_number,
        coalesce(procedure_code, procedure_name) is not null as has_procedure,
        coalesce(agency_code, agency_name) is not null as has_agency
    from sayings
),

-- a run is what was said in full, with the partial lists until something is said in full again
runs as (
    select
        *,
        sum(case when is_partial then 0 else 1 end) over (
            partition by dossier_key
            order by saying_number asc nulls last
            rows between unbounded preceding and current row
        ) as run_number
    from numbered
),

-- what a dossier is about: a partial list is heard only where the full saying of the run is silent
heard as (
    select
        *,
        {{ is_heard('has_procedure') }} as is_procedure_heard,
        {{ is_heard('has_agency') }} as is_agency_heard,
        {{ is_heard('field_name is not null') }} as is_field_name_heard,
        {{ is_heard('channel_code is not null') }} as is_channel_code_heard,
        {{ is_heard('applied_at is not null') }} as is_applied_at_heard,
        {{ is_heard('received_at is not null') }} as is_received_at_heard
    from runs
    window whole_run as (partition by dossier_key, run_number)
),

-- what becomes of a dossier: the last word of the run that is one
carried as (
    select
        dossier_key,
        source_system,
        dossier_code,
        source_id,
        file_sha256,
        row_number,
        observed_at,
        saying_number,
        max(case when is_procedure_heard then saying_number end) over run_so_far as procedure_saying_number,
        max(case when is_agency_heard then saying_number end) over run_so_far as agency_saying_number,
        {{ last_said('case when is_field_name_heard then field_name end', 'run_so_far') }} as field_name,
        {{ last_said('case when is_channel_code_heard then channel_code end', 'run_so_far') }} as channel_code,
        {{ last_said('case when is_channel_code_heard then channel_label end', 'run_so_far') }} as channel_label,
        {{ last_said('case when is_applied_at_heard then applied_at end', 'run_so_far') }} as applied_at,
        {{ last_said('case when is_received_at_heard then received_at end', 'run_so_far') }} as received_at,
        {{ last_said('case when is_received_at_heard then has_received_time end', 'run_so_far') }} as has_received_time,
        {{ last_said('status_code', 'run_so_far') }} as status_code,
        {{ last_said('status_label', 'run_so_far') }} as status_label,
        {{ last_said('planned_end_at', 'run_so_far') }} as planned_end_at,
        {{ last_said('returned_at', 'run_so_far') }} as returned_at,
        {{ last_said('stated_outcome_code', 'run_so_far') }} as stated_outcome_code,
        {{ last_said('stated_outcome_label', 'run_so_far') }} as stated_outcome_label,
        {{ last_said('supplement_request_count', 'run_so_far') }} as supplement_request_count,
        {{ last_said('supplement_requested_at', 'run_so_far') }} as supplement_requested_at,
        {{ last_said('supplement_completed_at', 'run_so_far') }} as supplement_completed_at,
        {{ last_said('extension_count', 'run_so_far') }} as extension_count,
        {{ last_said('apologised_at', 'run_so_far') }} as apologised_at,
        {{ last_said('applicant_id_number_key', 'run_so_far') }} as applicant_id_number_key,
        {{ last_said('applicant_phone_key', 'run_so_far') }} as applicant_phone_key,
        {{ last_said('due_at', 'run_so_far') }} as said_due_at,
        {{ last_said('has_due_time', 'run_so_far') }} as has_said_due_time,
        {{ last_said('case when has_due_time then due_at end', 'run_so_far') }} as timed_due_at,
        {{ last_said('finished_at', 'run_so_far') }} as said_finished_at,
        {{ last_said('has_finished_time', 'run_so_far') }} as has_said_finished_time,
        {{ last_said('case when has_finished_time then finished_at end', 'run_so_far') }} as timed_finished_at
    from heard
    window
        run_so_far as (
            partition by dossier_key, run_number
            order by saying_number asc nulls last
            rows between unbounded preceding and current row
        )
),

-- a day that is said again without its hour takes nothing back
completed as (
    select
        carried.*,
        with_procedure.procedure_code,
        with_procedure.procedure_name,
        with_agency.agency_code,
        with_agency.agency_name,
        with_agency.agency_name_key,
        with_agency.parent_agency_name,
        with_agency.parent_agency_name_key,
        case
            when cast(carried.timed_due_at as date) = cast(carried.said_due_at as date) then carried.timed_due_at
            else carried.said_due_at
        end as due_at,
        case
            when cast(carried.timed_due_at as date) = cast(carried.said_due_at as date) then true
            else carried.has_said_due_time
        end as has_due_time,
        case
            when cast(carried.timed_finished_at as date) = cast(carried.said_finished_at as date)
                then carried.timed_finished_at
            else carried.said_finished_at
        end as finished_at,
        case
            when cast(carried.timed_finished_at as date) = cast(carried.said_finished_at as date) then true
            else carried.has_said_finished_time
        end as has_finished_time
    from carried
    left join numbered as with_procedure
        on
            carried.dossier_key = with_procedure.dossier_key
            and carried.procedure_saying_number = with_procedure.saying_number
    left join numbered as with_agency
        on
            carried.dossier_key = with_agency.dossier_key
            and carried.agency_saying_number = with_agency.saying_number
    qualify row_number() over (
        partition by carried.dossier_key, carried.observed_at
        order by carried.saying_number desc nulls last
    ) = 1
),

keyed as (
    select
        *,
        {{ digest(state_key_columns()) }} as state_key
    from completed
)

select {{ listed(observed_columns()) }}
from keyed
