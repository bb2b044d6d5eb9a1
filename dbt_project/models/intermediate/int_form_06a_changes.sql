with stays as (
    select * from {{ ref('int_backlog_stays') }}
),

happenings as (
    select
        queue_number,
        {{ half_month_number('from_date') }} as half_month_number,
        {{ form_06a_amounts_of({
            'received_online_count': "entry_code in ('received', 'reopened') and is_online",
            'received_other_count': "entry_code in ('received', 'reopened') and not coalesce(is_online, false)",
            'handed_in_online_count': "entry_code = 'handed_in' and is_online",
            'handed_in_other_count': "entry_code = 'handed_in' and not coalesce(is_online, false)",
            'reopened_count': "entry_code = 'reopened'",
            'channel_unknown_count': "entry_code in ('received', 'reopened') and is_online is null",
        }) }}
    from stays
    where entry_code is not null

    union all

    select
        queue_number,
        {{ half_month_number('to_date') }} as half_month_number,
        {{ form_06a_amounts_of({
            'handed_out_online_count': "exit_code = 'handed_out' and is_online",
            'handed_out_other_count': "exit_code = 'handed_out' and not coalesce(is_online, false)",
            'settled_early_count': "settled_code = 'early'",
            'settled_on_time_count': "settled_code = 'on_time'",
            'settled_late_count': "settled_code = 'late'",
            'ended_without_result_count': "exit_code = 'ended_without_result'",
            'end_unstated_count': "settled_code is not null and is_end_unstated",
        }) }}
    from stays
    where exit_code is not null

    union all

    -- while papers or payment are awaited a promise is not past
    select
        queue_number,
        {{ half_month_number('past_due_from_date') }} as half_month_number,
        {{ form_06a_amounts_of({'open_late_change': 'true'}) }}
    from stays
    where past_due_from_date is not null and not is_waiting_for_citizen

    union all

    select
        queue_number,
        {{ half_month_number('to_date') }} as half_month_number,
        {{ form_06a_amounts_of({'open_late_change': 'true'}, '-') }}
    from stays
    where past_due_from_date is not null and to_date is not null and not is_waiting_for_citizen
)

select
    queue_number,
    half_month_number,
{%- for amount in form_06a_amounts() %}
    cast(sum({{ amount }}) as bigint) as {{ amount }}
    {{- "," if not loop.last }}
{%- endfor %}
from happenings
group by queue_number, half_month_number
