"""Small deliveries as portals would write them, with made-up people."""

import html
from collections.abc import Sequence
from pathlib import Path

import fastexcel
import xlsxwriter

from tests.conftest import TAN_DAN_HEADER

Sheets = dict[str, list[list[str]]]
BOSTON_HEADER = (
    "case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,"
    "subject,reason,type,department,source"
)
LAND_HEADER = (
    "STT,Mã hồ sơ,Mã TTHC,Tên TTHC,Lĩnh vực,Mã cơ quan,Cơ quan,Kênh thực hiện,Mã trạng thái,Ngày nộp,"
    "Ngày tiếp nhận,Ngày hẹn trả,Ngày có kết quả,Ngày trả kết quả,Chủ hồ sơ,Số CCCD,Số điện thoại,Ghi chú"
)


def boston_csv(path: Path, count: int, first: int = 0) -> None:
    """A few requests of Boston 311, all closed in time."""
    rows = [
        f"{101000000000 + n},2013-01-01 06:32:{n:02},2013-01-02 06:32:00,2013-01-01 13:14:40,ONTIME,Closed,"
        "Animal Control,Animal Issues,Animal Lost,ANML,Constituent Call"
        for n in range(first, first + count)
    ]
    path.write_text("\n".join([BOSTON_HEADER, *rows]) + "\n", encoding="utf-8")


def land_csv(
    path: Path,
    due: Sequence[str],
    *,
    phone: str = "0900000001",
    citizen: str = "040000000001",
    repeat: int = 0,
) -> None:
    """A land office CSV with one dossier for each due date given; the last is repeated on request."""
    rows = [
        f"{n},H41.9-250102-{n:04},1.001193,Đăng ký,Đất đai,16681,UBND phường Thành Vinh,2,4,02/01/2025,"
        f"02/01/2025 09:00,{text},,,Nguyễn Văn Mẫu,{citizen},{phone},"
        for n, text in enumerate(due, start=1)
    ]
    path.write_text("\n".join([LAND_HEADER, *rows, *rows[-1:] * repeat]) + "\n", encoding="utf-8-sig")


def tandan_html(path: Path, rows: Sequence[Sequence[str]], group: str = "") -> None:
    """A Tân Dân list: lead rows, a header, a group row, the rows, a total and a signature."""
    width = len(TAN_DAN_HEADER)
    lead = [
        "UBND tỉnh Nghệ An",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "(Từ ngày 01/01/2025 đến ngày 31/01/2025)",
    ]
    lines = [f'<tr><td colspan="{width}">{html.escape(text)}</td></tr>' for text in lead]
    lines.append("<tr>" + "".join(f"<th>{h}</th>" for h in TAN_DAN_HEADER) + "</tr>")
    if group:
        lines.append(f'<tr><td colspan="{width}">{html.escape(group)}</td></tr>')
    lines += ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    lines.append(
        f'<tr><td colspan="3">Tổng số</td><td>{len(rows)}</td>' + "<td></td>" * (width - 4) + "</tr>"
    )
    lines.append(f'<tr><td colspan="{width}">Người lập biểu</td></tr>')
    path.write_text(
        f"<html><meta charset='utf-8'><body><table>{''.join(lines)}</table></body></html>", encoding="utf-8"
    )


def sheets_of(path: Path) -> Sheets:
    """Every sheet of a workbook as text, by title."""
    book = fastexcel.read_excel(path.read_bytes())
    sheets = {}
    for name in book.sheet_names:
        frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
        sheets[name] = [list(row) for row in frame.fill_null("").iter_rows()]
    return sheets


def write_sheets(path: Path, sheets: Sheets) -> None:
    """A workbook of text cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for title, rows in sheets.items():
            page = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    page.write_string(number, column, text)
