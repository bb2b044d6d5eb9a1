"""What a procedure's limit allows: the witness of the warehouse's recomputed due moment.

Here: the one limit of a procedure and channel, and the moment it ends, by the province's own calendar.
Not here: what a portal promises (`lives.py`, `promises.py`); any code of the pipeline.
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.sample.calendar import AFTERNOON, DAY, HOUR, NEVER, WORKING_DAY, WorkingCalendar

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_UNITS = {"Giờ": "hour", "Ngày làm việc": "working_day", "Ngày": "calendar_day", "Tháng": "month"}
_CHANNELS = {"Trực tiếp": "direct", "Trực tuyến": "online", "Dịch vụ bưu chính": "postal"}
_PRINTED = r"^([0-9.]+)(?: (Giờ|Ngày làm việc|Ngày|Tháng))?$"  # the unit is often missing
_CLOSING = AFTERNOON[1]
_MINUTE = 60
# closing times of single procedures, domain.md §2.3: received later, the limit runs from the next working day
CUTOFFS = {"2.000635": 15 * HOUR, "2.000908": 15 * HOUR}


def _rows(path: Path) -> pl.DataFrame:
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.all().replace("", None))


def _only(rows: pl.DataFrame, *key: str) -> pl.DataFrame:
    """Where exactly one limit is printed, that one; a count without a unit is one too, of unknown length."""
    distinct = rows.select(*key, "limit_count", "limit_unit").filter(pl.col("limit_count") > 0).unique()
    whole = pl.col("limit_count") == pl.col("limit_count").floor()
    alone = distinct.filter(pl.len().over(*key) == 1).filter(pl.col("limit_unit").is_not_null() & whole)
    return alone.with_columns(pl.col("limit_count").cast(pl.Int64)).sort(*key)


def channel_limits(methods: Path) -> pl.DataFrame:
    """The one limit of each procedure and channel: procedure_code, channel_code, limit_count, limit_unit.

    A channel for which several limits, or none with a whole count and a unit, are printed is left out.
    """
    rows = _rows(methods).select(
        procedure_code="ma_thu_tuc",
        channel_code=pl.col("hinh_thuc").replace_strict(_CHANNELS, default=None),
        limit_count=pl.col("thoi_gian").cast(pl.Float64, strict=False),
        limit_unit=pl.col("don_vi").replace_strict(_UNITS, default=None),
    )
    return _only(rows.filter(pl.col("channel_code").is_not_null()), "procedure_code", "channel_code")


def label_limits(catalogue: Path) -> pl.DataFrame:
    """The one limit of each procedure's summary label: procedure_code, limit_count, limit_unit."""
    parts = (
        _rows(catalogue)
        .select(procedure_code="ma_thu_tuc", part=pl.col("thoi_han_tom_tat").str.split("; "))
        .explode("part")
    )
    printed = parts.select(
        "procedure_code",
        limit_count=pl.col("part").str.extract(_PRINTED, 1).cast(pl.Float64),
        limit_unit=pl.col("part").str.extract(_PRINTED, 2).replace_strict(_UNITS, default=None),
    )
    return _only(printed, "procedure_code")


@dataclass(frozen=True)
class Law:
    """Limits and the calendars they are counted in.

    Attributes:
        by_channel: as `channel_limits`.
        by_label: as `label_limits`.
        calendar: days that are really worked.
    """

    by_channel: pl.DataFrame
    by_label: pl.DataFrame
    calendar: WorkingCalendar

    @classmethod
    def read(cls, catalogue: Path, methods: Path, calendar: WorkingCalendar) -> Law:
        """Read both lists.

        Raises:
            FileNotFoundError: one of them is not there.
        """
        return cls(channel_limits(methods), label_limits(catalogue), calendar)

    def with_dues(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add `recomputed_due_at` and `plain_due_at`, with a time of day, null where they cannot be told.

        `plain_due_at` is the same in weeks of Monday to Friday without a day off: what a portal prints
        whose calendar nobody maintains.

        Args:
            rows: states with procedure_resolved, channel_code, received_at, supplement_count,
                supplement_request_count, supplement_requested_at, supplement_completed_at, observed_at.
        """
        found = rows.join(
            self.by_channel, left_on=["procedure_resolved", "channel_code"],
            right_on=["procedure_code", "channel_code"], how="left", maintain_order="left",
        ).join(
            self.by_label, left_on="procedure_resolved", right_on="procedure_code", how="left",
            suffix="_of_label", maintain_order="left",
        )  # fmt: skip
        by_label = pl.col("limit_count").is_null()
        requested, completed = pl.col("supplement_requested_at"), pl.col("supplement_completed_at")
        paused = pl.col("supplement_count") == 1
        stated = (
            (pl.col("supplement_request_count") == 1) & requested.is_not_null() & completed.is_not_null()
        ).fill_null(value=False)
        found = found.with_columns(
            limit_count=pl.when(by_label).then("limit_count_of_label").otherwise("limit_count"),
            limit_unit=pl.when(by_label).then("limit_unit_of_label").otherwise("limit_unit"),
            waited_from=pl.when(paused).then(requested),
            waited_until=pl.when(paused).then(completed),
            # a receipt after the list was printed is none
            tellable=(pl.col("received_at").dt.date() <= pl.col("observed_at").dt.date()).fill_null(
                value=False
            )
            & ((pl.col("supplement_count") == 0) | (paused & stated)),
        )
        plain = self.calendar.plain_weeks()
        return rows.with_columns(
            recomputed_due_at=_due(found, self.calendar), plain_due_at=_due(found, plain)
        )


@dataclass(frozen=True)
class Cases:
    """Receipts and their limits, in vectors of equal length.

    Attributes:
        received: whole minutes, in seconds since 1970.
        cutoff: when the day closes for the procedure, in seconds since midnight.
        count: length of the limit.
        unit: hour, working_day, calendar_day or month.
        asked: when papers were asked for, seconds since 1970.
        answered: when they came; equal to `asked` where nothing was asked for.
    """

    received: Ints
    cutoff: Ints
    count: Ints
    unit: npt.NDArray[np.str_]
    asked: Ints
    answered: Ints


def _seconds(rows: pl.DataFrame, column: str) -> Ints:
    """Seconds since 1970, to the whole minute; 0 where there is none."""
    minutes = rows[column].dt.epoch("s").fill_null(0) // _MINUTE * _MINUTE
    return minutes.to_numpy().astype(np.int64)


def _due(rows: pl.DataFrame, calendar: WorkingCalendar) -> pl.Series:
    limit = pl.col("limit_count").fill_null(0) > 0
    tellable = rows.select(pl.col("tellable") & limit & pl.col("limit_unit").is_not_null()).to_series()
    cutoff = rows["procedure_resolved"].replace_strict(CUTOFFS, default=_CLOSING, return_dtype=pl.Int64)
    cases = Cases(
        received=_seconds(rows, "received_at"),
        cutoff=cutoff.to_numpy().astype(np.int64),
        count=rows["limit_count"].fill_null(0).to_numpy().astype(np.int64),
        unit=rows["limit_unit"].fill_null("").to_numpy(),
        asked=_seconds(rows, "waited_from"),
        answered=_seconds(rows, "waited_until"),
    )
    due = due_from_limit(calendar, cases)
    known = tellable.to_numpy() & (due < NEVER)
    moments = pl.Series(np.where(known, due, 0)) * 1_000_000
    return pl.select(pl.when(pl.Series(known)).then(moments.cast(pl.Datetime("us")))).to_series()


def due_from_limit(calendar: WorkingCalendar, cases: Cases) -> Ints:
    """Moment at which a limit ends, `NEVER` beyond the calendar.

    The day of receipt is not counted; a receipt on a day off or after the cut-off counts as one of the next
    working day. A limit in days or months ends with the last session of its day, one in hours to the minute.
    Waiting for papers moves days on by the working days between the two moments, hours by the minutes.
    """
    unit, count = cases.unit, cases.count
    day, second = np.divmod(cases.received, DAY)
    index = calendar.index_from(day)
    worked = calendar.day_at(index) == day
    next_morning = worked & (second > np.minimum(cases.cutoff, _CLOSING))
    index = index + next_morning
    start_day = np.where(worked & ~next_morning, day, calendar.day_at(index))
    asked, answered = cases.asked, cases.answered
    waited_days = calendar.worked_through(answered // DAY) - calendar.worked_through(asked // DAY)
    waited_seconds = calendar.to_working(answered) - calendar.to_working(asked)

    by_index = np.select(
        [unit == "working_day", unit == "calendar_day", unit == "month"],
        [
            index + count,
            calendar.index_from(np.minimum(start_day + count, NEVER // DAY)),
            calendar.index_from(_months_later(start_day, count)),
        ],
        0,
    )
    end_day = calendar.day_at(by_index + waited_days)
    by_day = np.where(end_day * DAY >= NEVER, NEVER, end_day * DAY + _CLOSING)
    start = np.where(next_morning, index * WORKING_DAY, calendar.to_working(cases.received))
    # an hour that ends with a session ends there, not when the next one begins
    last_second = calendar.from_working(start + count * HOUR + waited_seconds - 1)
    by_hour = np.where(last_second >= NEVER, NEVER, last_second + 1)
    return np.where(unit == "hour", by_hour, by_day)


def _months_later(day: Ints, months: Ints) -> Ints:
    """The same day so many months later, or the last one of a shorter month."""
    known = np.minimum(day, 1_000_000)  # NEVER has no date
    dates = pl.DataFrame({"day": known.astype(np.int32), "n": months}).select(
        pl.col("day").cast(pl.Date).dt.offset_by(pl.format("{}mo", "n")).cast(pl.Int32)
    )
    return dates.to_series().to_numpy().astype(np.int64)
