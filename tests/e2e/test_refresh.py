"""The commands on deliveries of one's own: nights that follow one another, and what goes wrong."""

from pathlib import Path

import pytest

from tests.deliveries import boston_csv
from tests.e2e.conftest import run_dunghen


def test_an_empty_landing_folder_says_what_to_do(tmp_path: Path) -> None:
    done = run_dunghen(tmp_path / "data", "refresh", check=False)
    assert done.returncode == 1
    assert "dunghen deliver-sample" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_sample_is_never_mixed_with_deliveries(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "landing" / "dossiers"
    folder.mkdir(parents=True)
    boston_csv(folder / "mine.csv", 3)
    done = run_dunghen(tmp_path / "data", "deliver-sample")
    assert "never mixed" in done.stdout
    assert [p.name for p in folder.iterdir()] == ["mine.csv"]


@pytest.mark.parametrize(
    "command", ["refresh", "ui", "generate", "check-source", "deliver-sample", "rollback"]
)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    done = run_dunghen(tmp_path, command, "--help")
    assert command in done.stdout


def test_two_nights_a_rollback_and_a_failing_night(tmp_path: Path) -> None:
    """One story, because each refresh takes half a minute: readers always have a whole build."""
    data = tmp_path / "data"
    folder = data / "landing" / "dossiers"
    folder.mkdir(parents=True)
    counted = "select count(*) as n from core.fct_procedure_timeliness"
    shown = []
    for night in range(2):
        boston_csv(folder / f"{night}.csv", 3, first=10 * night)
        run_dunghen(data, "refresh")
        shown.append(run_dunghen(data, "query", counted).stdout)
    assert shown[0] != shown[1]

    run_dunghen(data, "rollback")
    assert run_dunghen(data, "query", counted).stdout == shown[0]
    listed = run_dunghen(data, "builds").stdout.splitlines()
    assert [line.startswith("→") for line in listed] == [False, True]

    published = (data / "published" / "current").resolve()
    for path in (data / "lake" / "dossiers").glob("[!_]*.parquet"):
        path.write_bytes(b"not parquet")
    done = run_dunghen(data, "refresh", "--force", check=False)
    assert done.returncode == 1
    assert "nothing new was published" in done.stderr
    assert "warehouse" in done.stderr
    assert "Traceback" not in done.stderr
    assert (data / "published" / "current").resolve() == published
