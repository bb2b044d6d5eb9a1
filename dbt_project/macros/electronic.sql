{#
  Lists that a portal states whole with each extraction of a dossier: fees and requests for papers of the sync payload.
  Not here: what is known by a reference of its own (a receipt, a transaction); nothing un-says it.
#}

{# When the portal last listed what belongs to a dossier; one row each. #}
{% macro last_listing() -%}
    select
        dossier_key,
        max(observed_at) as last_listed_at
    from {{ ref('stg_digitisation') }}
    group by dossier_key
{%- endmacro %}

{# In a condition: no later extraction of the dossier leaves the row out. #}
{% macro is_still_listed(row, listing) -%}
    coalesce({{ row }}.observed_at >= {{ listing }}.last_listed_at, true)
{%- endmacro %}

{# After `qualify`: of several rows of one thing the latest extraction counts, whatever came in first. #}
{% macro is_last_word(key) -%}
    row_number() over (
        partition by {{ key }}
        order by observed_at desc nulls last, row_number desc nulls last, file_sha256 desc nulls last
    ) = 1
{%- endmacro %}

{#
  Whether a printed percentage is the share of the counts, to half of the last digit that is printed: portals round a half up or to the
  even digit. Null where it cannot be told.
#}
{% macro is_share_as_printed(printed, part, whole) -%}
    {%- set difference = 'abs(cast(' ~ printed ~ ' as double) - 100.0 * ' ~ part ~ ' / ' ~ whole ~ ')' -%}
    case
        when {{ printed }} is null or {{ part }} is null or coalesce({{ whole }}, 0) = 0 then null
        when {{ printed }} = round({{ printed }}, 0) then {{ difference }} < 0.500001
        when {{ printed }} = round({{ printed }}, 1) then {{ difference }} < 0.050001
        else {{ difference }} < 0.005001
    end
{%- endmacro %}
