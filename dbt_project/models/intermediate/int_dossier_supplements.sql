with history as (
    select * from {{ ref('int_dossier_history') }}
),

turned as (
    select
        history.dossier_key,
        history.version_number,
        history.is_current,
        history.valid_from_at,
        history.status_code,
        lag(history.status_code) over (
            partition by history.dossier_key order by history.version_number asc nulls last
        ) as previous_status_code,
        {{ stated_supplement_count('history') }} as stated_supplement_count
    from history
),

-- what the lists of two nights both say is one request
new_ones as (
    select
        *,
        not coalesce(
            status_code = previous_status_code,
            status_code is null and previous_status_code is null
        ) as is_new_status
    from turned
),

counted as (
    select
        *,
        cast(
            sum(case when is_new_status and status_code = 'supplement_requested' then 1 else 0 end) over (
                partition by dossier_key
                order by version_number asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as observed_supplement_count,
        max(case when is_new_status then valid_from_at end) over (
            partition by dossier_key
            order by version_number asc nulls last
            rows between unbounded preceding and current row
        ) as status_since_at
    from new_ones
)

select
    dossier_key,
    version_number,
    is_current,
    status_since_at,
    stated_supplement_count,
    observed_supplement_count,
    {{ supplement_count('stated_supplement_count', 'observed_supplement_count') }} as supplement_count,
    {{ supplement_count_basis('stated_supplement_count', 'observed_supplement_count') }} as supplement_count_basis
from counted
