with dossiers as (
    select * from {{ ref('int_dossier_current') }}
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

statuses as (
    select * from {{ ref('dossier_statuses') }}
),

-- two moments are compared to the minute only where both were delivered with a time of day
facts as (
    select
        dossiers.dossier_key,
        dossiers.due_at,
        cast(dossiers.due_at as date) as due_date,
        cast(dossiers.finished_at as date) as finished_date,
        data_cuts.data_cut_at,
        data_cuts.data_cut_date,
        dossiers.finished_at is not null as is_closed,
        dossiers.received_at is not null and not coalesce(statuses.is_before_acceptance, false) as is_accepted,
        coalesce(statuses.is_ended_without_result, false) as is_ended_without_result,
        coalesce(statuses.is_result_ready, false) as is_result_ready,
        case
            when dossiers.has_due_time and dossiers.has_finished_time
                then dossiers.finished_at <= dossiers.due_at
            else cast(dossiers.finished_at as date) <= cast(dossiers.due_at as date)
        end as is_end_in_time,
        case
            when dossiers.has_due_time then data_cuts.data_cut_at > dossiers.due_at
            else data_cuts.data_cut_date > cast(dossiers.due_at as date)
        end as is_cut_past_due
    from dossiers
    inner join data_cuts on dossiers.source_system = data_cuts.source_system
    left join statuses on dossiers.status_code = statuses.status_code
)

select
    dossier_key,
    data_cut_at,
    data_cut_date,
    is_accepted,
    is_closed,
    is_accepted and not is_closed and not is_ended_without_result and not is_result_ready as is_open,
    case
        when not is_accepted then 'not_applicable'
        when due_at is null then 'cannot_tell'
        when is_closed and is_end_in_time then 'on_time'
        when is_closed then 'late'
        when is_result_ready then 'cannot_tell'
        when is_ended_without_result then 'not_applicable'
        when is_cut_past_due then 'open_late'
        else 'open_in_time'
    end as outcome_strict,
    case
        when not is_closed then 'not_applicable'
        when due_at is null then 'cannot_tell'
        when is_end_in_time then 'on_time'
        else 'late'
    end as outcome_timestamp,
    case
        when not is_closed then 'not_applicable'
        when due_at is null then 'cannot_tell'
        when finished_date < due_date then 'early'
        when finished_date = due_date then 'on_time'
        else 'late'
    end as outcome_date
from facts
