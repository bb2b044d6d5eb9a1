with facts as (
    select * from {{ ref('int_outcome_strict') }}
)

select
    *, -- noqa: AM04
    recomputed_due_at as strict_recomputed_in_time_until_at,
    case
        when not is_accepted then 'not_applicable'
        when recomputed_due_at is null then 'cannot_tell'
        when is_closed and has_finished_time and finished_at <= recomputed_due_at then 'on_time'
        when is_closed and not has_finished_time and finished_date <= cast(recomputed_due_at as date) then 'on_time'
        when is_closed then 'late'
        when is_result_ready then 'cannot_tell'
        when is_ended_without_result then 'not_applicable'
        else 'open_in_time'
    end as outcome_strict_recomputed_before_due
from facts
