{#
  What the models of the backlog have in common.
  Not here: what a change is (int_backlog_changes), which days have a row (fct_backlog_daily).
  Explained in docs/how-time-is-counted.md, "Backlog".
#}

{# The amounts of a change, in the order in which int_backlog_changes has them; `age_n` is band n or older. #}
{% macro backlog_amounts() -%}
    {{ return([
        'received_count', 'reopened_count', 'finished_count', 'ended_without_result_count', 'handed_in_count',
        'handed_out_count', 'past_due_change', 'age_1_change', 'age_2_change', 'age_3_change', 'age_4_change',
        'age_5_change',
    ]) }}
{%- endmacro %}

{# What came less what went on a day. #}
{% macro backlog_net() -%}
    received_count - finished_count + handed_in_count - handed_out_count
{%- endmacro %}

{# What all changes of a queue up to the day add up to. #}
{% macro backlog_after(change) -%}
    cast(
        sum({{ change }}) over (
            partition by queue_number
            order by change_date asc nulls last
            rows between unbounded preceding and current row
        ) as bigint
    )
{%- endmacro %}

{# By how much a number that holds from a day differs from the one before it. #}
{% macro backlog_since(number) -%}
    {{ number }} - coalesce(lag({{ number }}) over (partition by queue_number order by from_date asc nulls last), 0)
{%- endmacro %}

{# A day on which a span begins to count for something, unless the span ends first. #}
{% macro before_it_ends(day) -%}
    case when {{ day }} is not null and (to_date is null or {{ day }} < to_date) then {{ day }} end
{%- endmacro %}

{# A count of the day of the change; nothing on the days that only repeat its closing. #}
{% macro on_day_of_change(count) -%}
    case when date_day = from_date then {{ count }} else 0 end
{%- endmacro %}
