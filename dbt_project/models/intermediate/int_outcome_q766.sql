with facts as (
    select * from {{ ref('int_outcome_strict_recomputed') }}
),

-- the end by the index's order of precedence; `is_index_end_latest` where only the extraction that first showed it
-- is known
ended as (
    select
        *,
        coalesce(in_time_until_at, recomputed_due_at) as index_limit_at,
        case
            when finished_at is not null then finished_at
            when status_code = 'returned' and returned_at is not null then returned_at
            when is_waiting and supplement_requested_at is not null and supplement_completed_at is null
                then supplement_requested_at
            when status_code in ('withdrawn', 'stopped') or is_waiting then status_since_at
        end as index_end_at,
        finished_at is null
        and not (status_code = 'returned' and returned_at is not null)
        and not (is_waiting and supplement_requested_at is not null and supplement_completed_at is null)
        and (status_code in ('withdrawn', 'stopped') or is_waiting) as is_index_end_latest
    from facts
),

compared as (
    select
        *,
        case
            when finished_at is not null and due_at is not null then is_end_in_time
            when finished_at is not null and not has_finished_time then finished_date <= cast(index_limit_at as date)
            else index_end_at <= index_limit_at
        end as is_index_end_in_time,
        case when index_limit_at < cast(next_period_date as timestamp) then 'open_late' else 'open_in_time' end
            as index_outcome_at_period_end
    from ended
)

select
    *, -- noqa: AM04
    case
        when not is_accepted then 'not_applicable'
        when supplement_count > 1 and (is_closed or is_ended_without_result or is_result_ready) then 'late'
        when supplement_count > 1 then 'open_late'
        when index_limit_at is null then 'cannot_tell'
        when index_end_at is not null and is_index_end_latest and is_index_end_in_time then 'on_time'
        when index_end_at is not null and is_index_end_latest then 'cannot_tell'
        when index_end_at >= cast(next_period_date as timestamp) then index_outcome_at_period_end
        when index_end_at is not null and is_index_end_in_time then 'on_time'
        when index_end_at is not null then 'late'
        when is_result_ready then 'cannot_tell'
        else 'open_in_time'
    end as outcome_q766_before_due,
    case when index_limit_at < cast(next_period_date as timestamp) then index_limit_at end as q766_in_time_until_at
from compared
