"""The builds on disk: which there are, which one readers see, and how another takes its place.

Here: `published/builds/<build_id>/`, the link `current`, and the fixed links readers open.
Not here: what is in a build (`contents.py`), making one (`publish.py`).
Explained in docs/operator.md, "Published builds". Readers open `published/analytics.duckdb`, which is
`current/analytics.duckdb`; so one rename of `current` changes everything at once, and whoever has the
old file open keeps reading it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pipelines.errors import Refusal
from pipelines.lock import writer_lock

DATABASE = "analytics.duckdb"
PARQUET = "parquet"
IDENTITY = "build_info.json"
CURRENT = "current"
BUILDS = "builds"
UNFINISHED = ".part"
DISCARDED = ".gone"
LOCK_SECONDS = 60.0


class PublishError(Refusal):
    """Nothing changed for readers; the message says why and what to do."""


@dataclass(frozen=True)
class Identity:
    """What a build says of itself; the row of `build_info` and the content of `build_info.json`.

    Attributes:
        build_id: UTC moment and a digest of the inputs; a later build has a greater id.
        built_at: UTC, with zone.
        code_revision: the code that built it.
        inputs_fingerprint: digest of accepted files, contracts, rules, models and code.
        contract_fingerprint: digest of the contracts alone.
        calendar_version: versions of the working calendars its facts were computed with.
        formula_version: versions of the definitions its facts were computed with.
        table_count: tables for readers.
        row_count: rows in them.
    """

    build_id: str
    built_at: datetime
    code_revision: str
    inputs_fingerprint: str
    contract_fingerprint: str
    calendar_version: str
    formula_version: str
    table_count: int
    row_count: int


@dataclass(frozen=True)
class Build(Identity):
    """A build on disk.

    Attributes:
        path: its folder.
        is_current: whether it is the one readers open.
    """

    path: Path
    is_current: bool


@contextmanager
def publishing_lock(published: Path) -> Iterator[None]:
    """One switch at a time, also between a refresh and a rollback; readers never take it."""
    with writer_lock(published / BUILDS, LOCK_SECONDS):
        yield


def list_builds_in(published: Path) -> list[Build]:
    """The builds that are kept, newest first."""
    current = current_id(published)
    found = [_read(folder, current) for folder in _folders(published)]
    return sorted((b for b in found if b), key=lambda b: b.build_id, reverse=True)


def current_id(published: Path) -> str | None:
    """Id of the build readers open."""
    link = published / CURRENT
    return link.readlink().name if link.is_symlink() else None


def write_identity(folder: Path, identity: Identity) -> None:
    """Write `build_info.json` of a build."""
    content = {**asdict(identity), "built_at": identity.built_at.isoformat()}
    (folder / IDENTITY).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def switch_to(published: Path, build_id: str) -> None:
    """Make a build the one readers open: the last rename, before which they see the old one whole."""
    for name in (DATABASE, PARQUET, IDENTITY):
        _link(published / name, Path(CURRENT) / name)
    _link(published / CURRENT, Path(BUILDS) / build_id)


def prune(published: Path, keep: int) -> None:
    """Remove all but the newest builds and what crashed runs left; never the one readers open."""
    kept = {build.build_id for build in list_builds_in(published)[:keep]} | {current_id(published)}
    for folder in _folders(published):
        if folder.name not in kept:
            discard(folder)
    for rest in (published / BUILDS).glob(f".*{DISCARDED}"):
        shutil.rmtree(rest, ignore_errors=True)


def discard(folder: Path) -> None:
    """Remove a build's folder; it is out of the list before its first file goes."""
    gone = folder.with_name(f".{folder.name.strip('.')}{DISCARDED}")
    if folder.exists():
        folder.rename(gone)
        shutil.rmtree(gone)


def unfinished(published: Path, build_id: str) -> Path:
    """Where a build is made; its name is no build's."""
    return published / BUILDS / f".{build_id}{UNFINISHED}"


def sweep_unfinished(published: Path) -> None:
    """Remove what a crash left half made."""
    for rest in (published / BUILDS).glob(f".*{UNFINISHED}"):
        shutil.rmtree(rest)


def make_durable(folder: Path) -> None:
    """Have the disk confirm every file below a folder, and the folder itself."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _folders(published: Path) -> list[Path]:
    home = published / BUILDS
    return [p for p in home.iterdir() if p.is_dir() and not p.name.startswith(".")] if home.is_dir() else []


def _read(folder: Path, current: str | None) -> Build | None:
    try:
        content = json.loads((folder / IDENTITY).read_text(encoding="utf-8"))
        build = Build(**content, path=folder, is_current=folder.name == current)
        return replace(build, built_at=datetime.fromisoformat(content["built_at"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not written by this product, or damaged: nothing that could be published again


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    if link.is_dir() and not link.is_symlink():
        raise PublishError(f"{link} is a folder where a link must be → move it away and publish again")
    beside = link.with_name(f".{link.name}.{os.getpid()}.link")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    os.replace(beside, link)  # noqa: PTH105 (the one atomic step; named as the system calls it)
    descriptor = os.open(link.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
