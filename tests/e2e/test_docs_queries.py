"""Every query an analyst may copy from the documentation answers on the published sample."""

import re

import duckdb
import pytest

from pipelines.settings import PROJECT_ROOT

ANALYST = PROJECT_ROOT / "docs" / "analyst.md"
SQL = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDEX = PROJECT_ROOT / "docs" / "index-766.md"
QUERIES = [query for page in (ANALYST, INDEX) for query in SQL.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("query", QUERIES, ids=[f"query {n}" for n, _ in enumerate(QUERIES, start=1)])
def test_a_query_of_the_pages_answers(warehouse: duckdb.DuckDBPyConnection, query: str) -> None:
    rows = warehouse.execute(query).fetchall()
    assert rows, query
    assert any(value is not None for value in rows[0]), query


def test_the_page_names_the_published_tables_and_no_other(warehouse: duckdb.DuckDBPyConnection) -> None:
    tables = warehouse.execute(
        "select schema_name, table_name from duckdb_tables() "
        "union all select schema_name, view_name from duckdb_views() where not internal"
    ).fetchall()
    published = {f"{schema}.{table}" for schema, table in tables}
    page = ANALYST.read_text(encoding="utf-8")
    named = set(re.findall(r"\b((?:core|marts|quality|ops)\.[a-z]\w+)\b", page))
    assert named <= published
    assert {name for name in published if name.startswith(("core.", "marts.", "quality.", "ops."))} <= named
