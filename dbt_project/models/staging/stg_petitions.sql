with accepted as (
    select * from {{ source('raw', 'petitions') }}
)

select
    source_system,
    petition_code,
    agency_code,
    agency_name,
    agency_name_key,
    dossier_code,
    topic_code,
    status_code,
    status_label,
    sent_at,
    has_sent_time,
    refused_at,
    supplement_requested_at,
    resolved_at,
    published_at,
    is_publishable,
    is_published,
    like_count,
    dislike_count,
    source_id,
    file_sha256,
    row_number,
    observed_at,
    -- without a code a petition is known by sender and moment; without those each delivered row is one of its own
    source_system || ':' || case
        when petition_code is not null then petition_code
        when sent_at is not null and coalesce(sender_phone_key, sender_email_key) is not null
            then {{ digest(['sent_at', 'sender_phone_key', 'sender_email_key']) }}
        else {{ digest(['file_sha256', 'row_number']) }}
    end as petition_key
from accepted
where {{ is_extracted_by_night('observed_at') }}
