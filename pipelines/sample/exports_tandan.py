"""The list of dossiers as the Tân Dân software exports it: an HTML table saved as .xls (V1, domain.md §4).

Here: lead rows, header, group rows by parent unit, repeated headers, total and signature.
Not here: what the rows say (`deliveries.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample.exporting import Exported, compress, misspelt, overridden, period_text, stamped, words

if TYPE_CHECKING:
    from pipelines.sample.exporting import Sheet

HEADERS = (
    "STT", "Đơn vị tiếp nhận", "Tên thủ tục hành chính", "Mã hồ sơ", "Trạng thái", "Địa chỉ", "Người nộp",
    "Chủ hồ sơ", "Ngày nộp hồ sơ", "Ngày nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý",
)  # fmt: skip
_CELLS = (
    "number", "agency_name", "procedure_name", "dossier_code", "status_code", "address", "submitter", "name",
    "applied_at", "received_at", "due_at", "finished_at",
)  # fmt: skip
_MOMENTS = ("applied_at", "received_at", "due_at", "finished_at")
_PAGE = 400  # records between two printed headers
_PAGED_MONTHS = (1, 5, 9)  # their exports keep the page breaks
_DECOMPOSED_MONTHS = (3, 10)  # their exports are written letter by letter, marks apart


def _row(*cells: tuple[str, int]) -> str:
    printed = "".join(f'<td colspan="{span}">{text}</td>' for text, span in cells)
    return "<tr>" + printed.replace(' colspan="1"', "") + "</tr>"


def _escaped(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all("&", "&amp;").str.replace_all("<", "&lt;").str.replace_all(">", "&gt;")


def _records(rows: pl.DataFrame) -> pl.DataFrame:
    """One `<tr>` a record, beside the parent unit it stands under."""
    cells = rows.select(
        *[overridden(column, pl.col(column).dt.strftime("%d/%m/%Y %H:%M:%S")) for column in _MOMENTS],
        parent="parent_agency_name",
        number=pl.col("number").cast(pl.String),
        agency_name=misspelt(pl.col("agency_name"), pl.col("number")).fill_null(""),
        procedure_name=pl.col("procedure_name").fill_null(""),
        dossier_code=pl.col("dossier_code").fill_null(""),
        status_code=words("status_code", 1),
        address=pl.col("address") + pl.col("agency_name").str.replace("^UBND ", ", ").fill_null(""),
        submitter="submitter",
        name="name",
    )
    cells = cells.with_columns(_escaped(pl.col(column)) for column in _CELLS)
    body = pl.concat_str([pl.col(column) for column in _CELLS], separator="</td><td>")
    return cells.select("parent", tr=pl.lit("<tr><td>") + body + pl.lit("</td></tr>"))


def export_tandan(sheet: Sheet) -> Exported:
    """Print one month's list.

    Returns:
        A gzipped HTML table named like `Danh sách hồ sơ 1_2_2024 7_30.xls.gz`; rows sorted by parent
        unit, agency and receipt.
    """
    month = sheet.month
    # an exact repeat keeps the number of its original: the same line printed twice
    ordered = sheet.rows.sort(
        "parent_agency_name", "agency_name", "received_at", nulls_last=True, maintain_order=True
    ).with_columns(number=(~pl.col("is_repeat")).cum_sum())
    records = _records(ordered)
    header = f"<tr>{''.join(f'<th>{title}</th>' for title in HEADERS)}</tr>"
    lines = [
        _row(("UBND TỈNH NGHỆ AN", 5), ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 7)),
        _row(("TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", 5), ("Độc lập - Tự do - Hạnh phúc", 7)),
        _row(("DANH SÁCH HỒ SƠ", 12)),
        _row((period_text(month.first, month.last), 12)),
        header,
    ]
    row_numbers = []
    pages = month.month in _PAGED_MONTHS
    parent = None
    for position, (unit, tr) in enumerate(records.iter_rows()):
        if pages and position and position % _PAGE == 0:
            lines.append(header)
        if unit != parent:
            lines.append(_row((unit, 12)))
            parent = unit
        lines.append(tr)
        row_numbers.append(len(lines))
    total = f"{int(ordered['number'].max() or 0):,}".replace(",", ".")  # type: ignore[arg-type]
    lines.append(_row(("Tổng số", 3), (total, 1), ("", 8)))
    lines.append(_row(("Người lập biểu", 6), ("Thủ trưởng đơn vị", 6)))
    html = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"></head>'
        '<body><table border="1">\n' + "\n".join(lines) + "\n</table></body></html>\n"
    )
    if month.month in _DECOMPOSED_MONTHS:
        html = unicodedata.normalize("NFD", html)
    return Exported(
        file_name=f"Danh sách hồ sơ {stamped(sheet.observed_at)}.xls.gz",
        content=compress(html.encode()),
        rows=ordered.drop("number"),
        row_numbers=row_numbers,
        not_records=len(lines) - len(row_numbers),
    )
