"""Whatever the cells hold, they come back as they were; whatever is broken, nothing vanishes unseen."""

from __future__ import annotations

import random
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingestion.readers import TextTable, UnreadableFile, read_table
from pipelines.text import BLANKS
from tests.unit.readers.grids import (
    HEADERS,
    KNOWN,
    SELECTORS,
    as_csv,
    as_html,
    as_json,
    as_json_lines,
    as_xlsx,
    line,
)

Write = Callable[[Sequence[Sequence[str]]], str | bytes]
# Control signs, lone surrogates and U+FFFD are faults of their own, tested elsewhere.
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffd")
CELL = st.one_of(
    st.text(LETTERS, max_size=8),
    st.text("aĐấ\u0301 ,;|\t\"'<>&\n", max_size=8),
    st.sampled_from(["", "Tổng số", "(1)", "1", "I", "UBND xã", "12/03/2024", "=1+1", "null", "NaN", "-"]),
)
ROWS = st.lists(st.lists(CELL, min_size=len(HEADERS) - 1, max_size=len(HEADERS) - 1), min_size=1, max_size=6)
SQUEEZED = (as_html,)


def table_of(content: str | bytes) -> tuple[TextTable, pl.DataFrame]:
    """The table and its rows in file order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "delivery")
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        table = read_table(path, KNOWN, path.parent, SELECTORS)
        frame = table.frame.sort("row_number").collect()
        assert frame.height + len(table.rejects) == table.rows_read
        assert frame["row_number"].is_unique().all()
        return table, frame


def kept(cell: str, squeezed: bool) -> str | None:
    """What a reader makes of a cell: composed, trimmed, null when empty; a page folds its blanks."""
    text = unicodedata.normalize("NFC", cell).strip(BLANKS)
    return (
        " ".join(text.translate(dict.fromkeys(map(ord, BLANKS), " ")).split()) if squeezed else text
    ) or None


@pytest.mark.parametrize("write", [as_csv, as_html, as_xlsx, as_json, as_json_lines])
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_any_table_reads_back_cell_for_cell(write: Write, rows: list[list[str]]) -> None:
    # The code in front keeps every row a record; without it some are rightly titles or totals.
    records = [[f"H41.19-{number:04d}", *row] for number, row in enumerate(rows)]
    table, frame = table_of(write([HEADERS, *records]))
    expected = [tuple(kept(cell, write in SQUEEZED) for cell in row) for row in records]
    assert table.rejects == ()
    assert frame.select(HEADERS).rows() == expected


GRID = (HEADERS, *[line(number, f'Cấp "phép" {number}, lại') for number in range(1, 12)])
WHOLE: dict[str, bytes] = {
    "csv": as_csv(GRID).encode(),
    "utf-16": as_csv(GRID).encode("utf-16"),
    "html": as_html(GRID).encode(),
    "xlsx": as_xlsx(GRID),
    "json": as_json(GRID).encode(),
    "json lines": as_json_lines(GRID).encode(),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_damage_never_raises_anything_but_a_refusal(kind: str) -> None:
    pick = random.Random(kind)
    for _ in range(60):
        content = bytearray(WHOLE[kind])
        for _ in range(pick.choice([0, 1, 1, 5, 40])):
            content[pick.randrange(len(content))] = pick.choice([0, 34, 44, 60, 10, 255, pick.randrange(256)])
        if pick.random() < 0.5:
            del content[pick.randrange(len(content)) :]
        try:
            table_of(bytes(content))
        except UnreadableFile as refusal:
            assert refusal.remedy  # noqa: PT017 (most damage must not raise at all)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_line_of_a_csv_takes_no_other_line_with_it(data: st.DataObject) -> None:
    lines = as_csv(GRID, line_end="\n").splitlines()
    victim = data.draw(st.integers(1, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[victim])))
    sign = data.draw(st.sampled_from(['"', ",", '"",', '","', "\ufffd", '\n"', ""]))
    cut = data.draw(st.integers(0, 8))
    lines[victim] = lines[victim][:place] + sign + lines[victim][place + cut :]
    table, frame = table_of("\n".join(lines) + "\n")
    codes = set(frame["Mã hồ sơ"])
    expected = {row[3] for number, row in enumerate(GRID) if number not in (0, victim)}
    assert expected <= codes
    assert table.rows_read >= len(GRID) - 1
