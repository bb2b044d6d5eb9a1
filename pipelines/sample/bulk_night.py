"""One more delivery of the one-stop portal, a day after the last: new dossiers, changed ones, corrected ones.

Here: what happened on that one day, its files, and the counts after it.
Not here: the months before (`bulk.py`), how a file looks (`bulk_files.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.sample.bulk_files import cells, put_log, put_ratings, writer
from pipelines.sample.bulk_truth import Tally, forget_earlier
from pipelines.sample.calendar import DAY, HOUR, NEVER, WorkingCalendar
from pipelines.sample.deliveries import EVENTS, tell, with_verdict
from pipelines.sample.faults import inject_faults
from pipelines.sample.lives import Month, Scene, draw_lives, promise, with_codes
from pipelines.sample.months import draws
from pipelines.sample.options import ONE_STOP, GenerateOptions, parameters
from pipelines.sample.ratings import draw_ratings
from pipelines.sample.steps import FINAL, RECEIVED, WAITING, draw_steps, known_by

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from pipelines.sample.offices import Desk

    Ints = npt.NDArray[np.int64]

_NEW, _CHANGED, _RATINGS, _STEPS = range(220, 224)
_OPENS, _CLOSES = 7 * HOUR, 20 * HOUR
_COUNTER = 10 * 60


@dataclass(frozen=True)
class Evening:
    """What is known when the last file of the months has been written.

    Attributes:
        options: of the generation.
        calendar: working calendar.
        desk: agencies and procedures.
        month: the last month.
        pool: number of persons that may hand in.
        open_lives: dossiers with something ahead of them.
        open_rows: what the last file said of them, rows that are accepted.
        old_rows: some accepted rows of dossiers at rest, for corrections.
        tally: counts of all files so far.
    """

    options: GenerateOptions
    calendar: WorkingCalendar
    desk: Desk
    month: Month
    pool: int
    open_lives: pl.DataFrame
    open_rows: pl.DataFrame
    old_rows: pl.DataFrame
    tally: Tally

    @property
    def moment(self) -> datetime:
        """When the night's list is extracted: a day after the last."""
        return datetime.combine(self.month.next_first + timedelta(days=1), time())

    @property
    def end(self) -> int:
        """The same in seconds."""
        return self.month.end + DAY

    @property
    def faultless(self) -> GenerateOptions:
        """The options without any fault."""
        return replace(self.options, fault_rates=dict.fromkeys(parameters("faults_one_stop"), 0.0))

    def draws(self, stream: int) -> np.random.Generator:
        """A source of draws of its own."""
        return draws(self.options, self.month, stream)

    def some_time(self, rng: np.random.Generator, count: int) -> Ints:
        """Moments of the day that lies between the two extractions; whatever day it is, it is worked."""
        return self.month.end + _OPENS + (rng.random(count) * (_CLOSES - _OPENS)).astype(np.int64)


def corrections(options: GenerateOptions) -> int:
    """How many old dossiers a night corrects."""
    return round(options.night * float(parameters("world")["nights"]["correction_share"]))


def with_result(rows: pl.DataFrame) -> pl.DataFrame:
    """Dossiers that got their result, with what matters to the mood of who rates them."""
    return rows.filter(pl.col("status_code").is_in(["finished", "returned"])).select(
        "true_code", "agency_name", is_late=(pl.col("finished_at") > pl.col("due_at")).fill_null(value=False)
    )


def deliver_night(evening: Evening, out: Path) -> None:
    """Write the night's files below `out/landing` and the counts after it into `out/truth/summary.json`.

    Half of the rows are changes to dossiers that were open, as far as so many were; some correct the promise
    of old ones; the rest are new. No row is faulty: what a night does to the figures is what is wanted.
    """
    forget_earlier(out)
    old = evening.old_rows.head(corrections(evening.options))
    changed = _changed(evening, evening.options.night // 2)
    new = _new(evening, evening.options.night - changed.height - old.height)
    moved = pl.concat([changed, new])
    rows = _untouched(evening, tell(ONE_STOP, moved, evening.desk, evening.end))
    corrected = with_verdict(
        old.drop("stated_outcome_code").with_columns(due_at=pl.col("due_at") + pl.duration(days=1)), ONE_STOP
    )
    listed = pl.concat([rows, corrected.select(rows.columns)])
    tally = _files(evening, out, moved, listed)
    tally.outcomes, tally.statuses = deepcopy(evening.tally.outcomes), deepcopy(evening.tally.statuses)
    before = datetime.combine(evening.month.next_first, time())
    tally.count_states(evening.open_rows, before, sign=-1)
    tally.count_states(old, before, sign=-1)
    silent = evening.open_rows.join(listed, on="true_code", how="anti")
    tally.count_states(pl.concat([silent.select(listed.columns), listed]), evening.moment)
    tally.write(out / "truth", evening.options.layout, evening.moment)


def _untouched(evening: Evening, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the columns that faults would write on, and the portal's verdict."""
    unstruck = inject_faults(rows, ONE_STOP, evening.moment, evening.faultless, evening.draws(_NEW))
    return with_verdict(unstruck, ONE_STOP)


def _changed(evening: Evening, count: int) -> pl.DataFrame:
    """Open dossiers on which something happened: most closed, others put off or asked for papers."""
    nights: dict[str, Any] = parameters("world")["nights"]
    rng = evening.draws(_CHANGED)
    told = evening.open_rows.select(dossier_code="true_code")
    in_work = (pl.col("received") < evening.month.end) & (pl.col("ended") >= evening.month.end)
    lives = evening.open_lives.filter(in_work).join(told, on="dossier_code", how="semi")
    lives = lives[np.sort(rng.permutation(lives.height)[:count]).tolist()]
    at, share = evening.some_time(rng, lives.height), rng.random(lives.height)
    due = np.where(lives["due_0"].to_numpy() < NEVER, lives["due_0"].to_numpy(), evening.month.end)
    later = np.maximum(due, evening.end) // DAY
    moved_day = evening.calendar.day_at(evening.calendar.index_from(later) + nights["put_off_days"])
    put_off = (share < nights["put_off_share"]) & (moved_day * DAY < NEVER)
    asked = (share >= nights["put_off_share"]) & (share < nights["put_off_share"] + nights["asked_share"])
    asked &= lives["asked_1"].to_numpy() >= evening.month.end
    drawn = lives.with_columns(
        at=pl.Series(at),
        put_off=pl.Series(put_off),
        asked=pl.Series(asked),
        moved=pl.Series(moved_day * DAY + due % DAY),
    )
    ahead = {
        name: pl.when(pl.col(name) < evening.month.end).then(name).otherwise(pl.lit(NEVER)) for name in EVENTS
    }
    still = drawn.with_columns(**ahead)  # what was to come is not what comes now
    closed = ~pl.col("put_off") & ~pl.col("asked")
    changed: pl.DataFrame = still.with_columns(
        extended=pl.when("put_off").then("at").otherwise("extended"),
        due_extended=pl.when("put_off").then("moved").otherwise("due_extended"),
        asked_1=pl.when("asked").then("at").otherwise("asked_1"),
        ended=pl.when(closed).then("at").otherwise(pl.lit(NEVER)),
        ending=pl.when(closed).then(pl.lit("finished")).otherwise("ending"),
    )
    return changed.select(evening.open_lives.columns)


def _new(evening: Evening, count: int) -> pl.DataFrame:
    """Dossiers handed in online on the day; half of them are accepted at once."""
    rng = evening.draws(_NEW)
    scene = Scene(ONE_STOP, evening.desk, evening.month, evening.calendar, rng)
    lives = draw_lives(scene, count, evening.pool)
    applied = np.sort(evening.some_time(rng, count))
    received = applied + _COUNTER
    rule = parameters("world")["portals"][ONE_STOP]["due_time"]
    channel = np.full(count, "online")
    unit, days = evening.desk.promised(lives["service"].to_numpy(), channel)
    due = promise(rule, unit, days, received, evening.calendar)
    accepted = rng.random(count) < 0.5  # noqa: PLR2004
    never = pl.lit(NEVER)
    quiet = lives.with_columns(**dict.fromkeys((*EVENTS, "due_extended"), never))
    fresh = quiet.with_columns(
        channel=pl.Series(channel),
        ending=pl.lit("finished"),
        is_paid_late=pl.lit(value=False),
        applied=pl.Series(applied),
        received=pl.Series(np.where(accepted, received, NEVER)),
        **{name: pl.Series(due) for name in ("due_0", "due_1", "due_2")},
    )
    next_month = Month(evening.month.next_first.year, evening.month.next_first.month, 1.0)
    coded = with_codes(fresh.drop("dossier_code"), evening.desk, ONE_STOP, next_month)
    return coded.select(evening.open_lives.columns)


def _files(evening: Evening, out: Path, moved: pl.DataFrame, listed: pl.DataFrame) -> Tally:
    tally = Tally()
    day = evening.moment.date()
    lists = writer(evening.options.layout, out / "landing" / "dossiers", day)
    tally.count_file("dossiers", lists.put(cells(listed, 1), day), listed.height)
    lists.close()
    steps = draw_steps(moved, evening.calendar, evening.draws(_STEPS))
    fresh = (pl.col("started") >= evening.month.end) & (
        pl.col("stage").is_in([RECEIVED, FINAL]) | (pl.col("stage") >= WAITING)
    )
    told = known_by(steps.filter(fresh), evening.end)
    if not told.is_empty():
        tally.count_file("processing_log", put_log(out / "landing", day, told), told.height)
    closed = listed.filter(pl.col("finished_at") >= evening.moment - timedelta(days=1))
    rated = draw_ratings(with_result(closed), evening.faultless, evening.draws(_RATINGS))
    first = evening.month.next_first
    if not rated.is_empty():
        tally.count_file("ratings", put_ratings(out / "landing", (first, first, day), rated), rated.height)
    return tally
