with held as (
    {{ held_rows('inspections', ['inspection_code']) }}
)

select
    inspection_code,
    agency_name,
    agency_name_key,
    agency_code,
    inspected_date,
    finding_code,
    finding_label,
    remedy_code,
    remedy_label,
    remedy_due_date,
    remedied_date,
    source_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at,
    coalesce(is_sample, false) as is_sample
from held
