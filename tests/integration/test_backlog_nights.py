"""A backlog kept night by night equals one that is counted anew from everything.

Here: random histories delivered a few extractions at a time, a night after each, against a run of the whole.
Not here: whether the whole counts right; see test_backlog.py.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.dbt_helpers import build_lake, dbt_build, query, settings_in
from tests.integration.test_backlog import BOSTON, DOSSIERS, EXTRACTIONS, histories, history

# what is extracted in each night
NIGHTS: list[list[datetime]] = [[at] for at in EXTRACTIONS[3:]]
LATE = EXTRACTIONS[1]
MODELS = ("+fct_backlog_daily", "+fct_procedure_timeliness")
SENTENCES = ("assert_backlog_adds_up_on_every_day", "assert_backlog_ends_with_the_open_dossiers")
SPAN = """
    select q.source_system, q.agency_key, q.field_name, s.* exclude (queue_number)
    from core.fct_backlog_span as s inner join core.dim_backlog_queue as q using (queue_number)
"""
DUE = """
    select q.source_system, q.agency_key, q.field_name, d.due_after_cut_count
    from core.fct_backlog_due_after_cut as d inner join core.dim_backlog_queue as q using (queue_number)
"""
DAILY = "select * from core.fct_backlog_daily"

Row = dict[str, Any]


def rows() -> list[Row]:
    """Everything that is ever delivered; a file for each system and extraction."""
    told = [
        {"source_system": system, "dossier_code": f"D{number}", "observed_at": at, "row_number": number + 2}
        | said
        for number, (system, states) in enumerate(histories())
        for at, said in states
    ]
    # falls due on the days of the last data cuts, before and after them
    dice = random.Random(7)
    for number, (cut, hours) in enumerate(
        (cut, hours) for cut in EXTRACTIONS[2:] for hours in (-30, -3, -1, 0, 1, 3, 30) for _ in range(3)
    ):
        for at, said in history(dice, "nghean_igate")[:1]:
            told.append(
                {"source_system": "nghean_igate", "dossier_code": f"E{number}", "observed_at": at}
                | {"row_number": DOSSIERS + number + 2}
                | said
                | {"status_code": "processing", "finished_at": None, "returned_at": None}
                | {"due_at": cut + timedelta(hours=hours)}
            )
    return told


def is_late(row: Row) -> bool:
    """Extracted long ago, delivered in the third night only."""
    return bool(row["observed_at"] == LATE and row["source_system"] != BOSTON)


def deliver(settings: Settings, given: list[Row]) -> None:
    agencies = [
        {"agency_code": code, "agency_name": code, "valid_from_date": date(2020, 1, 1)}
        for code in ("H41.02", "H41.03")
    ]
    shutil.rmtree(settings.lake, ignore_errors=True)
    build_lake(settings, {"agencies": agencies, "dossiers": given})


def build(settings: Settings, *arguments: str) -> None:
    dbt_build(settings, "--indirect-selection", "empty", *arguments, "--select", *MODELS, *SENTENCES)
    with open_warehouse(settings, read_only=False) as con:
        con.execute(
            "create or replace table raw.built_files as select kind, file_sha256, contract_fingerprint "
            "from ops.ingestion_ledger where status = 'accepted'"
        )


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kept_and_whole(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Settings, Settings]]:
    """After each night the warehouse as it was then, and one that was built of the whole."""
    folder = tmp_path_factory.mktemp("backlog_nights")
    kept = settings_in(folder / "kept")
    everything = rows()
    known = [row for row in everything if row["observed_at"] < NIGHTS[0][0] and not is_late(row)]
    deliver(kept, known)
    build(
        kept,
    )
    found = []
    for number, extractions in enumerate(NIGHTS):
        known += [row for row in everything if row["observed_at"] in extractions]
        if number == 2:
            known += [row for row in everything if is_late(row)]
        deliver(kept, known)
        build(kept, "--vars", "{run: night}", "--exclude", "config.materialized:view")
        then = settings_in(folder / f"night_{number}")
        shutil.copytree(kept.warehouse.parent, then.warehouse.parent)
        whole = settings_in(folder / f"whole_{number}")
        deliver(whole, known)
        build(
            whole,
        )
        found.append((then, whole))
    return found


@pytest.mark.parametrize("sql", [SPAN, DUE, DAILY], ids=["spans", "due after the cut", "days"])
@pytest.mark.parametrize("night", range(len(NIGHTS)))
def test_a_night_gives_what_a_run_of_the_whole_gives(
    kept_and_whole: list[tuple[Settings, Settings]], night: int, sql: str
) -> None:
    found, expected = (Counter(query(settings, sql)) for settings in kept_and_whole[night])
    wrong = [*(found - expected), *(expected - found)]
    assert not wrong, sorted(wrong, key=str)[:6]
    assert expected


def test_what_the_nights_are_about_happens_in_them(kept_and_whole: list[tuple[Settings, Settings]]) -> None:
    last = kept_and_whole[-1][0]
    counts = query(
        last,
        "select sum(reopened_count), sum(handed_in_count), sum(closing_past_due_count) "
        "from core.fct_backlog_span",
    )[0]
    assert all(number > 20 for number in counts)


def test_a_night_makes_only_what_was_touched_again(kept_and_whole: list[tuple[Settings, Settings]]) -> None:
    first = kept_and_whole[0][0]
    made, spans = query(
        first,
        "select (select count(*) from intermediate.int_backlog_spans_before), "
        "(select count(*) from core.fct_backlog_span)",
    )[0]
    assert 0 < made < spans
