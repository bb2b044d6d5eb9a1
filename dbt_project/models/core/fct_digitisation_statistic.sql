-- Grain: an agency and period of a portal, as last published. What should add up is said beside the figures, never
-- repaired.
with told as (
    select * from {{ ref('stg_digitisation_statistics') }}
),

resolution as (
    select * from {{ ref('int_agency_resolution') }}
),

latest as (
    select * from told
    qualify {{ is_last_word('statistic_key') }}
),

-- a portal that prints no total means the sum of both
totalled as (
    select
        *,
        coalesce(received_count, received_with_file_count + received_without_file_count) as received_whole_count,
        coalesce(resolved_count, resolved_with_file_count + resolved_without_file_count) as resolved_whole_count
    from latest
),

judged as (
    select
        *,
        received_with_file_count + received_without_file_count = received_count as is_received_sum_kept,
        resolved_with_file_count + resolved_without_file_count = resolved_count as is_resolved_sum_kept,
        {{ is_share_as_printed('received_with_file_pct', 'received_with_file_count', 'received_whole_count') }}
            as is_received_share_kept,
        {{ is_share_as_printed('resolved_with_file_pct', 'resolved_with_file_count', 'resolved_whole_count') }}
            as is_resolved_share_kept,
        received_reused_count <= received_with_file_count
        and received_national_store_count <= received_with_file_count as is_reuse_within_kept,
        whole_with_file_count <= received_with_file_count
        and whole_with_file_count <= resolved_with_file_count as is_whole_within_kept
    from totalled
)

select
    judged.statistic_key,
    judged.source_system,
    resolution.agency_key,
    resolution.agency_resolution,
    judged.agency_name,
    judged.period_start_date,
    judged.period_end_date,
    judged.received_count,
    judged.received_whole_count,
    judged.received_with_file_count,
    judged.received_without_file_count,
    judged.received_reused_count,
    judged.received_national_store_count,
    cast(judged.received_with_file_pct as decimal(9, 2)) as received_with_file_pct,
    {{ pct('judged.received_with_file_count', 'judged.received_whole_count') }} as computed_received_with_file_pct,
    judged.resolved_count,
    judged.resolved_whole_count,
    judged.resolved_with_file_count,
    judged.resolved_without_file_count,
    cast(judged.resolved_with_file_pct as decimal(9, 2)) as resolved_with_file_pct,
    {{ pct('judged.resolved_with_file_count', 'judged.resolved_whole_count') }} as computed_resolved_with_file_pct,
    judged.whole_with_file_count,
    cast(judged.whole_with_file_pct as decimal(9, 2)) as whole_with_file_pct,
    judged.assessment_code,
    judged.is_received_sum_kept,
    judged.is_resolved_sum_kept,
    judged.is_received_share_kept,
    judged.is_resolved_share_kept,
    judged.is_reuse_within_kept,
    judged.is_whole_within_kept,
    cast(
        case when not judged.is_received_sum_kept then 1 else 0 end
        + case when not judged.is_resolved_sum_kept then 1 else 0 end
        + case when not judged.is_received_share_kept then 1 else 0 end
        + case when not judged.is_resolved_share_kept then 1 else 0 end
        + case when not judged.is_reuse_within_kept then 1 else 0 end
        + case when not judged.is_whole_within_kept then 1 else 0 end
        as int
    ) as broken_identity_count,
    judged.observed_at as last_observed_at
from judged
inner join resolution
    on
        judged.source_system = resolution.source_system
        and resolution.agency_code is null
        and judged.agency_name_key is not distinct from resolution.agency_name_key
        and resolution.parent_agency_name_key is null
        and judged.period_end_date = resolution.agency_anchor_date
