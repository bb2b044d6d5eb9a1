with held as (
    {{ held_rows('targets', ['metric_code', 'scope_code', 'agency_level', 'target_year']) }}
)

select
    metric_code,
    metric_label,
    scope_code,
    scope_label,
    agency_level,
    target_year,
    comparison_code,
    comparison_label,
    target_value,
    unit_code,
    unit_label,
    source_label,
    status_code,
    status_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at
from held
