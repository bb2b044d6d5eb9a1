"""How dbt is called: its environment, its arguments, its manifest.

Here: pure functions around the dbt command line.
Not here: what the models say (`dbt_project/`), how they look in Dagster (`assets.py`).
Explained in docs/architecture.md, "Accepted → modelled".
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pipelines.errors import Refusal
from pipelines.settings import Settings

PROJECT_FILES = ("*.md", "*.sql", "*.yml", "*.yaml", "*.csv")


class DbtFailed(Refusal):
    """dbt could not read the project; the message ends with what dbt said."""


Scope = Literal["whole", "night"]


def dbt_environment(settings: Settings) -> dict[str, str]:
    """What dbt and its profile read: lake, warehouse and target, and silence towards the network."""
    return {
        "DUNGHEN_LAKE": str(settings.lake),
        "DUNGHEN_WAREHOUSE": str(settings.warehouse),
        "DBT_TARGET_PATH": str(settings.dbt_target),
        "DBT_LOG_PATH": str(settings.dbt_target / "logs"),
        "DBT_PROFILES_DIR": str(settings.dbt_project),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # what is said at `debug` is eighteen thousand lines a run, and costs a tenth of it
        "DBT_LOG_LEVEL_FILE": "info",
    }


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """The process environment with these values, put back afterwards."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run_environment(scope: Scope) -> dict[str, str]:
    """What tells the models whether they are made for a night; as a variable it would cost a parse."""
    return {"DUNGHEN_RUN": scope}


def build_arguments(scope: Scope = "whole", standing: Sequence[str] = ()) -> list[str]:
    """Arguments of the one dbt call of a refresh: seeds, models and data tests in their order.

    Unit tests judge code, not data; they run with the other tests of the project.

    Args:
        scope: the whole, or a night, which leaves views and what is standing as they are.
        standing: names of the nodes that a night leaves out.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if scope == "whole":
        return arguments
    left_out = ["config.materialized:view", *standing]
    # `empty`: a test is left out by its own name only, not because one of the things it reads is.
    # One argument: Dagster puts others of its own between several.
    return [
        *arguments,
        "--indirect-selection",
        "empty",
        "--exclude",
        " ".join(left_out),
    ]


def manifest_path(settings: Settings) -> Path:
    """Where the parsed project lies."""
    return settings.dbt_target / "manifest.json"


def project_files(settings: Settings) -> list[Path]:
    """Every file dbt reads, sorted."""
    places = ("models", "macros", "seeds", "tests")
    found = {
        p for place in places for form in PROJECT_FILES for p in (settings.dbt_project / place).rglob(form)
    }
    return sorted([*found, *settings.dbt_project.glob("*.yml")])


def ensure_manifest(settings: Settings) -> Path:
    """Parse the project unless its manifest is newer than every file of it.

    Raises:
        DbtFailed: when the project does not parse.
    """
    manifest = manifest_path(settings)
    newest = max(p.stat().st_mtime for p in project_files(settings))
    if manifest.exists() and manifest.stat().st_mtime > newest:
        return manifest
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "parse", "--quiet"],
        cwd=settings.dbt_project,
        env=os.environ | dbt_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DbtFailed(f"dbt cannot parse {settings.dbt_project}:\n{(done.stdout + done.stderr)[-3000:]}")
    manifest.touch()
    return manifest
