"""Whether a build may be shown to readers: it is opened again as they would open it.

Here: what is checked on a finished build before the switch.
Not here: whether its figures are right; expectations have judged them before.
Explained in docs/operator.md, "Published builds".
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

from pipelines.publishing.as_of import has_history, problems_of_macros
from pipelines.publishing.bridge import has_bridge, problems_of_bridge
from pipelines.publishing.builds import DATABASE, IDENTITY, PARQUET, PublishError
from pipelines.publishing.contents import BUILD, Table, count_rows, opened_as_readers_do, problems_of_columns
from pipelines.publishing.privacy import personal_forms_in
from pipelines.warehouse.connect import quoted


def verify(folder: Path, build_id: str, rows: Mapping[Table, int], private: Collection[str]) -> None:
    """Check a build against the warehouse it was copied from.

    It is opened under another name than it was written with, so a view that names a database fails here.

    Args:
        folder: the build.
        build_id: the identity every part of the build must carry.
        rows: what must be in it, and how many rows of it.
        private: column names that must not be in it.

    Raises:
        PublishError: with one line for each thing wrong.
    """
    problems = []
    if leftovers := [p.name for p in folder.rglob("*.wal")]:
        problems.append(f"{', '.join(leftovers)} was left behind: the file was not closed well")
    if json.loads((folder / IDENTITY).read_text(encoding="utf-8"))["build_id"] != build_id:
        problems.append(f"{IDENTITY} names another build")
    with opened_as_readers_do(folder / DATABASE) as con:
        problems += _identity(con, build_id)
        for table, count in rows.items():
            problems += _rows(con, folder, table, count, build_id)
        problems += _missing(con, rows)
        if has_history(rows):
            problems += problems_of_macros(con)
        if has_bridge(rows):
            problems += problems_of_bridge(con)
        problems += problems_of_columns(con, BUILD, private)
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


def _rows(con: duckdb.DuckDBPyConnection, folder: Path, table: Table, count: int, build_id: str) -> list[str]:
    file = str(folder / PARQUET / table.schema / f"{table.name}.parquet")
    in_parquet, marked = con.execute(
        "select (select sum(num_rows) from parquet_file_metadata($1)), "
        "(select min(decode(value)) from parquet_kv_metadata($1) where decode(key) = 'build_id')",
        [file],
    ).fetchall()[0]
    counts = {
        "warehouse": count,
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
