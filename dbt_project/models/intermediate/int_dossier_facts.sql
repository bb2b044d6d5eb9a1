with history as (
    select * from {{ ref('int_dossier_history') }}
),

statuses as (
    select * from {{ ref('dossier_statuses') }}
),

dues as (
    select * from {{ ref('int_dossier_due') }}
),

turned as (
    select
        *,
        case
            when
                status_code is distinct from lag(status_code) over (
                    partition by dossier_key order by version_number asc nulls last
                )
                then 1
            else 0
        end as is_new_status
    from history
),

counted as (
    select
        *,
        sum(case when is_new_status = 1 and status_code = 'supplement_requested' then 1 else 0 end) over (
            partition by dossier_key
            order by version_number asc nulls last
            rows between unbounded preceding and current row
        ) as supplement_run_count,
        max(case when is_new_status = 1 then valid_from_at end) over (
            partition by dossier_key
            order by version_number asc nulls last
            rows between unbounded preceding and current row
        ) as status_since_at
    from turned
)

select
    counted.dossier_key,
    counted.version_number,
    counted.is_current,
    counted.source_system,
    counted.status_code,
    counted.stated_outcome_code,
    counted.due_at,
    counted.has_due_time,
    counted.finished_at,
    counted.has_finished_time,
    counted.returned_at,
    counted.status_since_at,
    counted.supplement_requested_at,
    counted.supplement_completed_at,
    dues.recomputed_due_at,
    cast(counted.due_at as date) as due_date,
    cast(counted.finished_at as date) as finished_date,
    counted.finished_at is not null as is_closed,
    {{ is_accepted('counted', 'statuses') }} as is_accepted,
    coalesce(statuses.is_ended_without_result, false) as is_ended_without_result,
    coalesce(statuses.is_result_ready, false) as is_result_ready,
    coalesce(counted.status_code = 'supplement_requested', false) as is_waiting,
    coalesce(counted.status_code = 'payment_requested', false) as is_paying,
    {{ is_end_in_time('counted') }} as is_end_in_time,
    {{ in_time_until('counted') }} as in_time_until_at,
    {{ period_month_date('counted') }} as period_month_date,
    {{ add_months(period_month_date('counted'), '1') }} as next_period_date,
    cast(greatest(coalesce(counted.supplement_request_count, 0), counted.supplement_run_count) as bigint)
        as supplement_count
from counted
inner join dues on counted.dossier_key = dues.dossier_key
left join statuses on counted.status_code = statuses.status_code
