with steps as (
    select * from {{ ref('int_step_current') }}
),

ledger as (
    select * from {{ ref('ingestion_ledger') }}
),

data_cuts as (
    select
        source_system,
        max(observed_at) as data_cut_at
    from ledger
    where
        kind = 'processing_log'
        and status = 'accepted'
    group by source_system
),

-- by what the log says alone, so that the order of delivery does not matter
numbered as (
    select
        steps.*,
        data_cuts.data_cut_at,
        row_number() over (
            partition by steps.dossier_key
            order by
                coalesce(steps.started_at, steps.ended_at) asc nulls last,
                steps.ended_at asc nulls last,
                steps.event_code asc nulls last,
                steps.step_key asc nulls last
        ) as step_number
    from steps
    inner join data_cuts on steps.source_system = data_cuts.source_system
),

-- waiting for papers runs beside the step that asked for them: it neither ends a step nor comes before one
linked as (
    select
        *,
        min(case when not is_waiting_for_applicant and started_at is not null then step_number end) over (
            partition by dossier_key
            order by step_number asc nulls last
            rows between 1 following and unbounded following
        ) as next_number,
        case
            when not is_waiting_for_applicant
                then max(case when not is_waiting_for_applicant then step_number end) over (
                    partition by dossier_key
                    order by step_number asc nulls last
                    rows between unbounded preceding and 1 preceding
                )
        end as previous_number
    from numbered
),

ended as (
    select
        linked.*,
        coalesce(linked.ended_at, followed_by.started_at) as end_at,
        case when linked.ended_at is not null then linked.has_ended_time else followed_by.has_started_time end
            as has_end_time,
        case
            when linked.ended_at is not null then 'stated'
            when followed_by.started_at is not null then 'next_step'
            when linked.is_final or linked.is_dossier_ended or linked.started_at is null then 'not_recorded'
            else 'open'
        end as end_basis
    from linked
    left join linked as followed_by
        on
            linked.dossier_key = followed_by.dossier_key
            and linked.next_number = followed_by.step_number
),

bounded as (
    select
        ended.*,
        previous.end_at as previous_end_at,
        previous.has_end_time as has_previous_end_time,
        previous.end_basis as previous_end_basis,
        case when ended.end_basis = 'open' then ended.data_cut_at else ended.end_at end as until_at,
        ended.end_basis = 'open' or ended.has_end_time as has_until_time
    from ended
    left join ended as previous
        on
            ended.dossier_key = previous.dossier_key
            and ended.previous_number = previous.step_number
)

select
    step_key,
    dossier_key,
    source_system,
    dossier_code,
    department_name,
    status_code,
    started_at,
    has_started_time,
    step_due_at,
    has_step_due_time,
    last_observed_at,
    calendar_code,
    timesheet_code,
    agency_key,
    procedure_key,
    step_name,
    has_dossier,
    is_final,
    is_waiting_for_applicant,
    supplement_policy,
    data_cut_at,
    step_number,
    end_at,
    has_end_time,
    end_basis,
    previous_end_at,
    has_previous_end_time,
    previous_end_basis,
    until_at,
    has_until_time,
    -- possible orders only, and both with a time of day: nothing else has minutes
    coalesce(
        has_started_time
        and has_until_time
        and started_at <= until_at
        and cast(until_at as date) <= cast(data_cut_at as date),
        false
    ) as has_minutes,
    coalesce(
        has_started_time
        and has_previous_end_time
        -- an end taken from the next start leaves nothing between the two
        and previous_end_basis = 'stated'
        and cast(started_at as date) <= cast(data_cut_at as date)
        and cast(previous_end_at as date) <= cast(data_cut_at as date),
        false
    ) as has_handover
from bounded
