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
    change_date as from_date
from {{ ref('int_backlog_changes') }}
where false

{% endif %}
