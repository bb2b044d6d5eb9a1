{#
  The rules by which a state of a dossier is judged, for its present state and for every earlier one.
  Here: fragments of a select list over `dossiers` (a state, with `due_at`, `finished_at`, …) and `statuses`.
  Not here: the data cut a state is judged at (the models, and the published table macros).
  Explained in docs/analyst.md, "Three definitions".
#}

{# Last moment at which a promise is not past: the moment itself, or the end of the day that was promised. #}
{% macro in_time_until(dossiers) -%}
    case
        when {{ dossiers }}.has_due_time then {{ dossiers }}.due_at
        else date_trunc('day', {{ dossiers }}.due_at) + interval 1 day - interval 1 microsecond
    end
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

{# `is_cut_past_due`: an open dossier's promise is past at the data cut. #}
{% macro outcome_strict(is_cut_past_due) -%}
    case
        when not is_accepted then 'not_applicable'
        when due_at is null then 'cannot_tell'
        when is_closed and is_end_in_time then 'on_time'
        when is_closed then 'late'
        when is_result_ready then 'cannot_tell'
        when is_ended_without_result then 'not_applicable'
        when {{ is_cut_past_due }} then 'open_late'
        else 'open_in_time'
    end
{%- endmacro %}

{% macro outcome_timestamp() -%}
    case
        when not is_closed then 'not_applicable'
        when due_at is null then 'cannot_tell'
        when is_end_in_time then 'on_time'
        else 'late'
    end
{%- endmacro %}

{% macro outcome_date() -%}
    case
        when not is_closed then 'not_applicable'
        when due_at is null then 'cannot_tell'
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
