"""Whether a build may be shown to readers: it is opened again as they would open it.

Here: what is checked on a finished build before the switch.
Not here: whether its figures are right; expectations have judged them before.
Explained in docs/operator.md, "Published builds".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb
import polars as pl

from pipelines.publishing.as_of import has_history, problems_of_macros
from pipelines.publishing.bridge import has_bridge, problems_of_bridge
from pipelines.publishing.builds import DATABASE, IDENTITY, PARQUET, PublishError
from pipelines.publishing.contents import (
    BUILD,
    DESCRIBING,
    Table,
    count_rows,
    opened_as_readers_do,
    problems_of_columns,
)
from pipelines.publishing.parquet import (
    FINGERPRINTS,
    Written,
    is_exported,
    read_written,
    rows_written_by,
)
from pipelines.publishing.privacy import personal_forms_in
from pipelines.warehouse.connect import quoted


def verify(
    folder: Path,
    build_id: str,
    rows: Mapping[Table, int | None],
    private: Collection[str],
    changed: Collection[str] | None = None,
) -> None:
    """Check a build against the warehouse it was copied from.

    It is opened under another name than it was written with, so a view that names a database fails here.

    Args:
        folder: the build.
        build_id: the identity every part of the build must carry.
        rows: what must be in it, and how many rows of it.
        private: column names that must not be in it.
        changed: keys of the only dossiers whose rows differ from the build before; None if any may.

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
        written = read_written(folder / PARQUET)
        problems += _rows(con, folder / PARQUET, rows, written)
        problems += _missing(con, rows)
        if has_history(rows):
            problems += problems_of_macros(con)
        if has_bridge(rows):
            problems += problems_of_bridge(con)
        problems += problems_of_columns(con, BUILD, private)
        problems += _people(con, rows, written, build_id, changed)
    if problems:
        raise PublishError(
            "\n".join(problems)
            + "\n→ this build was discarded, readers keep the one they have; mend what is "
            "named above and refresh again"
        )


def _identity(con: duckdb.DuckDBPyConnection, build_id: str) -> list[str]:
    rows = con.execute("select build_id from build_info").fetchall()
    return [] if rows == [(build_id,)] else ["build_info names another build, or none"]


def _rows(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    rows: Mapping[Table, int | None],
    written: Mapping[str, Written],
) -> list[str]:
    problems = []
    in_files, marks = _in_parquet(con, folder)
    if set(in_files) != {file for part in written.values() for file in part.files}:
        problems.append(f"{FINGERPRINTS} does not list the Parquet files of the build")
    in_tables: Counter[str] = Counter()
    for place, part in written.items():
        in_tables["/".join(place.removesuffix(".parquet").split("/")[:2])] += sum(
            in_files.get(file, 0) for file in part.files
        )
        if any(marks.get(file) != part.build_id for file in part.files):
            problems.append(f"{place}: its Parquet file is of another build")
    for table, count in rows.items():
        if count is None:
            continue
        counts = {"warehouse": count}
        if not table.is_view:  # a view shows what its tables hold, and these are counted
            counts["database"] = count_rows(con, table.full_name)
        if is_exported(count):
            counts["Parquet"] = in_tables[f"{table.schema}/{table.name}"]
        if len(set(counts.values())) > 1:
            said = ", ".join(f"{place} {number}" for place, number in counts.items())
            problems.append(f"{table.schema}.{table.name}: rows differ: {said}")
    return problems


def _in_parquet(con: duckdb.DuckDBPyConnection, folder: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Rows of each Parquet file, and the build it says it was written by; read from the files' ends."""
    files = [str(file) for file in folder.rglob("*.parquet")]
    counted = con.execute("select file_name, num_rows from parquet_file_metadata(?)", [files]).fetchall()
    marked = con.execute(
        "select file_name, decode(value) from parquet_kv_metadata(?) where decode(key) = 'build_id'", [files]
    ).fetchall()
    place = {file: Path(file).relative_to(folder).as_posix() for file in files}
    return {place[file]: int(count) for file, count in counted}, {place[file]: mark for file, mark in marked}


def _missing(con: duckdb.DuckDBPyConnection, tables: Collection[Table]) -> list[str]:
    listed = con.execute("select schema_name, table_name, row_count from build_tables").fetchall()
    if {(t.schema, t.name) for t in tables} != {(schema, name) for schema, name, _ in listed}:
        return ["build_tables does not list the tables of the build"]
    return []


def _people(
    con: duckdb.DuckDBPyConnection,
    rows: Mapping[Table, int | None],
    written: Mapping[str, Written],
    build_id: str,
    changed: Collection[str] | None,
) -> list[str]:
    """People in what this build wrote; what it took over was searched when it was written.

    A view shows nothing that its tables do not hold.
    """
    if changed is not None:
        keys = pl.DataFrame({"dossier_key": list(changed)}, schema={"dossier_key": pl.String})
        con.register("changed_dossiers", keys.to_arrow())
    columns = con.execute(
        "select schema_name, table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = current_database() and not internal and data_type = 'VARCHAR' group by all"
    ).fetchall()
    texts = {(schema, name): names for schema, name, names in columns}
    problems = []
    tables = [table for table in rows if not table.is_view]
    for table in [*tables, *(Table("main", name) for name in DESCRIBING)]:
        names = texts.get((table.schema, table.name), [])
        relation: str | None = table.full_name
        if is_exported(rows.get(table)):
            relation = rows_written_by(table, written, build_id)
        elif changed is not None and "dossier_key" in names:
            relation = _changed_rows(con, table, names)
        if not names or relation is None:
            continue
        found = personal_forms_in(con, relation, names)
        problems += [
            f"{table.schema}.{table.name}.{column}: {count} values look as if they held a {form}: "
            "correct them in the portal, or mark the column as private in the contract of its kind"
            for (column, form), count in found.items()
        ]
    return problems


def _changed_rows(con: duckdb.DuckDBPyConnection, table: Table, names: Collection[str]) -> str:
    """The texts of the changed dossiers, taken aside: each column is searched, and looked for is once."""
    listed = ", ".join(quoted(name) for name in names)
    con.execute(
        f"create or replace temp table changed_rows as select {listed} from {table.full_name} "  # noqa: S608
        f"where rowid in (select rowid from {table.full_name} "
        "where dossier_key in (select dossier_key from changed_dossiers))"
    )
    return "temp.changed_rows"
