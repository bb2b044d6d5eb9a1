-- grain: system × procedure × step × part of the allowed time. In which step past dossiers were when each part began;
-- only those whose portal delivers a log of steps, so it is made anew each night like the medians of steps.
with steps as (
    select
        dossier_key,
        step_name,
        step_number,
        started_at
    from {{ ref('fct_processing_step') }}
    where
        dossier_key is not null
        and step_name is not null
        and not is_final
),

dossiers as (
    select
        history.*,
        {{ outcome_at_cut('strict', 'data_cuts.data_cut_at', 'history') }} as outcome,
        source_systems.calendar_code,
        {{ share_counted_in('history') }} as counted_in
    from {{ ref('fct_dossier_history') }} as history
    inner join {{ ref('int_source_data_cuts') }} as data_cuts on history.source_system = data_cuts.source_system
    inner join {{ ref('stg_source_systems') }} as source_systems on history.source_system = source_systems.source_system
    where
        history.is_current
        and history.dossier_key in (select steps.dossier_key from steps)
),

days as (
    select * from {{ ref('int_timesheet_days') }}
),

bins as (
    select * from {{ ref('early_warning_bins') }}
),

points as (
    {{ share_points() }}
),

ended as (
    select
        dossiers.*,
        dossiers.outcome in ('late', 'open_late') as is_late,
        {{ allowed_amount('dossiers', 'dossiers.counted_in') }} as allowed,
        case
            when dossiers.outcome in ('late', 'open_late') then 99
            else
                {{ share_point(
                    used_amount('dossiers', 'dossiers.counted_in'), allowed_amount('dossiers', 'dossiers.counted_in')
                ) }}
        end as share_point
    from dossiers
    where
        dossiers.outcome in ('on_time', 'late', 'open_late')
        and dossiers.counted_in is not null
),

started as (
    select
        steps.dossier_key,
        steps.step_name,
        steps.step_number,
        steps.started_at,
        ended.source_system,
        ended.procedure_key,
        ended.is_late,
        points.bin_number as last_bin_number,
        100.0 * {{ used_amount_at(
            'ended', 'ended.counted_in', working_minutes_at('days', 'steps.started_at'), 'days.working_day_ordinal',
            'steps.started_at'
        ) }} / ended.allowed as started_pct
    from steps
    inner join ended on steps.dossier_key = ended.dossier_key
    inner join points on ended.share_point = points.share_point
    left join days
        on
            ended.calendar_code = days.calendar_code
            and ended.timesheet_code = days.timesheet_code
            and cast(steps.started_at as date) = days.date_day
),

-- a step lasts until the next one begins; of two that began at once the later number is the one
followed as (
    select
        *,
        lead(started_pct) over (
            partition by dossier_key
            order by started_at asc nulls last, step_number asc nulls last
        ) as next_started_pct
    from started
)

select
    followed.source_system,
    followed.procedure_key,
    followed.step_name,
    bins.bin_number,
    count(*) as reached_count,
    count(*) filter (where followed.is_late) as late_count
from followed
inner join bins
    on
        followed.last_bin_number >= bins.bin_number
        and followed.started_pct <= bins.from_pct
        and coalesce(followed.next_started_pct > bins.from_pct, true)
group by
    followed.source_system,
    followed.procedure_key,
    followed.step_name,
    bins.bin_number
