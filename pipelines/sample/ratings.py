"""What citizens thought: one rating a dossier, exported by quarter as a workbook (V8 form 01, domain.md §4).

Here: who rates and how, the faults of ratings, the workbook.
Not here: dossiers.
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import xlsxwriter

from pipelines.sample.exporting import Exported, period_text, stamped
from pipelines.sample.options import parameters

if TYPE_CHECKING:
    from pipelines.sample.options import GenerateOptions

CRITERIA = (1, 2, 3, 4, 6, 7)  # form 01 leaves out 5, 8 and 9, domain.md §2.5
_ANSWERS = ("Không HL", "HL", "Rất HL")
_COLUMNS = 13
_GRADES = ((15, "Xuất sắc"), (12, "Tốt"), (9, "Khá"), (6, "Trung bình"), (0, "Yếu"))
_IMPOSSIBLE = 7  # a criterion is worth 0 to 2


def draw_ratings(finished: pl.DataFrame, options: GenerateOptions, rng: np.random.Generator) -> pl.DataFrame:
    """Let a share of the applicants rate, the disappointed less kindly.

    Args:
        finished: dossiers with a result in the period: true_code, agency_name, is_late.
        options: rates of the faults.
        rng: source of the draws.

    Returns:
        One row a rating, ordered by agency and code: dossier_code, agency_name, score_1 … score_7,
        answer (0 to 2), fault, quarantine_reason, quarantine_column.
    """
    share = parameters("world")["rating_share"]
    rated = finished.filter(pl.Series(rng.random(finished.height) < share)).sort("agency_name", "true_code")
    late = rated["is_late"].to_numpy().astype(np.float64)
    mood = rng.random(rated.height) - 0.35 * late
    scores = {
        f"score_{criterion}": np.clip(mood * 2.2 + 0.5 + 1.1 * rng.random(rated.height), 0, 2).astype(
            np.int64
        )
        for criterion in CRITERIA
    }
    answer = np.digitize(mood, [0.03, 0.5])
    chance = rng.random(rated.height)
    stray = chance < options.rate("rating_without_dossier")
    impossible = ~stray & (chance < options.rate("rating_without_dossier") + options.rate("impossible_score"))
    scores["score_3"] = np.where(impossible, _IMPOSSIBLE, scores["score_3"])
    # a stray rating carries the code of a dossier no portal has: a sequence above every number of a day
    code = pl.when("stray").then(pl.col("true_code").str.replace(r"-\d{4,7}$", "-") + pl.lit("98") + "tail")
    return rated.with_columns(
        stray=pl.Series(stray),
        impossible=pl.Series(impossible),
        answer=pl.Series(answer),
        tail=pl.Series(np.arange(rated.height) % 100).cast(pl.String).str.zfill(2),
        **{name: pl.Series(values) for name, values in scores.items()},
    ).select(
        *scores,
        dossier_code=code.otherwise("true_code"),
        agency_name="agency_name",
        answer="answer",
        fault=pl.when("stray").then(pl.lit("rating_without_dossier"))
        .when("impossible").then(pl.lit("impossible_score")),
        quarantine_reason=pl.when("impossible").then(pl.lit("number_out_of_range")),
        quarantine_column=pl.when("impossible").then(pl.lit("criterion_3_score")),
    )  # fmt: skip


def grade(total: int) -> str:
    """The word for a total: bands of domain.md §2.5, in proportion of the six criteria's twelve points."""
    points = total * 18 / (2 * len(CRITERIA))
    return next(word for bound, word in _GRADES if points >= bound)


def export_ratings(ratings: pl.DataFrame, first: date, last: date, observed_at: datetime) -> Exported:
    """Write the workbook of one quarter.

    Args:
        ratings: what `draw_ratings` returned, at least one row.
        first: first day of the period.
        last: last day of the period.
        observed_at: moment of extraction.

    Returns:
        An .xlsx named like `Đánh giá hài lòng 1_4_2024 8_00.xlsx`: three lead rows, two header rows,
        a merged row for each agency. Even quarters carry numbers, odd quarters carry them as text.
    """
    as_text = (first.month // 3) % 2 == 1
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    book.set_properties({"created": datetime(2024, 1, 1)})  # noqa: DTZ001 - a fixed stamp, for equal bytes
    sheet = book.add_worksheet("Mẫu 01")
    sheet.merge_range(0, 0, 0, _COLUMNS - 1, "UBND TỈNH NGHỆ AN")
    sheet.merge_range(1, 0, 1, _COLUMNS - 1, "ĐÁNH GIÁ MỨC ĐỘ HÀI LÒNG THEO HỒ SƠ (MẪU 01)")
    sheet.merge_range(2, 0, 2, _COLUMNS - 1, period_text(first, last))
    single = ["TT", "Hồ sơ", *[f"Chỉ số {criterion}" for criterion in CRITERIA], "Tổng", "Xếp loại"]
    for column, title in enumerate(single):
        sheet.merge_range(3, column, 4, column, title)
    sheet.merge_range(3, len(single), 3, len(single) + 2, "Mức độ hài lòng")
    for offset, title in enumerate(_ANSWERS):
        sheet.write_string(4, len(single) + offset, title)
    line = 5
    row_numbers = []
    agency = None
    for number, row in enumerate(ratings.iter_rows(named=True), start=1):
        if row["agency_name"] != agency:
            agency = row["agency_name"]
            sheet.merge_range(line, 0, line, len(single) + 2, agency)
            line += 1
        _write_rating(sheet, line, number, row, as_text=as_text)
        line += 1
        row_numbers.append(line)
    sheet.write_string(line, 0, "Tổng số")
    sheet.write(line, 1, str(ratings.height))
    sheet.merge_range(line + 1, 0, line + 1, 5, "Người lập biểu")
    sheet.merge_range(line + 1, 6, line + 1, len(single) + 2, "Thủ trưởng đơn vị")
    book.close()
    return Exported(
        file_name=f"Đánh giá hài lòng {stamped(observed_at)}.xlsx",
        content=packed.getvalue(),
        rows=ratings,
        row_numbers=row_numbers,
        not_records=line + 2 - len(row_numbers),
    )


def _write_rating(sheet: Any, line: int, number: int, row: dict[str, Any], *, as_text: bool) -> None:
    scores = [row[f"score_{criterion}"] for criterion in CRITERIA]
    total = min(sum(scores), 2 * len(CRITERIA))
    write = sheet.write_string if as_text else sheet.write_number
    shown = str if as_text else int
    write(line, 0, shown(number))
    sheet.write_string(line, 1, row["dossier_code"])
    for column, score in enumerate([*scores, total], start=2):
        write(line, column, shown(score))
    sheet.write_string(line, 3 + len(scores), grade(total))
    sheet.write_string(line, 4 + len(scores) + row["answer"], "x")
