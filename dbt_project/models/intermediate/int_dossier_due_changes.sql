with history as (
    select * from {{ ref('int_dossier_history') }}
),

-- what was promised, in the order it was said; a version without a promise withdraws none
promises as (
    select
        history.dossier_key,
        history.version_number,
        history.valid_from_at,
        history.last_observed_at,
        history.due_at,
        history.has_due_time,
        {{ in_time_until('history') }} as in_time_until_at
    from history
    where history.is_listed and history.due_at is not null
),

compared as (
    select
        *,
        lag(due_at) over (partition by dossier_key order by version_number asc nulls last) as previous_due_at,
        lag(has_due_time) over (partition by dossier_key order by version_number asc nulls last) as had_due_time,
        lag(in_time_until_at) over (
            partition by dossier_key order by version_number asc nulls last
        ) as previous_in_time_until_at,
        lag(last_observed_at) over (
            partition by dossier_key order by version_number asc nulls last
        ) as previous_last_observed_at,
        row_number() over (partition by dossier_key order by version_number asc nulls last) as promise_number,
        row_number() over (partition by dossier_key order by version_number desc nulls last) as promise_number_from_end
    from promises
),

-- the same day once with and once without a time of day is the same promise
changes as (
    select
        *,
        case
            when previous_due_at is null then false
            when has_due_time and had_due_time then due_at != previous_due_at
            else cast(due_at as date) != cast(previous_due_at as date)
        end as is_change,
        -- nobody saw the change itself: only the last extraction before it and the first after it
        case
            when previous_last_observed_at > previous_in_time_until_at then 'after'
            when valid_from_at <= previous_in_time_until_at then 'before'
            else 'cannot_tell'
        end as change_against_expiry
    from compared
),

summed as (
    select
        dossier_key,
        cast(sum(case when is_change then 1 else 0 end) as bigint) as due_change_count,
        max(case when promise_number = 1 then due_at end) as first_due_at,
        max(case when promise_number_from_end = 1 then due_at end) as last_due_at,
        sum(case when is_change and change_against_expiry = 'after' then 1 else 0 end) as after_count,
        sum(case when is_change and change_against_expiry = 'cannot_tell' then 1 else 0 end) as cannot_tell_count
    from changes
    group by dossier_key
),

-- the closing that still holds: the first version with an end after the last one without
reopened as (
    select
        dossier_key,
        coalesce(max(case when finished_at is null then version_number end), 0) as last_open_version_number
    from history
    group by dossier_key
),

closed as (
    select
        history.dossier_key,
        history.due_at as closing_due_at
    from history
    inner join reopened
        on
            history.dossier_key = reopened.dossier_key
            and history.version_number = reopened.last_open_version_number + 1
),

present as (
    select
        dossier_key,
        no_longer_listed_since_at
    from history
    where is_current
)

select
    present.dossier_key,
    summed.first_due_at,
    summed.last_due_at,
    closed.closing_due_at,
    present.no_longer_listed_since_at,
    coalesce(summed.due_change_count, 0) as due_change_count,
    case
        when summed.after_count > 0 then true
        when summed.cannot_tell_count > 0 then null
        else false
    end as has_due_changed_after_expiry
from present
left join summed on present.dossier_key = summed.dossier_key
left join closed on present.dossier_key = closed.dossier_key
