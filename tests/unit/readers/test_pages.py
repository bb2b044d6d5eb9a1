"""A page that a portal saved as .xls is read as a person sees it."""

from __future__ import annotations

from tests.unit.readers.conftest import Read
from tests.unit.readers.grids import HEADERS, as_html, line, numbers_of, rejects_of, rows_of


def test_group_rows_of_two_levels_are_carried_down(read: Read) -> None:
    page = as_html(
        [
            HEADERS,
            "<td colspan=7>Huyện Một</td>",
            "<td></td><td colspan=6>Xã A</td>",
            line(1),
            "<td></td><td colspan=6>Xã B</td>",
            line(2),
            "<td colspan=7>Huyện Hai</td>",
            line(3),
            "<td colspan=6>Tổng số</td><td>3</td>",
            "<td colspan=3></td><td colspan=4>Nghệ An, ngày 1 tháng 2 năm 2024</td>",
            "<td colspan=3>Người lập biểu</td><td colspan=4>Chủ tịch</td>",
        ]
    )
    table = read(page)
    assert [(row["group:1"], row.get("group:2")) for row in rows_of(table)] == [
        ("Huyện Một", "Xã A"),
        ("Huyện Một", "Xã B"),
        ("Huyện Hai", None),
    ]
    assert table.not_records == {"header": 1, "group": 4, "total": 1, "signature": 2}
    assert numbers_of(table) == [4, 6, 8]


def test_a_group_whose_cell_reaches_short_or_too_far_is_still_a_group(read: Read) -> None:
    page = as_html([HEADERS, "<td colspan=6>Xã A</td>", line(1), "<td colspan=12>Xã B</td>", line(2)])
    assert [row["group:1"] for row in rows_of(read(page))] == ["Xã A", "Xã B"]


def test_a_merged_number_is_no_group_and_does_not_pass_for_a_record(read: Read) -> None:
    table = read(as_html([HEADERS, "<td colspan=6>12345</td>", line(1)]))
    assert rejects_of(table) == [(2, "ragged_row")]


def test_a_roman_numeral_before_the_name_still_makes_a_group(read: Read) -> None:
    group = ("I", "Sở Nội vụ", "", "", "", "", "")
    assert rows_of(read(as_html([HEADERS, group, line(1)])))[0]["group:1"] == "Sở Nội vụ"


def test_a_cell_that_covers_several_records_belongs_to_each(read: Read) -> None:
    first, second = line(1), line(2)
    tall = "".join(f"<td{' rowspan=2' if n == 1 else ''}>{cell}</td>" for n, cell in enumerate(first))
    short = "".join(f"<td>{cell}</td>" for n, cell in enumerate(second) if n != 1)
    rows = rows_of(read(as_html([HEADERS, tall, short])))
    assert [row["Đơn vị tiếp nhận"] for row in rows] == ["Phường Trung", "Phường Trung"]
    assert [row["Mã hồ sơ"] for row in rows] == ["H41.19-0001", "H41.19-0002"]


def test_a_row_with_a_cell_too_few_is_rejected_not_shifted(read: Read) -> None:
    table = read(as_html([HEADERS, line(1), line(2)[:6], (*line(3), "thừa"), line(4)]))
    assert rejects_of(table) == [(3, "ragged_row"), (4, "ragged_row")]
    assert numbers_of(table) == [2, 5]


def test_markup_inside_cells_leaves_only_text(read: Read) -> None:
    cells = ("1", "Phường<br>Trung", "<b>Cấp</b>&nbsp;phép &lt;A&amp;B&gt;", "<span>H1</span>", "", "", "")
    rich = "".join(f"<td>{cell}</td>" for cell in cells)
    first = rows_of(read(as_html([HEADERS, rich])))[0]
    assert first["Đơn vị tiếp nhận"] == "Phường Trung"
    assert first["Tên thủ tục"] == "Cấp phép <A&B>"
    assert first["Mã hồ sơ"] == "H1"


def test_unclosed_tags_and_layout_tables_do_no_harm(read: Read) -> None:
    inner = as_html([HEADERS, line(1)]).replace("</td>", "").replace("</tr>", "")
    table = read(f"<table><tr><td>Cổng dịch vụ công</td><td>{inner}</td></tr></table><p>24/11/2026</p>")
    assert [row["Mã hồ sơ"] for row in rows_of(table)] == ["H41.19-0001"]
    assert table.rejects == ()


def test_a_page_cut_inside_a_row_gives_up_that_row(read: Read) -> None:
    page = as_html([HEADERS, line(1), line(2), line(3)])
    table = read(page[: page.index("H41.19-0003") + 5])
    assert numbers_of(table) == [2, 3]
    assert rejects_of(table) == [(4, "ragged_row")]


def test_a_monstrous_colspan_is_harmless(read: Read) -> None:
    table = read(
        as_html(
            [HEADERS, "<td colspan=999999999999>x</td>", "<td colspan='9999999'>Phường Trung</td>", line(1)]
        )
    )
    assert numbers_of(table)[-1] == 4


def test_a_table_without_records_is_read_as_empty(read: Read) -> None:
    assert read(as_html([HEADERS])).rows_read == 0
