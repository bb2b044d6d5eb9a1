with accepted as (
    select * from {{ source('raw', 'processing_log') }}
)

select
    source_system,
    dossier_code,
    event_code,
    step_name,
    department_name,
    status_code,
    status_label,
    started_at,
    has_started_time,
    ended_at,
    has_ended_time,
    step_due_at,
    has_step_due_time,
    officer_name_key,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    source_system || ':' || dossier_code as dossier_key,
    -- what tells a step from another one however often, and in whatever state, it is delivered
    source_system || ':' || dossier_code || '#'
    || case
        when event_code is not null then {{ digest(['event_code']) }}
        else {{ digest(['step_name', 'department_name', 'status_label', 'coalesce(started_at, ended_at)']) }}
    end as step_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
