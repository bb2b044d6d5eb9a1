with facts as (
    select * from {{ ref('int_outcome_date_level') }}
),

-- the two halves of a day, 0 and 1; what was promised for a day without a time lasts through its second half
halved as (
    select
        *,
        case when hour(due_at) < 12 and has_due_time then 0 else 1 end as due_half,
        case when hour(finished_at) < 12 then 0 else 1 end as finished_half
    from facts
)

select
    *, -- noqa: AM04
    case
        when not is_accepted then 'not_applicable'
        when is_closed and due_at is null then 'early'
        when is_closed and not (has_due_time and has_finished_time) then {{ outcome_by_date() }}
        when is_closed and finished_date = due_date and finished_half < due_half then 'early'
        when is_closed and finished_date = due_date and finished_half > due_half then 'late'
        when is_closed then {{ outcome_by_date() }}
        when is_result_ready then 'cannot_tell'
        when is_ended_without_result then 'not_applicable'
        when status_code = 'received' or is_waiting then 'not_applicable'
        else 'open_in_time'
    end as outcome_session_before_due,
    case
        when due_half = 0 then date_trunc('day', due_at) + interval 12 hour - interval 1 microsecond
        else {{ end_of_day('due_at') }}
    end as session_in_time_until_at
from halved
