{#
  Which definitions of "on time" there are, in the order they are shown and bridged.
  Here: the list the models loop over, and what becomes of an open dossier at a data cut.
  Not here: the rules (one model each, int_outcome_…), their names and sources (seeds/on_time_definitions.csv; a test
  keeps the two lists equal).
  Explained in docs/analyst.md, "Seven definitions".
#}

{% macro on_time_definition_ids() -%}
    {{ return(['strict', 'strict_recomputed', 'q766', 'date_level', 'session', 'form_06a', 'portal_stated']) }}
{%- endmacro %}


{# Outcome under a definition at a data cut, from the outcome before anything was past due and the last moment in time. #}
{% macro outcome_at_cut(definition_id, cut, versions) -%}
    case
        when
            {{ versions }}.outcome_{{ definition_id }}_before_due = 'open_in_time'
            and {{ cut }} > {{ versions }}.{{ definition_id }}_in_time_until_at
            then 'open_late'
        else {{ versions }}.outcome_{{ definition_id }}_before_due
    end
{%- endmacro %}


{# One letter for each outcome, for the code of a profile. #}
{% macro outcome_letter(outcome) -%}
    case {{ outcome }}
        when 'early' then 'e'
        when 'on_time' then 't'
        when 'late' then 'l'
        when 'open_in_time' then 'o'
        when 'open_late' then 'x'
        when 'not_applicable' then 'n'
        else '?'
    end
{%- endmacro %}


{# The outcome a letter of a profile stands for. #}
{% macro outcome_of_letter(letter) -%}
    case {{ letter }}
        when 'e' then 'early'
        when 't' then 'on_time'
        when 'l' then 'late'
        when 'o' then 'open_in_time'
        when 'x' then 'open_late'
        when 'n' then 'not_applicable'
        else 'cannot_tell'
    end
{%- endmacro %}


{# Outcome under a definition, from the letters of them all. #}
{% macro outcome_under(definition_id, letters) -%}
    case {{ definition_id }}
        {%- for id in on_time_definition_ids() %}
        when '{{ id }}' then {{ outcome_of_letter('substring(' ~ letters ~ ', ' ~ loop.index ~ ', 1)') }}
        {%- endfor %}
    end
{%- endmacro %}


{# The letters at a data cut, from `outcome_letters` before anything was past due and the last moments in time. #}
{% macro outcome_letters_at(versions, cut) -%}
    {% for id in on_time_definition_ids() -%}
    {%- set letter = 'substring(' ~ versions ~ '.outcome_letters, ' ~ loop.index ~ ', 1)' -%}
    case
        when {{ letter }} = 'o' and {{ cut }} > {{ versions }}.{{ id }}_in_time_until_at then 'x'
        else {{ letter }}
    end
    {{- ' || ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# Whether a later data cut can still change an outcome. #}
{% macro is_unsettled(versions) -%}
    (
        {%- for id in on_time_definition_ids() %}
        ({{ versions }}.outcome_{{ id }}_before_due = 'open_in_time' and {{ versions }}.{{ id }}_in_time_until_at is not null)
        {{- ' or' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{#
  All that decides what a dossier counts for under any definition, and why two of them differ over it, in one code:
  a letter for each outcome - how the portal judges, what is the matter - why the two due dates differ.
  `outcome` is the pattern of the outcomes' columns. dim_on_time_profile reads the code again.
#}
{% macro on_time_profile(versions, outcome) -%}
    {% for id in on_time_definition_ids() -%}
    {{ outcome_letter(versions ~ '.' ~ (outcome | replace('%s', id))) }} ||
    {% endfor -%}
    '-' || substring({{ versions }}.portal_basis, 1, 1)
    || case when {{ versions }}.due_at is not null then '' else 'd' end
    || case when {{ versions }}.supplement_count > 1 then 's' else '' end
    || case when {{ versions }}.is_ended_without_result then 'e' else '' end
    || case when {{ versions }}.is_waiting_for_citizen then 'w' else '' end
    || case when {{ versions }}.is_open then 'o' else '' end
    || case when {{ versions }}.is_closed then 'c' else '' end
    || '-' || coalesce({{ versions }}.due_difference_reason, 'cannot_tell')
{%- endmacro %}


{#
  Whether an outcome is in the numerator, and in the denominator, of a definition's rate. `definitions` names the relation with
  counts_open_late and counts_open_in_time where more than one is read.
#}
{% macro is_counted_in_time(outcome, definitions='') -%}
    {%- set from = definitions ~ '.' if definitions else '' -%}
    (
        {{ outcome }} in ('early', 'on_time')
        or ({{ from }}counts_open_in_time and {{ outcome }} = 'open_in_time')
    )
{%- endmacro %}

{% macro is_counted(outcome, definitions='') -%}
    {%- set from = definitions ~ '.' if definitions else '' -%}
    (
        {{ outcome }} in ('early', 'on_time', 'late')
        or ({{ from }}counts_open_late and {{ outcome }} = 'open_late')
        or ({{ from }}counts_open_in_time and {{ outcome }} = 'open_in_time')
    )
{%- endmacro %}


{#
  Percentage points that a step of a bridge brings. With n in time of d counted, n = r·d, so between two definitions
  Δn = r̄·Δd + d̄·Δr with the means of both; Δr is shared out by (Δn − r̄·Δd) / d̄. The steps add up to the difference
  exactly, in any order, and change their sign when the pair is read the other way. Null where a rate is.
#}
{% macro bridge_points(in_time_change, judged_change, first_in_time, first_judged, second_in_time, second_judged) -%}
    cast(
        100.0 * (
            ({{ in_time_change }})
            - ({{ judged_change }}) * (
                1.0 * {{ first_in_time }} / nullif({{ first_judged }}, 0)
                + 1.0 * {{ second_in_time }} / nullif({{ second_judged }}, 0)
            ) / 2
        )
        / nullif((1.0 * {{ first_judged }} + {{ second_judged }}) / 2, 0)
        as double
    )
{%- endmacro %}


{# What an outcome says of the promise itself, however it is counted. #}
{% macro verdict(outcome) -%}
    case
        when {{ outcome }} in ('early', 'on_time', 'open_in_time') then 'kept'
        when {{ outcome }} in ('late', 'open_late') then 'broken'
        else 'none'
    end
{%- endmacro %}


{# Dossiers of a relation with `dossier_count` for which a condition holds. #}
{% macro counted_dossiers(condition='true') -%}
    cast(coalesce(sum(dossier_count) filter (where {{ condition }}), 0) as bigint)
{%- endmacro %}
