"""One writer at a time, across processes.

Here: the lock a refresh holds from its first write to its last.
Not here: locks for readers; they need none, they read what is published.
Explained in docs/operator.md, "One writer".
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import Refusal, refused_by_system

LOCK_FILE = "writer.lock"
POLL_SECONDS = 0.2


class AnotherWriter(Refusal):
    """Somebody else is refreshing; the message says what to do."""


class NoRightToWrite(Refusal):
    """This user may not write to a folder of the pipeline; the message names it."""


@contextmanager
def writer_lock(folder: Path, wait_seconds: float = 60.0) -> Iterator[None]:
    """Hold the writer's lock of a data folder.

    Args:
        folder: where the warehouse lies; made if missing.
        wait_seconds: how long to wait for another writer.

    Raises:
        AnotherWriter: when the other writer does not finish in time.
        NoRightToWrite: when this user may not write there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOCK_FILE).touch()
    except PermissionError as error:
        raise NoRightToWrite(refused_by_system(error)) from error
    deadline = time.monotonic() + wait_seconds
    with (folder / LOCK_FILE).open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise AnotherWriter(
                        f"another refresh has been writing to {folder} for {wait_seconds:.0f} s "
                        "→ wait for it, or look in the Dagster UI for a run that hangs"
                    ) from None
                time.sleep(POLL_SECONDS)
        yield


def is_held(folder: Path) -> bool:
    """Whether somebody is writing to a data folder now."""
    try:
        with writer_lock(folder, wait_seconds=0):
            return False
    except AnotherWriter:
        return True
