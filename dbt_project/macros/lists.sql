{#
  What the lists of late dossiers have in common.
  Here: the list itself, the reason that can be told, and who is responsible.
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

{#
  A list of late dossiers, those of one outcome under `strict`. Called with the statement that gives one step of a dossier
  (`steps`). columns: what this list says between the promise and the reason, over `dossiers` and `steps`.
  until, is_step_overdue: as in late_reason_code.
#}
{% macro late_list(outcome, columns, until, is_step_overdue) -%}
with dossiers as (
    select * from {{ ref('fct_procedure_timeliness') }}
    where outcome_strict = '{{ outcome }}'
),

agencies as (
    select * from {{ ref('dim_agency') }}
),

reasons as (
    select * from {{ ref('late_reasons') }}
),

steps as (
    {{- caller() }}
),

explained as (
    select
        {{ listed_dossier('dossiers') }},
        {{ columns | join(',\n        ') }},
        dossiers.extension_count,
        dossiers.apologised_at,
        dossiers.dossier_key,
        dossiers.agency_key,
        dossiers.data_cut_at,
        dossiers.calendar_version,
        dossiers.formula_version,
        {{ late_reason_code('dossiers', until, is_step_overdue) }} as reason_code
    from dossiers
    inner join agencies on dossiers.agency_key = agencies.agency_key
    left join steps on dossiers.dossier_key = steps.dossier_key
)

select
    explained.*,
    reasons.name_vi as reason_name_vi
from explained
inner join reasons on explained.reason_code = reasons.reason_code
{%- endmacro %}
