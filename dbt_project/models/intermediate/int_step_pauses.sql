with waits as (
    select *
    from {{ ref('int_step_minutes') }}
    where
        is_waiting_for_applicant
        and supplement_policy in ('pause', 'reset')
),

-- two requests that overlap are one pause
marked as (
    select
        *,
        max(until_wall_minutes) over (
            partition by dossier_key
            order by from_wall_minutes asc nulls last, step_key asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as waited_until_minutes
    from waits
),

grouped as (
    select
        *,
        sum(case when waited_until_minutes >= from_wall_minutes then 0 else 1 end) over (
            partition by dossier_key
            order by from_wall_minutes asc nulls last, step_key asc nulls last
            rows between unbounded preceding and current row
        ) as pause_number
    from marked
)

select
    dossier_key,
    cast(pause_number as bigint) as pause_number,
    min(from_wall_minutes) as from_wall_minutes,
    max(until_wall_minutes) as until_wall_minutes,
    min(from_working_minutes) as from_working_minutes,
    max(until_working_minutes) as until_working_minutes,
    -- without both times of day nobody knows how long it was
    max(case when until_wall_minutes is null then 1 else 0 end) = 0 as is_measured
from grouped
group by dossier_key, pause_number
