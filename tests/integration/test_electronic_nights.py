"""A night that brings dossiers leaves payments, requests and digitisation as a run of the whole makes them.

Here: rows delivered before their dossiers are known, and dossiers that change their agency later.
Not here: files of these kinds at night; they make a run one of the whole (pipelines/warehouse/runs.py).
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.warehouse.runs import NIGHT_KINDS
from tests.dbt_helpers import deliver, query, settings_in
from tests.integration.test_nights import RUNS, bring, differences, prepare, refresh
from tests.night_worlds import World, name_of, worlds

MOMENT = datetime(2026, 2, 1, 6)


def electronic(made: list[World]) -> dict[str, list[dict[str, Any]]]:
    """Of every dossier of every world a receipt, a request and its papers; of every office a statistic."""
    rows: dict[str, list[dict[str, Any]]] = {
        kind: [] for kind in ("payments", "supplements", "digitisation", "digitisation_statistics")
    }
    for world in made:
        told = {"source_system": world.system, "source_id": f"{world.number} x", "observed_at": MOMENT}
        for number, dossier in enumerate(world.dossiers):
            of_dossier = told | {"dossier_code": dossier["dossier_code"]}
            rows["payments"].append(
                of_dossier
                | {
                    "payment_record_code": "receipt",
                    "receipt_number": str(number),
                    "total_vnd": 1_000 * number,
                }
            )
            rows["supplements"].append(of_dossier | {"request_code": "1", "requested_at": MOMENT})
            rows["digitisation"].append(
                of_dossier | {"component_count": 3, "digitised_component_count": number}
            )
        for office in world.offices:
            period = {"period_start_date": date(2026, 1, 1), "period_end_date": date(2026, 1, 31)}
            rows["digitisation_statistics"].append(told | period | {"agency_name": name_of(office)})
    return rows


@pytest.mark.slow
def test_nights_of_dossiers_leave_the_tables_that_a_run_of_the_whole_makes(tmp_path: Path) -> None:
    made = worlds(19, 12, RUNS)
    nights, whole = settings_in(tmp_path / "nights"), settings_in(tmp_path / "whole")
    rows = electronic(made)
    assert NIGHT_KINDS.isdisjoint(rows)
    for settings in (nights, whole):
        prepare(settings, made)
        deliver(settings, rows, "electronic")
    for run in range(RUNS):
        bring(nights, made, run)
        bring(whole, made, run)
        refresh(nights, "night" if run else "whole")
    refresh(whole, "whole")
    assert differences(nights, whole) == {}
    [(payments, known, statistics, counted)] = query(
        whole,
        "select (select count(*) from core.fct_payment), "
        "(select count(*) from core.fct_payment where is_dossier_known), "
        "(select count(*) from core.fct_digitisation_statistic), "
        "(select sum(digitisation_known_dossier_count) from marts.mart_agency_month_online)",
    )
    assert payments > known > 20
    assert statistics == 36
    assert 20 < counted <= known
