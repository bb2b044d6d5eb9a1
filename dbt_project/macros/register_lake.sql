{#
  The lake's Parquet as relations of the schema `raw`, before anything is built.
  A source says in its `meta.lake_path` where its files lie below the lake. Each folder holds at least
  one file without rows, so that the schema is known before anything was delivered.
  Not here: the columns; they come from pipelines/contracts/kinds.
#}
{% macro register_lake() %}
    {% if execute and flags.WHICH in ('build', 'run', 'test') %}
        {% do run_query('create schema if not exists raw') %}
        {% for source in graph.sources.values() if source.source_name == 'raw' %}
            {% do adapter.dispatch('register_lake_table')(source.name, lake_root() ~ '/' ~ source.config.meta.lake_path) %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{% macro lake_root() %}{{ return(env_var('DUNGHEN_LAKE', '../data/lake')) }}{% endmacro %}

{# An external table keeps its first location for good, so it is dropped first; the files stay. #}
{% macro default__register_lake_table(name, location) %}
    {% do run_query('drop table if exists raw.' ~ name) %}
    {% do run_query('create table raw.' ~ name ~ " using parquet location '" ~ location ~ "'") %}
{% endmacro %}

{% macro duckdb__register_lake_table(name, location) %}
    {% set files = (location ~ '/*.parquet') | replace("'", "''") %}
    {% do run_query(
        'create or replace view raw.' ~ name ~ " as select * from read_parquet('" ~ files ~ "', union_by_name = true)"
    ) %}
{% endmacro %}
