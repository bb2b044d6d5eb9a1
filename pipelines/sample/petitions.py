"""Petitions of citizens about agencies and dossiers: when they were sent and what became of them.

Here: the life of every petition, drawn beside the dossiers without changing them; what a portal knows of it.
Not here: how the exports look (`exports_petitions.py`), what is true of the clocks (`petition_truth.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.sample.calendar import DAY, WorkingCalendar
from pipelines.sample.options import parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipelines.sample.lives import Month

PORTAL, BARE = "pakn_nghean", "pakn_v19"
PETITIONERS_FROM = 8_000_000  # numbers of persons that hand in no dossier
TOPICS = ("attitude", "delay", "procedure", "cost", "system", "other")
_DECEMBER = 12
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local wall clock


@dataclass(frozen=True)
class Office:
    """An agency that can be petitioned about."""

    code: str
    name: str
    load: float


@dataclass(frozen=True)
class Petition:
    """One petition as it will have been; moments that never come are None.

    Attributes:
        number: place among all of its portal; the code and the sender follow from it.
        names_code: the portal gives the agency's code, not only its name.
        fault: `no_date`, `ends_before` or `unknown_word` where one was put in.
    """

    portal: str
    number: int
    sent: datetime
    office: Office
    names_code: bool
    topic: str
    dossier_code: str | None
    is_publishable: bool
    refused: datetime | None = None
    asked: datetime | None = None
    resolved: datetime | None = None
    published: datetime | None = None
    withdrawn: datetime | None = None
    likes: int = 0
    dislikes: int = 0
    fault: str | None = None

    @property
    def code(self) -> str:
        """The portal's code."""
        return f"PAKN.H41-{self.sent:%y%m%d}-{self.number:04d}"

    def known_by(self, cut: datetime) -> Petition:
        """What had happened before a moment; whoever has no answer yet cannot be pleased with it."""

        def before(moment: datetime | None) -> datetime | None:
            return moment if moment is not None and moment < cut else None

        known = replace(
            self,
            refused=before(self.refused),
            asked=before(self.asked),
            resolved=before(self.resolved),
            published=before(self.published),
            withdrawn=before(self.withdrawn),
        )
        return known if known.resolved else replace(known, likes=0, dislikes=0)

    @property
    def status(self) -> str:
        """Where it stands, as a canonical word."""
        order = (
            ("withdrawn", self.withdrawn),
            ("published", self.published),
            ("resolved", self.resolved),
            ("refused", self.refused),
            ("supplement_requested", self.asked),
        )
        return next((word for word, moment in order if moment), "processing")

    def moved_in(self, since: datetime, until: datetime) -> bool:
        """Whether anything about it happened in a span."""
        moments = (self.sent, self.refused, self.asked, self.resolved, self.published, self.withdrawn)
        return any(since <= moment < until for moment in moments if moment)


@dataclass(frozen=True)
class Occasion:
    """What the petitions of one month are drawn from.

    Attributes:
        month: when they are sent.
        offices: agencies of that month.
        dossiers: receipt and code of dossiers; a petition names one received before it.
        calendar: working calendar.
        rng: source of every draw; its own, so that no dossier changes.
    """

    month: Month
    offices: Sequence[Office]
    dossiers: Sequence[tuple[datetime, str]]
    calendar: WorkingCalendar
    rng: np.random.Generator


def draw_petitions(occasion: Occasion, counts: dict[str, int]) -> list[Petition]:
    """Draw so many petitions of each portal, by portal and moment, numbered from 1 in each."""
    settings: dict[str, Any] = parameters("world")["petitions"]
    month, offices, rng = occasion.month, occasion.offices, occasion.rng
    weights = [office.load for office in offices]
    drawn = []
    for portal, count in counts.items():
        seconds = sorted(int(s) for s in rng.integers(month.start, month.end, count))
        for number, second in enumerate(seconds, start=1):
            sent = _EPOCH + timedelta(seconds=second if portal == BARE else second // 60 * 60)
            earlier = [code for received, code in occasion.dossiers if received < sent]
            names_dossier = rng.random() < settings["dossier_share"]
            place = int(rng.choice(len(offices), p=[w / sum(weights) for w in weights]))
            petition = Petition(
                portal=portal,
                number=number,
                sent=sent,
                office=offices[place],
                names_code=bool(rng.random() < settings["code_share"]),
                topic=TOPICS[int(rng.choice(len(TOPICS), p=settings["topic_share"]))],
                dossier_code=earlier[int(rng.integers(len(earlier)))] if names_dossier and earlier else None,
                is_publishable=bool(rng.random() < settings["publishable_share"]),
            )
            drawn.append(_lived(petition, occasion.calendar, rng, settings))
    return drawn


def _lived(
    petition: Petition, calendar: WorkingCalendar, rng: np.random.Generator, settings: dict[str, Any]
) -> Petition:
    """Give a petition its course and, rarely, a fault."""
    chance = rng.random()
    refused, withdrawn, stuck = (
        settings["refused_share"],
        settings["withdrawn_share"],
        settings["stuck_share"],
    )
    late = {name: rng.random() < share for name, share in settings["late_share"].items()}

    def after(
        start: datetime, within: tuple[int, int], beyond: tuple[int, int], *, is_late: bool
    ) -> datetime:
        first, last = beyond if is_late else within
        return _done(start, int(rng.integers(first, last + 1)), calendar, rng)

    sent = petition.sent
    if chance < refused:
        course = replace(petition, refused=after(sent, (1, 2), (3, 6), is_late=late["refuse"]))
    elif chance < refused + withdrawn:
        course = replace(petition, withdrawn=after(sent, (1, 10), (1, 10), is_late=False))
    elif chance < refused + withdrawn + stuck:
        course = petition
    else:
        resolved = after(sent, (2, 15), (16, 32), is_late=late["resolve"])
        shown = after(resolved, (1, 2), (3, 9), is_late=late["publish"])
        is_shown = petition.is_publishable and rng.random() >= settings["never_published_share"]
        asked = after(sent, (1, 5), (6, 9), is_late=late["supplement"])
        is_asked = rng.random() < settings["asked_share"] and asked < resolved
        marked = rng.random() < settings["marked_share"]
        course = replace(
            petition,
            resolved=resolved,
            published=shown if is_shown else None,
            asked=asked if is_asked else None,
            likes=int(rng.integers(0, 6)) if marked else 0,
            dislikes=int(rng.integers(0, 4)) if marked else 0,
        )
    fault = rng.random()
    for name, share in settings["faults"].items():
        if fault < share:
            return replace(course, fault=name)
        fault -= share
    return course


def _done(
    start: datetime, working_days: int, calendar: WorkingCalendar, rng: np.random.Generator
) -> datetime:
    """A minute of office hours on the so manyth working day after a day; rarely the day off that follows."""
    day = (start - _EPOCH).days
    index = calendar.worked_through(_one(day)) - 1 + working_days
    done = int(calendar.day_at(index)[0])
    if rng.random() < parameters("world")["petitions"]["on_a_day_off_share"]:
        worked = calendar.worked_through(_one(done + 1)) > calendar.worked_through(_one(done))
        done += 0 if worked[0] else 1
    return _EPOCH + timedelta(seconds=done * DAY, minutes=int(rng.integers(7 * 60, 17 * 60)))


def _one(day: int) -> npt.NDArray[np.int64]:
    return np.array([day], dtype=np.int64)


def exports_of(months: Sequence[Month]) -> list[tuple[date, date]]:
    """Spans [first, end) of the exports of the portal: each calendar year, and the rest."""
    ends = [month.next_first for month in months if month.month == _DECEMBER or month == months[-1]]
    starts = [months[0].first, *ends[:-1]]
    return list(zip(starts, ends, strict=True))
