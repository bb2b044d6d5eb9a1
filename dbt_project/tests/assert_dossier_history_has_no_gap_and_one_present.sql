-- Each version of a dossier ends where the next begins, and the last is what int_dossier_current holds. A row here
-- means that a past night would be told wrong: the data team looks at int_dossier_history.
with history as (
    select
        *,
        lead(valid_from_at) over (partition by dossier_key order by version_number asc nulls last) as next_from_at
    from {{ ref('int_dossier_history') }}
),

present as (
    select
        dossier_key,
        max(case when is_current then state_key end) as state_key,
        max(case when is_current then last_observed_at end) as last_observed_at,
        sum(case when is_current then 1 else 0 end) as present_count,
        sum(
            case when valid_to_at is distinct from next_from_at or valid_to_at <= valid_from_at then 1 else 0 end
        ) as broken_count
    from history
    group by dossier_key
)

select
    dossiers.dossier_key,
    present.present_count,
    present.broken_count
from {{ ref('int_dossier_current') }} as dossiers
left join present on dossiers.dossier_key = present.dossier_key
where
    present.dossier_key is null
    or present.present_count != 1
    or present.broken_count > 0
    or present.state_key is distinct from dossiers.state_key
    or present.last_observed_at is distinct from dossiers.last_observed_at
