with deliveries as (
    select * from {{ ref('stg_petitions') }}
),

told as (
    select
        *,
        min(observed_at) over (partition by petition_key) as first_observed_at,
        count(*) over (partition by petition_key) as delivery_count
    from deliveries
)

select
    petition_key,
    source_system,
    petition_code,
    agency_code,
    agency_name,
    agency_name_key,
    dossier_code,
    topic_code,
    status_code,
    sent_at,
    has_sent_time,
    refused_at,
    supplement_requested_at,
    resolved_at,
    published_at,
    is_publishable,
    like_count,
    dislike_count,
    first_observed_at,
    observed_at as last_observed_at,
    delivery_count,
    -- the day that decides which agency bore the code or the name
    cast(coalesce(sent_at, first_observed_at) as date) as agency_anchor_date,
    coalesce(refused_at is not null or status_code = 'refused', false) as is_refused,
    coalesce(
        supplement_requested_at is not null or status_code = 'supplement_requested', false
    ) as is_supplement_requested,
    coalesce(resolved_at is not null or status_code in ('resolved', 'published'), false) as is_resolved,
    coalesce(published_at is not null or status_code = 'published', false)
    or coalesce(is_published, false) as is_published
from told
qualify row_number() over (
    partition by petition_key
    order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
) = 1
