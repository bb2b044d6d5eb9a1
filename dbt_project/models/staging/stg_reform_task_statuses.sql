with held as (
    {{ held_rows('reform_task_statuses', ['task_code', 'status_date', 'status_code']) }}
)

select
    task_code,
    status_date,
    status_code,
    status_label,
    evidence_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at,
    coalesce(is_sample, false) as is_sample
from held
