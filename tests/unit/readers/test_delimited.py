"""A CSV loses no row and invents none, however badly it is quoted; both ways of reading agree."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipelines.ingestion.readers import TextTable
from pipelines.ingestion.readers.delimited import DELIMITERS, Layout, numbered_lines, read_carefully
from pipelines.ingestion.readers.header import find_header
from pipelines.ingestion.readers.quoting import records, split
from pipelines.text import fold
from tests.unit.readers.conftest import Read
from tests.unit.readers.grids import HEADERS, KNOWN, as_csv, line, numbers_of, rejects_of, rows_of

TITLES = ",".join(HEADERS)
SOUND = [",".join(line(number)) for number in range(1, 9)]


def text_of(*lines: str) -> str:
    return "\n".join([TITLES, *lines]) + "\n"


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a,"b ""c"", d",e', ("a", 'b "c", d', "e")),
        ('5" ống,b', ('5" ống', "b")),
        (' "a" ,b', ("a", "b")),
        ('"a",', ("a", "")),
        ('"",""', ("", "")),
        ("", ("",)),
        ('a,"b"c,d', None),
        ('a,"b', None),
    ],
)
def test_the_grammar_of_one_record(text: str, cells: tuple[str, ...] | None) -> None:
    assert split(text, ",").cells == cells


def test_a_quoted_cell_may_run_over_lines(read: Read) -> None:
    name = "Cấp phép\nxây dựng, nhà ở"
    grid = (HEADERS, line(1), line(2, name), line(3))
    table = read(as_csv(grid, line_end="\n"))
    assert [row["Tên thủ tục"] for row in rows_of(table)] == ["Cấp giấy phép", name, "Cấp giấy phép"]
    assert numbers_of(table) == [2, 3, 5]
    assert table.rejects == ()


def test_an_unclosed_quote_costs_its_own_row_only(read: Read) -> None:
    broken = SOUND[2].replace("Cấp giấy", '"Cấp giấy')
    table = read(text_of(*SOUND[:2], broken, *SOUND[3:]))
    assert rejects_of(table) == [(4, "unclosed_quote")]
    assert numbers_of(table) == [2, 3, 5, 6, 7, 8, 9]


def test_two_unclosed_quotes_do_not_swallow_the_rows_between(read: Read) -> None:
    broken = [SOUND[n].replace("Cấp giấy", '"Cấp giấy') for n in (1, 5)]
    table = read(text_of(SOUND[0], broken[0], *SOUND[2:5], broken[1], *SOUND[6:]))
    assert rejects_of(table) == [(3, "unclosed_quote"), (7, "unclosed_quote")]
    assert numbers_of(table) == [2, 4, 5, 6, 8, 9]


def test_a_quote_that_closes_by_chance_in_a_later_row_is_not_believed(read: Read) -> None:
    first = SOUND[1].replace("Cấp giấy phép", '"Cấp giấy phép')
    last = SOUND[5].replace("05/01/2024", '05/01/2024"')
    table = read(text_of(SOUND[0], first, *SOUND[2:5], last, *SOUND[6:]))
    assert (3, "unclosed_quote") in rejects_of(table)
    assert {4, 5, 6} <= set(numbers_of(table))
    assert table.rows_read == 8


def test_ragged_rows_are_rejected_one_by_one(read: Read) -> None:
    table = read(text_of(SOUND[0], SOUND[1] + ",thừa", "8,Phường Trung,H41", *SOUND[3:]))
    assert rejects_of(table) == [(3, "ragged_row"), (4, "ragged_row")]
    assert numbers_of(table) == [2, 5, 6, 7, 8, 9]


def test_blank_columns_beyond_the_last_title_are_no_fault(read: Read) -> None:
    table = read(text_of(*[text + ",," for text in SOUND]))
    assert table.rejects == ()
    assert table.rows_read == len(SOUND)


def test_a_shifted_row_is_rejected_though_its_last_cell_is_blank(read: Read) -> None:
    blank_end = [",".join((*line(number)[:-1], "")) for number in range(1, 9)]
    table = read(text_of(*blank_end[:4], "thừa," + blank_end[4], *blank_end[5:]))
    assert rejects_of(table) == [(6, "ragged_row")]


def test_undecodable_bytes_cost_their_own_row_only(read: Read) -> None:
    content = text_of(*SOUND).encode().replace(b"H41.19-0003", b"H41\xff\xfe-0003")
    table = read(content)
    assert rejects_of(table) == [(4, "bad_encoding")]
    assert numbers_of(table) == [2, 3, 5, 6, 7, 8, 9]


def test_rows_that_are_no_records_are_counted_by_what_they_are(read: Read) -> None:
    width = len(HEADERS)
    dress = [
        ",".join(f"({n})" for n in range(1, width + 1)),
        *SOUND[:3],
        "",
        TITLES,
        *SOUND[3:],
        "Tổng số," + "," * (width - 3) + "8",
        "Người lập biểu" + "," * (width - 1),
    ]
    table = read("SỞ NỘI VỤ\n(Từ ngày 1/1/2024)\n" + text_of(*dress))
    expected = {"title": 2, "header": 2, "number_row": 1, "blank": 1, "total": 1, "signature": 1}
    assert dict(table.not_records) == expected
    assert table.lead_text == "SỞ NỘI VỤ\n(Từ ngày 1/1/2024)"
    assert table.rejects == ()
    assert numbers_of(table) == [5, 6, 7, 10, 11, 12, 13, 14]


def test_group_rows_are_carried_down_to_their_records(read: Read) -> None:
    rest = "," * (len(HEADERS) - 1)
    table = read(text_of("Huyện Một" + rest, *SOUND[:2], "Huyện Hai" + rest, SOUND[2]))
    assert [row["group:1"] for row in rows_of(table)] == ["Huyện Một", "Huyện Một", "Huyện Hai"]
    assert table.not_records["group"] == 2


def test_a_sparse_record_is_not_taken_for_a_group(read: Read) -> None:
    code_only = ",,,H41.19-0009,,,"
    number_only = "9,,,,,,"
    table = read(text_of(SOUND[0], code_only, number_only, SOUND[1], code_only))
    assert numbers_of(table) == [2, 3, 4, 5, 6]
    assert "group:1" not in table.frame.collect_schema().names()


def test_few_words_between_records_are_a_record_and_after_the_last_one_closing_words(read: Read) -> None:
    words = ",,Cấp giấy phép,,Đang xử lý,,"
    table = read(text_of(SOUND[0], words, SOUND[1], words))
    assert numbers_of(table) == [2, 3, 4]
    assert table.not_records["signature"] == 1


def test_a_file_of_mostly_ragged_rows_is_read_the_careful_way(read: Read) -> None:
    table = read(text_of(*[text + ",thừa" for text in SOUND] * 20, *SOUND))
    assert len(table.rejects) == 160
    assert numbers_of(table) == list(range(162, 170))


def test_a_row_that_slipped_above_the_titles_is_still_read(read: Read) -> None:
    table = read("\n".join([SOUND[0], TITLES, *SOUND[1:]]))
    assert numbers_of(table) == [1, 3, 4, 5, 6, 7, 8, 9]


def carefully(path: Path) -> TextTable:
    known = frozenset(fold(header) for header in KNOWN)
    rows = tuple(records(numbered_lines(path), DELIMITERS[0], None))[:40]
    layout = Layout(DELIMITERS[0], find_header(rows, known), rows)
    return read_carefully(path, layout, known, path.parent / "work")


def test_a_broken_row_above_the_titles_is_rejected_not_dropped(read: Read) -> None:
    table = read("\n".join([SOUND[0].replace("Cấp", '"Cấp'), TITLES, *SOUND[1:]]))
    assert rejects_of(table) == [(1, "unclosed_quote")]


@pytest.mark.parametrize("seed", range(12))
def test_the_quick_way_and_the_careful_way_agree(seed: int, tmp_path: Path, read: Read) -> None:
    pick = random.Random(seed)
    odd = [
        "", ",,,,,,", "Tổng số,,,,,,3", TITLES, "x", SOUND[0] + ",y", SOUND[1].replace("Cấp", '"Cấp'),
        as_csv([line(5, "hai\ndòng")], line_end="\n").rstrip("\n"), ",,,H41.19-1,,,", "Nơi nhận,,,,,,",
        "(1),(2),(3),(4),,,",
        as_csv([line(6, 'có "ngoặc", phẩy')], line_end="\n").rstrip("\n"), "12,,,,,,", " , ,,,,,",
    ]  # fmt: skip
    if seed % 2:
        odd.remove("Nơi nhận,,,,,,")  # a group anywhere sends the whole file the careful way
    lines = [pick.choice(odd) if pick.random() < 0.2 else pick.choice(SOUND) for _ in range(120)]
    quick = read(text_of(*lines), name="delivery.csv")
    slow = carefully(tmp_path / "delivery.csv")
    assert rows_of(quick) == rows_of(slow)
    assert quick.not_records == slow.not_records
    assert sorted(rejects_of(quick)) == rejects_of(slow)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "\u1680", "\u200b", "\u3000", "\x1f"])
@pytest.mark.parametrize("quoted", [False, True])
def test_blanks_at_the_ends_of_a_cell_are_found_wherever_they_stand(
    read: Read, blank: str, line_end: str, quoted: bool
) -> None:
    for column in range(len(HEADERS)):
        cells = list(line(3))
        cells[column] = f"{blank}x{blank}"
        row = ",".join(f'"{cell}"' if quoted else cell for cell in cells)
        table = read(line_end.join([TITLES, *SOUND[:2], row, *SOUND[3:]]) + line_end)
        assert rows_of(table)[2][HEADERS[column]] == "x"


def test_an_unclosed_quote_hides_no_blanks(read: Read) -> None:
    broken = SOUND[2].replace("Cấp giấy", '"Cấp giấy')
    spaced = SOUND[4].replace("Cấp giấy phép", " Cấp giấy phép ")
    table = read(text_of(*SOUND[:2], broken, SOUND[3], spaced, *SOUND[5:]))
    assert {row["Tên thủ tục"] for row in rows_of(table)} == {"Cấp giấy phép"}
