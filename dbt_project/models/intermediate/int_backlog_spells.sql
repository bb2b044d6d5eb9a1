with versions as (
    select * from {{ ref('int_backlog_versions') }}
    where not is_only_version and backlog_phase != 'silent'
),

compared as (
    select
        *,
        lag(backlog_phase)
            over (partition by dossier_key, weight order by version_number asc nulls last)
            as previous_phase,
        sum(case when backlog_phase in ('open', 'ended') then 1 else 0 end) over (
            partition by dossier_key, weight
            order by version_number asc nulls last
            rows between unbounded preceding and current row
        ) as accepted_count
    from versions
),

-- a spell begins where the dossier is seen open after it was not, or is seen for the first time when it has ended
numbered as (
    select
        *,
        cast(
            sum(
                case
                    when backlog_phase = 'open' and previous_phase is distinct from 'open' then 1
                    when backlog_phase = 'ended' and accepted_count = 1 then 1
                    else 0
                end
            ) over (
                partition by dossier_key, weight
                order by version_number asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as spell_number
    from compared
),

-- of each moment the version that states it last has the word
marked as (
    select
        *,
        max(case when received_at is not null then version_number end) over (
            partition by dossier_key, weight, spell_number
        ) as receipt_version_number,
        min(case when backlog_phase != 'open' then version_number end) over (
            partition by dossier_key, weight, spell_number
        ) as first_left_version_number,
        max(case when backlog_phase != 'open' then version_number end) over (
            partition by dossier_key, weight, spell_number
        ) as last_left_version_number,
        max(case when backlog_phase != 'open' and ended_at is not null then version_number end) over (
            partition by dossier_key, weight, spell_number
        ) as end_version_number
    from numbered
    where spell_number > 0
),

-- nothing has happened later than the extraction that tells of it
summed as (
    select
        dossier_key,
        weight,
        source_system,
        spell_number,
        cast(min(stated_at) as date) as first_stated_date,
        cast(max(last_observed_at) as date) as last_observed_date,
        max(
            case
                when version_number = receipt_version_number
                    then least(cast(received_at as date), cast(stated_at as date))
            end
        ) as received_date,
        max(
            case
                when version_number = coalesce(end_version_number, first_left_version_number)
                    then least(cast(ended_at as date), cast(stated_at as date))
            end
        ) as left_date,
        max(
            case
                when
                    version_number = coalesce(end_version_number, last_left_version_number)
                    and is_without_result
                    then 1
                else 0
            end
        ) = 1 as is_ended_without_result,
        max(case when version_number = coalesce(end_version_number, last_left_version_number) then due_date end)
            as end_due_date,
        max(case when version_number = coalesce(end_version_number, last_left_version_number) then finished_date end)
            as finished_date
    from marked
    group by dossier_key, weight, source_system, spell_number
),

followed as (
    select
        *,
        lag(last_observed_date) over (
            partition by dossier_key, weight order by spell_number asc nulls last
        ) as previous_last_observed_date
    from summed
),

-- a reopening has no date of its own unless the portal states a new receipt
begun as (
    select
        *,
        case
            when spell_number = 1 or received_date > previous_last_observed_date then received_date
            else first_stated_date
        end as from_date
    from followed
)

select
    dossier_key,
    weight,
    spell_number,
    source_system,
    from_date,
    is_ended_without_result,
    end_due_date,
    finished_date,
    case when left_date is not null then greatest(from_date, left_date) end as to_date
from begun
