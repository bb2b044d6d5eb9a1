"""The files of the one-stop portal: the list of dossiers in four layouts, ratings and log as CSV.

Here: titles, texts of cells, and writers that put one month after the other onto the disk.
Not here: which rows there are (`bulk.py`, `bulk_night.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl
import xlsxwriter

from pipelines.sample.calendar import DAY
from pipelines.sample.exporting import one_in, overridden, words
from pipelines.sample.exports_log import log_cells
from pipelines.sample.people import people
from pipelines.sample.ratings import CRITERIA, grade

if TYPE_CHECKING:
    from pathlib import Path

NAME = "so-ho-so-mot-cua"
TITLES = {
    "number": "STT",
    "dossier_code": "Mã hồ sơ",
    "procedure_code": "Mã TTHC",
    "field_name": "Lĩnh vực",
    "agency_code": "Mã đơn vị",
    "agency_name": "Tên đơn vị",
    "channel_code": "Kênh nộp",
    "status_code": "Trạng thái",
    "applied_at": "Thời điểm nộp",
    "received_at": "Thời điểm tiếp nhận",
    "due_at": "Thời điểm hẹn trả",
    "finished_at": "Thời điểm xử lý xong",
    "returned_at": "Thời điểm trả kết quả",
    "supplement_request_count": "Số lần yêu cầu bổ sung",
    "supplement_requested_at": "Thời điểm yêu cầu bổ sung",
    "supplement_completed_at": "Thời điểm nhận bổ sung",
    "extension_count": "Số lần gia hạn",
    "apologised_at": "Thời điểm xin lỗi",
    "stated_outcome_code": "Kết quả",
    "name": "Chủ hồ sơ",
    "id_number": "Số CCCD",
    "phone": "Số điện thoại",
    "address": "Địa chỉ",
    "email": "Thư điện tử",
    "note": "Ghi chú",
}
_VERDICTS = {"early": "Sớm hạn", "on_time": "Đúng hạn", "late": "Trễ hạn"}
_ANSWERS = ["Không hài lòng", "Hài lòng", "Rất hài lòng"]
_FIRST_DAY = date(2000, 1, 1)  # mistyped years reach back twenty
_LAST_DAY = date(2029, 12, 31)
_MOMENTS = [column for column in TITLES if column.endswith("_at")]
_STAMP = datetime(2024, 1, 1)  # noqa: DTZ001 - a fixed stamp, for equal bytes


@cache
def _texts() -> tuple[pl.Series, pl.Series]:
    """Every day and every second of a day as text: looked up, since printing them is what takes longest."""
    days = pl.date_range(_FIRST_DAY, _LAST_DAY, eager=True).dt.strftime("%d/%m/%Y ")
    clock = (pl.int_range(DAY, eager=True) * 1_000).cast(pl.Datetime("ms")).dt.strftime("%H:%M:%S")
    return days, clock


def _printed(column: str) -> pl.Expr:
    days, clock = _texts()
    second = pl.col(column).dt.epoch("s")
    day = second // DAY - (_FIRST_DAY - date(1970, 1, 1)).days
    return pl.lit(days).gather(day) + pl.lit(clock).gather(second % DAY)


def cells(rows: pl.DataFrame, first_number: int) -> pl.DataFrame:
    """The list as text, one column a title; an empty cell is null.

    Args:
        rows: rows after `inject_faults` and `with_verdict`, with `person`.
        first_number: what the first row has under STT.
    """
    numbered = rows.with_columns(people(rows["person"]), number=pl.int_range(pl.len()) + first_number)
    printed = numbered.with_columns(_printed(column).alias(column) for column in _MOMENTS)
    return printed.select(_cell(column).alias(title) for column, title in TITLES.items())


def _cell(column: str) -> pl.Expr:
    match column:
        case "status_code" | "channel_code":
            return words(column, 0)
        case "received_at":
            return overridden(column, pl.col(column)).replace("", None)
        case "stated_outcome_code":
            return pl.col(column).replace_strict(_VERDICTS, default=None, return_dtype=pl.String)
        case "note":
            return pl.when(one_in(40, pl.col("person"))).then(pl.lit("Đã gọi điện cho người nộp"))
        case _:
            return pl.col(column).cast(pl.String)


class Writer(Protocol):
    """Puts rows onto the disk as they come; never holds more than it was just given."""

    def put(self, rows: pl.DataFrame, day: date) -> str:
        """Write the rows extracted on a day; returns the name of the file they are in."""

    def close(self) -> None:
        """Finish what is open."""


class CsvWriter:
    """One CSV for each day of extraction."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, rows: pl.DataFrame, day: date) -> str:
        """Write one file."""
        name = f"{NAME} {day}.csv"
        rows.write_csv(self._folder / name)
        return name

    def close(self) -> None:
        """Nothing is open."""


class HtmlWriter:
    """One HTML table saved as .xls, as portals do."""

    def __init__(self, folder: Path, last_day: date) -> None:
        self._name = f"{NAME} {last_day}.xls"
        self._file = (folder / self._name).open("w", encoding="utf-8", newline="\n")
        titles = "</th><th>".join(TITLES.values())
        self._file.write(
            f'<html><head><meta charset="utf-8"></head><body><table>\n<tr><th>{titles}</th></tr>\n'
        )

    def put(self, rows: pl.DataFrame, day: date) -> str:  # noqa: ARG002 - one file for all days
        """Write table rows."""
        escaped = pl.all().fill_null("").str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])
        lines = rows.select(
            "<tr><td>" + pl.concat_str(escaped, separator="</td><td>") + "</td></tr>\n"
        ).to_series()
        self._file.writelines(lines)
        return self._name

    def close(self) -> None:
        """End the table."""
        self._file.write("</table></body></html>\n")
        self._file.close()


class JsonWriter:
    """One JSON list of objects on one line, as services answer; an empty cell is null."""

    def __init__(self, folder: Path, last_day: date) -> None:
        self._name = f"{NAME} {last_day}.json"
        self._file = (folder / self._name).open("w", encoding="utf-8", newline="\n")
        self._before = "["

    def put(self, rows: pl.DataFrame, day: date) -> str:  # noqa: ARG002 - one file for all days
        """Write objects."""
        for line in rows.select(pl.struct(pl.all()).struct.json_encode()).to_series():
            self._file.write(self._before + line)
            self._before = ","
        return self._name

    def close(self) -> None:
        """End the list."""
        self._file.write("]\n" if self._before == "," else "[]\n")
        self._file.close()


class XlsxWriter:
    """One workbook with one sheet, written row by row."""

    def __init__(self, folder: Path, last_day: date) -> None:
        self._name = f"{NAME} {last_day}.xlsx"
        self._book = xlsxwriter.Workbook(folder / self._name, {"constant_memory": True})
        self._book.set_properties({"created": _STAMP})
        self._sheet: Any = self._book.add_worksheet("Sổ hồ sơ")
        self._line = 0
        self._write(tuple(TITLES.values()))

    def _write(self, texts: tuple[str | None, ...]) -> None:
        write, line = self._sheet.write_string, self._line
        for column, text in enumerate(texts):
            if text is not None:
                write(line, column, text)
        self._line += 1

    def put(self, rows: pl.DataFrame, day: date) -> str:  # noqa: ARG002 - one file for all days
        """Write sheet rows."""
        for texts in rows.iter_rows():
            self._write(texts)
        return self._name

    def close(self) -> None:
        """Pack the workbook."""
        self._book.close()


def writer(layout: str, folder: Path, last_day: date) -> Writer:
    """The writer of a layout.

    Args:
        layout: one of `LAYOUTS` other than `portals`.
        folder: where files go; made if it is not there.
        last_day: day of the last extraction, which names the one file of the layouts that have one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    match layout:
        case "html":
            return HtmlWriter(folder, last_day)
        case "json":
            return JsonWriter(folder, last_day)
        case "xlsx":
            return XlsxWriter(folder, last_day)
        case _:
            return CsvWriter(folder)


def put_ratings(landing: Path, days: tuple[date, date, date], rated: pl.DataFrame) -> str:
    """Write what `draw_ratings` returned as CSV.

    Args:
        landing: folder of the kinds.
        days: first and last day of the period, and the day of extraction.
        rated: the ratings.

    Returns:
        Name of the file.
    """
    scores = [f"score_{criterion}" for criterion in CRITERIA]
    most = 2 * len(CRITERIA)
    total = pl.min_horizontal(pl.sum_horizontal(scores), pl.lit(most))
    listed = rated.select(
        pl.col("dossier_code").alias("Mã hồ sơ"),
        pl.col("agency_name").alias("Đơn vị được đánh giá"),
        *[pl.col(f"score_{criterion}").alias(f"Chỉ số {criterion}") for criterion in CRITERIA],
        total.alias("Tổng điểm"),
        total.replace_strict({points: grade(points) for points in range(most + 1)}).alias("Xếp loại"),
        pl.col("answer").replace_strict(dict(enumerate(_ANSWERS))).alias("Mức độ hài lòng"),
    )
    first, last, extracted = days
    return _put(landing / "ratings", f"danh-gia-mot-cua {first}_{last} {extracted}.csv", listed)


def put_log(landing: Path, extracted: date, steps: pl.DataFrame) -> str:
    """Write what `known_by` returned as CSV, under the names the national log has; the name of the file."""
    listed = log_cells(steps).select(
        pl.col("dossier_code").alias("MaHoSo"),
        pl.col("officer_name").alias("NguoiXuLy"),
        pl.col("ended").alias("ThoiDiemXuLy"),
        pl.col("department_name").alias("PhongBanXuLy"),
        pl.concat_str("officer_name", pl.lit(" xử lý")).alias("NoiDungXuLy"),
        pl.col("status").alias("TrangThai"),
        pl.col("started").alias("NgayBatDau"),
        pl.col("due").alias("NgayKetThucTheoQuyDinh"),
    )
    return _put(landing / "processing_log", f"tien-trinh-mot-cua {extracted}.csv", listed)


def _put(folder: Path, name: str, rows: pl.DataFrame) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    rows.write_csv(folder / name)
    return name
