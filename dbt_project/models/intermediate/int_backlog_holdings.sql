with spells as (
    select * from {{ ref('int_backlog_spells') }}
),

versions as (
    select * from {{ ref('int_backlog_versions') }}
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

-- a spell within one day has the version that held at the end of that day
held as (
    select
        spells.dossier_key,
        spells.spell_number,
        spells.source_system,
        spells.from_date as age_from_date,
        spells.to_date as spell_to_date,
        spells.is_ended_without_result,
        versions.version_number,
        versions.agency_key,
        versions.field_name,
        versions.due_date,
        versions.in_time_until_at,
        greatest(spells.from_date, versions.from_date) as from_date
    from spells
    inner join versions on spells.dossier_key = versions.dossier_key
    where
        (versions.to_date is null or versions.to_date > spells.from_date)
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
            partition by dossier_key, spell_number order by version_number asc nulls last
        ) as previous_agency_key,
        lag(field_name) over (
            partition by dossier_key, spell_number order by version_number asc nulls last
        ) as previous_field_name,
        lag(in_time_until_at) over (
            partition by dossier_key, spell_number order by version_number asc nulls last
        ) as previous_in_time_until_at
    from held
),

-- what changes neither holder nor promise changes nothing here
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
),

spans as (
    select
        *,
        row_number() over (partition by dossier_key, spell_number order by version_number asc nulls last)
            as holding_number,
        lead(is_handed_in) over (
            partition by dossier_key, spell_number order by version_number asc nulls last
        ) as is_handed_out,
        coalesce(
            lead(from_date) over (partition by dossier_key, spell_number order by version_number asc nulls last),
            spell_to_date
        ) as to_date
    from changed
)

select
    spans.dossier_key,
    spans.spell_number,
    spans.holding_number,
    spans.source_system,
    spans.agency_key,
    spans.field_name,
    spans.from_date,
    spans.to_date,
    spans.age_from_date,
    case
        when spans.is_handed_in then 'handed_in'
        when spans.holding_number > 1 then null
        when spans.spell_number > 1 then 'reopened'
        else 'received'
    end as entry_code,
    case
        when spans.is_handed_out then 'handed_out'
        when spans.is_handed_out is not null or spans.to_date is null then null
        when spans.is_ended_without_result then 'ended_without_result'
        else 'finished'
    end as exit_code,
    -- at the end of its due day a promise is past, on the day of the data cut at the data cut
    case
        when
            spans.in_time_until_at < data_cuts.data_cut_at
            and (spans.to_date is null or greatest(spans.from_date, spans.due_date) < spans.to_date)
            then greatest(spans.from_date, spans.due_date)
    end as past_due_from_date
from spans
inner join data_cuts on spans.source_system = data_cuts.source_system
