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
