with facts as (
    select * from {{ ref('int_dossier_facts') }}
)

select
    *, -- noqa: AM04
    in_time_until_at as strict_in_time_until_at,
    case
        when not is_accepted then 'not_applicable'
        when due_at is null then 'cannot_tell'
        when is_closed and is_end_in_time then 'on_time'
        when is_closed then 'late'
        when is_result_ready then 'cannot_tell'
        when is_ended_without_result then 'not_applicable'
        else 'open_in_time'
    end as outcome_strict_before_due
from facts
