with history as (
    select * from {{ ref('int_dossier_history') }}
),

statuses as (
    select * from {{ ref('dossier_statuses') }}
),

dues as (
    select * from {{ ref('int_dossier_due') }}
),

supplements as (
    select * from {{ ref('int_dossier_supplements') }}
)

select
    history.dossier_key,
    history.version_number,
    history.is_current,
    history.source_system,
    history.status_code,
    history.stated_outcome_code,
    history.due_at,
    history.has_due_time,
    history.finished_at,
    history.has_finished_time,
    history.returned_at,
    supplements.status_since_at,
    history.supplement_requested_at,
    history.supplement_completed_at,
    dues.recomputed_due_at,
    cast(history.due_at as date) as due_date,
    cast(history.finished_at as date) as finished_date,
    history.finished_at is not null as is_closed,
    {{ is_accepted('history', 'statuses') }} as is_accepted,
    coalesce(statuses.is_ended_without_result, false) as is_ended_without_result,
    coalesce(statuses.is_result_ready, false) as is_result_ready,
    coalesce(history.status_code = 'supplement_requested', false) as is_waiting,
    coalesce(history.status_code = 'payment_requested', false) as is_paying,
    {{ is_end_in_time('history') }} as is_end_in_time,
    {{ in_time_until('history') }} as in_time_until_at,
    {{ period_month_date('history') }} as period_month_date,
    {{ add_months(period_month_date('history'), '1') }} as next_period_date,
    supplements.supplement_count
from history
inner join supplements
    on
        history.dossier_key = supplements.dossier_key
        and history.version_number = supplements.version_number
inner join dues on history.dossier_key = dues.dossier_key
left join statuses on history.status_code = statuses.status_code
