-- depends_on: {{ ref('int_backlog_changes') }}
{% if is_night() %}

with first_changes as (
    select
        queue_number,
        min(change_date) as first_change_date
    from {{ ref('int_backlog_changes') }}
    group by queue_number
)

-- from the span on that the first change of this night ends or divides
select spans.*
from {{ as_it_was('fct_backlog_span') }} as spans
inner join first_changes on spans.queue_number = first_changes.queue_number
where spans.to_date is null or spans.to_date >= first_changes.first_change_date

{% else %}

-- no run before counts
    select
        queue_number,
        change_date as from_date,
        change_date as to_date,
        cast(0 as bigint) as opening_count,
        cast(received_count as bigint) as received_count,
        cast(reopened_count as bigint) as reopened_count,
        cast(finished_count as bigint) as finished_count,
        cast(ended_without_result_count as bigint) as ended_without_result_count,
        cast(handed_in_count as bigint) as handed_in_count,
        cast(handed_out_count as bigint) as handed_out_count,
        cast(0 as bigint) as closing_count,
        cast(0 as bigint) as closing_past_due_count,
        {%- for number in range(1, 6) %}
            cast(0 as bigint) as closing_age_band_{{ number }}_count,
        {%- endfor %}
        cast(0 as bigint) as closing_age_unknown_count
    from {{ ref('int_backlog_changes') }}
    where false

{% endif %}
