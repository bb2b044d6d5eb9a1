"""The few lines that let Great Expectations read DuckDB.

Here: a SQLAlchemy dialect, and the context in which its connections live.
Not here: what is expected (`rules.yaml`), how suites are built (`suites.py`).
Explained in docs/data-team.md, "Expectations". Stock Great Expectations fails on DuckDB in two ways:
it fetches rows after its transaction has ended, which drops DuckDB's pending result, and it never
closes its engines, which keeps the file locked for the next writer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb_engine
from sqlalchemy.dialects import registry

from pipelines.warehouse.connect import attach_readers

URL = "duckdb+gx:///:memory:"  # the files are given as connect arguments: a path may hold any character
_open: list[Any] = []


class GxDialect(duckdb_engine.Dialect):  # type: ignore[misc]
    """DuckDB without transactions, as reading needs none; remembers what it opened."""

    supports_statement_cache = False

    def connect(self, *arguments: Any, readers: str, **options: Any) -> Any:
        """Open a connection to both files of the warehouse and remember it."""
        connection = super().connect(*arguments, **options)
        _open.append(connection)
        attach_readers(connection, Path(readers), read_only=True)
        return connection

    def do_begin(self, connection: Any) -> None:
        """Nothing to begin: the file is read only."""

    def do_commit(self, connection: Any) -> None:
        """Nothing to commit: the file is read only."""

    def do_rollback(self, connection: Any) -> None:
        """Nothing to roll back; doing so would drop rows not yet fetched."""


@contextmanager
def closing_connections() -> Iterator[None]:
    """Close, on leaving, everything the dialect opened: the next writer needs the file."""
    try:
        yield
    finally:
        while _open:
            _open.pop().close()


registry.register("duckdb.gx", __name__, GxDialect.__name__)
