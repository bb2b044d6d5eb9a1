"""Whether a build may be shown to readers: it is opened again as they would open it.

Here: what is checked on a finished build before the switch.
Not here: whether its figures are right; expectations have judged them before.
Explained in docs/operator.md, "Published builds".
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import duckdb

from pipelines.publishing.as_of import has_history, problems_of_macros
from pipelines.publishing.bridge import has_bridge, problems_of_bridge
from pipelines.publishing.builds import DATABASE, IDENTITY, PARQUET, PublishError
from pipelines.publishing.contents import Table, count_rows, opened, quoted
from pipelines.publishing.privacy import personal_forms_in


def verify(
    folder: Path, warehouse: Path, build_id: str, tables: Collection[Table], private: Collection[str]
) -> None:
    """Check a build against the warehouse it was copied from.

    Args:
        folder: the build.
        warehouse: the writer's DuckDB file.
        build_id: the identity every part of the build must carry.
        tables: what must be in it.
        private: column names that must not be in it.

    Raises:
        PublishError: with one line for each thing wrong.
    """
    problems = []
    if leftovers := [p.name for p in folder.rglob("*.wal")]:
        problems.append(f"{', '.join(leftovers)} was left behind: the file was not closed well")
    if json.loads((folder / IDENTITY).read_text(encoding="utf-8"))["build_id"] != build_id:
        problems.append(f"{IDENTITY} names another build")
    with opened(folder / DATABASE, warehouse, read_only=True) as con:
        problems += _identity(con, build_id)
        for table in tables:
            problems += _rows(con, folder, table, build_id)
        problems += _missing(con, tables)
        if has_history(tables):
            problems += problems_of_macros(con)
        if has_bridge(tables):
            problems += problems_of_bridge(con)
        problems += _private_columns(con, private)
        problems += _people(con)
    if problems:
        raise PublishError(
            "\n".join(problems)
            + "\n→ this build was discarded, readers keep the one they have; mend what is "
            "named above and refresh again"
        )


def _identity(con: duckdb.DuckDBPyConnection, build_id: str) -> list[str]:
    rows = con.execute("select build_id from build_info").fetchall()
    return [] if rows == [(build_id,)] else ["build_info names another build, or none"]


def _rows(con: duckdb.DuckDBPyConnection, folder: Path, table: Table, build_id: str) -> list[str]:
    file = str(folder / PARQUET / table.schema / f"{table.name}.parquet")
    in_parquet, marked = con.execute(
        "select (select sum(num_rows) from parquet_file_metadata($1)), "
        "(select min(decode(value)) from parquet_kv_metadata($1) where decode(key) = 'build_id')",
        [file],
    ).fetchall()[0]
    counts = {
        "warehouse": count_rows(con, f"warehouse.{table.full_name}"),
        "database": count_rows(con, table.full_name),
        "Parquet": int(in_parquet or 0),
    }
    problems = []
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{place} {count}" for place, count in counts.items())
        problems.append(f"{table.schema}.{table.name}: rows differ: {said}")
    if marked != build_id:
        problems.append(f"{table.schema}.{table.name}: its Parquet file is of another build")
    return problems


def _missing(con: duckdb.DuckDBPyConnection, tables: Collection[Table]) -> list[str]:
    listed = con.execute("select schema_name, table_name, row_count from build_tables").fetchall()
    if {(t.schema, t.name) for t in tables} != {(schema, name) for schema, name, _ in listed}:
        return ["build_tables does not list the tables of the build"]
    return []


def _private_columns(con: duckdb.DuckDBPyConnection, private: Collection[str]) -> list[str]:
    found = con.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and not internal"
    ).fetchall()
    return [
        f"{schema}.{table}.{column}: this column is private by contract"
        for schema, table, column in found
        if column in private
    ]


def _people(con: duckdb.DuckDBPyConnection) -> list[str]:
    columns = con.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = current_database() and not internal and data_type = 'VARCHAR' order by all"
    ).fetchall()
    problems = []
    for schema, table, column in columns:
        relation = f"{quoted(schema)}.{quoted(table)}"
        for form, count in personal_forms_in(con, relation, quoted(column)).items():
            problems.append(
                f"{schema}.{table}.{column}: {count} values look as if they held a {form}: correct them in "
                "the portal, or mark the column as private in the contract of its kind"
            )
    return problems
