{#
  Comments on columns, as dbt's `persist_docs` asks for them.
  Here: which columns there are, read from the catalogue. The adapter asks with `describe`, which binds a view over
  views down to the Parquet files of the lake again: an eighth of dbt's time on the shipped sample.
#}
{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {%- set found = run_query(
        "select column_name from duckdb_columns() where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema ~ "' and table_name = '" ~ relation.identifier ~ "'"
    ) -%}
    {%- for name in found.columns[0].values() if name in column_dict %}
        comment on column {{ relation }}.{{ adapter.quote(name) }} is {{ duckdb_escape_comment(column_dict[name]['description']) }};
    {%- endfor %}
{% endmacro %}
