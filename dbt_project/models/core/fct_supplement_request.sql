-- Grain: a request for missing papers, as the portal lists it with its dossier. Beside supplement_count of the facts,
-- which counts what lists of dossiers say; the chain of dossiers does not read this table.
with requests as (
    select * from {{ ref('stg_supplements') }}
),

listings as (
    {{ last_listing() }}
),

dossiers as (
    select
        dossier_key,
        agency_key
    from {{ ref('fct_dossier_history') }}
    where is_current
),

latest as (
    select requests.*
    from requests
    left join listings on requests.dossier_key = listings.dossier_key
    where {{ is_still_listed('requests', 'listings') }}
    qualify {{ is_last_word('requests.supplement_key') }}
)

select
    latest.supplement_key,
    latest.source_system,
    latest.dossier_code,
    dossiers.dossier_key,
    dossiers.dossier_key is not null as is_dossier_known,
    dossiers.agency_key,
    latest.request_code,
    row_number() over (
        partition by latest.dossier_key
        order by latest.requested_at asc nulls last, latest.request_code asc nulls last
    ) as request_number,
    latest.requested_at,
    latest.completed_at,
    latest.due_before_at,
    latest.due_after_at,
    latest.completed_at is null as is_awaited,
    {{ days_between('cast(latest.requested_at as date)', 'cast(latest.completed_at as date)') }} as waiting_days,
    {{ days_between('cast(latest.due_before_at as date)', 'cast(latest.due_after_at as date)') }} as due_moved_days,
    latest.observed_at as last_observed_at
from latest
left join dossiers on latest.dossier_key = dossiers.dossier_key
