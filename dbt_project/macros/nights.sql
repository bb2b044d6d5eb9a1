{#
  A night instead of the whole: what a refresh makes again when little was delivered (`DUNGHEN_RUN=night`).
  Here: whether this run is a night, which rows it concerns, what a table held before it.
  Not here: which of the two a refresh is (pipelines/warehouse/runs.py), the dossiers concerned (int_dossiers_touched).
  Explained in docs/architecture.md, "A night".
#}

{#
  Whether this run makes only what new files touch. Everything else then holds what the runs before it made. A refresh
  says so in the environment, and only where something is executed: with another variable dbt would parse the whole
  project again. Unit tests say it as a variable.
#}
{% macro is_night() -%}
    {%- set run = env_var('DUNGHEN_RUN', var('run')) if execute else var('run') -%}
    {{ return(run == 'night') }}
{%- endmacro %}

{# Whatever is not a night makes everything again, also when somebody calls dbt by hand. #}
{% macro should_full_refresh() -%}
    {{ return(not is_night()) }}
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

{# A table, or in a night its rows of the dossiers of this run. #}
{% macro rows_of_this_run(table) -%}
    {%- set touched_dossiers = ref('int_dossiers_touched') -%}
    {%- if is_night() -%}
        {{ rows_with_keys(table, 'dossier_key', 'select touched.dossier_key from ' ~ touched_dossiers ~ ' as touched') }}
    {%- else -%}
        {{ table }}
    {%- endif -%}
{%- endmacro %}

{# Dossiers as a test judges them: all, or in a night those that it may have changed. #}
{% macro timeliness_of_this_run() -%}
    {%- set all_dossiers, now = ref('fct_procedure_timeliness'), ref('int_timeliness_now') -%}
    {{ now if is_night() else all_dossiers }}
{%- endmacro %}

{# A relation of the project as the runs before left it; not a `ref`, because it is read before it is made again. #}
{% macro as_it_was(model_name) -%}
    {%- if not execute -%} {{ return(this) }} {%- endif -%}
    {%- set node = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | selectattr('name', 'equalto', model_name) | first -%}
    {{ api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) }}
{%- endmacro %}

{# In a condition: rows of accepted files of this kind that no run before has built. #}
{% macro is_of_new_file(kind, file_sha256='file_sha256') -%}
    {{ file_sha256 }} in (
        select ledger.file_sha256
        from {{ ref('ingestion_ledger') }} as ledger
        left join {{ source('built', 'built_files') }} as built
            on
                ledger.kind = built.kind
                and ledger.file_sha256 = built.file_sha256
        where
            ledger.kind = '{{ kind }}'
            and ledger.status = 'accepted'
            and built.file_sha256 is null
    )
{%- endmacro %}

{# Before a night adds what it made again: the rows of `touched`, told apart by these columns, go. #}
{% macro remove_touched(touched, columns) -%}
    {%- if is_night() -%}
    delete from {{ this }} as made_before
    where exists (
        select 1
        from {{ ref(touched) }} as touched
        where
            {% for column in columns -%}
            made_before.{{ column }} = touched.{{ column }}{{ ' and ' if not loop.last }}
            {%- endfor %}
    )
    {%- endif -%}
{%- endmacro %}

{# The files whose rows the warehouse holds; written when a run has ended well (pipelines/warehouse/runs.py). #}
{% macro register_built_files() %}
    {% if execute and flags.WHICH in ('build', 'run', 'test') %}
        {% do run_query(
            'create table if not exists raw.built_files (kind string, file_sha256 string, contract_fingerprint string)'
        ) %}
        {% do run_query(
            "comment on table raw.built_files is 'The files whose rows the warehouse holds. One row a file and kind.'"
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

{#
  What a data test judges. In a night the rows of the large tables that the night made: the others were judged when they
  were made, and have not changed since.
#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = config.get('where') -%}
    {%- set judged = relation -%}
    {%- if execute and is_night() -%}
        {%- set touched = 'select touched.dossier_key from ' ~ as_it_was('int_dossiers_touched') ~ ' as touched' -%}
        {%- if relation.identifier == 'fct_procedure_timeliness' -%}
            {%- set judged = as_it_was('int_timeliness_now') -%}
        {%- elif relation.identifier in ['fct_dossier_history', 'fct_satisfaction'] -%}
            {%- set judged = rows_with_keys(relation, 'dossier_key', touched) ~ ' as judged' -%}
        {%- elif relation.identifier == 'stg_dossiers' -%}
            {%- set judged = '(select * from ' ~ relation ~ ' where dossier_key in (' ~ touched ~ ')) as judged' -%}
        {%- endif -%}
    {%- endif -%}
    {%- if conditions -%}
        (select * from {{ judged }} where {{ conditions }}) dbt_subquery
    {%- else -%}
        {{ judged }}
    {%- endif -%}
{%- endmacro %}
