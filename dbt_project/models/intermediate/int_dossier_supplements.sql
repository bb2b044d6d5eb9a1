with dossiers as (
    select
        dossier_key,
        -- a moment of asking or of coming in says of one request at least
        coalesce(
            supplement_request_count,
            case when coalesce(supplement_requested_at, supplement_completed_at) is not null then 1 end
        ) as stated_count
    from {{ ref('int_dossier_current') }}
),

versions as (
    select
        dossier_key,
        version_number,
        status_code,
        lag(status_code) over (partition by dossier_key order by version_number asc nulls last) as previous_status_code
    from {{ ref('int_dossier_history') }}
),

-- what the lists of two nights both say is one request
observed as (
    select
        dossier_key,
        count(*) as observed_count
    from versions
    where
        status_code = 'supplement_requested'
        and status_code is distinct from previous_status_code
    group by dossier_key
)

select
    dossiers.dossier_key,
    dossiers.stated_count as stated_supplement_count,
    coalesce(observed.observed_count, 0) as observed_supplement_count,
    greatest(coalesce(dossiers.stated_count, 0), coalesce(observed.observed_count, 0)) as supplement_count,
    case
        when coalesce(observed.observed_count, 0) > coalesce(dossiers.stated_count, 0) then 'observed'
        when dossiers.stated_count is not null then 'stated'
        else 'none'
    end as supplement_count_basis
from dossiers
left join observed on dossiers.dossier_key = observed.dossier_key
