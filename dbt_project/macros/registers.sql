{#
  What the registers that people keep say now.
  Here: the rows that hold, the agency of a row, the night that tasks and inspections are judged by.
  Not here: which files hold (pipelines/ingestion/ingest.py), what the rows mean (the models).
  Explained in docs/registers.md.
#}

{# Rows of the files that hold; of two rows of one key the one further down, in the file saved last. #}
{% macro held_rows(kind, key) -%}
    select accepted.*
    from {{ source('raw', kind) }} as accepted
    inner join {{ source('raw', 'held_registers') }} as held
        on
            held.kind = '{{ kind }}'
            and accepted.file_sha256 = held.file_sha256
    qualify row_number() over (
        partition by {% for column in key %}accepted.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        order by
            accepted.observed_at desc nulls last, accepted.row_number desc nulls last,
            accepted.file_sha256 desc nulls last
    ) = 1
{%- endmacro %}

{# In a join: the agency a row of a register names, on the day that decides who bore the name. #}
{% macro is_named_agency(rows, agencies, anchor_date) -%}
    {{ rows }}.source_system = {{ agencies }}.source_system
    and {{ rows }}.agency_code is not distinct from {{ agencies }}.delivered_agency_code
    and {{ rows }}.agency_name_key = {{ agencies }}.agency_name_key
    and {{ anchor_date }} = {{ agencies }}.agency_anchor_date
{%- endmacro %}

{# The latest data cut among the systems whose agencies stand in the same register as those of people's registers. #}
{% macro register_cuts() -%}
    select
        registers.source_system,
        max(portals.data_cut_at) as data_cut_at,
        max(portals.data_cut_date) as data_cut_date
    from {{ ref('dim_source_system') }} as registers
    inner join {{ ref('dim_source_system') }} as portals on registers.agency_register = portals.agency_register
    group by registers.source_system
{%- endmacro %}

{# The first day of a year. #}
{% macro first_of_year(year) -%}
    make_date(cast({{ year }} as int), 1, 1)
{%- endmacro %}

{# The first day of a quarter. #}
{% macro quarter_start(year, quarter) -%}
    make_date(cast({{ year }} as int), cast(3 * {{ quarter }} - 2 as int), 1)
{%- endmacro %}
