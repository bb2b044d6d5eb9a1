"""Paths into JSON records: steps, counts, elements of a list inside a record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingestion.readers import read_table
from pipelines.ingestion.readers.paths import Selector

RECORD: dict[str, Any] = {
    "a": {"b": [{"k": 1, "n": "x"}, {"k": 2, "n": ""}, {"k": True, "n": None}, "text"]},
    "empty": [],
    "nothing": None,
    "one": {"k": 1},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b[0].n", "x"),
        ("a.b[-2].k", True),
        ("a.b[k=2].n", ""),
        ("a.b[#]", 4),
        ("a.b[#k=1]", 1),
        ("a.b[#k=1|true]", 2),
        ("a.b[#n]", 1),
        ("a.b[#k&n]", 1),
        ("a.b[#k=2&n]", 0),
        ("empty[#]", 0),
        ("one[#k=1]", 1),
    ],
)
def test_a_path_leads_to_its_value(path: str, value: object) -> None:
    assert Selector.parse(path).value(RECORD) == value


@pytest.mark.parametrize("path", ["nothing[#]", "absent[#]", "empty[-1]", "a.b[9]", "a.b[-9].k"])
def test_a_path_that_leads_nowhere_gives_no_cell(path: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps([RECORD]), encoding="utf-8")
    table = read_table(file, [path], tmp_path, [path])
    assert path not in table.headers


@given(lists=st.lists(st.none() | st.lists(st.integers(0, 9), max_size=4), min_size=1, max_size=6))
def test_every_element_of_every_list_is_a_row_and_knows_its_record(
    lists: list[list[int] | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    file = folder / "a.json"
    elements = [None if values is None else [{"x": x} for x in values] for values in lists]
    records = [{"code": str(n), "list": each} for n, each in enumerate(elements)]
    file.write_text(json.dumps({"data": records}), encoding="utf-8")
    table = read_table(file, ["/code"], folder, ["/code", "x"], inside="list")
    expected = [(str(n), str(x)) for n, values in enumerate(lists) for x in values or []]
    assert table.rows_read == len(expected)
    assert "/code" in table.headers
    rows = table.frame.collect()
    if expected:
        assert rows.select("/code", "x").rows() == expected
    assert rows["row_number"].to_list() == list(range(1, len(expected) + 1))
