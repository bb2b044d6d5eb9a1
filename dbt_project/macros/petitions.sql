{#
  What the months of petitions count, and the rates over it; for agencies as they are.
  Not here: the limits of the four clocks (seeds/petition_clocks.csv), how a clock is judged (int_petition_clocks).
  Explained in docs/analyst.md, "Petitions".
#}

{% macro petition_steps() %}
{{ return(['refuse', 'supplement', 'resolve', 'publish']) }}
{% endmacro %}

{% macro petition_counts() %}
{%- set counts = [
    'petition_count', 'refused_count', 'resolved_count', 'published_count', 'attitude_count', 'marked_count',
    'unsatisfied_count',
] -%}
{%- for step in petition_steps() -%}
    {%- do counts.extend([step ~ '_judged_count', step ~ '_in_time_count', step ~ '_cannot_tell_count']) -%}
{%- endfor -%}
{{ return(counts) }}
{% endmacro %}

{% macro petition_rates() %}
{%- set rates = {'unsatisfied_pct': pct('unsatisfied_count', 'marked_count')} -%}
{%- for step in petition_steps() -%}
    {%- do rates.update({step ~ '_in_time_pct': pct(step ~ '_in_time_count', step ~ '_judged_count')}) -%}
{%- endfor -%}
{{ return(rates) }}
{% endmacro %}
