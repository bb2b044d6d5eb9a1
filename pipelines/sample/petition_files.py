"""All petitions of one generation: drawn month by month, exported by the year, judged at the end.

Here: what is written below `landing/petitions`, and `petitions` and `petition_files` of the truth.
Not here: a petition's life, look and truth (`petitions.py`, `exports_petitions.py`, `petition_truth.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sample.exports_petitions import export_bare, export_province, sender_of
from pipelines.sample.months import draws, spread
from pipelines.sample.options import parameters
from pipelines.sample.petition_truth import Witness, true_petitions
from pipelines.sample.petitions import BARE, PORTAL, Occasion, Office, Petition, draw_petitions, exports_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.sample.calendar import WorkingCalendar
    from pipelines.sample.lives import Month
    from pipelines.sample.offices import Desk
    from pipelines.sample.options import GenerateOptions

KIND = "petitions"
_STREAM = 130


def forget_petitions(out: Path) -> None:
    """Remove the exports that an earlier generation lists as its own."""
    listed = out / "truth" / "petition_files.parquet"
    if listed.exists():
        for file_name in pl.read_parquet(listed)["file_name"]:
            (out / "landing" / KIND / file_name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Province:
    """What petitions are made of, besides the dossiers.

    Attributes:
        options: size, period, seed.
        months: months of the generation.
        desks: the portals' agencies.
        register: agencies with their spans.
        calendar: working calendar.
    """

    options: GenerateOptions
    months: Sequence[Month]
    desks: Sequence[Desk]
    register: pl.DataFrame
    calendar: WorkingCalendar


@dataclass(frozen=True)
class Written:
    """Files and their size, and the numbers of the persons in them."""

    files: int
    size_bytes: int
    persons: pl.Series


def write_petitions(province: Province, rows: pl.LazyFrame, out: Path) -> Written:
    """Write exports and truth.

    Args:
        province: what they are made of.
        rows: every delivered dossier row: source_system, dossier_code, received_at, quarantine_reason.
        out: gets `landing/petitions/…` and the two tables of the truth.
    """
    dossiers, keys = _dossiers(rows)
    petitions = _drawn(province, dossiers)
    months, cut = province.months, province.months[-1].next_first
    folder = out / "landing" / KIND
    folder.mkdir(parents=True, exist_ok=True)
    files: list[tuple[str, int]] = []
    first_told: dict[Petition, date] = {}
    size = 0
    for portal, export in ((PORTAL, export_province), (BARE, export_bare)):
        mine = [petition for petition in petitions if petition.portal == portal]
        spans = exports_of(months) if portal == PORTAL else [(months[0].first, cut)]
        for since, until in spans:
            end = datetime.combine(until, time())
            told = [petition for petition in mine if petition.moved_in(datetime.combine(since, time()), end)]
            if not told:
                continue
            name, content = export([petition.known_by(end) for petition in told], until)
            (folder / name).write_bytes(content)
            files.append((name, len(told)))
            size += len(content)
            first_told |= {petition: until for petition in told if petition not in first_told}
    last = {petition.known_by(datetime.combine(cut, time())): day for petition, day in first_told.items()}
    truth = true_petitions(last, Witness(province.register, keys, province.calendar, cut))
    named = pl.DataFrame(files, schema={"file_name": pl.String, "rows_read": pl.Int64}, orient="row")
    for table, frame in (("petitions", truth), ("petition_files", named.sort("file_name"))):
        path = out / "truth" / f"{table}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="zstd", compression_level=19)
    return Written(len(files), size, pl.Series([sender_of(petition) for petition in last], dtype=pl.Int64))


def _drawn(province: Province, dossiers: list[tuple[datetime, str]]) -> list[Petition]:
    settings = parameters("world")["petitions"]
    options, months, calendar = province.options, province.months, province.calendar
    total = round(options.dossiers * settings["per_dossier"])
    shares = [1 - settings["bare_share"], settings["bare_share"]]
    drawn: list[Petition] = []
    for month, counts in zip(months, spread(total, calendar, months, shares), strict=True):
        there = [
            desk.open_in(month.first).select("agency_code", "agency_name", "load") for desk in province.desks
        ]
        offices = [Office(*row) for row in pl.concat(there).rows()]
        occasion = Occasion(month, offices, dossiers, calendar, draws(options, month, _STREAM))
        drawn += draw_petitions(occasion, dict(zip((PORTAL, BARE), counts, strict=True)))
    return drawn


def _dossiers(rows: pl.LazyFrame) -> tuple[list[tuple[datetime, str]], dict[str, str]]:
    """Receipt and code of the accepted dossiers, and the key of each code that one portal alone bears."""
    accepted = rows.filter(pl.col("quarantine_reason").is_null() & pl.col("dossier_code").is_not_null())
    known = (
        accepted.group_by("source_system", "dossier_code")
        .agg(pl.col("received_at").min())
        .sort("received_at", "source_system", "dossier_code", nulls_last=True)
        .collect()
    )
    bearing = Counter(known["dossier_code"])
    keys = {
        code: f"{system}:{code}"
        for system, code in known.select("source_system", "dossier_code").rows()
        if bearing[code] == 1
    }
    dated = known.filter(pl.col("received_at").is_not_null())
    return list(dated.select("received_at", "dossier_code").rows()), keys
