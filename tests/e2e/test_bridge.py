"""The director's question, asked of the refreshed sample: why is the portal's rate not the index's?"""

from itertools import combinations
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.errors import Refusal
from pipelines.reporting.assets import reporting_assets
from pipelines.reporting.bridge import read_bridge
from pipelines.settings import Settings
from tests.e2e.conftest import Installation

NAMES = ("strict", "strict_recomputed", "q766", "date_level", "session", "form_06a", "portal_stated")
CHOICES: list[dict[str, str | None]] = [
    {},
    {"register": "nghe_an"},
    {"system": "nghean_land", "field": "Đất đai"},
    {"register": "nghe_an", "first_month": "2025-10-01", "last_month": "2025-10-01"},
    {"as_is_agency": "16681"},
]


@pytest.mark.parametrize("chosen", CHOICES, ids=str)
def test_the_steps_add_up_and_open_to_their_dossiers(
    warehouse: duckdb.DuckDBPyConnection, chosen: dict[str, str | None]
) -> None:
    arguments = ", ".join(["?, ?", *(f"{name} := ?" for name in chosen)])
    told = 0
    for first, second in combinations(NAMES, 2):
        try:
            bridge = read_bridge(warehouse, first, second, chosen)
        except Refusal:
            continue
        back = read_bridge(warehouse, second, first, chosen)
        assert sum(step.points for step in bridge.steps) == pytest.approx(
            bridge.second_pct - bridge.first_pct, abs=1e-9
        )
        assert {s.step_id: s.points for s in back.steps} == pytest.approx(
            {s.step_id: -s.points for s in bridge.steps}, abs=1e-9
        )
        listed = warehouse.execute(
            "select step_id, count(*), count(distinct dossier_key) "
            f"from on_time_bridge_dossiers({arguments}) group by step_id",
            [first, second, *chosen.values()],
        ).fetchall()
        assert {(i, n, n) for i, n, _ in listed} == {(i, n, m) for i, n, m in listed}
        assert {i: n for i, n, _ in listed} == {step.step_id: step.dossiers for step in bridge.steps}
        told += len(bridge.steps)
    assert told > 20


def test_the_mart_and_the_macro_say_the_same(warehouse: duckdb.DuckDBPyConnection) -> None:
    [(agency, month, field)] = warehouse.execute(
        "select agency_key, period_month_date, field_name from marts.mart_on_time_bridge "
        "where first_definition_id = 'strict' and second_definition_id = 'q766' "
        "order by dossier_count desc, agency_key, field_name limit 1"
    ).fetchall()
    columns = "step_id, dossier_count, round(change_pct_points, 9), round(first_on_time_pct, 9)"
    in_mart = warehouse.execute(
        f"select {columns} from marts.mart_on_time_bridge where first_definition_id = 'strict' "
        "and second_definition_id = 'q766' and agency_key = ? and period_month_date = ? and field_name = ?",
        [agency, month, field],
    ).fetchall()
    in_macro = warehouse.execute(
        f"select {columns} from on_time_bridge('strict', 'q766', agency := ?, first_month := ?, "
        "last_month := ?, field := ?) where step_id != 'no_difference'",
        [agency, month, month, field],
    ).fetchall()
    assert sorted(in_mart) == sorted(in_macro)
    assert in_mart


def test_the_portals_own_figure_is_the_better_one_and_the_bridge_says_why(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    bridge = read_bridge(warehouse, "portal_stated", "q766", {"register": "nghe_an"})
    assert bridge.first_pct > 97
    assert bridge.second_pct < 95
    largest = min(bridge.steps, key=lambda step: step.points)
    assert largest.step_id == "date_instead_of_moment"
    assert {step.step_id for step in bridge.steps} >= {"open_past_due", "no_due_date", "second_supplement"}


def test_the_terminal_shows_the_bridge_and_draws_it(installation: Installation, tmp_path: Path) -> None:
    for name, beginning in (("bridge.svg", b"<svg"), ("bridge.png", b"\x89PNG")):
        done = installation.dunghen("bridge", "--register", "nghe_an", "--chart", str(tmp_path / name))
        assert "Tính theo ngày hay theo giờ phút" in done.stdout
        assert (tmp_path / name).read_bytes().startswith(beginning)
    assert "Đúng hẹn theo Chỉ số 766" in (tmp_path / "bridge.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("strict", "on time"), "there is no definition 'on time' → use one of strict, strict_recomputed"),
        (("strict", "q766", "--agency", "nobody"), "no dossier is counted under both"),
        (("strict", "q766", "--first-month", "October"), "a month is written YYYY-MM"),
        (("strict", "q766", "--chart", "bridge.pdf"), "a chart is an .svg or a .png"),
    ],
)
def test_a_bridge_that_cannot_be_built_says_what_to_do(
    installation: Installation, arguments: tuple[str, ...], said: str
) -> None:
    done = installation.dunghen("bridge", *arguments, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_chart_is_metadata_of_the_report(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUNGHEN_DATA", str(installation.data))
    result = dg.materialize(reporting_assets(Settings.load()))
    metadata = result.asset_materializations_for_node("reports__on_time_bridge")[0].metadata
    assert "data:image/png;base64," in str(metadata["chart"].value)
    assert "Chỉ số 766" in str(metadata["steps"].value)
