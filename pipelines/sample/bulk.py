"""Deliveries made for volume: one portal of the whole province, up to ten million dossiers and more.

Here: the months one after the other, each dossier told once, in the month it came to rest; what is still open
stands in the last file. No more than a month, and what is open, is ever in memory.
Not here: how a dossier lives (`lives.py`), how a file looks (`bulk_files.py`), the night after
(`bulk_night.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample.bulk_files import Writer, cells, put_log, put_ratings, writer
from pipelines.sample.bulk_night import Evening, corrections, deliver_night, with_result
from pipelines.sample.bulk_truth import Tally, accepted, forget_earlier
from pipelines.sample.calendar import NEVER, WorkingCalendar
from pipelines.sample.deliveries import EVENTS, tell, with_verdict
from pipelines.sample.exports_registers import export_agencies, unchanged
from pipelines.sample.faults import inject_faults
from pipelines.sample.limits import Law
from pipelines.sample.lives import Month, Scene, draw_lives
from pipelines.sample.months import check_within, draws, months_of, spread
from pipelines.sample.offices import Desk
from pipelines.sample.options import (
    CATALOGUE_NAME,
    LIMITS_NAME,
    ONE_STOP,
    GenerateOptions,
    GenerateReport,
    parameters,
)
from pipelines.sample.promises import bend_promises
from pipelines.sample.ratings import draw_ratings
from pipelines.sample.registers import agency_register, handled_procedures
from pipelines.sample.steps import RECEIVED, draw_steps, known_by

if TYPE_CHECKING:
    from pathlib import Path

# beside those of the portals, so that no draw of theirs is repeated
_LIVES, _FAULTS, _PROMISES, _FORGOTTEN, _CORRECTED, _RATINGS, _STEPS = range(200, 207)


@dataclass
class _Run:
    """What one generation knows while it goes through the months."""

    options: GenerateOptions
    out: Path
    calendar: WorkingCalendar
    register: pl.DataFrame
    desk: Desk
    months: list[Month]
    writer: Writer
    tally: Tally = field(default_factory=Tally)
    carried: list[pl.DataFrame] = field(default_factory=list)
    to_rate: list[pl.DataFrame] = field(default_factory=list)
    steps: list[pl.DataFrame] = field(default_factory=list)
    correctable: list[pl.DataFrame] = field(default_factory=list)

    @property
    def pool(self) -> int:
        """Number of persons that may hand in."""
        return int(self.options.dossiers * parameters("world")["person_pool_per_dossier"])

    @property
    def cut(self) -> datetime:
        """The moment of the last extraction."""
        return datetime.combine(self.months[-1].next_first, time())


def generate_bulk(options: GenerateOptions, out: Path) -> GenerateReport:
    """Write one province as the one-stop portal lists it, and the counts a perfect pipeline finds.

    Args:
        options: with a layout other than `portals`; equal options give equal files, byte for byte.
        out: folder that gets `landing/<kind>/…` and `truth/summary.json`; with a night also `night/`, laid
            out alike. Files an earlier summary lists are replaced; any other file is left alone.

    Returns:
        Counts of what was written, the night left out.

    Raises:
        FileNotFoundError: the real lists or the working calendar are not where `options` says.
        OutsideCalendar: a month or a promise would lie beyond the working calendar.
    """
    run = _prepared(options, out)
    counts = spread(options.dossiers, run.calendar, run.months, [1.0])
    for month, (count,) in zip(run.months, counts, strict=True):
        _live_month(run, month, count)
    run.writer.close()
    _deliver_registers(run)
    landed = (entry["kind"] + "/" + name for name, entry in run.tally.files.items())
    run.tally.size_bytes = sum((out / "landing" / name).stat().st_size for name in landed)
    run.tally.write(out / "truth", options.layout, run.cut)
    return GenerateReport(
        files=len(run.tally.files),
        dossiers=run.tally.outcomes.total(),
        rows=sum(e["rows_read"] for e in run.tally.files.values() if e["kind"] == "dossiers"),
        faults={name: run.tally.faults[name] for name in sorted(run.tally.faults)},
        size_bytes=run.tally.size_bytes,
    )


def _prepared(options: GenerateOptions, out: Path) -> _Run:
    register = agency_register(options.reference)
    calendar = WorkingCalendar.read(options.calendar)
    months = months_of(options)
    check_within(calendar, months)
    law = Law.read(options.catalogue, options.limits, calendar)
    # every agency that hands in on any of the three portals hands in here
    handing_in = pl.when(pl.col("portal").is_not_null()).then(pl.lit(ONE_STOP))
    desk = Desk.of(
        ONE_STOP,
        register.with_columns(portal=handing_in),
        handled_procedures(options.catalogue),
        options.agencies,
        law.by_channel,
    )
    factor = parameters("world")["late_share"]["one_stop_factor"]
    desk = replace(desk, offices=desk.offices.with_columns(pl.col("late_share") * factor))
    forget_earlier(out)
    lists = writer(options.layout, out / "landing" / "dossiers", months[-1].next_first)
    return _Run(options, out, calendar, register, desk, months, lists)


def _live_month(run: _Run, month: Month, count: int) -> None:
    """Live a month and tell of the dossiers that came to rest in it, at the end of all."""
    scene = Scene(ONE_STOP, run.desk, month, run.calendar, draws(run.options, month, _LIVES))
    born = draw_lives(scene, count, run.pool)
    born = bend_promises(replace(scene, rng=draws(run.options, month, _PROMISES)), born)
    born = _forget(run, born, month)
    alive = pl.concat([*run.carried, born])
    ahead = pl.any_horizontal((pl.col(name) >= month.end) & (pl.col(name) < NEVER) for name in EVENTS)
    is_open = ahead | (pl.col("ended") >= month.end)
    run.carried = [alive.filter(is_open)]
    rows = _tell(run, alive if month == run.months[-1] else alive.filter(~is_open), month)
    if "processing_log" in run.options.formats:
        _log(run, born, month)
    if "ratings" in run.options.formats:
        _rate(run, rows, month)
    if month == run.months[-1] and run.options.night:
        _deliver_night(run, rows, month)


def _forget(run: _Run, born: pl.DataFrame, month: Month) -> pl.DataFrame:
    """Some are never closed by anybody, the more the later they came: old ones have been found by now."""
    share = month.between(parameters("world")["forgotten_share"][ONE_STOP])
    drawn = draws(run.options, month, _FORGOTTEN).random(born.height) < share
    forgotten = pl.Series(drawn) & (born["ending"] == "finished")
    never = pl.when(forgotten).then(pl.lit(NEVER))
    return born.with_columns(never.otherwise(name).alias(name) for name in ("ended", "returned"))


def _tell(run: _Run, lives: pl.DataFrame, month: Month) -> pl.DataFrame:
    """Write the month's part of the list and count it; the rows a pipeline accepts."""
    moment = datetime.combine(month.next_first, time())
    rows = tell(ONE_STOP, lives, run.desk, month.end)
    struck = inject_faults(rows, ONE_STOP, moment, run.options, draws(run.options, month, _FAULTS))
    rows = with_verdict(struck, ONE_STOP)
    before = sum(e["rows_read"] for e in run.tally.files.values() if e["kind"] == "dossiers")
    first_number = 1 if run.options.layout == "csv" else before + 1
    good = accepted(rows)
    if rows.is_empty():
        return good
    name = run.writer.put(cells(rows, first_number), month.next_first)
    quarantined, repeated = int(rows["quarantine_reason"].count()), int(rows["is_repeat"].sum())
    run.tally.count_file("dossiers", name, rows.height, quarantined, repeated)
    run.tally.count_faults(rows)
    run.tally.count_states(good, run.cut)
    if run.options.night:
        wanted = math.ceil(corrections(run.options) / len(run.months))
        drawn = draws(run.options, month, _CORRECTED).random(good.height).argsort()[:wanted]
        run.correctable.append(good[sorted(drawn.tolist())])
    return good


def _log(run: _Run, born: pl.DataFrame, month: Month) -> None:
    """In the last months, the steps of every dossier of these months that moved."""
    if month not in run.months[-parameters("world")["processing_log"]["months"] :]:
        return
    steps = draw_steps(born, run.calendar, draws(run.options, month, _STEPS))
    run.steps.append(steps.filter(pl.col("stage") >= RECEIVED))
    steps = pl.concat(run.steps)
    moved = pl.any_horizontal(pl.col(c).is_between(month.start, month.end - 1) for c in ("started", "ended"))
    told = known_by(steps, month.end).join(steps.filter(moved), on="dossier_code", how="semi")
    if told.is_empty():
        return
    name = put_log(run.out / "landing", month.next_first, told)
    run.tally.count_file("processing_log", name, told.height)


def _rate(run: _Run, rows: pl.DataFrame, month: Month) -> None:
    """At the end of a quarter, or of all months, what was rated since the last time."""
    run.to_rate.append(with_result(rows))
    if month.month % 3 and month != run.months[-1]:
        return
    since = max(run.months[0].first, month.first.replace(month=(month.month - 1) // 3 * 3 + 1))
    rated = draw_ratings(pl.concat(run.to_rate), run.options, draws(run.options, month, _RATINGS))
    run.to_rate = []
    if rated.is_empty():
        return
    run.tally.count_faults(rated)
    name = put_ratings(run.out / "landing", (since, month.last, month.next_first), rated)
    run.tally.count_file("ratings", name, rated.height, int(rated["quarantine_reason"].count()))


def _deliver_night(run: _Run, rows: pl.DataFrame, month: Month) -> None:
    """Hand what is known in the evening to the night after it."""
    [open_lives] = run.carried
    evening = Evening(
        options=run.options,
        calendar=run.calendar,
        desk=run.desk,
        month=month,
        pool=run.pool,
        open_lives=open_lives,
        open_rows=rows.join(open_lives, left_on="true_code", right_on="dossier_code", how="semi"),
        old_rows=pl.concat(run.correctable).join(
            open_lives, left_on="true_code", right_on="dossier_code", how="anti"
        ),
        tally=run.tally,
    )
    deliver_night(evening, run.out / "night")


def _deliver_registers(run: _Run) -> None:
    """Deliver the registers once."""
    landing = run.out / "landing"
    registers = {"agencies": export_agencies(run.register)} if "agencies" in run.options.formats else {}
    contents = {kind: (it.file_name, it.content, it.rows.height) for kind, it in registers.items()}
    for kind, file_name, real in (
        ("procedures", CATALOGUE_NAME, run.options.catalogue),
        ("procedure_limits", LIMITS_NAME, run.options.limits),
    ):
        if kind in run.options.formats:
            contents[kind] = (file_name, *unchanged(real))
    for kind, (file_name, content, records) in contents.items():
        (landing / kind).mkdir(parents=True, exist_ok=True)
        (landing / kind / file_name).write_bytes(content)
        run.tally.count_file(kind, file_name, records)
