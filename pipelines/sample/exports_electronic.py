"""Receipts, transactions and statistics of digitisation as portals print them (V6, V9, V14, domain.md §4).

Here: three HTML tables saved as .xls, one CSV; marks between thousands, signs of per cent.
Not here: what the rows say (`electronic.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import csv
import html
import io
from typing import TYPE_CHECKING, Any

from pipelines.sample.exporting import compress, period_text, stamped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

Row = dict[str, Any]
RECEIPT_TITLES = (
    "STT", "Mã hồ sơ", "Loại tiếp nhận", "Tên người nộp", "Số biên lai", "Mẫu số", "Ký hiệu",
    "Ngày tiếp nhận", "Ngày thu", "Phí (VNĐ)", "Lệ phí (VNĐ)", "Tổng (VNĐ)",
)  # fmt: skip
TRANSACTION_TITLES = (
    "STT", "Thời gian giao dịch", "Hồ sơ", "Mã tham chiếu", "Số tiền (VNĐ)", "Người nộp tiền biên lai",
    "Địa chỉ biên lai", "MST", "Trạng thái",
)  # fmt: skip
STATUS_WORDS = {
    "pending": "Chờ thanh toán", "unpaid": "Chưa thanh toán", "paid": "Đã thanh toán", "cancelled": "Hủy",
    "refunded": "Đã hoàn phí", "unmapped": "Đang đối soát",
}  # fmt: skip
_MOMENT = "%d/%m/%Y %H:%M:%S"
_GROUPS = {
    "Tiếp nhận": ("Chưa số hóa TPHS", "Có số hóa TPHS", "Có tái sử dụng", "Từ DVCQG", "Tỷ lệ"),
    "Đã giải quyết": ("Chưa", "Đã số hóa", "Tỷ lệ"),
    "Đánh giá": ("Đạt", "Không đạt"),
}
_IGATE_TITLES = (
    "Tên cơ quan", "Tổng tiếp nhận", "Tiếp nhận có file", "Tổng hoàn thành", "Hoàn thành có file",
    "Tiếp nhận không file", "Hoàn thành không file", "Tiếp nhận & hoàn thành có file",
    "Tỷ lệ tiếp nhận có file", "Tỷ lệ hoàn thành có file", "Tỷ lệ tiếp nhận & hoàn thành có file",
)  # fmt: skip


def _money(amount: int | str) -> str:
    return f"{amount:,}" if isinstance(amount, int) else amount


def _count(count: int | str) -> str:
    """A number as reports print it, `1.234`; a text is printed as it is."""
    return f"{count:,}".replace(",", ".") if isinstance(count, int) else count


def _table(
    title: str, period: str, head: Sequence[str], width: int, rows: Sequence[Sequence[str]]
) -> tuple[bytes, list[int]]:
    lines = [f'<tr><td colspan="{width}">{text}</td></tr>' for text in ("UBND TỈNH NGHỆ AN", title, period)]
    lines += head
    numbers = []
    for row in rows:
        lines.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>")
        numbers.append(len(lines))
    lines.append(f'<tr><td colspan="{width}">Người lập biểu</td></tr>')
    page = '<html><head><meta charset="utf-8"></head><body><table border="1">' + "\n".join(lines)
    return compress(f"{page}</table></body></html>\n".encode()), numbers


def _titles(titles: Sequence[str]) -> list[str]:
    return ["<tr>" + "".join(f"<th>{title}</th>" for title in titles) + "</tr>"]


def _grouped_titles() -> list[str]:
    above = "".join(f'<th colspan="{len(titles)}">{group}</th>' for group, titles in _GROUPS.items())
    below = "".join(f"<th>{title}</th>" for titles in _GROUPS.values() for title in titles)
    outer = "".join(f'<th rowspan="2">{title}</th>' for title in ("STT", "Đơn vị"))
    return [f"<tr>{outer}{above}</tr>", f"<tr>{below}</tr>"]


def receipts(rows: Sequence[Row], first: date, last: date, moment: datetime) -> tuple[str, bytes, list[int]]:
    """Name, bytes and row numbers of one list of receipts; amounts with commas between thousands."""
    cells = [
        (str(n), r["dossier_code"], "Trực tiếp", r["payer"], r["receipt_number"], "01BLP", r["series"],
         f"{r['collected_at']:%d/%m/%Y}", f"{r['collected_at']:{_MOMENT}}",
         _money(r["fee_vnd"]), _money(r["charge_vnd"]), _money(r["total_vnd"]))
        for n, r in enumerate(rows, start=1)
    ]  # fmt: skip
    head = _titles(RECEIPT_TITLES)
    page, numbers = _table("DANH SÁCH BIÊN LAI", period_text(first, last), head, len(RECEIPT_TITLES), cells)
    return f"Danh sách biên lai {stamped(moment)}.xls.gz", page, numbers


def transactions(
    rows: Sequence[Row], first: date, last: date, moment: datetime
) -> tuple[str, bytes, list[int]]:
    """Name, bytes and row numbers of one list of transactions."""
    cells = [
        (str(n), f"{r['collected_at']:{_MOMENT}}", r["dossier_code"], r["transaction_reference"],
         _money(r["total_vnd"]), r["payer"], r["address"], "", STATUS_WORDS[r["payment_status_code"]])
        for n, r in enumerate(rows, start=1)
    ]  # fmt: skip
    head = _titles(TRANSACTION_TITLES)
    page, numbers = _table(
        "GIAO DỊCH THANH TOÁN", period_text(first, last), head, len(TRANSACTION_TITLES), cells
    )
    return f"Giao dịch thanh toán {stamped(moment)}.xls.gz", page, numbers


def tandan_digitisation(
    rows: Sequence[Row], first: date, last: date, moment: datetime
) -> tuple[str, bytes, list[int]]:
    """Name, bytes and row numbers of one statistic of communes."""
    cells = [
        (str(n), r["agency_name"], _count(r["received_without_file_count"]),
         _count(r["received_with_file_count"]), _count(r["received_reused_count"]),
         _count(r["received_national_store_count"]),
         f"{r['received_with_file_pct']}%", _count(r["resolved_without_file_count"]),
         _count(r["resolved_with_file_count"]), f"{r['resolved_with_file_pct']}%",
         *(("x", "") if r["assessment_code"] == "passed" else ("", "x")))
        for n, r in enumerate(rows, start=1)
    ]  # fmt: skip
    page, numbers = _table("THỐNG KÊ SỐ HÓA", period_text(first, last), _grouped_titles(), 12, cells)
    return f"Thống kê số hóa {stamped(moment)}.xls.gz", page, numbers


def igate_digitisation(
    rows: Sequence[Row], first: date, last: date, moment: datetime
) -> tuple[str, bytes, list[int]]:
    """Name, bytes and row numbers of one statistic of departments, a CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_IGATE_TITLES)
    for r in rows:
        counts = (
            "received_count", "received_with_file_count", "resolved_count", "resolved_with_file_count",
            "received_without_file_count", "resolved_without_file_count", "whole_with_file_count",
        )  # fmt: skip
        shares = ("received_with_file_pct", "resolved_with_file_pct", "whole_with_file_pct")
        printed = ["-" if r[name] is None else f"{r[name]}%" for name in shares]
        writer.writerow([r["agency_name"], *(_count(r[name]) for name in counts), *printed])
    name = f"so-hoa-igate {first:%Y%m%d}-{last:%Y%m%d} {moment:%Y%m%dT%H%M%S}.csv.gz"
    return name, compress(text.getvalue().encode("utf-8-sig")), list(range(2, len(rows) + 2))
