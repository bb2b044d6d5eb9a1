"""One generation of the synthetic province: exports below `landing/`, the truth below `truth/`.

Here: the months one after the other and what is kept of them for the truth.
Not here: how a dossier lives, how a file looks, what is true (the modules it calls).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sample import truth
from pipelines.sample.bulk import generate_bulk
from pipelines.sample.calendar import WorkingCalendar
from pipelines.sample.deliveries import NAMES_ONLY, deliver_month, with_verdict
from pipelines.sample.electronic import Electronic
from pipelines.sample.exporting import Exported, Sheet
from pipelines.sample.exports_igate import export_igate
from pipelines.sample.exports_land import export_land
from pipelines.sample.exports_log import export_log
from pipelines.sample.exports_registers import export_agencies, unchanged
from pipelines.sample.exports_tandan import export_tandan
from pipelines.sample.faults import inject_faults
from pipelines.sample.kept_registers import LETTERS, draw_letters, export_kept, true_tasks
from pipelines.sample.limits import Law
from pipelines.sample.lives import Month, Scene, draw_lives
from pipelines.sample.months import check_within, draws, months_of, spread
from pipelines.sample.offices import Desk
from pipelines.sample.options import (
    CATALOGUE_NAME,
    LIMITS_NAME,
    PORTALS,
    GenerateOptions,
    GenerateReport,
    parameters,
)
from pipelines.sample.people import people, submitter_of
from pipelines.sample.petition_files import KIND, Province, forget_petitions, write_petitions
from pipelines.sample.promises import bend_promises
from pipelines.sample.ratings import draw_ratings, export_ratings
from pipelines.sample.registers import agency_register, handled_procedures
from pipelines.sample.steps import draw_steps, known_by, true_steps
from pipelines.sample.truth_files import KEPT, Delivered, forget_earlier, write_truth

TANDAN, IGATE, LAND = PORTALS
_EXPORT = {TANDAN: export_tandan, IGATE: export_igate, LAND: export_land}
_EXTRACTED = {TANDAN: time(7, 30), IGATE: time(0, 30), LAND: time(0, 0)}  # on the first of the next month
_RATINGS_EXTRACTED = time(8, 0)
_RATINGS_STREAM = 90
_PROMISES_STREAM = 7  # beside the portal's own
_STEPS_STREAM = 95
_LETTERS_STREAM = 96
_TOLD: Mapping[str, pl.DataType] = {
    "true_code": pl.String(), "dossier_code": pl.String(), "agency_name": pl.String(),
    "finished_at": pl.Datetime("us"), "quarantine_reason": pl.String(), "is_repeat": pl.Boolean(),
}  # fmt: skip


@dataclass
class _Run:
    """What one generation knows while it goes through the months."""

    options: GenerateOptions
    out: Path
    spool: Path
    calendar: WorkingCalendar
    register: pl.DataFrame
    desks: dict[str, Desk]
    law: Law
    lives: dict[str, pl.DataFrame] = field(default_factory=dict)
    to_rate: list[pl.DataFrame] = field(default_factory=list)
    steps: list[pl.DataFrame] = field(default_factory=list)
    delivered: Delivered = field(default_factory=Delivered)

    @property
    def pool(self) -> int:
        """Number of persons that may hand in."""
        return int(self.options.dossiers * parameters("world")["person_pool_per_dossier"])

    def draws(self, month: Month, stream: int) -> np.random.Generator:
        """A source of draws of its own for each month and purpose, so that none disturbs another."""
        return draws(self.options, month, stream)

    def write(self, kind: str, file_name: str, content: bytes) -> None:
        """Put a file below `landing/<kind>/`."""
        path = self.out / "landing" / kind / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.delivered.size_bytes += len(content)

    def deliver(self, kind: str, exported: Exported, quarantined: int = 0, repeated: int = 0) -> None:
        """Write a file and keep what its ledger row must say."""
        read = exported.rows.height
        taken = read - quarantined - repeated
        self.delivered.files.append(
            (exported.file_name, kind, read, taken, quarantined, repeated, exported.not_records)
        )
        self.write(kind, exported.file_name, exported.content)


def generate(options: GenerateOptions, out: Path) -> GenerateReport:
    """Write one synthetic province: what its portals export, and what is true about it.

    Args:
        options: size, period, faults; equal options give equal files, byte for byte.
        out: folder that gets `landing/<kind>/…` and `truth/*.parquet`. Files that an earlier
            generation lists in `truth/files.parquet` are replaced; any other file is left alone.

    Returns:
        Counts of what was written.

    Raises:
        FileNotFoundError: the real lists or the working calendar are not where `options` says.
        OutsideCalendar: a month or a promise would lie beyond the working calendar.
    """
    if options.layout != "portals":
        return generate_bulk(options, out)
    register = agency_register(options.reference)
    services = handled_procedures(options.catalogue)
    calendar = WorkingCalendar.read(options.calendar)
    law = Law.read(options.catalogue, options.limits, calendar)
    desks = {
        portal: Desk.of(
            portal, register, services, options.agencies, None if portal in NAMES_ONLY else law.by_channel
        )
        for portal in options.portals
    }
    months = months_of(options)
    check_within(calendar, months)
    forget_earlier(out)
    forget_petitions(out)
    with tempfile.TemporaryDirectory(prefix="dunghen-generate-") as spool:
        run = _Run(options, out, Path(spool), calendar, register, desks, law)
        shares = [parameters("world")["portals"][portal]["share"] for portal in options.portals]
        for month, counts in zip(months, spread(options.dossiers, calendar, months, shares), strict=True):
            for portal, count in zip(options.portals, counts, strict=True):
                born = _export_month(run, portal, month, count, months[-1].end)
                if portal == IGATE and "processing_log" in options.formats:
                    _export_log(run, born, month, months)
            if TANDAN in options.portals and "ratings" in options.formats:
                _export_quarter(run, month, months)
        _export_registers(run)
        rows = pl.scan_parquet(run.spool / "*.parquet")
        written = None
        if KIND in options.formats:
            province = Province(options, months, list(desks.values()), register, calendar)
            written = write_petitions(province, rows, out)
            run.delivered.persons.append(written.persons)
        electronic = _export_electronic(run, months)
        report = write_truth(out, rows, run.delivered, run.law, partial(_keep_registers, run, months[-1]))
        electronic.write_truth(out / "truth")
    report = replace(report, files=report.files + len({name for name, *_ in electronic.all_files}))
    if written is None:
        return report
    return replace(
        report, files=report.files + written.files, size_bytes=report.size_bytes + written.size_bytes
    )


def _export_month(run: _Run, portal: str, month: Month, count: int, until: int) -> pl.DataFrame:
    """Live a month on one portal and export it on the first of the next; the dossiers applied for in it."""
    desk = run.desks[portal]
    stream = PORTALS.index(portal) * 10
    scene = Scene(portal, desk, month, run.calendar, run.draws(month, stream))
    born = bend_promises(
        replace(scene, rng=run.draws(month, stream + _PROMISES_STREAM)), draw_lives(scene, count, run.pool)
    )
    run.delivered.supplements.append(_supplements(portal, born, until))
    alive = pl.concat([run.lives[portal], born]) if portal in run.lives else born
    rows, run.lives[portal] = deliver_month(portal, alive, desk, month)
    if rows.is_empty():
        return born
    if portal == TANDAN:
        run.to_rate.append(_results(rows, month))
    moment = datetime.combine(month.next_first, _EXTRACTED[portal])
    struck = inject_faults(rows, portal, moment, run.options, run.draws(month, stream + 1))
    faulty = with_verdict(struck, portal)
    exported = _EXPORT[portal](Sheet(_with_people(run, faulty), month, moment))
    run.deliver(
        "dossiers",
        exported,
        quarantined=int(exported.rows["quarantine_reason"].count()),
        repeated=int(exported.rows["is_repeat"].sum()),
    )
    kept = truth.resolve_agencies(exported.rows, run.register, moment).with_columns(
        file_name=pl.lit(exported.file_name),
        row_number=pl.Series(exported.row_numbers, dtype=pl.Int64),
        observed_at=pl.lit(moment),
    )
    kept.select(KEPT).write_parquet(run.spool / f"{portal}-{month.first}.parquet")
    return born


def _export_log(run: _Run, born: pl.DataFrame, month: Month, months: list[Month]) -> None:
    """In the last months, export the steps of every dossier that moved; at the end say what is true."""
    if month not in months[-parameters("world")["processing_log"]["months"] :]:
        return
    run.steps.append(draw_steps(born, run.calendar, run.draws(month, _STEPS_STREAM)))
    steps = pl.concat(run.steps)
    moved = pl.any_horizontal(pl.col(c).is_between(month.start, month.end - 1) for c in ("started", "ended"))
    told = known_by(steps, month.end).join(steps.filter(moved), on="dossier_code", how="semi")
    if not told.is_empty():
        run.deliver("processing_log", export_log(told, datetime.combine(month.next_first, _EXTRACTED[IGATE])))
        run.delivered.persons.append(told["officer"].unique())
    if month == months[-1]:
        run.delivered.steps.append(true_steps(IGATE, steps, run.calendar, month.end))


def _with_people(run: _Run, rows: pl.DataFrame) -> pl.DataFrame:
    """Put names for numbers, and remember whose."""
    submitter = submitter_of(rows["person"])
    run.delivered.persons.append(pl.concat([rows["person"], submitter]).unique())
    return rows.with_columns(people(rows["person"]), submitter=people(submitter)["name"])


def _supplements(portal: str, born: pl.DataFrame, until: int) -> pl.DataFrame:
    """Requests for missing papers made before the last export, with the promise before and after."""

    def stamp(name: str) -> pl.Expr:
        return (pl.col(name) * 1_000_000).cast(pl.Datetime("us"))

    def request(n: int) -> pl.DataFrame:
        answered = pl.col(f"answered_{n}") < until
        return born.filter(pl.col(f"asked_{n}") < until).select(
            source_system=pl.lit(portal),
            dossier_code="dossier_code",
            ordinal=pl.lit(n, dtype=pl.Int64),
            requested_at=stamp(f"asked_{n}"),
            completed_at=pl.when(answered).then(stamp(f"answered_{n}")),
            due_before_at=stamp(f"due_{n - 1}"),
            due_after_at=pl.when(answered).then(stamp(f"due_{n}")),
        )

    return pl.concat([request(1), request(2)])


def _results(rows: pl.DataFrame, month: Month) -> pl.DataFrame:
    """Dossiers that got their result this month, with what matters to the mood."""
    fresh = (pl.col("finished_at") >= month.first) & pl.col("status_code").is_in(["finished", "returned"])
    return rows.filter(fresh).select(
        "true_code", "agency_name", is_late=pl.col("finished_at") > pl.col("due_at")
    )


def _export_quarter(run: _Run, month: Month, months: list[Month]) -> None:
    """At the end of a quarter, or of all months, export what was rated since the last time."""
    if month.month % 3 and month != months[-1]:
        return
    since = max(months[0].first, month.first.replace(month=(month.month - 1) // 3 * 3 + 1))
    rated = draw_ratings(pl.concat(run.to_rate), run.options, run.draws(month, _RATINGS_STREAM))
    run.to_rate = []
    if rated.is_empty():
        return
    moment = datetime.combine(month.next_first, _RATINGS_EXTRACTED)
    exported = export_ratings(rated, since, month.last, moment)
    run.deliver("ratings", exported, quarantined=int(rated["quarantine_reason"].count()))
    run.delivered.ratings.append(
        rated.select(
            "dossier_code", "fault", "quarantine_reason", "quarantine_column",
            source_system=pl.lit(TANDAN),
            file_name=pl.lit(exported.file_name),
            row_number=pl.Series(exported.row_numbers, dtype=pl.Int64),
        )
    )  # fmt: skip


def _keep_registers(run: _Run, month: Month, last: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Deliver the registers people keep, by what is true about the dossiers; say what is true about them."""
    if "kept_registers" not in run.options.formats:
        return {}
    letters = draw_letters(last, month.last, run.draws(month, _LETTERS_STREAM))
    for kind, exported in export_kept(letters, run.register):
        run.deliver(kind, exported)
    told = [{name: letter[name] for name in LETTERS} for letter in letters]
    return {
        "apologies": pl.DataFrame(told, schema=LETTERS).sort("dossier_code", "letter_date"),
        "reform_tasks": true_tasks(month.next_first),
    }


def _export_registers(run: _Run) -> None:
    """Deliver the registers once."""
    if "agencies" in run.options.formats:
        run.deliver("agencies", export_agencies(run.register))
    for kind, file_name, real in (
        ("procedures", CATALOGUE_NAME, run.options.catalogue),
        ("procedure_limits", LIMITS_NAME, run.options.limits),
    ):
        if kind in run.options.formats:
            content, records = unchanged(real)
            run.delivered.files.append((file_name, kind, records, records, 0, 0, 1))
            run.write(kind, file_name, content)


def _export_electronic(run: _Run, months: list[Month]) -> Electronic:
    """Deliver what portals tell of paying and digitising."""

    def accepted(portal: str, month: Month) -> pl.DataFrame:
        path = run.spool / f"{portal}-{month.first}.parquet"
        rows = pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=_TOLD)
        sound = pl.col("quarantine_reason").is_null() & (pl.col("dossier_code") == pl.col("true_code"))
        return rows.filter(sound & ~pl.col("is_repeat")).select("true_code", "agency_name", "finished_at")

    electronic = Electronic(
        write=run.write,
        draws=run.draws,
        rows=accepted,
        desk=run.desks.get(IGATE),
        dossiers=run.options.dossiers,
        pool=run.pool,
    )
    electronic.export(months, run.options.formats)
    run.delivered.persons += electronic.persons
    return electronic
