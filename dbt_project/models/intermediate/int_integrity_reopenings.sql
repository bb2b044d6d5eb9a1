with versions as (
    select * from {{ ref('int_dossiers_now') }}
),

-- who was never closed before the present version was not opened again
candidates as (
    select distinct dossier_key
    from versions
    where is_closed and not is_current
),

turned as (
    select
        versions.dossier_key,
        versions.valid_from_at,
        versions.is_open,
        lag(versions.is_closed) over (
            partition by versions.dossier_key order by versions.version_number asc nulls last
        ) as was_closed
    from versions
    inner join candidates on versions.dossier_key = candidates.dossier_key
    where versions.is_open or versions.is_closed
)

select
    dossier_key,
    cast(count(*) as bigint) as reopening_count,
    max(valid_from_at) as last_reopened_at
from turned
where is_open and was_closed
group by dossier_key
