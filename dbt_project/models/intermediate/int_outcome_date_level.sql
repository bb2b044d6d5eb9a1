with facts as (
    select * from {{ ref('int_outcome_q766') }}
)

select
    *, -- noqa: AM04
    case
        when not is_accepted then 'not_applicable'
        when is_closed and due_at is null then 'on_time'
        when is_closed then {{ outcome_by_date() }}
        when is_result_ready then 'cannot_tell'
        when status_code = 'withdrawn' then 'not_applicable'
        when status_code = 'stopped' then 'on_time'
        else 'open_in_time'
    end as outcome_date_level_before_due,
    case when not is_waiting and not is_paying then {{ end_of_day('due_at') }} end as date_level_in_time_until_at
from facts
