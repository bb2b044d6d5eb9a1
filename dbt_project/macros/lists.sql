{#
  What the lists of late dossiers have in common.
  Here: the reason that can be told, and who is responsible.
  Not here: the words of a reason (seeds/late_reasons.csv), which dossiers are late (the definition `strict`).
  Explained in docs/forms.md, "Lists".
#}

{# Why a dossier is late, as far as the figures tell; the first that holds. `until` is its end, or the data cut. #}
{% macro late_reason_code(dossiers, until, is_step_overdue) -%}
    case
        when
            {{ dossiers }}.is_open and {{ dossiers }}.status_code in ('supplement_requested', 'payment_requested')
            then 'waiting_for_citizen'
        when
            {{ dossiers }}.due_at < {{ dossiers }}.recomputed_due_at and {{ until }} <= {{ dossiers }}.recomputed_due_at
            then 'promise_shorter_than_limit'
        when {{ dossiers }}.supplement_count > 1 then 'repeated_supplement'
        when {{ dossiers }}.supplement_count = 1 then 'supplement'
        when {{ is_step_overdue }} then 'step_overdue'
        else 'not_told'
    end
{%- endmacro %}

{# In a select list: unit, parent unit, dossier and procedure, in the order a clerk reads them. #}
{% macro listed_dossier(dossiers) -%}
    {{ dossiers }}.source_system,
    agencies.parent_agency_name,
    agencies.agency_name,
    agencies.agency_code,
    {{ dossiers }}.dossier_code,
    {{ dossiers }}.procedure_code,
    {{ dossiers }}.procedure_name,
    {{ dossiers }}.field_name,
    {{ dossiers }}.channel_code,
    {{ dossiers }}.received_at,
    {{ dossiers }}.due_at
{%- endmacro %}
