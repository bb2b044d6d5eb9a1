"""What is true of the petitions at their last export: agency, clocks, satisfaction.

Here: the four clocks by the generator's own calendar, over what the portals printed.
Not here: how petitions are drawn (`petitions.py`) or printed (`exports_petitions.py`).
Explained in data/sample/SOURCES.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipelines.sample.exports_petitions import told_resolved
from pipelines.sample.petitions import BARE
from pipelines.sample.truth import UNMAPPED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.sample.calendar import WorkingCalendar
    from pipelines.sample.petitions import Petition

LIMITS = {"refuse": 2, "supplement": 5, "resolve": 15, "publish": 2}  # working days, domain.md §1.1
_EPOCH = date(1970, 1, 1)
_OF_A_STEP: dict[str, Any] = {
    "outcome": pl.String, "due_date": pl.Date, "late_working_days": pl.Int64, "late_days": pl.Int64,
}  # fmt: skip
TRUTH: dict[str, Any] = {
    "source_system": pl.String, "petition_code": pl.String, "agency_code": pl.String,
    "sent_at": pl.Datetime("us"), "topic_code": pl.String, "status_code": pl.String,
    "dossier_key": pl.String, "is_published": pl.Boolean, "is_unsatisfied": pl.Boolean,
    **{f"{step}_{what}": kind for step in LIMITS for what, kind in _OF_A_STEP.items()},
}  # fmt: skip


@dataclass(frozen=True)
class Witness:
    """What the petitions are judged by.

    Attributes:
        register: agencies with their spans.
        dossier_keys: key of the dossier for each code that one portal alone bears.
        calendar: working calendar.
        cut: day of the last export.
    """

    register: pl.DataFrame
    dossier_keys: Mapping[str, str]
    calendar: WorkingCalendar
    cut: date

    def worked(self, day: date) -> int:
        """Working days up to and with a day."""
        return int(self.calendar.worked_through(np.array([(day - _EPOCH).days], dtype=np.int64))[0])

    def due(self, start: date, limit: int) -> date:
        """The so manyth working day after a day."""
        index = np.array([self.worked(start) - 1 + limit], dtype=np.int64)
        return _EPOCH + timedelta(days=int(self.calendar.day_at(index)[0]))

    def bearing(self, name: str, day: date) -> list[str]:
        """Codes of the agencies of that name on a day."""
        valid = (pl.col("valid_from_date") <= day) & (
            pl.col("valid_to_date").is_null() | (pl.col("valid_to_date") > day)
        )
        return self.register.filter(valid & (pl.col("agency_name") == name))["agency_code"].to_list()


@dataclass(frozen=True)
class _Step:
    """One clock of a petition: whether it concerns it, whether the step was done, and when."""

    is_applicable: bool
    is_done: bool
    start: date | None
    end: date | None


def true_petitions(told: Mapping[Petition, date], witness: Witness) -> pl.DataFrame:
    """Conclude of every petition as known at the last export.

    Args:
        told: the petitions as known then, each with the day of the first export that held it.
        witness: what they are judged by.

    Returns:
        Columns `TRUTH`, sorted by system, code and moment.
    """
    rows = []
    for petition, first_told in told.items():
        is_dated = petition.fault != "no_date"
        bare = petition.portal == BARE
        anchor = petition.sent.date() if is_dated else first_told
        row: dict[str, Any] = {
            "source_system": petition.portal,
            "petition_code": None if bare else petition.code,
            "agency_code": _agency(petition, witness.bearing(petition.office.name, anchor)),
            "sent_at": petition.sent if is_dated else None,
            "topic_code": None if bare else petition.topic,
            "status_code": UNMAPPED if petition.fault == "unknown_word" else petition.status,
            "dossier_key": None if bare else witness.dossier_keys.get(petition.dossier_code or ""),
            "is_published": petition.published is not None,
            "is_unsatisfied": None if bare or not petition.resolved else petition.dislikes > petition.likes,
        }
        rows.append(row | _clocks(petition, witness))
    found = pl.DataFrame(rows, schema=TRUTH, orient="row")
    return found.sort("source_system", "petition_code", "sent_at", nulls_last=True)


def _agency(petition: Petition, bearing: list[str]) -> str:
    """By code where the portal prints one that is known on the day, else by a name that one alone bears."""
    if petition.portal == BARE:
        return UNMAPPED
    if petition.names_code:
        return petition.office.code if petition.office.code in bearing else UNMAPPED
    return bearing[0] if len(bearing) == 1 else UNMAPPED


def _clocks(petition: Petition, witness: Witness) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, step in _steps(petition).items():
        due = witness.due(step.start, LIMITS[name]) if step.is_applicable and step.start else None
        outcome = _outcome(step, due, witness.cut)
        if name == "resolve" and outcome.startswith("open") and petition.fault == "unknown_word":
            outcome = "cannot_tell"
        told |= {f"{name}_outcome": outcome, f"{name}_due_date": due}
        until = {"late": step.end, "open_late": witness.cut}.get(outcome)
        if until and due:
            told[f"{name}_late_days"] = (until - due).days
            told[f"{name}_late_working_days"] = witness.worked(until) - witness.worked(due)
    return told


def _steps(petition: Petition) -> dict[str, _Step]:
    sent = None if petition.fault == "no_date" else petition.sent.date()
    is_plain = petition.fault != "unknown_word"
    if petition.portal == BARE:
        # no moment but that of sending, and the words alone say what was done
        status = petition.status if is_plain else UNMAPPED
        answered = status in ("resolved", "published")
        return {
            "refuse": _Step(status == "refused", True, sent, None),
            "supplement": _Step(status == "supplement_requested", True, sent, None),
            "resolve": _Step(status not in ("refused", "withdrawn"), answered, sent, None),
            "publish": _Step(answered, petition.published is not None, None, None),
        }
    answered = petition.resolved is not None
    resolved = told_resolved(petition)
    spared = petition.refused is not None or (petition.withdrawn is not None and is_plain)
    return {
        "refuse": _Step(petition.refused is not None, True, sent, _day(petition.refused)),
        "supplement": _Step(petition.asked is not None, True, sent, _day(petition.asked)),
        "resolve": _Step(answered or not spared, answered, sent, _day(resolved)),
        "publish": _Step(
            answered and petition.is_publishable,
            petition.published is not None,
            _day(resolved),
            _day(petition.published),
        ),
    }


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _outcome(step: _Step, due: date | None, cut: date) -> str:
    if not step.is_applicable:
        return "not_applicable"
    if due is None or step.start is None:
        return "cannot_tell"
    if not step.is_done:
        return "open_late" if cut > due else "open_in_time"
    if step.end is None or step.end < step.start:
        return "cannot_tell"
    return "on_time" if step.end <= due else "late"
