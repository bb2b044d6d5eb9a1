"""Opens the warehouse, which is two files: the writer's own, and the one made for readers.

Here: the only way to a connection that sees both, which schemas are in which file, how files are written.
Not here: how dbt opens them (`dbt_project/profiles.yml`), the copy readers get (`pipelines.publishing`).
Explained in docs/architecture.md, "Accepted → modelled". A name such as `core.dim_agency` or
`staging.stg_dossiers` is found without saying in which file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.settings import Settings

READERS = "analytics"
# What lies in the readers' file; everything else stays with the writer.
READER_SCHEMAS = ("core", "marts", "quality", "ops", "reference")
STORAGE_VERSION = "v1.5.0"
# With what Python and its libraries take, a process stays below 4 GB; beyond it DuckDB works on disk.
MEMORY_LIMIT = "2800MB"
# Clients from DuckDB 1.5 on open it; the default of DuckDB 2.0 locks all of them out.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": STORAGE_VERSION,
    "autoinstall_known_extensions": "false",
    "memory_limit": MEMORY_LIMIT,
}
# Of a connection, not of a database: a bar in the terminal would stand between the steps a refresh tells of.
WITHOUT_BAR = "set enable_progress_bar = false"


@contextmanager
def open_warehouse(settings: Settings, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to both files of the warehouse, closed on leaving.

    One transaction writes into one of the files: DuckDB refuses the other.

    Args:
        settings: where the files lie.
        read_only: for both files; otherwise a missing file or schema for readers is made.
    """
    with duckdb.connect(str(settings.warehouse), read_only=read_only, config=CONFIG) as con:
        attach_readers(con, settings.analytics, read_only=read_only)
        yield con


def attach_readers(con: duckdb.DuckDBPyConnection, file: Path, *, read_only: bool) -> None:
    """Attach the readers' file to a connection to the writer's own, and let names be found in both."""
    con.execute(f"set memory_limit = {literal(MEMORY_LIMIT)}")
    con.execute(WITHOUT_BAR)
    mode = "read_only" if read_only else f"storage_version {literal(STORAGE_VERSION)}"
    con.execute(f"attach if not exists {literal(str(file))} as {READERS} ({mode})")
    if not read_only:
        for schema in READER_SCHEMAS:
            con.execute(f"create schema if not exists {READERS}.{schema}")
    [(own,)] = con.execute("select current_database()").fetchall()
    found = con.execute(
        "select schema_name from duckdb_schemas() where database_name = ? and not internal order by 1",
        [READERS],
    ).fetchall()
    # A schema in the path is looked for in its own file; one that is not, in the writer's.
    path = [f"{quoted(own)}.main", *(f"{READERS}.{quoted(schema)}" for (schema,) in found)]
    con.execute(f"set search_path = {literal(','.join(path))}")


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
