"""No name, identity number or phone of anybody passes ingestion: every byte behind it is looked through."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.publishing.privacy import scan_for_people
from tests.e2e.conftest import Installation

BEHIND_INGESTION = ("lake", "warehouse", "published", "dagster")


@pytest.fixture(scope="module")
def people(truth: Path) -> list[str]:
    frame = pl.read_parquet(truth / "people.parquet")
    words = [
        word for column in ("name", "id_number", "phone") for word in frame[column].drop_nulls().to_list()
    ]
    assert len(words) > 3_000
    return words


def test_the_scanner_finds_people_where_they_are(installation: Installation, people: list[str]) -> None:
    delivered = sorted((installation.data / "landing" / "dossiers").glob("*.json.gz"))[:1]
    assert scan_for_people(delivered, people)


@pytest.mark.parametrize("folder", BEHIND_INGESTION)
def test_nobody_of_the_synthetic_province_is_behind_ingestion(
    installation: Installation, people: list[str], folder: str
) -> None:
    paths = [p for p in (installation.data / folder).rglob("*") if p.is_file() and not p.is_symlink()]
    assert paths
    assert scan_for_people(paths, people) == []


def test_the_terminal_shows_nobody(installation: Installation, people: list[str], tmp_path: Path) -> None:
    (tmp_path / "terminal.txt").write_text(installation.output, encoding="utf-8")
    assert scan_for_people([tmp_path / "terminal.txt"], people) == []


def test_pseudonyms_are_not_published(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = warehouse.execute(
        "select table_name, column_name from duckdb_columns() where not internal"
    ).fetchall()
    assert not [c for c in columns if c[1].startswith("applicant_") or "phone" in c[1] or "id_number" in c[1]]
