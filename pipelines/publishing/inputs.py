"""What a build is made of, in one word: two builds with the same inputs are equal.

Here: the fingerprint that tells whether a refresh has anything to do, and the revision of the code.
Not here: building (`publish.py`).
Explained in docs/operator.md, "Every night".
"""

from __future__ import annotations

import hashlib
import subprocess
from importlib.metadata import version
from pathlib import Path

from pipelines.ingestion.lake import read_held, read_ledger
from pipelines.settings import Settings
from pipelines.warehouse.dbt import project_files

CODE = ("*.py", "*.yaml", "*.sql")
# When a file was read does not change what was read.
NOT_AN_INPUT = ("ingested_at", "relative_path")


def inputs_fingerprint(settings: Settings) -> str:
    """Changes with any accepted or refused file, contract, rule, model, seed or line of code."""
    digest = hashlib.sha256()
    ledger = read_ledger(settings.lake).drop(NOT_AN_INPUT)
    digest.update(ledger.sort("kind", "file_sha256").write_ndjson().encode())
    digest.update(read_held(settings.lake).drop("relative_path").write_ndjson().encode())
    for path in [*project_files(settings), *_code_files(settings)]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def code_revision(settings: Settings) -> str:
    """The commit of the checkout, with `+` where files differ from it; without git, the version."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],  # noqa: S607 (git from PATH)
            cwd=settings.root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return version("dung-hen")
    return described.stdout.strip()


def _code_files(settings: Settings) -> list[Path]:
    folders = [settings.root / "pipelines", *settings.contracts[1:]]
    return sorted({p for folder in folders for form in CODE for p in folder.rglob(form)})
