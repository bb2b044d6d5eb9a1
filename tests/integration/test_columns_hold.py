"""The one test of a table's columns finds each broken promise, and counts what breaks it."""

from pathlib import Path

import duckdb
import pytest

from tests.clock_helpers import inline_sql
from tests.dbt_helpers import settings_in

RELATION = (
    "(select * from (values (1, 'a', 'x'), (1, 'b', 'x'), (2, 'b', null), (null, 'c', 'y'), "
    "(null, 'c', 'z')) "
    "as given(number, letter, target)) as judged"
)
REFERRED = "(select 'x' as code union all select 'y')"
# arguments of the test, and what it finds in these five rows
CASES = {
    "unique=['number']": [("number is repeated", 1)],
    "unique=['letter']": [("letter is repeated", 2)],
    "unique=[['number', 'letter']]": [("number, letter is repeated", 1)],
    "unique=[['letter', 'target']]": [],
    "not_null=['number', 'letter']": [("number is null", 2)],
    "one_of={'letter': ['a', 'b']}": [("letter has an unlisted value", 2)],
    "one_of={'number': [1]}": [("number has an unlisted value", 1)],
    "one_of={'number': [1, 2], 'letter': ['a', 'b', 'c']}": [],
    f"refers_to=[{{'column': 'target', 'to': \"{REFERRED}\", 'field': 'code'}}]": [
        ("target is not found in its table", 1)
    ],
    f"not_null=['target'], one_of={{'letter': ['a', 'c']}}, unique=['target', 'number'], "
    f"refers_to=[{{'column': 'letter', 'to': \"{REFERRED}\", 'field': 'code'}}]": [
        ("letter has an unlisted value", 2),
        ("letter is not found in its table", 5),
        ("number is repeated", 1),
        ("target is null", 1),
        ("target is repeated", 1),
    ],
}


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The SQL of every case, compiled at once."""
    calls = [f'{{{{ test_columns_hold("{RELATION}", {arguments}) }}}}' for arguments in CASES]
    sql = inline_sql(settings_in(tmp_path_factory.mktemp("columns")), "\n;;\n".join(calls))
    return sql.split(";;")


@pytest.mark.parametrize("number", range(len(CASES)), ids=list(CASES))
def test_a_broken_promise_is_named_and_counted(statements: list[str], number: int) -> None:
    found = duckdb.sql(statements[number]).fetchall()
    assert sorted(found) == list(CASES.values())[number]


def test_standard_tests_of_one_column_are_not_declared_beside_it() -> None:
    project = Path(__file__).parents[2] / "dbt_project"
    found = [
        f"{path.name}:{number}"
        for path in project.rglob("_*.yml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if "data_tests: [" in line
    ]
    assert not found, "each is a node of its own; put them into columns_hold of their table"
