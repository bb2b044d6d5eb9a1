"""What is in a build: the tables for readers, in one DuckDB file and as Parquet.

Here: which schemas are for readers, copying them with their comments, the tables that describe a build.
Not here: links and folders (`builds.py`), checking what was copied (`verify.py`).
Explained in docs/analyst.md, "What is in the file".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from pathlib import Path

import duckdb

from pipelines.contracts import Catalogue
from pipelines.publishing.builds import Identity, PublishError

SCHEMAS = ("core", "marts", "quality", "ops", "reference")
FACT = "core.fct_procedure_timeliness"
# Clients from DuckDB 1.5 on open it; the default of DuckDB 2.0 locks all of them out.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.5.0",
    "autoinstall_known_extensions": "false",
}

DESCRIBING = {
    "build_info": "Which build this is. One row.",
    "build_tables": "The tables of this build with their number of rows.",
    "build_data_cuts": "How far the data of each source system reach.",
}


@dataclass(frozen=True)
class Column:
    """A column that is copied, with its comment."""

    name: str
    comment: str | None


@dataclass(frozen=True)
class Table:
    """A table of the warehouse that readers get, without columns that are not theirs."""

    schema: str
    name: str
    comment: str | None
    columns: tuple[Column, ...]

    @property
    def full_name(self) -> str:
        """`schema.table`, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def private_columns(catalogue: Catalogue) -> frozenset[str]:
    """Columns no reader may get: what contracts drop, and the pseudonyms of what identifies a person."""
    names: set[str] = set()
    for kind in catalogue.kinds.values():
        for name, column in kind.columns.items():
            if column.privacy != "public":
                names |= {name, f"{name}_key"}
    return frozenset(names)


@contextmanager
def opened(database: Path, warehouse: Path, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build's database with the warehouse attached, read-only, as `warehouse`."""
    with duckdb.connect(str(database), read_only=read_only, config=CONFIG) as con:
        con.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        yield con


def tables_of(con: duckdb.DuckDBPyConnection, private: Collection[str]) -> list[Table]:
    """The tables and views of the attached warehouse that are for readers.

    Raises:
        PublishError: when the fact table is not among them.
    """
    named = con.execute(
        "select schema_name, table_name, comment from duckdb_tables() where database_name = 'warehouse' "
        "union all select schema_name, view_name, comment from duckdb_views() "
        "where database_name = 'warehouse' and not internal order by 1, 2"
    ).fetchall()
    listed = con.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where database_name = 'warehouse' order by schema_name, table_name, column_index"
    ).fetchall()
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, table, column, comment in listed:
        if column not in private:
            columns.setdefault((schema, table), []).append(Column(column, comment))
    found = [
        Table(schema, table, comment, tuple(columns[schema, table]))
        for schema, table, comment in named
        if schema in SCHEMAS and (schema, table) in columns
    ]
    if FACT not in {f"{table.schema}.{table.name}" for table in found}:
        raise PublishError(f"the warehouse has no {FACT}: the models were not built → run `dunghen refresh`")
    return found


def write_contents(
    con: duckdb.DuckDBPyConnection, folder: Path, tables: Collection[Table], identity: Identity
) -> Identity:
    """Copy the tables into the open database and into Parquet, and describe the build in both.

    Returns:
        The identity with versions and counts filled in from what was copied.
    """
    rows = {table: _copy(con, table) for table in tables}
    complete = replace(
        identity,
        calendar_version=_versions(con, "calendar_version"),
        formula_version=_versions(con, "formula_version"),
        table_count=len(rows),
        row_count=sum(rows.values()),
    )
    _describe(con, complete, rows)
    for table in tables:
        target = folder / table.schema / f"{table.name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        con.execute(
            f"copy {table.full_name} to {literal(str(target))} "
            f"(format parquet, compression zstd, kv_metadata {{build_id: {literal(complete.build_id)}}})"
        )
    return complete


def count_rows(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Rows of a relation."""
    return int(con.execute(f"select count(*) from {relation}").fetchall()[0][0])  # noqa: S608 (quoted)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _copy(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    con.execute(f"create schema if not exists {quoted(table.schema)}")
    names = ", ".join(quoted(column.name) for column in table.columns)
    con.execute(f"create table {table.full_name} as select {names} from warehouse.{table.full_name}")  # noqa: S608
    if table.comment:
        con.execute(f"comment on table {table.full_name} is {literal(table.comment)}")
    for column in table.columns:
        if column.comment:
            con.execute(
                f"comment on column {table.full_name}.{quoted(column.name)} is {literal(column.comment)}"
            )
    return count_rows(con, table.full_name)


def _versions(con: duckdb.DuckDBPyConnection, column: str) -> str:
    statement = f"select distinct {column} from {FACT} where {column} is not null order by 1"  # noqa: S608
    rows = con.execute(statement).fetchall()
    return ", ".join(str(row[0]) for row in rows)


def _describe(con: duckdb.DuckDBPyConnection, identity: Identity, rows: Mapping[Table, int]) -> None:
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
