with held as (
    {{ held_rows('focus_units', ['focus_year', 'agency_name']) }}
)

select
    focus_year,
    agency_name,
    agency_name_key,
    agency_code,
    chosen_date,
    source_label,
    status_code,
    status_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at
from held
