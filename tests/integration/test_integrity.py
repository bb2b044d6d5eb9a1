"""Every planted case of every integrity signal is found, and honest offices are left alone.

Here: a world with planted cases, whole and by a night; what chance alone does to the comparison.
Not here: single rules; their unit tests stand beside the models.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.dbt_helpers import build_lake, dbt_build, query, settings_in
from tests.integrity_world import FIRST_CUT, IntegrityWorld

MODELS = ("+mart_integrity_signal", "+mart_integrity_base_rate")
SENTENCE = "assert_integrity_signals_name_a_dossier_once"
# honest dossiers that show a signal by coincidence, in per cent at most: papers are asked for on the due day
# too, and somebody ends a dossier in the minutes in which others end many
BOUNDS = {
    "due_moved_after_expiry": 0.0,
    "supplement_on_due_day": 10.0,
    "bulk_closing_outside_hours": 0.0,
    "bulk_closing_at_period_end": 0.5,
    "closed_and_reopened": 0.0,
    "result_before_receipt": 0.0,
    "online_accepted_late": 0.0,
    "one_phone_many_people": 0.0,
    "identical_ratings_in_burst": 0.0,
    "due_beyond_limit": 0.0,
}


@pytest.fixture(scope="module")
def world() -> IntegrityWorld:
    return IntegrityWorld()


def build(settings: Settings, *arguments: str) -> None:
    dbt_build(settings, "--indirect-selection", "empty", *arguments, "--select", *MODELS, SENTENCE)
    with open_warehouse(settings, read_only=False) as con:
        con.execute(
            "create or replace table raw.built_files as select kind, file_sha256, contract_fingerprint "
            "from ops.ingestion_ledger where status = 'accepted'"
        )


def deliver(settings: Settings, world: IntegrityWorld, *, everything: bool) -> None:
    shutil.rmtree(settings.lake, ignore_errors=True)
    dossiers = [row for row in world.dossiers if everything or row["observed_at"] == FIRST_CUT]
    ratings = world.ratings if everything else []
    build_lake(settings, world.registers() | {"dossiers": dossiers, "ratings": ratings})


@pytest.fixture(scope="module")
def built(world: IntegrityWorld, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("integrity"))
    deliver(settings, world, everything=True)
    build(settings)
    return settings


def found_in(settings: Settings) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {signal: set() for signal in BOUNDS}
    for signal, dossier in query(
        settings, "select signal_code, dossier_key from marts.mart_integrity_signal"
    ):
        found[signal].add(dossier)
    return found


def test_every_planted_case_is_found(built: Settings, world: IntegrityWorld) -> None:
    found = found_in(built)
    assert world.planted.keys() == BOUNDS.keys()
    missed = {signal: planted - found[signal] for signal, planted in world.planted.items()}
    assert missed == {signal: set() for signal in BOUNDS}
    assert all(len(planted) >= 12 for planted in world.planted.values())


@pytest.mark.parametrize("signal", sorted(BOUNDS))
def test_honest_dossiers_seldom_show_a_signal(
    built: Settings, world: IntegrityWorld, signal: str, record_property: Callable[[str, object], None]
) -> None:
    [(base,)] = query(
        built,
        f"select sum(base_count) from marts.mart_integrity_base_rate where signal_code = '{signal}'",
    )
    by_coincidence = {key for key in found_in(built)[signal] if f"{key}".startswith("nghean_igate:honest")}
    honest = int(base) - len(world.planted[signal])
    pct = 100.0 * len(by_coincidence) / honest
    record_property("false_positive_pct", pct)
    print(f"{signal}: {len(by_coincidence)} of {honest} honest dossiers, {pct:.2f} %")  # noqa: T201
    assert pct <= BOUNDS[signal], sorted(by_coincidence)[:5]


def test_no_other_planted_case_shows_a_signal_it_was_not_planted_for(
    built: Settings, world: IntegrityWorld
) -> None:
    found = found_in(built)
    others = {
        signal: {k for k in keys if ":honest" not in k} - world.planted[signal]
        for signal, keys in found.items()
    }
    assert others == {signal: set() for signal in BOUNDS}


@pytest.mark.slow
def test_after_a_night_the_signals_are_those_of_the_whole(
    built: Settings, world: IntegrityWorld, tmp_path: Path
) -> None:
    kept = settings_in(tmp_path)
    deliver(kept, world, everything=False)
    build(kept)
    deliver(kept, world, everything=True)
    build(kept, "--vars", "{run: night}", "--exclude", "config.materialized:view")
    for relation in (
        "core.fct_integrity_finding",
        "core.fct_integrity_group_finding",
        "marts.mart_integrity_base_rate",
        "intermediate.int_integrity_bases",
        "intermediate.int_integrity_closings",
        "intermediate.int_integrity_phones",
    ):
        columns = ", ".join(
            name
            for (name,) in query(
                built,
                "select column_name from duckdb_columns() where schema_name || '.' || table_name = "
                f"'{relation}' order by column_name",
            )
        )
        sql = f"select {columns} from {relation}"
        assert Counter(query(kept, sql)) == Counter(query(built, sql)), relation


def test_noise_is_taken_for_noise() -> None:
    """The bound on chance, over two million months of offices that are all alike."""
    dice = np.random.default_rng(2026)
    wrong = months = 0
    for usual in (0.001, 0.01, 0.05, 0.3):
        for size in (10, 50, 200, 1000, 5000):
            cases = dice.binomial(size, usual, 100_000)
            some = cases[(cases >= 5) & (cases > usual * size)]
            rest = size - some
            with np.errstate(divide="ignore", invalid="ignore"):
                other = np.where(rest > 0, rest * np.log(rest / (size * (1 - usual))), 0.0)
            at_most = np.exp(-some * np.log(some / (size * usual)) - other)
            wrong += int((at_most <= 0.0001).sum())
            months += cases.size
    assert months == 2_000_000
    assert wrong / months < 0.0001
