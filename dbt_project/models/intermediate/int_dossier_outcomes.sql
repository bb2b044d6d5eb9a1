with dossiers as (
    select * from {{ ref('int_dossier_current') }}
),

data_cuts as (
    select * from {{ ref('int_source_data_cuts') }}
),

statuses as (
    select * from {{ ref('dossier_statuses') }}
),

facts as (
    select
        dossiers.dossier_key,
        dossiers.due_at,
        cast(dossiers.due_at as date) as due_date,
        cast(dossiers.finished_at as date) as finished_date,
        data_cuts.data_cut_at,
        data_cuts.data_cut_date,
        dossiers.finished_at is not null as is_closed,
        {{ is_accepted('dossiers', 'statuses') }} as is_accepted,
        coalesce(statuses.is_ended_without_result, false) as is_ended_without_result,
        coalesce(statuses.is_result_ready, false) as is_result_ready,
        {{ is_end_in_time('dossiers') }} as is_end_in_time,
        data_cuts.data_cut_at > {{ in_time_until('dossiers') }} as is_cut_past_due
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
    {{ outcome_strict('is_cut_past_due') }} as outcome_strict,
    {{ outcome_timestamp() }} as outcome_timestamp,
    {{ outcome_date() }} as outcome_date
from facts
