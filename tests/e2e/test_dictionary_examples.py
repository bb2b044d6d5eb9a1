"""Every example of the data dictionary answers on the published sample, and every key is one."""

import duckdb
import pytest

from pipelines.reporting.dictionary_tables import Words
from pipelines.settings import PROJECT_ROOT

ENTRIES = Words.load(PROJECT_ROOT / "dbt_project" / "dictionary").entries
EXAMPLES = sorted(name for name, entry in ENTRIES.items() if entry.example)
KEYED = sorted(name for name, entry in ENTRIES.items() if entry.key)


@pytest.fixture
def schemas(warehouse: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = warehouse.execute("select table_name, table_schema from information_schema.tables").fetchall()
    return dict(rows)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_answers(warehouse: duckdb.DuckDBPyConnection, schemas: dict[str, str], name: str) -> None:
    entry = ENTRIES[name]
    rows = warehouse.execute(entry.example).fetchall()
    assert f"{schemas[name]}.{name}" in entry.example
    assert rows or entry.may_be_empty, entry.example
    assert not rows or any(value is not None for value in rows[0]), entry.example


@pytest.mark.parametrize("name", KEYED)
def test_no_two_rows_agree_in_their_key(
    warehouse: duckdb.DuckDBPyConnection, schemas: dict[str, str], name: str
) -> None:
    entry = ENTRIES[name]
    key = ", ".join(entry.key)
    rows = f"{schemas[name]}.{name} where {entry.only or 'true'}"
    twice = f"select {key} from {rows} group by {key} having count(*) > 1 limit 3"
    assert warehouse.execute(twice).fetchall() == []


def test_the_types_are_those_of_the_published_tables(
    warehouse: duckdb.DuckDBPyConnection, schemas: dict[str, str]
) -> None:
    """What no contract enforces, the types of `ops`, must be true as well."""
    page = (PROJECT_ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    for name in ("ingestion_ledger", "quarantined_rows", "unmapped_value"):
        section = page.split(f"### `{schemas[name]}.{name}`\n", 1)[1].split("\n### ", 1)[0]
        said = [line.split(" | ")[:2] for line in section.splitlines() if line.startswith("| `")]
        published = warehouse.execute(f"describe {schemas[name]}.{name}").fetchall()
        assert [(column.strip("| `"), kind) for column, kind in said] == [
            (column, kind.lower().replace("varchar", "string")) for column, kind, *_ in published
        ]
