"""What is in the database of a build: the readers' file of the warehouse, copied and described.

Here: which tables are for readers, copying the file, the tables that describe a build.
Not here: links and folders (`builds.py`), Parquet (`parquet.py`), checking what was copied (`verify.py`).
Explained in docs/analyst.md, "What is in the file". Whatever dbt and the rules wrote for readers lies in
a file of its own, so nothing is written twice: the file is copied as it is.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from pathlib import Path

import duckdb

from pipelines.contracts import Catalogue
from pipelines.publishing.builds import Identity, PublishError
from pipelines.settings import Settings
from pipelines.warehouse.connect import (
    CONFIG,
    MEMORY_LIMIT,
    READER_SCHEMAS,
    READERS,
    WITHOUT_BAR,
    literal,
    open_warehouse,
    quoted,
)

FACT = "core.fct_procedure_timeliness"
# The name a build has where it is checked: none that a view in it could have been written with.
BUILD = "build"
COPIED_AT_ONCE = 1 << 30
_CANNOT_COPY_SO = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)

DESCRIBING = {
    "build_info": "Which build this is. One row.",
    "build_tables": "The tables of this build with their number of rows; null for a view nobody counts.",
    "build_data_cuts": "How far the data of each source system reach.",
}


# All pairs of definitions for every agency, field and month: a decade of them is some hundred million rows.
# Nearly all dossiers that ever were late, behind the counts of mart_apology_compliance.
ASKED_ONLY = frozenset({"mart_on_time_bridge", "mart_on_time_bridge_as_is", "mart_promise_breach"})


@dataclass(frozen=True)
class Table:
    """A table or view for readers."""

    schema: str
    name: str
    is_view: bool = False

    @property
    def full_name(self) -> str:
        """`schema.table`, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def is_asked_only(self) -> bool:
        """A view that is made for questions about a part: nobody counts or exports the whole of it."""
        return self.is_view and self.name in ASKED_ONLY


def private_columns(catalogue: Catalogue) -> frozenset[str]:
    """Columns no reader may get: what contracts drop, and the pseudonyms of what identifies a person."""
    names: set[str] = set()
    for kind in catalogue.kinds.values():
        for name, column in kind.columns.items():
            if column.privacy != "public":
                names |= {name, f"{name}_key"}
    return frozenset(names)


def settled(settings: Settings, private: Collection[str]) -> dict[Table, int | None]:
    """The tables and views for readers with their rows; both files of the warehouse are whole afterwards.

    Raises:
        PublishError: when the fact table is not among them, or a column is private.
    """
    with open_warehouse(settings, read_only=False) as con:
        if problems := problems_of_columns(con, READERS, private):
            raise PublishError("\n".join(problems) + "\n→ take the column out of the model that writes it")
        tables = _tables_of(con)
        if FACT not in {f"{table.schema}.{table.name}" for table in tables}:
            raise PublishError(
                f"the warehouse has no {FACT}: the models were not built → run `dunghen refresh`"
            )
        rows = {
            table: None if table.is_asked_only else count_rows(con, f"{READERS}.{table.full_name}")
            for table in tables
        }
        # Copied is the file alone: nothing may be left in the log beside it.
        con.execute(f"checkpoint {READERS}")
        con.execute("checkpoint")
    return rows


def problems_of_columns(con: duckdb.DuckDBPyConnection, database: str, private: Collection[str]) -> list[str]:
    """The columns of an attached database that are private by contract."""
    found = con.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = ? and not internal order by all",
        [database],
    ).fetchall()
    return [
        f"{schema}.{table}.{column}: this column is private by contract"
        for schema, table, column in found
        if column in private
    ]


def copy_file(source: Path, target: Path) -> None:
    """Copy a file as the disk can do it best; a file system that shares blocks writes none."""
    with source.open("rb") as reading, target.open("xb") as writing:
        try:
            while os.copy_file_range(reading.fileno(), writing.fileno(), COPIED_AT_ONCE):
                pass
        except OSError as error:
            if error.errno not in _CANNOT_COPY_SO:
                raise
            reading.seek(0)
            shutil.copyfileobj(reading, writing)


@contextmanager
def opened(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build's database, to be written."""
    with duckdb.connect(str(database), config=CONFIG) as con:
        con.execute(WITHOUT_BAR)
        yield con


@contextmanager
def opened_as_readers_do(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build's database, read-only and under a name of the reader's own choice."""
    config = {"autoinstall_known_extensions": "false", "memory_limit": MEMORY_LIMIT}
    with duckdb.connect(config={**config, "temp_directory": f"{database}.tmp"}) as con:
        con.execute(WITHOUT_BAR)
        con.execute(f"attach {literal(str(database))} as {BUILD} (read_only)")
        con.execute(f"use {BUILD}")
        yield con


def write_description(
    con: duckdb.DuckDBPyConnection, rows: Mapping[Table, int | None], identity: Identity
) -> Identity:
    """Describe the build in the open database.

    Returns:
        The identity with versions and counts filled in from what is in the build.

    Raises:
        PublishError: when a view reads what is not in the build.
    """
    _refuse_views_that_look_elsewhere(con, rows)
    calendars, formulas = _versions(con)
    complete = replace(
        identity,
        calendar_version=calendars,
        formula_version=formulas,
        table_count=len(rows),
        row_count=sum(count or 0 for count in rows.values()),
    )
    _describe(con, complete, rows)
    return complete


def count_rows(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Rows of a relation."""
    return int(con.execute(f"select count(*) from {relation}").fetchall()[0][0])  # noqa: S608 (quoted)


def _tables_of(con: duckdb.DuckDBPyConnection) -> list[Table]:
    named = con.execute(
        "select schema_name, table_name, false from duckdb_tables() where database_name = $readers "
        "union all select schema_name, view_name, true from duckdb_views() "
        "where database_name = $readers and not internal order by 1, 2",
        {"readers": READERS},
    ).fetchall()
    return [Table(schema, name, is_view) for schema, name, is_view in named if schema in READER_SCHEMAS]


def _refuse_views_that_look_elsewhere(con: duckdb.DuckDBPyConnection, tables: Collection[Table]) -> None:
    for table in tables:
        if table.is_view:
            try:
                con.execute(f"describe {table.full_name}").fetchall()
            except duckdb.Error as error:
                raise PublishError(
                    f"the view {table.schema}.{table.name} reads what readers do not get: "
                    f"{str(error).splitlines()[0]} → let its model read `core`, or make it a table"
                ) from error


def _versions(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Of the calendars and of the definitions in the facts, found in one scan of them."""
    rows = con.execute(f"select distinct calendar_version, formula_version from {FACT}").fetchall()  # noqa: S608
    calendars, formulas = ({row[place] for row in rows} - {None} for place in (0, 1))
    return ", ".join(sorted(calendars)), ", ".join(sorted(formulas))


def _describe(con: duckdb.DuckDBPyConnection, identity: Identity, rows: Mapping[Table, int | None]) -> None:
    content = {**asdict(identity), "built_at": identity.built_at.astimezone(UTC).replace(tzinfo=None)}
    kinds = {"built_at": "timestamp", "table_count": "bigint", "row_count": "bigint"}
    columns = ", ".join(f"{name} {kinds.get(name, 'varchar')}" for name in content)
    con.execute(f"create table build_info ({columns})")
    con.execute(f"insert into build_info values ({', '.join('?' * len(content))})", list(content.values()))  # noqa: S608
    con.execute("comment on column build_info.built_at is 'UTC.'")
    con.execute("create table build_tables (schema_name varchar, table_name varchar, row_count bigint)")
    for table, count in rows.items():
        con.execute("insert into build_tables values (?, ?, ?)", [table.schema, table.name, count])
    con.execute(
        "create table build_data_cuts as select source_system, max(data_cut_at) as data_cut_at "  # noqa: S608
        f"from {FACT} group by source_system order by source_system"
    )
    con.execute("comment on column build_data_cuts.data_cut_at is 'Local time of the source system.'")
    for name, comment in DESCRIBING.items():
        con.execute(f"comment on table {name} is {literal(comment)}")
