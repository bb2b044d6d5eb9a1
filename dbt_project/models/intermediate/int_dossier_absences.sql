with deliveries as (
    select * from {{ ref('int_dossier_deliveries') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
),

often_told as (
    select * from {{ ref('int_dossiers_often_told') }}
),

sightings as (
    select distinct
        deliveries.dossier_key,
        deliveries.source_id,
        deliveries.observed_at
    from deliveries
    inner join often_told on deliveries.dossier_key = often_told.dossier_key
),

exports as (
    select
        source_id,
        observed_at,
        max(case when export_scope = 'full' then 1 else 0 end) = 1 as is_full,
        sum(rows_quarantined) = 0 as is_read_whole
    from ledger
    where
        kind = 'dossiers'
        and status = 'accepted'
    group by source_id, observed_at
),

-- each export of a source with the next full one of that source
followed as (
    select
        *,
        min(case when is_full then observed_at end) over (
            partition by source_id
            order by observed_at asc nulls last
            rows between 1 following and unbounded following
        ) as next_full_export_at
    from exports
),

seen_until as (
    select
        dossier_key,
        source_id,
        observed_at,
        lead(observed_at) over (
            partition by dossier_key, source_id order by observed_at asc nulls last
        ) as next_seen_at
    from sightings
),

missed as (
    select
        seen_until.dossier_key,
        seen_until.source_id,
        followed.next_full_export_at as absent_at
    from seen_until
    inner join followed
        on
            seen_until.source_id = followed.source_id
            and seen_until.observed_at = followed.observed_at
    where
        followed.next_full_export_at is not null
        and (seen_until.next_seen_at is null or seen_until.next_seen_at > followed.next_full_export_at)
)

select
    missed.dossier_key,
    missed.absent_at,
    max(case when exports.is_read_whole then 1 else 0 end) = 1 as is_absence_certain
from missed
inner join exports
    on
        missed.source_id = exports.source_id
        and missed.absent_at = exports.observed_at
-- another source of the same portal that lists it at that moment has the word
left join sightings
    on
        missed.dossier_key = sightings.dossier_key
        and missed.absent_at = sightings.observed_at
where sightings.dossier_key is null
group by missed.dossier_key, missed.absent_at
