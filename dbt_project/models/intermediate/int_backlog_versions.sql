-- depends_on: {{ ref('int_dossiers_before') }}
-- as they are now, and in a night as they were before it: what they counted for is then taken back
with facts as (
    select
        *,
        1 as weight
    from {{ ref('fct_dossier_history') }}
    where {{ is_of_this_run() }}
    {%- if is_night() %}

    union all

    select
        *,
        -1 as weight
    from {{ ref('int_dossiers_before') }}
    {%- endif %}
)

select
    dossier_key,
    version_number,
    weight,
    source_system,
    agency_key,
    received_at,
    in_time_until_at,
    last_observed_at,
    cast(due_at as date) as due_date,
    cast(finished_at as date) as finished_date,
    cast(valid_to_at as date) as to_date,
    is_waiting_for_citizen,
    case when channel_code != 'unmapped' then channel_code = 'online' end as is_online,
    -- the catalogue speaks where the portal names no field, as in the fact of dossiers
    coalesce(field_name, 'unmapped') as field_name,
    version_number = 1 and is_current as is_only_version,
    case
        when is_open then 'open'
        when is_accepted then 'ended'
        -- a receipt that is left out for a while takes nothing back; what is said last does
        when not is_before_acceptance and not is_current then 'silent'
        else 'not_accepted'
    end as backlog_phase,
    is_ended_without_result or (finished_at is null and not is_result_ready) as is_without_result,
    coalesce(finished_at, returned_at) as ended_at,
    -- a dossier that is not listed is in the state last seen, and nothing newer is said
    least(valid_from_at, last_observed_at) as stated_at,
    -- a day belongs to the version that held at its end; nothing older is known than the first
    case when version_number > 1 then cast(valid_from_at as date) end as from_date
from facts
