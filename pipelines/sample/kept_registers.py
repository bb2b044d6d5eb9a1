"""The registers that people keep, with invented rows: tasks, inspections, dialogues, letters, own marks.

Here: six small CSV files, each row marked as sample, and what is true about tasks and letters.
Not here: targets and agencies in focus, which are real (data/registers).
Explained in docs/registers.md and data/sample/SOURCES.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.sample.exporting import Exported
from pipelines.sample.options import parameters

if TYPE_CHECKING:
    import numpy as np

_SAMPLE = "Dữ liệu mẫu"
_HEADERS = {
    "reform_tasks": (
        "Mã nhiệm vụ", "Năm kế hoạch", "Lĩnh vực cải cách", "Việc", "Đơn vị thực hiện", "Chủ trì", "Hạn",
        "Sản phẩm", "Văn bản",
    ),
    "reform_task_statuses": ("Mã nhiệm vụ", "Từ ngày", "Tình trạng"),
    "inspections": (
        "Mã cuộc kiểm tra", "Đơn vị", "Ngày kiểm tra", "Tồn tại chính", "Biện pháp", "Hạn khắc phục",
        "Ngày khắc phục xong", "Văn bản",
    ),
    "dialogues": (
        "Mã cuộc đối thoại", "Ngày", "Chủ đề", "Đơn vị", "Số người dự", "Số câu hỏi", "Số câu đã trả lời",
    ),
    "apologies": ("Mã hồ sơ", "Ngày văn bản", "Ngày hẹn trả cũ", "Ngày hẹn trả mới", "Nguyên nhân"),
    "self_evaluations": ("Đơn vị", "Mã đơn vị", "Năm", "Quý", "Chỉ số 5", "Chỉ số 8", "Chỉ số 9"),
}  # fmt: skip
_NAMES = {
    "reform_tasks": "nhiem-vu mau.csv",
    "reform_task_statuses": "tinh-trang-nhiem-vu mau.csv",
    "inspections": "kiem-tra mau.csv",
    "dialogues": "doi-thoai mau.csv",
    "apologies": "xin-loi mau.csv",
    "self_evaluations": "tu-danh-gia mau.csv",
}
LETTERS = {
    "source_system": pl.String, "dossier_code": pl.String, "letter_date": pl.Date,
    "is_before_due": pl.Boolean, "has_extension": pl.Boolean,
}  # fmt: skip
TASKS = {"task_code": pl.String, "task_outcome": pl.String}
_LATE_PORTALS = ("nghean_tandan", "nghean_igate")  # the land portal states its own apologies


def draw_letters(last: pl.DataFrame, until: date, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Letters for a share of the dossiers that are late by a day or more, in the order of their codes.

    Args:
        last: the last word on every dossier.
        until: last day a letter may bear.
        rng: source of the draws.
    """
    rules = parameters("kept_registers")["letters"]
    ended_later = pl.col("finished_at").dt.date() > pl.col("due_at").dt.date()
    late = last.filter(
        pl.col("source_system").is_in(_LATE_PORTALS)
        & ((pl.col("outcome_strict") == "open_late") | ((pl.col("outcome_strict") == "late") & ended_later))
        & ~pl.col("dossier_code").is_duplicated()
        & (pl.col("received_at").dt.date() < pl.col("due_at").dt.date())
    ).sort("dossier_code")
    days = [pl.col(name).dt.date() for name in ("received_at", "due_at")]
    letters = []
    for system, code, received, due in late.select("source_system", "dossier_code", *days).iter_rows():
        written, again, behind = rng.random(3)
        before, put_off, reason = rng.integers(1, 4), rng.integers(*rules["days"]), rng.integers(4)
        if written >= rules["share"]:
            continue
        is_late = behind < rules["too_late"]
        early = max(received, due - timedelta(days=int(before)))
        day = due + timedelta(days=int(before) - 1) if is_late else early
        new_due = due + timedelta(days=int(put_off))
        letters.append(_letter((system, code), (day, due, new_due), rules["reasons"][reason]))
        if again < rules["second"]:
            last_day, newest = new_due - timedelta(days=1), new_due + timedelta(days=int(put_off))
            letters.append(_letter((system, code), (last_day, new_due, newest), rules["reasons"][4]))
    known = [letter for letter in letters if letter["letter_date"] <= until]
    stray = [
        _letter((None, f"H41.99-{until:%y%m%d}-{n:04}"), (until, until, None), rules["reasons"][0])
        for n in range(rules["unknown"])
    ]
    return known + stray


def _letter(
    dossier: tuple[str | None, str], days: tuple[date, date, date | None], reason: str
) -> dict[str, Any]:
    """A letter about a dossier (portal, code), by its days: written, promised until then, promised anew."""
    system, code = dossier
    day, due, new_due = days
    return {
        "source_system": system,
        "dossier_code": code,
        "letter_date": day,
        "old_due_date": due,
        "new_due_date": new_due,
        "reason": reason,
        "is_before_due": day < due,
        "has_extension": new_due is not None,
    }


def export_kept(letters: Sequence[dict[str, Any]], register: pl.DataFrame) -> Iterator[tuple[str, Exported]]:
    """Each register as a file, by kind."""
    given = parameters("kept_registers")
    plan = given["plan"]
    rows = {
        "reform_tasks": [[*task[:8], plan] for task in given["tasks"]],
        "reform_task_statuses": [
            [task[0], day, status] for task in given["tasks"] for day, status in task[8].items()
        ],
        "inspections": [[*inspection, plan] for inspection in given["inspections"]],
        "dialogues": given["dialogues"],
        "apologies": [
            [
                letter[name]
                for name in ("dossier_code", "letter_date", "old_due_date", "new_due_date", "reason")
            ]
            for letter in letters
        ],
        "self_evaluations": _own_marks(register),
    }
    for kind, content in rows.items():
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([*_HEADERS[kind], _SAMPLE])
        writer.writerows([*map(_cell, row), "x"] for row in content)
        yield (
            kind,
            Exported(
                file_name=_NAMES[kind],
                content=text.getvalue().encode("utf-8-sig"),
                rows=pl.DataFrame({"row": range(len(content))}),
                row_numbers=list(range(2, len(content) + 2)),
                not_records=1,
            ),
        )


def _cell(value: object) -> object:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


def _own_marks(register: pl.DataFrame) -> list[list[object]]:
    """Some communes of today mark themselves, by a rule that needs no draw."""
    rules = parameters("kept_registers")["own_marks"]
    today = register.filter((pl.col("agency_level") == "commune") & pl.col("valid_to_date").is_null())
    some = today.sort("agency_code").gather_every(rules["one_in"]).select("agency_name", "agency_code")
    return [
        [name, code, year, quarter, 2, 1 + (place + quarter) % 2, (place * 2 + quarter) % 3]
        for year, quarter in rules["quarters"]
        for place, (name, code) in enumerate(some.iter_rows())
    ]


def true_tasks(cut: date) -> pl.DataFrame:
    """What is to be concluded about each task on the day of the data cut."""
    return pl.DataFrame(
        [(task[0], _outcome(task[6], task[8], cut)) for task in parameters("kept_registers")["tasks"]],
        schema=TASKS,
        orient="row",
    )


def _outcome(due: date, states: dict[date, str], cut: date) -> str:
    day, state = max(((day, state) for day, state in states.items() if day <= cut), default=(cut, "Đã giao"))
    if state == "Dừng":
        return "cancelled"
    if state == "Hoàn thành":
        return "done_on_time" if day <= due else "done_late"
    return "open_late" if cut > due else "open_in_time"
