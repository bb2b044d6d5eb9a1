with held as (
    {{ held_rows('dialogues', ['dialogue_code']) }}
)

select
    dialogue_code,
    held_date,
    topic_label,
    agency_name,
    agency_name_key,
    agency_code,
    participant_count,
    question_count,
    answered_count,
    source_label,
    source_id,
    source_system,
    file_sha256,
    row_number,
    observed_at,
    coalesce(is_sample, false) as is_sample
from held
