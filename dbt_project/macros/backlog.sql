{#
  What the columns of a backlog have in common.
  Not here: what a change is (int_backlog_changes), which days have a row (fct_backlog_daily).
  Explained in docs/how-time-is-counted.md, "Backlog".
#}

{# Number of the changes of one code. #}
{% macro changed_count(change_code) -%}
    cast(sum(case when change_code = '{{ change_code }}' then amount else 0 end) as bigint)
{%- endmacro %}

{# What all changes of an agency and field up to the day add up to. #}
{% macro backlog_after(change) -%}
    cast(
        sum({{ change }}) over (
            partition by source_system, agency_key, field_name
            order by change_date asc nulls last
            rows between unbounded preceding and current row
        ) as bigint
    )
{%- endmacro %}

{# A count of the day of the change; nothing on the days that only repeat its closing. #}
{% macro on_day_of_change(count) -%}
    case when is_change then {{ count }} else 0 end
{%- endmacro %}
