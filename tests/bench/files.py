"""Made-up deliveries of any size for the benchmarks, written by vectorised means.

Here: a land office's register of 25 columns as CSV, and its rows as workbook, page and JSON.
Not here: the sample that knows the truth (`sample/`).
Explained in docs/decisions/0008-one-pass-from-text-to-rows.md.
"""

from __future__ import annotations

import html
import json
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

CLOCK = "%d/%m/%Y %H:%M:%S"
BATCH = 500_000
FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô"]
WARDS = [
    "Thành Vinh",
    "Trường Vinh",
    "Vinh Hưng",
    "Cửa Lò",
    "Diễn Châu",
    "Yên Thành",
    "Quỳnh Lưu",
    "Đô Lương",
]
PROCEDURES = [f"Đăng ký, cấp giấy {n}" if n % 6 == 0 else f"Thủ tục số {n}" for n in range(60)]
OUTCOMES = ["Sớm hạn", "Đúng hạn", "Trễ hạn"]


def register(first: int, rows: int) -> pl.DataFrame:
    """Rows of a register as text, under the headers of `nghean_dossier_csv` and one nobody knows."""
    n = pl.int_range(first, first + rows, dtype=pl.UInt64)
    drawn = pl.select(n=n).with_columns(
        *[pl.col("n").hash(seed=seed).alias(f"r{seed}") for seed in range(8)],
    )

    def pick(words: list[str], seed: int) -> pl.Expr:
        return pl.lit(pl.Series(words)).gather(pl.col(f"r{seed}") % len(words))

    def number(seed: int, size: int) -> pl.Expr:
        return (pl.col(f"r{seed}") % size).cast(pl.Int64)

    received = pl.lit(datetime(2024, 1, 2, 7)) + pl.duration(seconds=number(0, 60_000_000))
    due = received + pl.duration(days=number(1, 20) + 1)
    finished = received + pl.duration(seconds=number(2, 2_000_000))
    is_open, is_asked = number(3, 10) == 0, number(4, 12) == 0
    asked = received + pl.duration(hours=number(5, 50))

    def clock(moment: pl.Expr, is_given: pl.Expr | None = None) -> pl.Expr:
        text = moment.dt.strftime(CLOCK)
        return text if is_given is None else pl.when(is_given).then(text)

    place = pl.col("n").cast(pl.String).str.zfill(8)
    digits = number(6, 10**9).cast(pl.String).str.zfill(9)
    return drawn.select(
        (pl.col("n") + 1).cast(pl.String).alias("STT"),
        pl.format("H41.9-{}-{}", received.dt.strftime("%y%m%d"), place).alias("Mã hồ sơ"),
        pl.format("1.{}", (1_000_000 + number(1, 60)).cast(pl.String)).alias("Mã TTHC"),
        pick(PROCEDURES, 1).alias("Tên TTHC"),
        pl.lit("Đất đai").alias("Lĩnh vực"),
        (16_000 + number(2, 8)).cast(pl.String).alias("Mã cơ quan"),
        pl.format("UBND phường {}", pick(WARDS, 2)).alias("Cơ quan"),
        (1 + number(3, 3)).cast(pl.String).alias("Kênh thực hiện"),
        pl.when(is_open).then(pl.lit("4")).otherwise(pl.lit("10")).alias("Mã trạng thái"),
        clock(received - pl.duration(minutes=number(4, 500))).alias("Ngày nộp"),
        clock(received).alias("Ngày tiếp nhận"),
        clock(due).alias("Ngày hẹn trả"),
        clock(finished, ~is_open).alias("Ngày có kết quả"),
        clock(finished + pl.duration(hours=number(5, 90)), ~is_open).alias("Ngày trả kết quả"),
        pl.when(~is_open).then(pick(OUTCOMES, 5)).alias("Đánh giá tiến độ"),
        is_asked.cast(pl.Int8).cast(pl.String).alias("Số lần bổ sung"),
        clock(asked, is_asked).alias("Ngày yêu cầu bổ sung"),
        clock(asked + pl.duration(days=2), is_asked).alias("Ngày hoàn thành bổ sung"),
        pl.lit("0").alias("Số lần gia hạn"),
        clock(due, number(7, 500) == 0).alias("Ngày xin lỗi"),
        pl.format("{} Văn {}", pick(FAMILIES, 6), pick(FAMILIES, 7)).alias("Chủ hồ sơ"),
        pl.format("040{}", digits).alias("Số CCCD"),
        pl.format("09{}", number(7, 10**8).cast(pl.String).str.zfill(8)).alias("Số điện thoại"),
        pl.when(is_asked).then(pl.lit("Bổ sung, xem thư")).alias("Ghi chú"),
        pl.format("Kệ {}", number(0, 900).cast(pl.String)).alias("Nơi lưu"),
    )


def write_register(path: Path, first: int, rows: int) -> None:
    """A register as CSV."""
    with path.open("wb") as file:
        for start in range(first, first + rows, BATCH):
            size = min(BATCH, first + rows - start)
            register(start, size).write_csv(file, include_header=start == first)


def write_workbook(path: Path, rows: int) -> None:
    """The same as a workbook, every cell text."""
    frame = register(0, rows)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, cells in enumerate([frame.columns, *frame.rows()]):
            sheet.write_row(place, 0, cells)


def write_page(path: Path, rows: int) -> None:
    """The same as the page that portals call .xls."""
    frame = register(0, rows)
    with path.open("w", encoding="utf-8") as file:
        file.write("<html><meta charset='utf-8'><body><table>\n")
        for cells in (frame.columns, *frame.rows()):
            file.write("<tr>" + "".join(f"<td>{html.escape(cell or '')}</td>" for cell in cells) + "</tr>\n")
        file.write("</table></body></html>\n")


def write_json(path: Path, rows: int) -> None:
    """The same as a list of objects."""
    path.write_text(json.dumps(register(0, rows).to_dicts(), ensure_ascii=False), encoding="utf-8")


def write_json_lines(path: Path, rows: int) -> None:
    """The same as one object a line."""
    register(0, rows).write_ndjson(path)
