{#
  How far a share that few people stand behind may be from what all would have said.
  Here: both ends of the Wilson interval of 95 %, as percent with two decimals; null where nobody answered.
  Not here: how few are too few (seeds/measure_minimums.csv).
  Explained in docs/satisfaction.md, "What stands beside a score".
#}

{# The quantile of the normal distribution that leaves 2.5 % on either side. #}
{% macro z_95() -%} 1.959963984540054 {%- endmacro %}

{% macro wilson_low_pct(part, whole) -%}
    {{ wilson_pct(part, whole, '-') }}
{%- endmacro %}

{% macro wilson_high_pct(part, whole) -%}
    {{ wilson_pct(part, whole, '+') }}
{%- endmacro %}

{# (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) ÷ (1 + z²/n), with p = k/n multiplied through by n; + 0 for what rounds to −0. #}
{% macro wilson_pct(part, whole, sign) -%}
    {%- set z = z_95() | trim -%}
    {%- set k = 'cast(' ~ part ~ ' as double)' -%}
    {%- set n = 'cast(nullif(' ~ whole ~ ', 0) as double)' -%}
    cast(round(100.0 * (
        {{ k }} + {{ z }} * {{ z }} / 2
        {{ sign }} {{ z }} * sqrt({{ k }} * ({{ n }} - {{ k }}) / {{ n }} + {{ z }} * {{ z }} / 4)
    ) / ({{ n }} + {{ z }} * {{ z }}), 2) + 0.0 as double)
{%- endmacro %}
