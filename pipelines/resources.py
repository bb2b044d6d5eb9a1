"""What steps share: the owners' name and the lock of the one writer.

Here: resources used by more than one step.
Not here: dbt's resource (`pipelines.warehouse.assets`).
Explained in docs/operator.md, "One writer".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from pipelines.lock import writer_lock

OWNERS = ["team:du-lieu"]


class WriterLock(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Held from the first step of a run to its last; a second run waits, then fails with a reason."""

    folder: str
    wait_seconds: float = 600.0

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["WriterLock"]:  # noqa: ARG002
        """Take the lock for the time of the run."""
        with writer_lock(Path(self.folder), self.wait_seconds):
            yield self
