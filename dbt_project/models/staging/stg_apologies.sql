with held as (
    {{ held_rows('apologies', ['dossier_code', 'letter_date']) }}
)

select
    dossier_code,
    letter_date,
    old_due_date,
    new_due_date,
    reason_code,
    reason_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at,
    coalesce(is_sample, false) as is_sample
from held
