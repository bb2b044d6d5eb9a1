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
        has_procedure and (
            not is_partial
            or max(case when not is_partial and has_procedure then 1 else 0 end) over whole_run = 0
        ) as is_procedure_heard,
        has_agency and (
            not is_partial
            or max(case when not is_partial and has_agency then 1 else 0 end) over whole_run = 0
        ) as is_agency_heard,
        {%- for column in ['field_name', 'channel_code', 'applied_at', 'received_at'] %}
        not is_partial
        or max(case when not is_partial and {{ column }} is not null then 1 else 0 end) over whole_run = 0
            as is_{{ column }}_heard{{ ',' if not loop.last }}
        {%- endfor %}
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
        {%- for column in [
            'status_code', 'status_label', 'planned_end_at', 'returned_at', 'stated_outcome_code', 'stated_outcome_label',
            'supplement_request_count', 'supplement_requested_at', 'supplement_completed_at', 'extension_count',
            'apologised_at', 'applicant_id_number_key', 'applicant_phone_key',
        ] %}
        {{ last_said(column, 'run_so_far') }} as {{ column }},
        {%- endfor %}
        {%- for column in ['due', 'finished'] %}
        {{ last_said(column ~ '_at', 'run_so_far') }} as said_{{ column }}_at,
        {{ last_said('has_' ~ column ~ '_time', 'run_so_far') }} as has_said_{{ column }}_time,
        {{ last_said('case when has_' ~ column ~ '_time then ' ~ column ~ '_at end', 'run_so_far') }}
            as timed_{{ column }}_at{{ ',' if not loop.last }}
        {%- endfor %}
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
        procedures.procedure_code,
        procedures.procedure_name,
        agencies.agency_code,
        agencies.agency_name,
        agencies.agency_name_key,
        agencies.parent_agency_name,
        agencies.parent_agency_name_key,
        {%- for column in ['due', 'finished'] %}
        {%- set is_same_day = 'cast(carried.timed_' ~ column ~ '_at as date) = cast(carried.said_' ~ column ~ '_at as date)' %}
        case
            when {{ is_same_day }} then carried.timed_{{ column }}_at
            else carried.said_{{ column }}_at
        end as {{ column }}_at,
        case
            when {{ is_same_day }} then true
            else carried.has_said_{{ column }}_time
        end as has_{{ column }}_time{{ ',' if not loop.last }}
        {%- endfor %}
    from carried
    left join numbered as procedures
        on
            carried.dossier_key = procedures.dossier_key
            and carried.procedure_saying_number = procedures.saying_number
    left join numbered as agencies
        on
            carried.dossier_key = agencies.dossier_key
            and carried.agency_saying_number = agencies.saying_number
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
