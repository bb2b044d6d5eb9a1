{#
  What the models of report form II.06a have in common.
  Here: the half-months its periods are made of, the amounts that are added up, the columns by their numbers.
  Not here: who holds a dossier and when it ended (int_backlog_holdings), which periods there are (seeds).
  Explained in docs/forms.md.
#}

{# Number of the half-month a day lies in: the 1st to the 14th, or the 15th to the end. Every period is a row of such. #}
{% macro half_month_number(date) -%}
    cast(year({{ date }}) * 24 + (month({{ date }}) - 1) * 2 + case when day({{ date }}) >= 15 then 1 else 0 end as int)
{%- endmacro %}

{# The day a half-month begins. #}
{% macro first_day_of_half_month(number) -%}
    {{ add_days(
        add_months("cast('2000-01-01' as date)", 'floor((' ~ number ~ ' - 48000) / 2)'),
        'case when mod(' ~ number ~ ', 2) = 1 then 14 else 0 end'
    ) }}
{%- endmacro %}

{# The amounts of a half-month, in the order in which int_form_06a_changes has them. #}
{% macro form_06a_amounts() -%}
    {{ return([
        'received_online_count', 'received_other_count', 'handed_in_online_count', 'handed_in_other_count',
        'handed_out_online_count', 'handed_out_other_count', 'reopened_count', 'channel_unknown_count',
        'settled_early_count', 'settled_on_time_count', 'settled_late_count', 'ended_without_result_count',
        'end_unstated_count', 'open_late_change',
    ]) }}
{%- endmacro %}

{# What came less what went. #}
{% macro form_06a_net() -%}
    received_online_count + received_other_count + handed_in_online_count + handed_in_other_count
    - handed_out_online_count - handed_out_other_count
    - settled_early_count - settled_on_time_count - settled_late_count
{%- endmacro %}

{# All amounts of a happening, nought but those named: amount to the condition under which it counts. #}
{% macro form_06a_amounts_of(conditions, sign='') -%}
    {%- for amount in form_06a_amounts() %}
        {% if amount in conditions -%}
            case when {{ conditions[amount] }} then {{ sign }}weight else 0 end as {{ amount }}
        {%- else -%}
            0 as {{ amount }}
        {%- endif -%}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The columns of the form that are numbers, by the form's own numbering. #}
{% macro form_06a_columns() -%}
    {{ return([
        'column_03_to_settle_count', 'column_04_received_online_count', 'column_05_received_other_count',
        'column_06_carried_over_count', 'column_07_settled_count', 'column_08_settled_early_count',
        'column_09_settled_on_time_count', 'column_10_settled_late_count', 'column_11_open_count',
        'column_12_open_in_time_count', 'column_13_open_late_count',
    ]) }}
{%- endmacro %}

{# What stands beside the form and explains it. #}
{% macro form_06a_notes() -%}
    {{ return([
        'handed_in_count', 'handed_out_count', 'reopened_count', 'channel_unknown_count', 'ended_without_result_count',
        'end_unstated_count',
    ]) }}
{%- endmacro %}

{# The columns that say which period a row is of. #}
{% macro report_period_columns() -%}
    {{ return([
        'period_type', 'period_basis', 'period_year', 'period_number', 'period_name_vi', 'period_start_date',
        'period_end_date',
    ]) }}
{%- endmacro %}

{#
  A form over several agencies or fields: the sums of its columns for each combination of `by` and period.
  The period is unfinished while one of the systems has not reached its end.
#}
{% macro form_06a_summed(by) -%}
    {%- for column in by + report_period_columns() %}
    forms.{{ column }},
    {%- endfor %}
    {%- for column in form_06a_columns() + form_06a_notes() %}
    cast(sum(forms.{{ column }}) as bigint) as {{ column }},
    {%- endfor %}
    max(case when forms.is_provisional then 1 else 0 end) = 1 as is_provisional,
    min(forms.data_cut_at) as data_cut_at,
    max(forms.formula_version) as formula_version
{%- endmacro %}
