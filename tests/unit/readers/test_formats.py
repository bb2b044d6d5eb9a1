"""Every format gives the same table, whatever the file is called and however it is packed."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from tests.unit.readers.conftest import Read
from tests.unit.readers.grids import (
    HEADERS,
    as_csv,
    as_html,
    as_json,
    as_json_a_record_a_line,
    as_json_lines,
    as_xlsx,
    line,
    numbers_of,
    rejects_of,
    rows_of,
)

GRID = (HEADERS, line(1), line(2, 'Tách, hợp "thửa"; | xong'), line(3, "007"))
EXPECTED = [dict(zip(HEADERS, cells, strict=True)) for cells in GRID[1:]]


def zipped(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bảng.csv", content)
    return sink.getvalue()


TEXT = as_csv(GRID)
FORMATS: dict[str, bytes] = {
    "csv": TEXT.encode(),
    "csv with a byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "csv with semicolons": as_csv(GRID, ";").encode(),
    "tsv": as_csv(GRID, "\t", "\n").encode(),
    "csv with bars": as_csv(GRID, "|").encode(),
    "csv with old line ends": as_csv(GRID, line_end="\r").encode(),
    "utf-16": TEXT.encode("utf-16"),
    "utf-16 big endian": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "utf-16 without mark": TEXT.encode("utf-16-le"),
    "html": as_html(GRID).encode(),
    "html in utf-16": as_html(GRID).encode("utf-16"),
    "xlsx": as_xlsx(GRID),
    "json": as_json(GRID).encode(),
    "json lines": as_json_lines(GRID).encode(),
    "json, a record a line": as_json_a_record_a_line(GRID).encode(),
    "gzip": gzip.compress(TEXT.encode()),
    "zip": zipped(TEXT.encode()),
    "zipped gzip of html": zipped(gzip.compress(as_html(GRID).encode())),
    "gzipped xlsx": gzip.compress(as_xlsx(GRID)),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_table(kind: str, read: Read) -> None:
    table = read(FORMATS[kind])
    rows = rows_of(table)
    assert [row.pop("row_number") for row in rows] == ([1, 2, 3] if "json" in kind else [2, 3, 4])
    assert rows == EXPECTED
    assert table.headers == HEADERS
    assert table.rejects == ()


@pytest.mark.parametrize("write", [as_csv, as_html, as_xlsx])
def test_decomposed_letters_are_composed(write: Callable[..., str | bytes], read: Read) -> None:
    grid = [[unicodedata.normalize("NFD", cell) for cell in row] for row in GRID]
    rows = rows_of(read(write(grid)))
    assert [{k: row[k] for k in HEADERS} for row in rows] == EXPECTED


def test_windows_1258_with_its_combining_tones_is_read(read: Read) -> None:
    # The code page has â and a combining acute, but no ấ.
    marks = {
        unicodedata.lookup(f"COMBINING {n}")
        for n in ("GRAVE ACCENT", "ACUTE ACCENT", "TILDE", "HOOK ABOVE", "DOT BELOW")
    }

    def encoded(char: str) -> bytes:
        try:
            return char.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", char)
            tone = "".join(c for c in parts if c in marks)
            base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in marks))
            return (base + tone).encode("cp1258")

    table = read(b"".join(encoded(char) for char in TEXT))
    assert [{k: row[k] for k in HEADERS} for row in rows_of(table)] == EXPECTED


def test_date_cells_and_numbers_of_a_workbook_become_plain_text(read: Read) -> None:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink) as book:
        page, day = book.add_worksheet("Tháng 1"), book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_string(2, 0, "SỞ NỘI VỤ")
        page.write_row(3, 0, HEADERS)
        page.write_row(4, 0, (1, "Sở", 1.5, 12345678901234, True))
        page.write_datetime(4, 5, dt.datetime(2024, 1, 5, 13, 4, 5), day)
        page.write_datetime(4, 6, dt.datetime(2024, 1, 6), day)
    table = read(sink.getvalue())
    assert rows_of(table) == [
        {
            "row_number": 5,
            "STT": "1",
            "Đơn vị tiếp nhận": "Sở",
            "Tên thủ tục": "1.5",
            "Mã hồ sơ": "12345678901234",
            "Trạng thái": "true",
            "Ngày nhận": "2024-01-05 13:04:05",
            "Ngày hẹn trả": "2024-01-06 00:00:00",
        }
    ]
    assert table.lead_text == "Tháng 1\nSỞ NỘI VỤ"


def test_every_sheet_that_holds_the_titles_is_read_and_rows_are_numbered_on(read: Read) -> None:
    cover = (("Bìa",), ("Năm 2024",))
    table = read(as_xlsx((HEADERS, line(1)), cover, (HEADERS, line(2), line(3))))
    assert numbers_of(table) == [2, 6, 7]
    assert [row["Mã hồ sơ"] for row in rows_of(table)] == ["H41.19-0001", "H41.19-0002", "H41.19-0003"]


def test_paths_select_from_nested_json(read: Read) -> None:
    names = [{"languageId": 46, "name": "Permit"}, {"languageId": 228, "name": "Giấy phép"}]
    first = {
        "code": "H1",
        "procedure": {"code": "1.001193", "translate": names},
        "fee": 1.50,
        "tags": ["a", "b"],
    }
    second = {"code": "H2", "procedure": {"code": None, "translate": names[:1]}, "online": True}
    table = read(json.dumps({"totalElements": 2, "content": [first, second]}), name="x.json")
    name = "procedure.translate[languageId=228].name"
    assert rows_of(table) == [
        {
            "row_number": 1,
            "code": "H1",
            "procedure.code": "1.001193",
            name: "Giấy phép",
            "fee": "1.5",
            "tags": "a; b",
        },
        {"row_number": 2, "code": "H2", "online": "true"},
    ]
    assert set(table.headers) == {"code", "procedure.code", name, "fee", "tags", "online"}


def test_a_broken_json_line_is_rejected_and_the_rest_goes_on(read: Read) -> None:
    table = read('{"code": "H1"}\n{"code": "H2"\n\n[1]\n{"code": "H3"}\n')
    assert rejects_of(table) == [(2, "ragged_row"), (4, "ragged_row")]
    assert [row["code"] for row in rows_of(table)] == ["H1", "H3"]


def test_an_empty_json_list_is_a_table_without_records(read: Read) -> None:
    assert read('{"content": []}').rows_read == 0


def test_a_title_in_brackets_does_not_make_a_csv_json(read: Read) -> None:
    assert read("[SỞ NỘI VỤ]\n" + TEXT).lead_text == "[SỞ NỘI VỤ]"


def test_blank_lines_before_a_page_do_no_harm(read: Read) -> None:
    assert read("\r\n" * 5000 + as_html(GRID)).rows_read == 3


def test_a_plain_value_where_a_path_expects_an_object_keeps_its_own_column(read: Read) -> None:
    assert read('[{"code": "H1", "procedure": "1.001193"}]').headers == ("code", "procedure")


def test_objects_with_different_keys_share_one_spool_file(read: Read, tmp_path: Path) -> None:
    lines = [f'{{"code": "H{n}", "extra{n % 3}": "x"}}' for n in range(90)]
    table = read("\n".join(lines))
    assert [row["code"] for row in rows_of(table)] == [f"H{n}" for n in range(90)]
    assert set(table.headers) == {"code", "extra0", "extra1", "extra2"}
    assert len(list((tmp_path / "work").glob("*.parquet"))) == 1
