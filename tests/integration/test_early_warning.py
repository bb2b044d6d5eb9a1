"""The early warning knows nothing of what comes after its night, and more lateness never makes it calmer.

Here: a made-up portal told three times, the night between; the compiled models over changed lakes; the night
the back-test goes back to.
Not here: the arithmetic by hand (the unit tests beside the models), nights of a refresh (test_nights.py).
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Settings
from tests.dbt_helpers import build_lake, dbt_build, settings_in
from tests.history_helpers import Compiled
from tests.night_worlds import LIMITS, PROCEDURES, Rows
from tests.past_nights import PastNights

PORTAL = "nghean_igate"
NIGHT = datetime(2026, 6, 1, 0, 30)
EXTRACTIONS = (datetime(2026, 4, 1, 0, 30), NIGHT, datetime(2026, 7, 1, 0, 30))
AGENCIES = ("H41.02", "H41.03")
STEPS = ("Tiếp nhận", "Thẩm định", "Ký duyệt")
DOSSIERS = 240
UNTESTED = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
COLUMNS = "dossier_code, chance_late_pct, no_chance_reason, level_code, reached_count, reached_late_count"

Told = tuple[Any, ...]


def dossier(dice: random.Random, number: int) -> dict[str, Any]:
    """A dossier as it will be in the end."""
    received = datetime(2026, 1, 5, 7) + timedelta(
        days=dice.randint(0, 175), minutes=dice.randint(0, 600), seconds=1
    )
    allowed = timedelta(days=dice.choice([5, 10, 20, 40]))
    agency = dice.choice(AGENCIES)
    is_late = dice.random() < (0.5 if agency == AGENCIES[0] else 0.15)
    used = allowed * (1.05 + dice.random() if is_late else 0.1 + 0.85 * dice.random())
    return dice.choice(PROCEDURES) | {
        "dossier_code": f"D{number:03}",
        "agency_code": agency,
        "applied_at": received,
        "received_at": received,
        "due_at": received + allowed if dice.random() < 0.95 else None,
        "finished_at": received + used,
        "status_code": "finished",
    }


def told_at(final: dict[str, Any], moment: datetime) -> dict[str, Any] | None:
    """What the portal says of it at an extraction."""
    if final["received_at"] >= moment:
        return None
    is_open = final["finished_at"] >= moment
    return final | {
        "observed_at": moment,
        "status_code": "processing" if is_open else "finished",
        "finished_at": None if is_open else final["finished_at"],
    }


def log_at(final: dict[str, Any], moment: datetime) -> list[dict[str, Any]]:
    """Its steps that had begun by an extraction of the log."""
    used = final["finished_at"] - final["received_at"]
    starts = [final["received_at"] + used * share for share in (0.0, 0.3, 0.8)]
    return [
        {
            "dossier_code": final["dossier_code"],
            "step_name": name,
            "status_code": "processing",
            "started_at": start,
            "observed_at": moment,
        }
        for name, start in zip(STEPS, starts, strict=True)
        if start < moment
    ]


def world(seed: int, *extractions: datetime) -> Rows:
    """Everything that was delivered with these extractions."""
    dice = random.Random(seed)
    dossiers = [dossier(dice, number) for number in range(DOSSIERS)]
    since = {"valid_from_date": date(2020, 1, 1), "agency_level": "department"}
    return {
        "procedures": [dict(procedure) for procedure in PROCEDURES],
        "procedure_limits": [dict(limit) for limit in LIMITS],
        "agencies": [{"agency_code": code, "agency_name": f"Sở {code}"} | since for code in AGENCIES],
        "dossiers": [row for moment in extractions for d in dossiers if (row := told_at(d, moment))],
        "processing_log": [row for moment in extractions for d in dossiers[::2] for row in log_at(d, moment)],
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The warehouse of the night, of a lake that ends with it."""
    settings = settings_in(tmp_path_factory.mktemp("night"))
    build_lake(settings, world(0, *EXTRACTIONS[:2]))
    dbt_build(
        settings, "--select", "+mart_early_warning", "--vars", f"{{as_of: {NIGHT:%Y-%m-%d}}}", *UNTESTED
    )
    return settings


def chances(built: Settings, rows: Rows, folder: Path) -> list[Told]:
    """What the models of that warehouse tell of another lake, on the night."""
    other = settings_in(folder)
    build_lake(other, rows)
    models = Compiled.of(built, other.lake)
    models.con.execute(
        "insert into analytics.reference.early_warning_backtests "
        "select ?, 'a test', rule, chance, chance, 1 - chance, 0, 1, 1, null, null, null "
        "from (values ('early_warning', 0.9), ('days_to_due_share', 0.5)) as rules(rule, chance)",
        [PORTAL],
    )
    models.con.execute("delete from analytics.reference.early_warning_backtests where data_set != 'a test'")
    models.run(models.order)
    return models.rows("marts.mart_early_warning", COLUMNS)


def of_code(told: list[Told]) -> dict[str, Told]:
    return {row[0]: row[1:] for row in told}


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_after_the_night_changes_what_was_told_for_it(
    built: Settings, tmp_path: Path, seed: int
) -> None:
    then = chances(built, world(seed, *EXTRACTIONS[:2]), tmp_path / "then")
    now = world(seed, *EXTRACTIONS)
    dice = random.Random(seed)
    for row in now["dossiers"]:
        if row["observed_at"] > NIGHT:  # and what is said later may be anything
            row |= {"due_at": NIGHT + timedelta(days=dice.randint(-90, 90)), "agency_code": AGENCIES[0]}
    assert chances(built, now, tmp_path / "now") == then
    known = [row for row in then if row[1] is not None]
    assert len({row[3] for row in known}) >= 3
    assert len({row[1] for row in known}) > 10
    # the same rows, told on the night, would have changed it
    for row in now["dossiers"]:
        row["observed_at"] = min(row["observed_at"], NIGHT)
        row["file_sha256"] = f"{row['observed_at']} {row['due_at']}"
    assert chances(built, now, tmp_path / "early") != then


@pytest.mark.parametrize("seed", [3, 4])
def test_every_open_dossier_has_a_chance_or_a_reason(built: Settings, tmp_path: Path, seed: int) -> None:
    rows = world(seed, *EXTRACTIONS[:2])
    told = of_code(chances(built, rows, tmp_path))
    last = {row["dossier_code"]: row for row in rows["dossiers"]}
    is_open = {code: row for code, row in last.items() if row["finished_at"] is None}
    assert told.keys() == is_open.keys()
    for code, (chance, reason, level, reached, late) in told.items():
        due = is_open[code]["due_at"]
        assert (chance is None) != (reason is None)
        assert chance is None or 0 <= chance <= 100
        assert (reason == "cannot_tell") == (due is None)
        assert (level == "past_due") == (due is not None and due < NIGHT)
        assert chance == 100 or level != "past_due"
        assert reached is None or 0 <= late <= reached


@pytest.mark.parametrize("seed", [5, 6])
def test_more_late_history_never_lowers_a_chance(built: Settings, tmp_path: Path, seed: int) -> None:
    rows = world(seed, *EXTRACTIONS[:2])
    before = of_code(chances(built, rows, tmp_path / "before"))
    received = datetime(2026, 2, 2, 8)
    more = [
        PROCEDURES[0]
        | {
            "dossier_code": f"L{number}",
            "agency_code": AGENCIES[1],
            "received_at": received,
            "due_at": received + timedelta(days=10),
            "finished_at": received + timedelta(days=20),
            "status_code": "finished",
            "observed_at": EXTRACTIONS[0],
        }
        for number in range(15)
    ]
    after = of_code(chances(built, rows | {"dossiers": rows["dossiers"] + more}, tmp_path / "after"))
    assert after.keys() == before.keys()
    told = [(code, row[0], after[code][0]) for code, row in before.items() if row[0] is not None]
    assert all(new >= old for _, old, new in told)
    assert sum(new > old for _, old, new in told) > 5


def test_the_order_of_rows_changes_nothing(built: Settings, tmp_path: Path) -> None:
    rows = world(7, *EXTRACTIONS[:2])
    told = chances(built, rows, tmp_path / "one")
    dice = random.Random(7)
    mixed = {kind: dice.sample(list(given), len(given)) for kind, given in rows.items()}
    assert chances(built, mixed, tmp_path / "other") == told


def test_the_back_test_foretells_what_the_night_itself_told(built: Settings, tmp_path: Path) -> None:
    rows = world(8, *EXTRACTIONS)
    of_the_night = of_code(chances(built, world(8, *EXTRACTIONS[:2]), tmp_path / "night"))
    whole = settings_in(tmp_path / "whole")
    build_lake(whole, rows)
    dbt_build(whole, "--select", "+mart_early_warning", *UNTESTED)
    nights = PastNights.of(whole)
    assert nights.nights(PORTAL) == list(EXTRACTIONS)
    nights.go_to(PORTAL, NIGHT)
    foretold = {
        key.split(":", 1)[1]: round(100 * chance, 2)
        for key, chance in nights.foretold().select("dossier_key", "chance").iter_rows()
    }
    told = {
        code: chance
        for code, (chance, _, level, *_) in of_the_night.items()
        if chance is not None and level != "past_due"
    }
    assert len(told) > 10
    assert foretold == told
    outcomes = dict(nights.outcomes(PORTAL).iter_rows())
    final = {row["dossier_code"]: row for row in rows["dossiers"]}
    for code in foretold:
        if (row := final[code])["finished_at"]:
            assert outcomes[f"{PORTAL}:{code}"] == (row["finished_at"] > row["due_at"])
