"""The backlog of every day equals a plain count over random histories, dossier by dossier and day by day.

Here: hundreds of made-up histories with everything that may happen to a dossier, in one warehouse.
Not here: single rules; the unit tests beside the models say them one by one.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from pipelines.settings import PROJECT_ROOT, Settings
from tests.day_by_day import Portal, State, recount
from tests.dbt_helpers import build_lake, dbt_build, query, settings_in
from tests.minute_by_minute import FIRST, working_days

PORTAL, BOSTON = "nghean_igate", "boston311"
# two extractions on one day, a long gap, a last one in the middle of a day
EXTRACTIONS = [
    datetime(2026, 1, 5, 0, 30),
    datetime(2026, 1, 20, 7),
    datetime(2026, 1, 20, 15),
    datetime(2026, 2, 27, 0, 30),
    datetime(2026, 3, 3, 0, 30),
    datetime(2026, 4, 20, 0, 30),
    datetime(2026, 5, 4, 12),
]
OFFICES = {
    PORTAL: {
        "H41.02": "nghe_an:H41.02@2020-01-01",
        "H41.03": "nghe_an:H41.03@2020-01-01",
        "H41.99": "nghe_an:unmapped",
    },
    BOSTON: {"ANML": "boston311:ANML", "PWD": "boston311:PWD"},
}
FIELDS = [None, "Hộ tịch", "Đất đai"]
STATUSES = ["processing", "received", "supplement_requested", "finished", "returned", "withdrawn", "stopped",
            "registered", "not_received"]  # fmt: skip
WEIGHTS = [10, 4, 3, 5, 3, 1, 1, 1, 1]
MEASURES = ["opening", "received", "reopened", "finished", "ended_without_result", "handed_in", "handed_out",
            "closing", "closing_past_due", *(f"closing_age_band_{n}" for n in range(1, 6)),
            "closing_age_unknown"]  # fmt: skip
DOSSIERS = 600
# they fail the build of this warehouse
SENTENCES = ("assert_backlog_adds_up_on_every_day", "assert_backlog_ends_with_the_open_dossiers")

Told = dict[str, Any]
History = list[tuple[datetime, Told]]


def moment(dice: random.Random, around: datetime, before: int, after: int) -> datetime:
    """A moment some days before or after another; one in four is a date without a time of day."""
    day = datetime.combine(around.date(), datetime.min.time()) + timedelta(days=dice.randint(-before, after))
    return day if dice.random() < 0.25 else day + timedelta(minutes=dice.randint(420, 1020))


def changed(dice: random.Random, system: str, told: Told, at: datetime) -> Told:
    """What is said next: a few of the things that may be said are said anew."""
    ways = {
        "agency_code": lambda: dice.choice(list(OFFICES[system])),
        "field_name": lambda: dice.choice(FIELDS),
        "status_code": lambda: dice.choices(STATUSES, WEIGHTS)[0],
        "received_at": lambda: dice.choice([None, moment(dice, at, 40, 2), moment(dice, at, 5, 0)]),
        "due_at": lambda: dice.choice([None, moment(dice, at, 20, 20), moment(dice, at, 0, 0)]),
        "finished_at": lambda: dice.choice([None, None, moment(dice, at, 20, 2)]),
        "returned_at": lambda: dice.choice([None, None, None, moment(dice, at, 10, 2)]),
    }
    new = told | {name: ways[name]() for name in dice.sample(list(ways), dice.randint(0, 3))}
    if new["status_code"] in ("processing", "received") and dice.random() < 0.6:
        new |= {"finished_at": None, "returned_at": None}
    return new


def history(dice: random.Random, system: str) -> History:
    """One dossier through some of the extractions."""
    seen = sorted(dice.sample(EXTRACTIONS, dice.randint(1, len(EXTRACTIONS))))
    told: Told = {
        "agency_code": dice.choice(list(OFFICES[system])),
        "field_name": dice.choice(FIELDS),
        "status_code": dice.choices(STATUSES, WEIGHTS)[0],
        "received_at": moment(dice, seen[0], 60, 2),
        "due_at": moment(dice, seen[0], 20, 40),
        "finished_at": None,
        "returned_at": None,
    }
    states: History = []
    for at in seen:
        states.append((at, told))
        told = changed(dice, system, told, at) if dice.random() < 0.75 else told
    return states


def histories() -> list[tuple[str, History]]:
    dice = random.Random(2026)
    return [(system, history(dice, system)) for system in dice.choices([PORTAL, BOSTON], [4, 1], k=DOSSIERS)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("backlog"))
    agencies = [
        {"agency_code": code, "agency_name": code, "valid_from_date": date(2020, 1, 1)}
        for code in ("H41.02", "H41.03")
    ]
    dossiers = [
        {"source_system": system, "dossier_code": f"D{number}", "observed_at": at, "row_number": number + 2}
        | told
        for number, (system, states) in enumerate(histories())
        for at, told in states
    ]
    build_lake(settings, {"agencies": agencies, "dossiers": dossiers})
    models = ("+fct_backlog_daily", "+fct_procedure_timeliness")
    dbt_build(settings, "--indirect-selection", "empty", "--select", *models, *SENTENCES)
    return settings


def state_of(system: str, told: Told) -> State:
    return State(
        OFFICES[system][told["agency_code"]],
        told["field_name"] or "unmapped",
        *(told[n] for n in ("status_code", "received_at", "due_at", "finished_at", "returned_at")),
    )


def test_every_day_of_random_histories_is_what_a_plain_count_says(built: Settings) -> None:
    worked = np.cumsum(working_days(PROJECT_ROOT / "dbt_project" / "seeds" / "calendar_exceptions.csv"))

    def passed(day: date) -> int:
        return int(worked[int((np.datetime64(day) - FIRST).astype(int))])

    def age(first: date, last: date) -> int:
        while passed(first) == passed(first - timedelta(days=1)):
            first += timedelta(days=1)
        return max(passed(last) - passed(first), 0)

    counts = recount(
        [(system, [(at, state_of(system, told)) for at, told in states]) for system, states in histories()],
        {PORTAL: Portal(EXTRACTIONS[-1], age), BOSTON: Portal(EXTRACTIONS[-1], lambda *_: None)},
    )
    expected = {
        key: tuple(told[name] for name in MEASURES) for key, told in counts.items() if any(told.values())
    }
    columns = ", ".join(f"{name}_count" for name in MEASURES)
    rows = query(
        built,
        f"select source_system, agency_key, field_name, date_day, {columns} from core.fct_backlog_daily",
    )
    found = {row[:4]: row[4:] for row in rows}
    assert len(found) == len(rows)
    wrong = {key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)}
    assert not wrong, [(key, expected.get(key), found.get(key)) for key in sorted(wrong)[:5]]
    # nothing that may happen was left out of the histories
    assert all(sum(counted) > 20 for counted in zip(*expected.values(), strict=True))


def test_the_last_day_is_what_the_fact_of_dossiers_calls_open(built: Settings) -> None:
    last_day = query(
        built,
        "select sum(closing_count), sum(closing_past_due_count) from core.fct_backlog_daily "
        "where date_day = cast(data_cut_at as date)",
    )
    dossiers = query(
        built,
        "select count(*), count(*) filter (where outcome_strict = 'open_late') "
        "from core.fct_procedure_timeliness where is_open",
    )
    assert last_day == dossiers
    assert dossiers[0][1] > 100
