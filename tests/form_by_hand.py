"""Report form II.06a filled in by hand: every dossier asked about every period.

Here: an independent form to judge marts.mart_form_06a by; no SQL, no half-months, no running sums.
Not here: deliveries and expectations; see tests/integration/test_form_06a.py. The rules: docs/forms.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time

from tests.day_by_day import DAY, Said, State, Stay, holding, stays, told

WAITING = {"supplement_requested", "payment_requested"}
COLUMNS = range(3, 14)

Period = tuple[date, date]
Cell = tuple[str, str, str, date, date]
Forms = dict[Cell, Counter[int]]


def reporting_periods(years: Iterable[int]) -> Iterator[Period]:
    """From the 15th to the 14th: months, quarters, halves, nine months, the year."""
    for year in years:
        for months in (1, 3, 6, 9, 12):
            for first in range(1, 14 - months, months):
                last = first + months - 1
                start = date(year, first - 1, 15) if first > 1 else date(year - 1, 12, 15)
                yield start, date(year, last, 14)


def calendar_periods(years: Iterable[int]) -> Iterator[Period]:
    """Months, quarters and the year."""
    for year in years:
        for months in (1, 3, 12):
            for first in range(1, 13, months):
                after = first + months
                end = date(year, after, 1) if after <= 12 else date(year + 1, 1, 1)
                yield date(year, first, 1), end - DAY


def fill_in(
    dossiers: Iterable[tuple[str, Sequence[tuple[datetime, State]]]],
    cuts: Mapping[str, datetime],
    periods: Sequence[Period],
) -> Forms:
    """Columns by system, agency, field and period, of dossiers given by system and states in order."""
    forms: Forms = defaultdict(Counter)
    for system, observed in dossiers:
        said, cut = told(observed), cuts[system]
        for stay in stays(said):
            for start, end in periods:
                last = min(end, cut.date())
                if start > last or stay.came > last or (stay.left is not None and stay.left < start):
                    continue
                for holder, column, count in _counted(said, stay, start, last, cut):
                    forms[system, holder[0], holder[1], start, end][column] += count
    return {cell: columns for cell, columns in forms.items() if any(columns.values())}


def _place(state: State) -> tuple[str, str]:
    return state.agency, state.field


def _counted(
    said: Sequence[Said], stay: Stay, start: date, last: date, cut: datetime
) -> Iterator[tuple[tuple[str, str], int, int]]:
    """Where a dossier is counted, in which column: where it is at the end, and where it was before."""
    settled = stay.left is not None and stay.left <= last
    final_day = last
    if settled and stay.left is not None:
        final_day = max(stay.came, stay.left - DAY)
    final = holding(said, final_day)
    in_period = 4 if final.online else 5
    yield _place(final), 3, 1
    yield _place(final), in_period, 1
    if stay.came < start:
        first = holding(said, start - DAY)
        yield _place(first), 6, 1
        yield _place(first), 3, 1
        yield _place(first), 4 if first.online else 5, -1
        yield _place(first), 3, -1
    if settled:
        yield _place(final), 7, 1
        yield _place(final), _timing(stay), 1
        return
    yield _place(final), 11, 1
    is_waiting = final.status in WAITING
    moment = min(datetime.combine(last + DAY, time()), cut)
    yield _place(final), 13 if final.is_past_due(moment) and not is_waiting else 12, 1


def _timing(stay: Stay) -> int:
    ending = stay.ending
    if ending is None or stay.left is None:
        raise ValueError("it has not ended")
    if ending.without_result or ending.due is None:
        return 9
    ended, due = ending.finished.date() if ending.finished else stay.left, ending.due.date()
    return 8 if ended < due else 9 if ended == due else 10
