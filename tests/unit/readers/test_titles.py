"""Titles in one to three merged rows are put over the right columns, or the file is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pipelines.ingestion.readers import UnreadableFile
from tests.unit.readers.conftest import Read
from tests.unit.readers.grids import HEADERS, as_csv, as_html, as_xlsx, line, numbers_of, rows_of

Write = Callable[[Sequence[Sequence[str]]], str | bytes]
UPPER = "".join(
    f"<th {span}>{text}</th>"
    for text, span in (
        ("STT", "rowspan=2"),
        ("Đơn vị tiếp nhận", "rowspan=2"),
        ("Tên thủ tục", "rowspan=2"),
        ("Mã hồ sơ", "rowspan='2'"),
        ("Trạng thái", "rowspan=2"),
        ("Thời gian", "colspan=2"),
    )
)
LOWER = "<th>Ngày nhận</th><th>Ngày hẹn trả</th>"
FLAT_UPPER = (*HEADERS[:5], "Thời gian", "")
FLAT_LOWER = ("", "", "", "", "", *HEADERS[5:])
EXPECTED = dict(zip(HEADERS, line(1), strict=True))


def test_merged_titles_of_a_page_are_joined(read: Read) -> None:
    table = read(as_html([UPPER, LOWER, line(1), line(2)]))
    assert table.headers == HEADERS
    assert rows_of(table)[0] == {"row_number": 3} | EXPECTED
    assert table.not_records == {"header": 2}


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_merged_titles_of_a_sheet_are_joined(write: Write, read: Read) -> None:
    table = read(write([FLAT_UPPER, FLAT_LOWER, line(1)]))
    assert table.headers == HEADERS
    assert rows_of(table) == [{"row_number": 3} | EXPECTED]


def test_swapped_title_rows_of_a_page_are_refused(read: Read) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(as_html([LOWER, UPPER, line(1), line(2)]))
    assert refusal.value.reason_code == "header_not_found"
    assert "wrong columns" in refusal.value.message


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_swapped_title_rows_of_a_sheet_are_read_rightly(write: Write, read: Read) -> None:
    table = read(write([FLAT_LOWER, FLAT_UPPER, line(1)]))
    assert table.headers == HEADERS
    assert rows_of(table) == [{"row_number": 3} | EXPECTED]


@pytest.mark.parametrize("write", [as_csv, as_html, as_xlsx])
def test_the_same_titles_twice_in_another_order_are_refused(write: Write, read: Read) -> None:
    with pytest.raises(UnreadableFile, match="wrong columns"):
        read(write([HEADERS, (*HEADERS[2:], *HEADERS[:2]), line(1)]))


def test_three_title_rows_keep_parents_apart_where_leaves_repeat(read: Read) -> None:
    grid = [
        ("Đơn vị", "Tiếp nhận", "", "Đang xử lý", ""),
        ("", "Trong kỳ", "Quá hạn", "Trong hạn", "Quá hạn"),
        ("Sở Nội vụ", "10", "1", "8", "1"),
    ]
    known = ("Đơn vị", "Trong kỳ", "Trong hạn", "Đang xử lý / Quá hạn")
    table = read(as_xlsx(grid), known=known)
    assert table.headers == ("Đơn vị", "Trong kỳ", "Tiếp nhận / Quá hạn", "Trong hạn", "Đang xử lý / Quá hạn")
    assert rows_of(table)[0]["Tiếp nhận / Quá hạn"] == "1"


def test_repeated_and_missing_titles_get_names_of_their_own(read: Read) -> None:
    titles = ("STT", "Mã hồ sơ", "Ghi chú", "Ghi chú", "", "row_number")
    table = read(as_csv([titles, ("1", "H1", "a", "b", "c", "d")]), known=("STT", "Mã hồ sơ", "Ghi chú"))
    assert table.headers == ("STT", "Mã hồ sơ", "Ghi chú", "Ghi chú (2)", "column 5", "row_number (2)")


def test_the_text_above_the_titles_is_kept_for_the_contract(read: Read) -> None:
    page = as_html(
        [
            "<td colspan=7>UBND TỈNH</td>",
            "<td colspan=7>(Từ ngày 1/1/2024 đến ngày 31/1/2024)</td>",
            HEADERS,
            line(1),
        ]
    )
    table = read(page.replace("<table>", "<h3>Danh sách <b>hồ sơ</b></h3><table>"))
    assert table.lead_text == "Danh sách hồ sơ\nUBND TỈNH\n(Từ ngày 1/1/2024 đến ngày 31/1/2024)"
    assert numbers_of(table) == [4]


def test_titles_match_however_they_are_typed(read: Read) -> None:
    typed = (
        "stt",
        "ÐƠN VỊ  TIẾP NHẬN",
        "Tên\nthủ tục",
        "\u200bMã hồ sơ",
        "TRẠNG THÁI",
        "Ngày\xa0nhận",
        "ngày hẹn trả",
    )
    table = read(as_csv([typed, line(1)]))
    assert table.headers[:3] == ("stt", "ÐƠN VỊ TIẾP NHẬN", "Tên thủ tục")
    assert table.rows_read == 1


def test_unknown_titles_are_refused_with_the_closest_match(read: Read) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read("a,b,Mã hồ sơ\nbí mật,2,3\n")
    assert refusal.value.reason_code == "header_not_found"
    assert "closest row: 1 known" in str(refusal.value)
    assert "bí mật" not in str(refusal.value)


def test_without_known_titles_the_fullest_row_is_taken(read: Read) -> None:
    table = read("Danh sách\nmã,tên,ngày\n1,2,3\n", known=())
    assert table.headers == ("mã", "tên", "ngày")
