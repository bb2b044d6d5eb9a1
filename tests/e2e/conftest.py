"""One refresh of the shipped sample, as a user runs it, shared by every test that only reads."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines.sample import GenerateOptions, generate

DUNGHEN = Path(sys.executable).parent / "dunghen"


@dataclass(frozen=True)
class Installation:
    """A data folder that was refreshed from the command line, and what the terminal showed."""

    data: Path
    output: str
    seconds: float

    def dunghen(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on this installation."""
        return run_dunghen(self.data, *arguments, check=check)


def run_dunghen(data: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the project's command on a data folder, as a user would."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DUNGHEN", "DAGSTER", "DBT"))}
    done = subprocess.run(
        [str(DUNGHEN), *arguments],
        env=environment | {"DUNGHEN_DATA": str(data), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert not check or done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    data = tmp_path_factory.mktemp("installation") / "data"
    run_dunghen(data, "deliver-sample")
    started = time.monotonic()
    done = run_dunghen(data, "refresh")
    return Installation(data, done.stdout + done.stderr, time.monotonic() - started)


@pytest.fixture(scope="session")
def published_sample(installation: Installation) -> Path:
    return installation.data / "published" / "analytics.duckdb"


@pytest.fixture
def warehouse(published_sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(published_sample), read_only=True) as con:
        yield con


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generator's truth about the shipped sample, people included."""
    out = tmp_path_factory.mktemp("truth")
    generate(GenerateOptions(), out)
    return out / "truth"
