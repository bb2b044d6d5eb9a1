{#
  A night instead of the whole: what a refresh makes again when little was delivered (`--vars '{run: night}'`).
  Here: whether this run is a night, which rows it concerns, what a table held before it.
  Not here: which of the two a refresh is (pipelines/warehouse/runs.py), the dossiers concerned (int_dossiers_touched).
  Explained in docs/architecture.md, "A night".
#}

{# Whether this run makes only what new files touch. Everything else then holds what the runs before it made. #}
{% macro is_night() -%}
    {{ return(var('run') == 'night') }}
{%- endmacro %}

{# In a condition: rows of the dossiers of this run. #}
{% macro is_of_this_run(dossier_key='dossier_key') -%}
    {%- set touched_dossiers = ref('int_dossiers_touched') -%}
    {%- if is_night() -%}
        {{ dossier_key }} in (select touched.dossier_key from {{ touched_dossiers }} as touched)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# A relation of the project as the runs before left it; not a `ref`, because it is read before it is made again. #}
{% macro as_it_was(model_name) -%}
    {%- set node = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | selectattr('name', 'equalto', model_name) | first -%}
    {{ api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) }}
{%- endmacro %}

{# The files whose rows the warehouse holds; written when a run has ended well (pipelines/warehouse/runs.py). #}
{% macro register_built_files() %}
    {% if execute and flags.WHICH in ('build', 'run', 'test') %}
        {% do run_query(
            'create table if not exists raw.built_files (kind string, file_sha256 string, contract_fingerprint string)'
        ) %}
    {% endif %}
{% endmacro %}

{#
  What only this run needs: a view over everything in a whole run, a table of little in a night, so that what reads it
  twice does not find it twice.
#}
{% materialization of_the_run, adapter='duckdb' %}
    {%- if is_night() -%}
        {{ return(dbt.materialization_table_duckdb()) }}
    {%- else -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
{% endmaterialization %}
