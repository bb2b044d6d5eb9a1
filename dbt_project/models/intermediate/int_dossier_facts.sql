with states as (
    select * from {{ ref('int_dossier_due') }}
),

statuses as (
    select * from {{ ref('dossier_statuses') }}
)

select
    states.*, -- noqa: AM04
    cast(states.due_at as date) as due_date,
    cast(states.finished_at as date) as finished_date,
    states.finished_at is not null as is_closed,
    {{ is_accepted('states', 'statuses') }} as is_accepted,
    coalesce(statuses.is_before_acceptance, false) as is_before_acceptance,
    coalesce(statuses.is_ended_without_result, false) as is_ended_without_result,
    coalesce(statuses.is_result_ready, false) as is_result_ready,
    coalesce(states.status_code = 'supplement_requested', false) as is_waiting,
    coalesce(states.status_code = 'payment_requested', false) as is_paying,
    {{ is_end_in_time('states') }} as is_end_in_time,
    {{ in_time_until('states') }} as in_time_until_at,
    {{ period_month_date('states') }} as period_month_date,
    {{ add_months(period_month_date('states'), '1') }} as next_period_date
from states
left join statuses on states.status_code = statuses.status_code
