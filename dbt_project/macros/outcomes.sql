{#
  What every definition needs to know of a state of a dossier.
  Here: fragments of a select list over `dossiers` (a state, with `due_at`, `finished_at`, …) and `statuses`.
  Not here: what follows from them (the models int_outcome_…).
  Explained in docs/analyst.md, "Seven definitions".
#}

{# Last moment at which a promise is not past: the moment itself, or the end of the day that was promised. #}
{% macro in_time_until(dossiers) -%}
    case
        when {{ dossiers }}.has_due_time then {{ dossiers }}.due_at
        else {{ end_of_day(dossiers ~ '.due_at') }}
    end
{%- endmacro %}

{# The last microsecond of a day. #}
{% macro end_of_day(moment) -%}
    date_trunc('day', {{ moment }}) + interval 1 day - interval 1 microsecond
{%- endmacro %}

{# Two moments are compared to the minute only where both were delivered with a time of day. #}
{% macro is_end_in_time(dossiers) -%}
    case
        when {{ dossiers }}.has_due_time and {{ dossiers }}.has_finished_time
            then {{ dossiers }}.finished_at <= {{ dossiers }}.due_at
        else cast({{ dossiers }}.finished_at as date) <= cast({{ dossiers }}.due_at as date)
    end
{%- endmacro %}

{% macro is_accepted(dossiers, statuses) -%}
    {{ dossiers }}.received_at is not null and not coalesce({{ statuses }}.is_before_acceptance, false)
{%- endmacro %}

{# Work on it is not done: accepted, without an end, and its status claims neither a result nor another ending. #}
{% macro is_open(facts='') -%}
    {%- set from = facts ~ '.' if facts else '' -%}
    {{ from }}is_accepted
    and not {{ from }}is_closed
    and not {{ from }}is_ended_without_result
    and not {{ from }}is_result_ready
{%- endmacro %}

{# The date of the end against the date of the promise, for the definitions that know nothing finer. #}
{% macro outcome_by_date() -%}
    case
        when finished_date < due_date then 'early'
        when finished_date = due_date then 'on_time'
        else 'late'
    end
{%- endmacro %}

{# Month a dossier belongs to: that of its promise; without one of its receipt, application, first extraction. #}
{% macro period_month_date(dossiers) -%}
    cast(
        date_trunc(
            'month',
            coalesce(
                {{ dossiers }}.due_at, {{ dossiers }}.received_at, {{ dossiers }}.applied_at,
                {{ dossiers }}.first_observed_at
            )
        ) as date
    )
{%- endmacro %}
