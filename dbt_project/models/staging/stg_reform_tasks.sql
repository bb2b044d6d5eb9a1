with held as (
    {{ held_rows('reform_tasks', ['task_code']) }}
)

select
    task_code,
    plan_year,
    field_code,
    field_label,
    task_name,
    agency_name,
    agency_name_key,
    agency_code,
    lead_label,
    due_date,
    product_label,
    source_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at,
    coalesce(is_sample, false) as is_sample
from held
