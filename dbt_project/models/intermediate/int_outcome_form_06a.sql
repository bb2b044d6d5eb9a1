with facts as (
    select * from {{ ref('int_outcome_session') }}
)

select
    *, -- noqa: AM04
    case
        when not is_accepted then 'not_applicable'
        when is_ended_without_result then 'on_time'
        when is_closed and due_at is null then 'on_time'
        when is_closed then {{ outcome_by_date() }}
        when is_result_ready then 'cannot_tell'
        else 'open_in_time'
    end as outcome_form_06a_before_due,
    case when not is_waiting and not is_paying then in_time_until_at end as form_06a_in_time_until_at
from facts
