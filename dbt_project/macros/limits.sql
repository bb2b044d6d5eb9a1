{#
  Time limits as catalogues print them, as a number and a unit. What is not plainly a limit stays null: never a guess.
  Not here: the units of a source's own columns (`values` of its contract), counting (working_time.sql).
  Explained in docs/how-time-is-counted.md, "Two due dates".
#}

{# '1.5 Ngày làm việc' → 1.5; null where no number begins the text. #}
{% macro limit_count_of(label) -%}
    cast(nullif(regexp_extract(trim({{ label }}), '^([0-9]+([.][0-9]+)?)( |$)', 1), '') as double)
{%- endmacro %}


{# '5 Ngày làm việc' → working_day; null without one of the four units. #}
{% macro limit_unit_of(label) -%}
    case lower(regexp_extract(trim({{ label }}), '^[0-9]+([.][0-9]+)? +(.*)$', 2))
        when 'giờ' then 'hour'
        when 'ngày làm việc' then 'working_day'
        when 'ngày' then 'calendar_day'
        when 'tháng' then 'month'
    end
{%- endmacro %}


{# How many limits a summary such as '5 Ngày; 8 Ngày làm việc' lists. #}
{% macro limits_listed(label) -%}
    (length({{ label }}) - length(replace({{ label }}, ';', '')) + 1)
{%- endmacro %}
