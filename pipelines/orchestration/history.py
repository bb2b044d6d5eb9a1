"""Where Dagster keeps what its runs did: its own SQLite files, written without opening them for each event.

Here: the storage that `dagster.yaml` names, and the event log in it.
Not here: what the files hold and how they are read, which is Dagster's own.
Explained in docs/decisions/0011-what-a-node-and-a-step-cost.md. A refresh writes some 1,500 events. Dagster
opens two files for each, waits for the disk to confirm both, and closes them: up to a fifth of a refresh
of the sample. Here the files stay open while a process writes to them, what is planned at the start of a run
is one transaction, and what power failure can take is the last events of a run, never the file.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import StaticPool

# The index over all runs, and the run that is being written.
MOST_HELD = 2


class HeldEventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, whose files stay open in a process that writes to them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._held: dict[str, sa.Connection] = {}
        self._holding = threading.RLock()
        self._is_batch = False
        super().__init__(base_dir, inst_data)

    def run_connection(self, run_id: str | None = None) -> Any:
        """A transaction on the file of a run."""
        return self._transaction(str(run_id))

    def index_connection(self) -> AbstractContextManager[sa.Connection]:
        """A transaction on the file of what all runs share."""
        return self._transaction(INDEX_SHARD_NAME)

    def store_event(self, event: EventLogEntry) -> None:
        """Store one event; its files are held from here on."""
        with self._holding:
            self._hold(INDEX_SHARD_NAME)
            self._hold(event.run_id)
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events in one transaction of each file: all of them, or none."""
        with self._holding, ExitStack() as batch:
            self._is_batch = True
            batch.callback(setattr, self, "_is_batch", False)
            for shard in {INDEX_SHARD_NAME, *(event.run_id for event in events)}:
                batch.enter_context(self._hold(shard).begin())
            for event in events:
                super().store_event(event)

    def held(self) -> int:
        """How many files are open."""
        return len(self._held)

    def wipe(self) -> None:
        """Remove everything."""
        self._release(list(self._held))
        super().wipe()

    def dispose(self) -> None:
        """Close the files."""
        self._release(list(self._held))
        super().dispose()

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[sa.Connection]:
        with self._holding:
            held = self._held.get(shard)
            if held is None:  # a reader: the file is opened and closed
                with super().run_connection(shard) as connection:
                    yield connection
            elif self._is_batch:
                yield held
            else:
                with held.begin():
                    yield held

    def _hold(self, shard: str) -> sa.Connection:
        if shard not in self._held:
            with super().run_connection(shard):
                pass  # which makes the file if there is none
            others = [name for name in self._held if name != INDEX_SHARD_NAME]
            self._release(others[: max(0, len(others) + 2 - MOST_HELD)])
            engine = sa.create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,  # one connection, for whichever thread has the lock
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            connection = engine.connect()
            connection.execute(sa.text("pragma synchronous = normal"))
            connection.commit()
            self._held[shard] = connection
        return self._held[shard]

    def _release(self, shards: Sequence[str]) -> None:
        with self._holding:
            for shard in shards:
                connection = self._held.pop(shard)
                connection.close()
                connection.engine.dispose()


class RunHistory(DagsterSqliteStorage):
    """Dagster's storage in SQLite, at the places where it always keeps it, with the event log above."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        folder = Path(self._event_log_storage.path_for_shard(INDEX_SHARD_NAME)).parent
        self._event_log_storage = HeldEventLog(str(folder))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> RunHistory:
        """From `dagster.yaml`."""
        return cls.from_local(inst_data=inst_data, **config_value)
