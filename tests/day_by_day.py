"""A backlog counted plainly: every dossier asked on every day, from what was delivered.

Here: an independent count to judge core.fct_backlog_daily by; no SQL, no running sums.
Not here: deliveries and expectations; see tests/integration/test_backlog.py. The rules are told in
docs/how-time-is-counted.md, "Backlog".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

BEFORE_ACCEPTANCE = {"registered", "not_received"}
WITHOUT_RESULT = {"not_received", "withdrawn", "stopped"}
RESULT_READY = {"finished", "returned"}
BANDS = (0, 6, 11, 21, 41)
DAY = timedelta(days=1)

Key = tuple[str, str, str, date]
Counts = dict[Key, Counter[str]]


@dataclass(frozen=True)
class State:
    """What a portal says about a dossier at one extraction; moments are local, without zone."""

    agency: str
    field: str
    status: str
    received: datetime | None = None
    due: datetime | None = None
    finished: datetime | None = None
    returned: datetime | None = None
    online: bool = False

    @property
    def accepted(self) -> bool:
        """The agency accepted it."""
        return self.received is not None and self.status not in BEFORE_ACCEPTANCE

    @property
    def open(self) -> bool:
        """It is in the backlog."""
        return self.accepted and self.finished is None and self.status not in WITHOUT_RESULT | RESULT_READY

    @property
    def without_result(self) -> bool:
        """If this is the end, it is one without a result."""
        return self.status in WITHOUT_RESULT or (self.finished is None and self.status not in RESULT_READY)

    @property
    def ended(self) -> datetime | None:
        """The end that is stated, else the return."""
        return self.finished or self.returned

    def is_past_due(self, moment: datetime) -> bool:
        """The promise is past at a moment."""
        if self.due is None:
            return False
        if self.due.time() == time():  # delivered without a time of day: the whole day counts
            return moment >= self.due + DAY
        return moment > self.due


@dataclass(frozen=True)
class Said:
    """One state and the first and last extraction of its unbroken run."""

    state: State
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Stay:
    """One time in the backlog.

    Attributes:
        came: the day it came.
        left: the day it left.
        ending: the state that says how it left.
        known_until: the last extraction that showed it.
    """

    came: date
    left: date | None
    ending: State | None
    known_until: date

    @property
    def without_result(self) -> bool:
        """It ended without a result."""
        return self.ending is not None and self.ending.without_result

    def holds(self, day: date) -> bool:
        """It is open at the end of the day."""
        return self.came <= day and (self.left is None or day < self.left)


def told(observed: Sequence[tuple[datetime, State]]) -> list[Said]:
    """Unbroken runs of one state, in order of extraction."""
    runs = [[at for at, _ in run] for _, run in groupby(observed, key=lambda seen: seen[1])]
    states = dict(observed)
    return [Said(states[run[0]], run[0], run[-1]) for run in runs]


def stays(said: Sequence[Said]) -> list[Stay]:
    """The times a dossier is in the backlog."""
    runs: list[list[Said]] = []
    was_open = False
    for known in said:
        state = known.state
        silent = state.received is None and state.status not in BEFORE_ACCEPTANCE and known is not said[-1]
        if silent:
            continue
        if (state.open and not was_open) or (state.accepted and not runs):
            runs.append([])
        if runs:
            runs[-1].append(known)
        was_open = state.open
    found: list[Stay] = []
    for run in runs:
        found.append(_stay(run, found[-1] if found else None))
    return found


def _stay(run: Sequence[Said], before: Stay | None) -> Stay:
    came = [min(known.state.received, known.first) for known in run if known.state.received][-1].date()
    if before and came <= before.known_until:
        came = run[0].first.date()
    gone = [known for known in run if not known.state.open]
    ends = [(min(known.state.ended, known.first), known) for known in gone if known.state.ended]
    left, last = (None, None) if not gone else ends[-1] if ends else (gone[0].first, gone[-1])
    return Stay(
        came,
        max(came, left.date()) if left else None,
        last.state if last else None,
        run[-1].last.date(),
    )


def holding(said: Sequence[Said], day: date) -> State:
    """What was last said by the end of a day; before the first extraction, what it said."""
    return [said[0], *(known for known in said if known.first.date() <= day)][-1].state


def days(first: date, last: date) -> Iterator[date]:
    """Every day, both ends included."""
    while first <= last:
        yield first
        first += DAY


@dataclass(frozen=True)
class Portal:
    """What a count needs to know of a system.

    Attributes:
        cut: its latest extraction, local.
        age: working days from the first day to the second; None where it has no calendar.
    """

    cut: datetime
    age: Callable[[date, date], int | None]


def recount(
    dossiers: Iterable[tuple[str, Sequence[tuple[datetime, State]]]], portals: Mapping[str, Portal]
) -> Counts:
    """Counts by system, agency, field and day, of dossiers given by system and states in order."""
    counts: Counts = defaultdict(Counter)
    for system, observed in dossiers:
        said, portal = told(observed), portals[system]
        for number, stay in enumerate(stays(said)):
            for day in days(stay.came, stay.left or portal.cut.date()):
                for holder, measure in _happens(said, stay, day, is_again=number > 0):
                    counts[system, holder.agency, holder.field, day][measure] += 1
                if stay.holds(day):
                    state = holding(said, day)
                    for measure in _is_open(state, stay, day, portal):
                        counts[system, state.agency, state.field, day][measure] += 1
    return counts


def _happens(said: Sequence[Said], stay: Stay, day: date, *, is_again: bool) -> Iterator[tuple[State, str]]:
    now, yesterday = holding(said, day), holding(said, day - DAY)
    if day == stay.came:
        yield now, "received"
        if is_again:
            yield now, "reopened"
    else:
        yield yesterday, "opening"
    if day == stay.left:
        had_it = now if day == stay.came else yesterday
        yield had_it, "finished"
        if stay.without_result:
            yield had_it, "ended_without_result"
    elif day != stay.came and (now.agency, now.field) != (yesterday.agency, yesterday.field):
        yield yesterday, "handed_out"
        yield now, "handed_in"


def _is_open(state: State, stay: Stay, day: date, portal: Portal) -> Iterator[str]:
    yield "closing"
    if state.is_past_due(min(datetime.combine(day + DAY, time()), portal.cut)):
        yield "closing_past_due"
    age = portal.age(stay.came, day)
    band = "unknown" if age is None else f"band_{sum(age >= start for start in BANDS)}"
    yield f"closing_age_{band}"
