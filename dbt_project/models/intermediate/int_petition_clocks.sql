with petitions as (
    select * from {{ ref('int_petition_current') }}
),

source_systems as (
    select * from {{ ref('stg_source_systems') }}
),

cuts as (
    select * from {{ ref('int_petition_cuts') }}
),

clocks as (
    select * from {{ ref('petition_clocks') }}
),

days as (
    select * from {{ ref('int_calendar_days') }}
),

steps as (
    select distinct
        step_id,
        counted_from
    from clocks
),

-- every petition has every step: whether it applies, from when to when
spans as (
    select
        petitions.petition_key,
        petitions.source_system,
        petitions.status_code,
        source_systems.calendar_code,
        cuts.data_cut_date,
        steps.step_id,
        cast(case steps.counted_from when 'sent' then petitions.sent_at else petitions.resolved_at end as date)
            as start_date,
        cast(
            case steps.step_id
                when 'refuse' then petitions.refused_at
                when 'supplement' then petitions.supplement_requested_at
                when 'resolve' then petitions.resolved_at
                else petitions.published_at
            end as date
        ) as end_date,
        case steps.step_id
            when 'refuse' then petitions.is_refused
            when 'supplement' then petitions.is_supplement_requested
            when 'resolve'
                then
                    petitions.is_resolved
                    or not (petitions.is_refused or coalesce(petitions.status_code = 'withdrawn', false))
            else petitions.is_resolved and coalesce(petitions.is_publishable, true)
        end as is_applicable,
        case steps.step_id
            when 'resolve' then petitions.is_resolved
            when 'publish' then petitions.is_published
            else true
        end as is_done
    from petitions
    inner join source_systems on petitions.source_system = source_systems.source_system
    inner join cuts on petitions.source_system = cuts.source_system
    cross join steps
),

limited as (
    select
        spans.*,
        clocks.limit_count,
        clocks.formula_version,
        start_day.working_day_ordinal as start_ordinal
    from spans
    left join clocks
        on
            spans.step_id = clocks.step_id
            and spans.start_date >= clocks.valid_from_date
            and (clocks.valid_to_date is null or spans.start_date < clocks.valid_to_date)
    left join days as start_day
        on
            spans.calendar_code = start_day.calendar_code
            and spans.start_date = start_day.date_day
),

-- the first day is not counted: the last day in time is the limit's working day after it
due as (
    select
        limited.*,
        due_day.date_day as due_date,
        due_day.working_day_ordinal as due_ordinal,
        end_day.working_day_ordinal as end_ordinal,
        cut_day.working_day_ordinal as cut_ordinal
    from limited
    left join days as due_day
        on
            limited.calendar_code = due_day.calendar_code
            and limited.start_ordinal + limited.limit_count = due_day.working_day_ordinal
            and due_day.is_working_day
    left join days as end_day
        on
            limited.calendar_code = end_day.calendar_code
            and limited.end_date = end_day.date_day
    left join days as cut_day
        on
            limited.calendar_code = cut_day.calendar_code
            and limited.data_cut_date = cut_day.date_day
),

judged as (
    select
        *,
        case
            when not is_applicable then 'not_applicable'
            when due_date is null then 'cannot_tell'
            when is_done and (end_date is null or end_date < start_date) then 'cannot_tell'
            when is_done and end_date <= due_date then 'on_time'
            when is_done then 'late'
            when step_id = 'resolve' and coalesce(status_code, 'unmapped') = 'unmapped' then 'cannot_tell'
            when data_cut_date > due_date then 'open_late'
            else 'open_in_time'
        end as outcome
    from due
)

select
    petition_key,
    source_system,
    step_id,
    start_date,
    case when is_applicable then due_date end as due_date,
    case when is_applicable and is_done then end_date end as end_date,
    outcome,
    formula_version,
    case when is_applicable and end_date >= start_date then end_ordinal - start_ordinal end as elapsed_working_days,
    case
        when outcome = 'late' then end_ordinal - due_ordinal
        when outcome = 'open_late' then cut_ordinal - due_ordinal
    end as late_working_days,
    case
        when outcome = 'late' then {{ days_between('due_date', 'end_date') }}
        when outcome = 'open_late' then {{ days_between('due_date', 'data_cut_date') }}
    end as late_days
from judged
