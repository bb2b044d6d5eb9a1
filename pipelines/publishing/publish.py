"""Publishes the warehouse: builds beside what readers see, verifies, switches, and can switch back.

Here: the order of the steps, and what becomes of a failure in any of them.
Not here: the steps themselves (`contents.py`, `verify.py`, `builds.py`).
Explained in docs/operator.md, "Published builds".
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.contracts import load_catalogue
from pipelines.publishing.as_of import create_macros, has_history
from pipelines.publishing.bridge import create_bridge_macros, has_bridge
from pipelines.publishing.builds import (
    CURRENT,
    DATABASE,
    PARQUET,
    Build,
    Identity,
    PublishError,
    current_id,
    discard,
    list_builds_in,
    make_durable,
    prune,
    publishing_lock,
    sweep_unfinished,
    switch_to,
    unfinished,
    write_identity,
)
from pipelines.publishing.contents import copy_file, opened, private_columns, settled, write_description
from pipelines.publishing.inputs import inputs_fingerprint
from pipelines.publishing.parquet import parts_of, write_parts
from pipelines.publishing.verify import verify
from pipelines.settings import Settings

# A week of nights.
KEPT_BUILDS = 7
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left", "File too large", "Disk quota exceeded")

__all__ = ["Build", "PublishError", "current_build", "list_builds", "publish", "rollback"]


def publish(
    settings: Settings, now: datetime, code_revision: str, keep: int = KEPT_BUILDS, *, whole: bool = False
) -> Build:
    """Make a build of the warehouse and let readers see it; until the last rename they see the old one.

    Args:
        settings: where warehouse and published builds lie.
        now: the moment of the build, with zone.
        code_revision: the code that made the warehouse.
        keep: how many builds stay on disk.
        whole: write every Parquet file and search every text, also what did not change since the
            published build.

    Returns:
        The build, now current.

    Raises:
        PublishError: nothing changed for readers; the message says why and what to do.
        AnotherWriter: another publish or rollback does not finish.
    """
    for file in (settings.warehouse, settings.analytics):
        if not file.exists():
            raise PublishError(f"there is no warehouse at {file} → run `dunghen refresh`")
    published = settings.published
    with _failing_clearly(settings), publishing_lock(published):
        sweep_unfinished(published)
        identity = _identity(settings, now, code_revision)
        made = unfinished(published, identity.build_id)
        final = made.with_name(identity.build_id)
        try:
            _make(settings, made, identity, whole)
            made.rename(final)
            make_durable(final.parent)
            switch_to(published, identity.build_id)
        finally:
            shutil.rmtree(made, ignore_errors=True)
            if current_id(published) != identity.build_id:
                discard(final)
        prune(published, keep)
        return list_builds_in(published)[0]


def list_builds(settings: Settings) -> list[Build]:
    """The builds that are kept, newest first."""
    return list_builds_in(settings.published)


def current_build(settings: Settings) -> Build | None:
    """The build readers open; None before the first one."""
    return next((b for b in list_builds(settings) if b.is_current), None)


def rollback(settings: Settings, to: str | None = None) -> Build:
    """Let readers see an earlier build again; one rename.

    Args:
        settings: where the builds lie.
        to: id of the build; without it, the newest that is older than the current one.

    Raises:
        PublishError: when there is no such build, or it cannot be opened.
    """
    with _failing_clearly(settings), publishing_lock(settings.published):
        target = _target(settings, to)
        with duckdb.connect(str(target.path / DATABASE), read_only=True) as con:
            if con.execute("select build_id from build_info").fetchall() != [(target.build_id,)]:
                raise PublishError(f"build {target.build_id} is damaged → choose another one")
        switch_to(settings.published, target.build_id)
        return next(b for b in list_builds(settings) if b.is_current)


def _target(settings: Settings, to: str | None) -> Build:
    kept = list_builds(settings)
    current = current_id(settings.published) or ""
    found = next((b for b in kept if (b.build_id == to if to else b.build_id < current)), None)
    if found is None:
        known = ", ".join(b.build_id for b in kept) or "none"
        wanted = f"build {to} is not kept" if to else "there is no build older than the published one"
        raise PublishError(f"{wanted} → choose one of: {known}")
    return found


def _identity(settings: Settings, now: datetime, code_revision: str) -> Identity:
    """Who the new build is. Its moment is later than any kept build's, even if a clock was set back."""
    inputs = inputs_fingerprint(settings)
    moment = now.astimezone(UTC).replace(microsecond=now.microsecond // 1000 * 1000)
    for build in list_builds(settings)[:1]:
        moment = max(moment, build.built_at + timedelta(milliseconds=1))
    digest = hashlib.sha256(f"{inputs} {code_revision}".encode()).hexdigest()
    stamp = f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"
    return Identity(
        build_id=f"{stamp}-{digest[:8]}",
        built_at=moment,
        code_revision=code_revision,
        inputs_fingerprint=inputs,
        contract_fingerprint=_contract_fingerprint(settings),
        calendar_version="",
        formula_version="",
        table_count=0,
        row_count=0,
    )


def _contract_fingerprint(settings: Settings) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for folder in settings.contracts for p in folder.rglob("*.yaml")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _make(settings: Settings, folder: Path, identity: Identity, whole: bool) -> None:
    folder.mkdir(parents=True)
    before = None if whole else settings.published / CURRENT / PARQUET
    private = private_columns(load_catalogue(settings.contracts))
    rows = settled(settings, private)
    copy_file(settings.analytics, folder / DATABASE)
    with opened(folder / DATABASE) as con:
        complete = write_description(con, rows, identity)
        write_parts(con, folder / PARQUET, parts_of(con, rows), complete.build_id, before)
        if has_history(rows):
            create_macros(con)
        if has_bridge(rows):
            create_bridge_macros(con)
        con.execute("checkpoint")  # here, because a checkpoint that fails on closing says nothing
    write_identity(folder, complete)
    verify(folder, complete.build_id, rows, private)
    make_durable(folder)


@contextmanager
def _failing_clearly(settings: Settings) -> Iterator[None]:
    """Turn what the disk or the database refuses into one sentence with a remedy."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        raise PublishError(_explain(settings, error)) from error


def _explain(settings: Settings, error: Exception) -> str:
    published = settings.published
    kept = (
        f"readers keep build {current_id(published)}" if current_id(published) else "nothing is published yet"
    )
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if getattr(error, "errno", None) in _FULL or any(word in str(error) for word in _FULL_WORDS):
        size = settings.analytics.stat().st_size / 1e6 if settings.analytics.exists() else 0
        return f"the disk of {published} is full → free about {2 * size:.0f} MB and refresh again; {kept}"
    if isinstance(error, PermissionError):
        return f"{error.filename or published}: no right to write → give it to this user; {kept}"
    if "Could not set lock" in said:
        return f"another program has {settings.warehouse} open → close it and refresh again; {kept}"
    return f"publishing failed: {said} → mend this and refresh again; {kept}"
