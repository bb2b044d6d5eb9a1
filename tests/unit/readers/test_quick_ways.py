"""Each quick way through a file gives what the careful way gives, and is in fact taken."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingestion.readers import TextTable, UnreadableFile, assembly, documents, html
from pipelines.ingestion.readers.assembly import assemble, in_blocks
from pipelines.ingestion.readers.header import SEARCH_ROWS, find_header
from pipelines.ingestion.readers.markup import Target
from pipelines.ingestion.readers.model import Block, GridRow
from pipelines.ingestion.readers.plain_rows import PlainRow
from pipelines.ingestion.readers.spool import Spool
from pipelines.text import fold
from tests.unit.readers.conftest import Read
from tests.unit.readers.grids import HEADERS, KNOWN, as_html, line

WIDTH = len(HEADERS)
TEXTS = [
    *["", "", "x", "12", "(1)", "1", "A", "a)", "I", "B.", "Cửa Lò", "UBND xã", "STT", "sub total", "\ufffd"],
    *[
        "Tổng số",
        "to\u0302\u0309ng cộng",
        "Cộng",
        "Thành phố",
        "\u00a0",
        "\u3000x",
        "  hai  cách ",
        "a\u200bb",
    ],
]
# Texts that a page may hold between its rows or instead of one.
MARKUP = [
    "<!-- <tr><td>x</td></tr> -->",
    "<!-- </tr>",
    "-->",
    "<script>'<tr></tr>'</script>",
    "<textarea></tr>",
    "</textarea>",
    "</tr >",
    "</tr x='</tr>'>",
    "<td title='</tr>",
    "'></td>",
    "<title></tr>",
    "</title>",
    "</tbody><tbody>",
    "</table><p>giữa</p><table>",
    "<tr><td><table><tr><td>trong</td></tr></table></td></tr>",
    "<tr><td rowspan=3>cao</td>" + "<td>b</td>" * (WIDTH - 1) + "</tr>",
    f"<tr><td colspan={WIDTH}>Phường Cửa Nam</td></tr>",
    "<td>lẻ</td>",
    "</td>",
    "<b>",
    "\x00",
    "<![CDATA[</tr>]]>",
]
TAGS = [
    "",
    "",
    "",
    " class='a'",
    " title='a>b'",
    " style=\"x:'@'\"",
    " /",
    " a=b/",
    " title=it's",
    " colspan=1",
]
CELLS = [
    *TEXTS,
    "a<br>b",
    "<span>x</span>",
    "&nbsp;",
    "A &amp; B",
    "&lt;x&gt;",
    "a&b",
    "&bogus;",
    "&#128;",
    "<",
]


def grid_row(pick: random.Random, number: int) -> list[str]:
    """A record more often than a total, a group, titles or anything."""
    kinds = [
        list(line(number, pick.choice(TEXTS))),
        list(line(number, pick.choice(TEXTS))),
        list(line(number)),
        [pick.choice(TEXTS) for _ in range(WIDTH)],
        [pick.choice(TEXTS) for _ in range(WIDTH + pick.choice([-3, -1, 1]))],
        [pick.choice(TEXTS), *[""] * (WIDTH - 1)],
        ["I", "Phường Trung", *[""] * (WIDTH - 2)],
        ["", "", "Người lập biểu", *[""] * (WIDTH - 4), "Nguyễn Văn A"],
        [f"({n})" for n in range(1, WIDTH + 1)],
        [str(n) for n in range(1, WIDTH + 1)],
        list(HEADERS),
    ]
    return pick.choices(kinds, weights=[30, 20, 20, 4, 1, 2, 2, 1, 1, 1, 2])[0]


def page(pick: random.Random) -> str:
    """A page of many records and of much that disturbs."""
    rows = []
    for number in range(pick.choice([60, 120])):
        cells = grid_row(pick, number) if pick.random() < 0.2 else line(number)
        parts = [pick.choice(CELLS) if pick.random() < 0.02 else cell for cell in cells]
        tags = [pick.choice(TAGS) if pick.random() < 0.03 else "" for _ in parts]
        if pick.random() < 0.05:
            rows.append(pick.choice(MARKUP))
        end = "" if pick.random() < 0.01 else "</tr>"
        rows.append("<tr>" + "".join(f"<td{t}>{c}</td>\n" for t, c in zip(tags, parts, strict=True)) + end)
    text = "<html><body>" + as_html([HEADERS]).replace("</table></body></html>", "") + "\n".join(rows)
    return text[: pick.randrange(len(text))] if pick.random() < 0.2 else text + "</table></body></html>"


def told(table: TextTable) -> dict[str, Any]:
    """All that a table says."""
    frame = table.frame.collect()
    said = {name: getattr(table, name) for name in ("headers", "lead_text", "rejects", "rows_read")}
    return {**said, "counts": dict(table.not_records), "columns": frame.columns, "rows": frame.rows()}


@pytest.mark.parametrize("seed", range(40))
def test_rows_told_by_their_spelling_are_those_the_parser_finds(
    seed: int, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "FEED_CHARS", 700)
    content = page(random.Random(seed))

    def outcome() -> dict[str, Any] | str:
        try:
            return told(read(content))
        except UnreadableFile as refusal:
            return refusal.reason_code

    quick = outcome()
    monkeypatch.setattr(PlainRow, "cells", lambda *_: None)
    assert quick == outcome()


def test_most_rows_of_a_page_never_reach_the_parser(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = 0
    start = Target.start

    def counted(target: Target, tag: str, attributes: dict[str, str]) -> None:
        nonlocal parsed
        parsed += tag == "tr"
        start(target, tag, attributes)

    monkeypatch.setattr(Target, "start", counted)
    monkeypatch.setattr(html, "FEED_CHARS", 2_000)
    assert read(as_html([HEADERS, *map(line, range(3_000))])).rows_read == 3_000
    assert parsed < 100


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>a</td><td>b",
        "<tr><td>a</td><td>b</td><td>c</td></tr>",
        "<tr><td>a</td><td>b<br>c</td></tr>",
        "<tr><td colspan=2>a</td><td>b</td></tr>",
        "<tr><td title='x>y'>a</td><td>b</td></tr>",
        "<tr><td />a</td><td>b</td></tr>",
        "<tr><td>a</td><td>&euro;</td></tr>",
        "<tr><td>a</td> - <td>b</td></tr>",
        " x <tr><td>a</td><td>b</td></tr>",
    ],
)
def test_a_row_of_any_other_spelling_is_left_to_the_parser(row: str) -> None:
    assert PlainRow(2).cells(row, 0) is None


def test_a_plain_row_may_have_looks_and_the_usual_references() -> None:
    row = "\n<TR class='r'>\n <td align=left>a &amp; b</td>\n<Th style=\"x:'@'\">&nbsp;</tH> </tr>rest"
    assert PlainRow(2).cells(row, 0) == (("a & b", "\u00a0"), row.index("rest"))


@pytest.mark.parametrize("seed", range(60))
def test_a_block_is_judged_as_its_rows_one_by_one(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick = random.Random(seed)
    monkeypatch.setattr(assembly, "BLOCK_ROWS", 17)
    grid = [list(HEADERS), *[grid_row(pick, number) for number in range(150)]]
    rows = [GridRow(number, cells) for number, cells in enumerate(grid, start=1)]
    first = rows[: pick.choice([1, SEARCH_ROWS])]
    more = rows[len(first) :]
    header = find_header(first, {fold(title) for title in KNOWN})
    quick = assemble(first, header, in_blocks(more, WIDTH), Spool(tmp_path, "quick"), may_close_short=True)
    nothing = next(in_blocks(rows, WIDTH)).frame.clear()
    alone = [Block(nothing, [row]) for row in more]
    slow = assemble(first, header, alone, Spool(tmp_path, "slow"), may_close_short=True)
    assert told(quick) == told(slow)


BROKEN = [
    "",
    "{",
    "x",
    '{"a":1},{"b":2}',
    '{"a":[1',
    "2]}",
    "[{}]",
    "\ufeff{}",
    '"between two lines"',
    "NaN",
    "]",
]


@pytest.mark.parametrize("seed", range(40))
def test_lines_parsed_together_are_those_parsed_one_by_one(
    seed: int, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick = random.Random(seed)
    lines = [json.dumps({"code": f"H{n}", "fee": pick.choice([1, 1.5, None, "x"])}) for n in range(60)]
    for _ in range(pick.choice([0, 1, 3])):
        lines.insert(pick.randrange(1, len(lines)), pick.choice(BROKEN))
    quick = told(read("\n".join(lines)))
    monkeypatch.setattr(documents, "LINES_BYTES", 1)
    assert quick == told(read("\n".join(lines)))


def test_half_a_surrogate_pair_costs_its_record_only(read: Read) -> None:
    table = read('{"code": "H1", "a": "x"}\n{"code": "\\ud800", "a": "x"}\n{"code": "H3", "\\udc00": "y"}\n')
    assert [(r.row_number, r.reason_code) for r in table.rejects] == [(2, "bad_encoding")]
    assert table.headers == ("code", "a", "?")
