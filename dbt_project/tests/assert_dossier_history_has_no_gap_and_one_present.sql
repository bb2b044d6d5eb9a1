-- Each version of a dossier ends where the next begins, and the last is what was said last. A row here means that a
-- past night would be told wrong: the data team looks at int_dossier_history.
with versions as (
    select
        dossier_key,
        version_number,
        valid_from_at,
        valid_to_at,
        is_current,
        last_observed_at,
        first_observed_at,
        lead(valid_from_at) over (partition by dossier_key order by version_number asc nulls last) as next_from_at
    from {{ ref('int_dossier_history') }}
),

present as (
    select
        dossier_key,
        sum(case when is_current then 1 else 0 end) as present_count,
        max(case when is_current then last_observed_at end) as last_observed_at,
        sum(
            case when valid_to_at is distinct from next_from_at or valid_to_at <= valid_from_at then 1 else 0 end
        ) as broken_count
    from versions
    group by dossier_key
),

said as (
    select
        dossier_key,
        max(observed_at) as last_observed_at
    from {{ ref('int_dossier_observations') }}
    group by dossier_key
)

select
    said.dossier_key,
    present.present_count,
    present.broken_count
from said
left join present on said.dossier_key = present.dossier_key
where
    present.dossier_key is null
    or present.present_count != 1
    or present.broken_count > 0
    or present.last_observed_at is distinct from said.last_observed_at
