"""One small table written in every format, and how a read table is compared with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from html import escape
from typing import Any

import xlsxwriter

from pipelines.ingestion.readers import TextTable
from pipelines.ingestion.readers.model import SHEET

Grid = Sequence[Sequence[str]]
HEADERS = ("STT", "Đơn vị tiếp nhận", "Tên thủ tục", "Mã hồ sơ", "Trạng thái", "Ngày nhận", "Ngày hẹn trả")
SELECTORS = ("code", "procedure.code", "procedure.translate[languageId=228].name", "appliedDate")
KNOWN = (*HEADERS, *SELECTORS, "Ngày kết thúc xử lý")


def rows_of(table: TextTable) -> list[dict[str, Any]]:
    """The records in file order, without the sheet and the columns that are null in them."""
    frame = table.frame.sort("row_number").collect()
    assert frame.height + len(table.rejects) == table.rows_read
    return [{k: v for k, v in row.items() if v is not None and k != SHEET} for row in frame.to_dicts()]


def numbers_of(table: TextTable) -> list[int]:
    """The physical numbers of the records."""
    return [row["row_number"] for row in rows_of(table)]


def rejects_of(table: TextTable) -> list[tuple[int, str]]:
    return [(reject.row_number, reject.reason_code) for reject in table.rejects]


def line(number: int, name: str = "Cấp giấy phép") -> tuple[str, ...]:
    """A record over `HEADERS`."""
    return (
        str(number),
        "Phường Trung",
        name,
        f"H41.19-{number:04d}",
        "Đang xử lý",
        "02/01/2024",
        "05/01/2024",
    )


def as_csv(grid: Grid, delimiter: str = ",", line_end: str = "\r\n") -> str:
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter, lineterminator=line_end).writerows(grid)
    return sink.getvalue()


def as_html(grid: Grid) -> str:
    """A table as portals save it: a row may be ready-made `<td>` text instead of cells."""
    rows = [row if isinstance(row, str) else "".join(f"<td>{escape(c)}</td>" for c in row) for row in grid]
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    return f"<html><head><meta charset='utf-8'></head><body><table>{body}</table></body></html>"


def as_xlsx(grid: Grid, *more: Grid) -> bytes:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        for sheet in (grid, *more):
            page = book.add_worksheet()
            for number, row in enumerate(sheet):
                for column, text in enumerate(row):
                    page.write_string(number, column, text)
    return sink.getvalue()


def as_json(grid: Grid) -> str:
    header, *rows = grid
    return json.dumps([dict(zip(header, row, strict=True)) for row in rows], ensure_ascii=False)


def as_json_a_record_a_line(grid: Grid) -> str:
    """A list as many programs write it: brackets on lines of their own, a record on each line."""
    return "[\n" + ",\n".join(as_json_lines(grid).splitlines()) + "\n]"


def as_json_lines(grid: Grid) -> str:
    return "\n".join(json.dumps(row) for row in json.loads(as_json(grid)))
