-- versions are read twice, and not once for both: a common table of ten million would be written to disk
{%- set versions = ref('int_backlog_versions') %}
with spells as (
    select * from {{ ref('int_backlog_spells') }}
),

-- a dossier of one version has one spell and one holder; nothing happened after the extraction that tells of it
told_once as (
    select
        *,
        least(cast(received_at as date), cast(stated_at as date)) as receipt_date
    from {{ versions }}
    where is_only_version and backlog_phase in ('open', 'ended')
),

held_by_one as (
    select
        dossier_key,
        weight,
        cast(1 as bigint) as spell_number,
        cast(1 as bigint) as holding_number,
        source_system,
        agency_key,
        field_name,
        receipt_date as from_date,
        case
            when backlog_phase = 'ended'
                then greatest(receipt_date, least(cast(ended_at as date), cast(stated_at as date)))
        end as to_date,
        receipt_date as age_from_date,
        due_date,
        due_date as end_due_date,
        finished_date,
        is_without_result,
        is_online,
        is_waiting_for_citizen,
        false as is_handed_in,
        cast(null as boolean) as is_handed_out
    from told_once
),

-- a spell within one day has the version that held at the end of that day
held as (
    select
        spells.dossier_key,
        spells.weight,
        spells.spell_number,
        spells.source_system,
        spells.from_date as age_from_date,
        spells.to_date as spell_to_date,
        spells.is_ended_without_result,
        spells.end_due_date,
        spells.finished_date,
        versions.version_number,
        versions.is_online,
        versions.is_waiting_for_citizen,
        versions.agency_key,
        versions.field_name,
        versions.due_date,
        versions.in_time_until_at,
        greatest(spells.from_date, versions.from_date) as from_date
    from spells
    inner join {{ versions }} as versions
        on
            spells.dossier_key = versions.dossier_key
            and spells.weight = versions.weight
    where
        not versions.is_only_version
        and (versions.to_date is null or versions.to_date > spells.from_date)
        and (versions.from_date is null or versions.to_date is null or versions.from_date < versions.to_date)
        and (
            versions.from_date is null
            or spells.to_date is null
            or versions.from_date < spells.to_date
            or versions.from_date <= spells.from_date
        )
),

compared as (
    select
        *,
        lag(agency_key) over (
            partition by dossier_key, weight, spell_number order by version_number asc nulls last
        ) as previous_agency_key,
        lag(field_name) over (
            partition by dossier_key, weight, spell_number order by version_number asc nulls last
        ) as previous_field_name,
        lag(in_time_until_at) over (
            partition by dossier_key, weight, spell_number order by version_number asc nulls last
        ) as previous_in_time_until_at,
        lag(is_waiting_for_citizen) over (
            partition by dossier_key, weight, spell_number order by version_number asc nulls last
        ) as was_waiting_for_citizen
    from held
),

-- what changes neither holder nor promise nor whose turn it is changes nothing here
changed as (
    select
        *,
        previous_agency_key is not null
        and (agency_key != previous_agency_key or field_name != previous_field_name) as is_handed_in
    from compared
    where
        previous_agency_key is null
        or agency_key != previous_agency_key
        or field_name != previous_field_name
        or in_time_until_at is distinct from previous_in_time_until_at
        or is_waiting_for_citizen is distinct from was_waiting_for_citizen
),

held_in_turn as (
    select
        dossier_key,
        weight,
        spell_number,
        row_number() over (partition by dossier_key, weight, spell_number order by version_number asc nulls last)
            as holding_number,
        source_system,
        agency_key,
        field_name,
        from_date,
        coalesce(
            lead(from_date) over (
                partition by dossier_key, weight, spell_number order by version_number asc nulls last
            ),
            spell_to_date
        ) as to_date,
        age_from_date,
        due_date,
        end_due_date,
        finished_date,
        is_ended_without_result as is_without_result,
        is_online,
        is_waiting_for_citizen,
        is_handed_in,
        lead(is_handed_in) over (
            partition by dossier_key, weight, spell_number order by version_number asc nulls last
        ) as is_handed_out
    from changed
),

spans as (
    select * from held_by_one
    union all
    select * from held_in_turn
)

select
    dossier_key,
    weight,
    spell_number,
    holding_number,
    source_system,
    agency_key,
    field_name,
    from_date,
    to_date,
    age_from_date,
    is_online,
    case
        when is_handed_in then 'handed_in'
        when holding_number > 1 then null
        when spell_number > 1 then 'reopened'
        else 'received'
    end as entry_code,
    case
        when is_handed_out then 'handed_out'
        when is_handed_out is not null or to_date is null then null
        when is_without_result then 'ended_without_result'
        else 'finished'
    end as exit_code,
    -- at the end of its due day a promise is past
    case
        when due_date is not null and (to_date is null or greatest(from_date, due_date) < to_date)
            then greatest(from_date, due_date)
    end as past_due_from_date,
    coalesce(is_waiting_for_citizen, false) as is_waiting_for_citizen,
    -- by form II.06a: by date, and what ends without a result or without a promise is in time
    case
        when is_handed_out is not null or to_date is null then null
        when is_without_result or end_due_date is null then 'on_time'
        when coalesce(finished_date, to_date) < end_due_date then 'early'
        when coalesce(finished_date, to_date) = end_due_date then 'on_time'
        else 'late'
    end as settled_code,
    finished_date is null and not is_without_result as is_end_unstated
from spans
