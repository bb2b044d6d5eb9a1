{#
  What the two engines spell differently, and nothing else: `default__` is Spark, `duckdb__` DuckDB.
  Not here: what they spell alike (write it plainly in the model), rules of the domain.
  Explained in docs/data-team.md, "SQL that two engines read".
#}

{# Monday 1 … Sunday 7. #}
{% macro iso_dow(date) %}{{ return(adapter.dispatch('iso_dow')(date)) }}{% endmacro %}

{% macro default__iso_dow(date) %}(weekday({{ date }}) + 1){% endmacro %}

{% macro duckdb__iso_dow(date) %}isodow({{ date }}){% endmacro %}


{# In a select list: one row for each day from the first to the last, both included. #}
{% macro each_day(first, last) %}{{ return(adapter.dispatch('each_day')(first, last)) }}{% endmacro %}

{% macro default__each_day(first, last) %}explode(sequence({{ first }}, {{ last }}, interval 1 day)){% endmacro %}

{% macro duckdb__each_day(first, last) %}cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date){% endmacro %}


{# Whole calendar days from the first date to the second, as bigint. #}
{% macro days_between(first, second) %}{{ return(adapter.dispatch('days_between')(first, second)) }}{% endmacro %}

{% macro default__days_between(first, second) %}cast(datediff({{ second }}, {{ first }}) as bigint){% endmacro %}

{% macro duckdb__days_between(first, second) %}date_diff('day', {{ first }}, {{ second }}){% endmacro %}


{# Fails the build with a message; only the rows that reach it. The type is that of the other branches. #}
{% macro fail_with(message) %}{{ return(adapter.dispatch('fail_with')(message)) }}{% endmacro %}

{% macro default__fail_with(message) %}raise_error({{ message }}){% endmacro %}

{% macro duckdb__fail_with(message) %}error({{ message }}){% endmacro %}


{# A date some days later. #}
{% macro add_days(date, count) %}{{ return(adapter.dispatch('add_days')(date, count)) }}{% endmacro %}

{% macro default__add_days(date, count) %}date_add({{ date }}, cast({{ count }} as int)){% endmacro %}

{% macro duckdb__add_days(date, count) %}({{ date }} + cast({{ count }} as int)){% endmacro %}


{# The same day some months later, or the last day of that month. #}
{% macro add_months(date, count) %}{{ return(adapter.dispatch('add_months')(date, count)) }}{% endmacro %}

{% macro default__add_months(date, count) %}add_months({{ date }}, cast({{ count }} as int)){% endmacro %}

{% macro duckdb__add_months(date, count) %}cast({{ date }} + to_months(cast({{ count }} as int)) as date){% endmacro %}


{# A moment some minutes later. #}
{% macro add_minutes(moment, count) %}{{ return(adapter.dispatch('add_minutes')(moment, count)) }}{% endmacro %}

{% macro default__add_minutes(moment, count) %}timestampadd(minute, {{ count }}, {{ moment }}){% endmacro %}

{% macro duckdb__add_minutes(moment, count) %}({{ moment }} + to_minutes(cast({{ count }} as bigint))){% endmacro %}


{# In a select list: one row for each whole number from the first to the last, both included, as bigint. #}
{% macro each_number(first, last) %}{{ return(adapter.dispatch('each_number')(first, last)) }}{% endmacro %}

{% macro default__each_number(first, last) %}explode(sequence(cast({{ first }} as bigint), cast({{ last }} as bigint))){% endmacro %}

{% macro duckdb__each_number(first, last) %}unnest(generate_series(cast({{ first }} as bigint), cast({{ last }} as bigint))){% endmacro %}


{# A whole number of up to 60 bits from the first digits of a hexadecimal text. #}
{% macro number_of_text(text) %}{{ return(adapter.dispatch('number_of_text')(text)) }}{% endmacro %}

{% macro default__number_of_text(text) %}cast(conv(substring({{ text }}, 1, 15), 16, 10) as bigint){% endmacro %}

{% macro duckdb__number_of_text(text) %}cast('0x' || substring({{ text }}, 1, 15) as bigint){% endmacro %}


{#
  A table's rows with one of the keys that a query gives. Looked for in the column of the key alone: of a wide and long
  table only those parts are read then in which one is.
#}
{% macro rows_with_keys(table, key, keys) %}{{ return(adapter.dispatch('rows_with_keys')(table, key, keys)) }}{% endmacro %}

{% macro default__rows_with_keys(table, key, keys) %}(select * from {{ table }} where {{ key }} in ({{ keys }})){% endmacro %}

{% macro duckdb__rows_with_keys(table, key, keys) -%}
(select * from {{ table }} where rowid in (select sought.rowid from {{ table }} as sought where sought.{{ key }} in ({{ keys }})))
{%- endmacro %}


{# Over a named window: the last value up to the row that is not null. #}
{% macro last_said(column, window) %}{{ return(adapter.dispatch('last_said')(column, window)) }}{% endmacro %}

{% macro default__last_said(column, window) %}last_value({{ column }}, true) over {{ window }}{% endmacro %}

{% macro duckdb__last_said(column, window) %}last_value({{ column }} ignore nulls) over {{ window }}{% endmacro %}
