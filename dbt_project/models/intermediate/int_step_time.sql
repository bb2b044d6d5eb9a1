with steps as (
    select * from {{ ref('int_step_minutes') }}
),

pauses as (
    select * from {{ ref('int_step_pauses') }}
),

-- what of each pause falls into a step, and into the hand-over before it
met as (
    select
        steps.step_key,
        pauses.is_measured,
        {{ shared_minutes(
            'steps.from_wall_minutes', 'steps.until_wall_minutes', 'pauses.from_wall_minutes', 'pauses.until_wall_minutes'
        ) }} as wall_minutes,
        {{ shared_minutes(
            'steps.from_working_minutes', 'steps.until_working_minutes',
            'pauses.from_working_minutes', 'pauses.until_working_minutes'
        ) }} as working_minutes,
        {{ shared_minutes(
            'steps.handed_over_wall_minutes', 'steps.from_wall_minutes',
            'pauses.from_wall_minutes', 'pauses.until_wall_minutes'
        ) }} as handover_wall_minutes,
        {{ shared_minutes(
            'steps.handed_over_working_minutes', 'steps.from_working_minutes',
            'pauses.from_working_minutes', 'pauses.until_working_minutes'
        ) }} as handover_working_minutes,
        least(steps.until_wall_minutes, pauses.until_wall_minutes) as papers_there_wall_minutes,
        least(steps.until_working_minutes, pauses.until_working_minutes) as papers_there_working_minutes
    from steps
    inner join pauses on steps.dossier_key = pauses.dossier_key
),

paused as (
    select
        step_key,
        min(case when is_measured then 1 else 0 end) = 1 as is_measured,
        sum(wall_minutes) as wall_minutes,
        sum(working_minutes) as working_minutes,
        sum(handover_wall_minutes) as handover_wall_minutes,
        sum(handover_working_minutes) as handover_working_minutes,
        max(case when wall_minutes > 0 then papers_there_wall_minutes end) as papers_there_wall_minutes,
        max(case when wall_minutes > 0 then papers_there_working_minutes end) as papers_there_working_minutes
    from met
    group by step_key
),

joined as (
    select
        steps.*,
        paused.papers_there_wall_minutes,
        paused.papers_there_working_minutes,
        coalesce(paused.is_measured, true) as are_pauses_measured,
        coalesce(paused.wall_minutes, 0) as paused_wall_minutes,
        coalesce(paused.working_minutes, 0) as paused_working_minutes,
        coalesce(paused.handover_wall_minutes, 0) as handover_paused_wall_minutes,
        coalesce(paused.handover_working_minutes, 0) as handover_paused_working_minutes
    from steps
    left join paused on steps.step_key = paused.step_key
)

select
    step_key,
    due_working_minutes,
    until_working_minutes,
    until_ordinal - from_ordinal as working_days,
    cast(until_wall_minutes - from_wall_minutes as bigint) as gross_minutes,
    cast(until_working_minutes - from_working_minutes as bigint) as gross_working_minutes,
    case when until_working_minutes is not null and are_pauses_measured then cast(paused_working_minutes as bigint) end
        as paused_working_minutes,
    case
        when are_pauses_measured and not is_waiting_for_applicant
            then cast({{ minutes_that_count(
                'supplement_policy', 'from_wall_minutes', 'until_wall_minutes',
                'paused_wall_minutes', 'papers_there_wall_minutes'
            ) }} as bigint)
    end as net_minutes,
    case
        when are_pauses_measured and not is_waiting_for_applicant
            then cast({{ minutes_that_count(
                'supplement_policy', 'from_working_minutes', 'until_working_minutes',
                'paused_working_minutes', 'papers_there_working_minutes'
            ) }} as bigint)
    end as net_working_minutes,
    case
        when are_pauses_measured
            then cast(from_wall_minutes - handed_over_wall_minutes - handover_paused_wall_minutes as bigint)
    end as handover_minutes,
    case
        when are_pauses_measured
            then cast(from_working_minutes - handed_over_working_minutes - handover_paused_working_minutes as bigint)
    end as handover_working_minutes
from joined
