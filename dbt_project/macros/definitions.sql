{#
  The definitions of "on time" that are judged version by version.
  Here: their ids; `outcome_<id>` is a column of fct_dossier_history (of `strict` it is `outcome_strict_before_due`).
  Not here: their words (seeds/on_time_definitions.csv), their rules (macros/outcomes.sql).
  Explained in docs/analyst.md, "As known on a night".
#}
{% macro on_time_definition_ids() %}{{ return(['strict', 'timestamp', 'date']) }}{% endmacro %}

{# Ended in time, early ones included: numerator of a rate. #}
{% macro is_outcome_on_time(outcome) %}{{ outcome }} in ('early', 'on_time'){% endmacro %}

{# Denominator of a rate. #}
{% macro is_outcome_judged(outcome) %}{{ outcome }} in ('early', 'on_time', 'late', 'open_late'){% endmacro %}

{# In per cent with two decimals; null without a judged dossier. #}
{% macro on_time_rate(on_time_count, judged_count) -%}
    cast(round(100.0 * ({{ on_time_count }}) / nullif({{ judged_count }}, 0), 2) as double)
{%- endmacro %}
