"""The SHA-256 of delivered files, remembered, so that a file nobody touched is not read every night.

Here: the memory of digests (`_digests.json` in the lake) and when it is believed.
Not here: what a digest is good for (`ingest.py`).
Explained in docs/operator.md, "What a refresh reads".
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from os import stat_result
from pathlib import Path

from pipelines.ingestion.lake import write_beside

FILE = "_digests.json"
# A file changed a moment ago may change again within one tick of its clock.
SETTLED_NS = 2_000_000_000
Mark = tuple[int, int, int]


class Digests:
    """Digests by path; each is believed only while size, time of change and inode are what they were.

    The file is a memory, not a record: without it, or if it is damaged, every file is read again.

    Args:
        root: the lake.
        landing: the folder the paths are in.
    """

    def __init__(self, root: Path, landing: Path) -> None:
        self._file = root / FILE
        self._landing = landing
        self._known = _remembered(self._file)
        self._before = dict(self._known)

    def of(self, path: Path) -> str:
        """SHA-256 of a file's bytes, read only if the file is not the one remembered.

        Raises:
            OSError: when the file cannot be read.
        """
        name = os.path.relpath(path, self._landing)  # registers lie beside landing
        mark = _mark(path.stat())
        known = self._known.pop(name, None)
        if known is None or known[0] != mark:
            known = (mark, digest(path))
            now = path.stat()
            if _mark(now) != mark or time.time_ns() - now.st_mtime_ns < SETTLED_NS:
                return known[1]
        self._known[name] = known
        return known[1]

    def save(self) -> None:
        """Keep what was learnt, without files that are gone; a full disk costs only the memory."""
        kept = {name: known for name, known in self._known.items() if (self._landing / name).is_file()}
        if kept == self._before:
            return
        content = json.dumps({name: [*mark, sha256] for name, (mark, sha256) in sorted(kept.items())})
        try:
            write_beside(self._file, lambda beside: _write(beside, content))
        except OSError:
            return


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(stat: stat_result) -> Mark:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _remembered(file: Path) -> dict[str, tuple[Mark, str]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {name: ((size, time_ns, inode), sha) for name, (size, time_ns, inode, sha) in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
