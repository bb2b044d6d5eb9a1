"""What "on time" means: the examples of the documentation, and what must hold for any dossiers.

Here: docs/how-time-is-counted.md, "On time, by definition", row by row; properties over random dossiers;
bridges between any two definitions.
Not here: single rules of the models; their unit tests stand beside the models.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.settings import PROJECT_ROOT
from tests.dbt_helpers import dbt, failures, parsed_project, settings_in

PAGE = (PROJECT_ROOT / "docs" / "how-time-is-counted.md").read_text(encoding="utf-8")
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
CUT = datetime(2026, 7, 1, 7)
LIMIT = datetime(2026, 6, 10, 17)
RECEIVED = datetime(2026, 6, 1, 9)
SHOWN = ("strict", "strict_recomputed", "q766", "date_level", "session", "form_06a")
ALL = (*SHOWN, "portal_stated")
CHAIN = (
    "int_dossier_supplements",
    "int_dossier_facts",
    *(f"int_outcome_{definition}" for definition in ALL),
    "fct_dossier_history",
    "fct_procedure_timeliness",
    "int_dossiers_now",
    "int_settled_profiles",
    "int_unsettled_profiles",
    "dim_on_time_definition",
    "dim_on_time_profile",
    "dim_on_time_bridge",
    "mart_on_time_profile",
    "mart_on_time_bridge",
    "mart_agency_month",
)
STATUSES = (
    "registered", "received", "processing", "supplement_requested", "payment_requested", "withdrawn",
    "stopped", "finished", "returned", "unmapped",
)  # fmt: skip
HISTORY = """
create or replace table warehouse.intermediate.int_dossier_history (
    dossier_key varchar, version_number bigint, is_current boolean, source_system varchar,
    status_code varchar, stated_outcome_code varchar, applied_at timestamp, received_at timestamp,
    due_at timestamp, has_due_time boolean, finished_at timestamp, has_finished_time boolean,
    returned_at timestamp,
    valid_from_at timestamp, first_observed_at timestamp, supplement_request_count bigint,
    supplement_requested_at timestamp, supplement_completed_at timestamp
);
create table dues (
    dossier_key varchar, agency_key varchar, recomputed_due_at timestamp, due_difference_reason varchar
);
create table analytics.core.fct_open_late (dossier_key varchar, open_late_since_at timestamp);
"""
DUE = """
create table warehouse.intermediate.int_dossier_due as
select
    history.*, supplements.* exclude (dossier_key, version_number, is_current), dues.* exclude (dossier_key),
    'f' as field_name, 'default' as timesheet_code
from warehouse.intermediate.int_dossier_history as history
inner join warehouse.intermediate.int_dossier_supplements as supplements using (dossier_key, version_number)
inner join dues using (dossier_key)
"""
# one system and one month, so that a rate is one of an agency
ONE_MONTH = """
update analytics.core.{fact} set source_system = 'p', period_month_date = date '2026-06-01'
"""
REASONS = ("none", "calendar", "extension", "supplement", "padded", "shortened")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Statements of the models, in the order in which they can run."""
    settings = settings_in(tmp_path_factory.mktemp("definitions"))
    result = dbt(settings, "compile", "--select", *CHAIN)
    assert result.success, failures(result)
    found = {p.stem: p for p in settings.dbt_target.rglob("compiled/**/*.sql")}
    parsed = {node.name: node for node in parsed_project(settings.dbt_project).nodes.values()}
    statements = {}
    for name in CHAIN:
        sql = found[name].read_text(encoding="utf-8")
        statements[name] = f"create or replace table {parsed[name].relation_name} as {sql}"
    # the columns of a clock that nobody asks for here
    columns = parsed["fct_dossier_history"].columns.values()
    types = ", ".join(f"{column.name} {column.data_type}" for column in columns)
    clock = (
        f"create table warehouse.intermediate.int_dossier_clock ({types}, "
        "agency_name string, calendar_code string, is_waiting boolean, is_paying boolean)"
    )
    return {"int_dossier_clock": clock} | statements


class Judged:
    """Dossiers and what the definitions make of them."""

    def __init__(self, compiled: Mapping[str, str], dossiers: Sequence[Row]) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute("attach ':memory:' as warehouse")
        self.con.execute("create schema warehouse.intermediate")
        self.con.execute("attach ':memory:' as analytics")
        for schema in ("reference", "core", "marts"):
            self.con.execute(f"create schema analytics.{schema}")
        for seed in (
            "calendar_versions", "dossier_statuses", "on_time_definitions", "portal_outcome_rules",
            "bridge_steps",
        ):  # fmt: skip
            path = SEEDS / f"{seed}.csv"
            self.con.execute(
                f"create table analytics.reference.{seed} as from read_csv('{path}', header = true)"
            )
        self.con.execute(
            "create table analytics.core.dim_data_cut as "
            "select unnest(['p', 'nghean_tandan']) as source_system, 'default' as timesheet_code, "
            "?::timestamp as data_cut_at, null::bigint as cut_working_minutes, "
            "null::bigint as cut_working_day_ordinal",
            [CUT],
        )
        self.con.execute(
            "create table warehouse.intermediate.int_source_data_cuts as "
            "select source_system, data_cut_at, cast(data_cut_at as date) as data_cut_date "
            "from analytics.core.dim_data_cut"
        )
        self.con.execute("create table analytics.core.dim_agency as select unnest(['a', 'b']) as agency_key, "
                         "null as agency_code, null as agency_name, null as agency_level, "
                         "null as as_is_agency_code, null as as_is_agency_name")  # fmt: skip
        self.con.execute(HISTORY)
        for row in dossiers:
            given = {"version_number": 1, "is_current": True, "source_system": "p", **row}
            due = {name: given.pop(name, None) for name in ("recomputed_due_at", "due_difference_reason")}
            agency = given.pop("agency_key", "a")
            self._insert("warehouse.intermediate.int_dossier_history", given)
            self._insert("dues", {"dossier_key": row["dossier_key"], "agency_key": agency, **due})
        for name, statement in compiled.items():
            if name == "int_dossier_facts":
                self.con.execute(DUE)
            if name == "fct_dossier_history":
                self._clocks()
            self.con.execute(statement)
            if name in ("fct_dossier_history", "fct_procedure_timeliness"):
                self.con.execute(ONE_MONTH.format(fact=name))

    def _insert(self, table: str, row: Mapping[str, Any]) -> None:
        marks = ", ".join("?" * len(row))
        names = ", ".join(row)
        self.con.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))

    def _clocks(self) -> None:
        judged, clock = (
            [row[0] for row in self.con.execute(f"describe warehouse.intermediate.{name}").fetchall()]
            for name in ("int_outcome_portal_stated", "int_dossier_clock")
        )
        names = ", ".join(name for name in judged if name in clock)
        self.con.execute(
            f"insert into warehouse.intermediate.int_dossier_clock ({names}) "
            f"select {names} from warehouse.intermediate.int_outcome_portal_stated"
        )

    def outcomes(self) -> dict[str, tuple[str, ...]]:
        """Outcome of each dossier under each definition of `ALL`."""
        names = ", ".join(f"outcome_{definition}" for definition in ALL)
        rows = self.con.execute(
            f"select dossier_key, {names} from analytics.core.fct_procedure_timeliness"
        ).fetchall()
        return {row[0]: row[1:] for row in rows}

    def rates(self) -> dict[tuple[str, str], Fraction | None]:
        """Rate of each agency under each definition, exact."""
        rows = self.con.execute(
            "select agency_key, definition_id, in_time_count, judged_count "
            "from analytics.marts.mart_agency_month"
        ).fetchall()
        return {(a, d): Fraction(n, of) if of else None for a, d, n, of in rows}


def moment(text: str) -> datetime | None:
    return None if text == "–" else datetime.fromisoformat(text)


def examples() -> Iterator[tuple[str, Row, tuple[str, ...]]]:
    section = PAGE.split("## On time, by definition")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in lines[0].split("|")[6:-1]] == list(SHOWN)
    for line in lines[2:]:
        rule, due, status, end, asked, *outcomes = (cell.strip() for cell in line.split("|")[1:-1])
        yield (
            rule,
            {
                "dossier_key": rule,
                "status_code": status,
                "received_at": RECEIVED,
                "due_at": moment(due),
                "has_due_time": ":" in due if due != "–" else None,
                "finished_at": moment(end),
                "has_finished_time": ":" in end if end != "–" else None,
                "supplement_request_count": int(asked),
                "valid_from_at": CUT,
                "first_observed_at": CUT,
                "recomputed_due_at": LIMIT,
            },
            tuple(outcomes),
        )


def test_every_example_of_the_page_comes_out_as_it_says(compiled: Mapping[str, str]) -> None:
    told = list(examples())
    assert len(told) >= 20
    found = Judged(compiled, [row for _, row, _ in told]).outcomes()
    assert {rule: found[rule][: len(SHOWN)] for rule, _, _ in told} == {rule: o for rule, _, o in told}


def random_dossiers(seed: int, count: int) -> list[Row]:
    dice = random.Random(seed)

    def some(of: Any, chance: float) -> Any:
        return of if dice.random() < chance else None

    rows: list[Row] = []
    for number in range(count):
        received = datetime(2026, 6, 1, 8) + timedelta(minutes=dice.randrange(40_000))
        due = received + timedelta(minutes=dice.choice((60, 600, 2_000, 20_000)))
        has_due_time, has_finished_time = dice.random() < 0.8, dice.random() < 0.8
        finished = min(received + timedelta(minutes=dice.randrange(25_000)), CUT)
        rows.append(
            {
                "dossier_key": f"d{number}",
                "source_system": dice.choice(("p", "nghean_tandan")),
                "status_code": dice.choice(STATUSES),
                "received_at": some(received, 0.95),
                "due_at": some(due if has_due_time else due.replace(hour=0, minute=0), 0.9),
                "has_due_time": has_due_time,
                "finished_at": some(
                    finished if has_finished_time else finished.replace(hour=0, minute=0), 0.6
                ),
                "has_finished_time": has_finished_time,
                "returned_at": some(finished + timedelta(hours=3), 0.3),
                "supplement_request_count": dice.choice((None, 0, 1, 2)),
                "supplement_requested_at": some(received + timedelta(hours=1), 0.4),
                "supplement_completed_at": some(received + timedelta(hours=30), 0.3),
                "stated_outcome_code": some(dice.choice(("early", "on_time", "late", "unmapped")), 0.4),
                "valid_from_at": min(received + timedelta(days=dice.randrange(30)), CUT),
                "first_observed_at": CUT,
                "recomputed_due_at": some(due - timedelta(minutes=dice.randrange(3_000)), 0.7),
                "agency_key": dice.choice(("a", "b")),
            }
        )
        if rows[-1]["due_at"] and rows[-1]["recomputed_due_at"]:
            rows[-1]["due_difference_reason"] = dice.choice(REASONS)
    return rows


def test_an_open_dossier_that_is_late_by_the_index_is_late_strictly(compiled: Mapping[str, str]) -> None:
    dossiers = random_dossiers(1, 2_000)
    found = Judged(compiled, dossiers).outcomes()
    plain = [
        row["dossier_key"]
        for row in dossiers
        if row["finished_at"] is None
        and row["due_at"] is not None
        and row["status_code"] in ("received", "processing", "payment_requested", "unmapped")
        and (row["supplement_request_count"] or 0) <= 1
    ]
    late_by_index = {key for key in plain if found[key][ALL.index("q766")] in ("late", "open_late")}
    late_strictly = {key for key in plain if found[key][ALL.index("strict")] in ("late", "open_late")}
    assert len(late_by_index) > 20
    assert late_by_index <= late_strictly


def test_the_order_of_the_rows_changes_nothing(compiled: Mapping[str, str]) -> None:
    dossiers = random_dossiers(2, 400)
    shuffled = random.Random(3).sample(dossiers, len(dossiers))
    one, other = Judged(compiled, dossiers), Judged(compiled, shuffled)
    assert one.outcomes() == other.outcomes()
    assert one.rates() == other.rates()
    bridge = "from analytics.marts.mart_on_time_bridge order by all"
    assert one.con.execute(bridge).fetchall() == other.con.execute(bridge).fetchall()


@pytest.mark.parametrize("seed", range(5))
def test_one_more_dossier_in_time_never_lowers_a_rate(compiled: Mapping[str, str], seed: int) -> None:
    dossiers = random_dossiers(seed, 60)
    in_time = {
        "dossier_key": "one more",
        "status_code": "finished",
        "received_at": RECEIVED,
        "due_at": LIMIT,
        "has_due_time": True,
        "finished_at": LIMIT - timedelta(days=1),
        "has_finished_time": True,
        "stated_outcome_code": "on_time",
        "valid_from_at": CUT,
        "first_observed_at": CUT,
        "recomputed_due_at": LIMIT,
        "agency_key": "a",
    }
    before, after = Judged(compiled, dossiers).rates(), Judged(compiled, [*dossiers, in_time]).rates()
    compared = 0
    for definition in ALL:
        was, is_now = before["a", definition], after["a", definition]
        assert is_now is not None
        if was is not None:
            assert is_now >= was
            assert was == 1 or is_now > was
            compared += 1
        assert before["b", definition] == after["b", definition]
    assert compared >= len(ALL) - 1


@pytest.mark.parametrize("seed", range(3))
def test_a_bridge_adds_up_exactly_for_any_two_definitions(compiled: Mapping[str, str], seed: int) -> None:
    judged = Judged(compiled, random_dossiers(seed, 500))
    order = {d: n for n, d in enumerate(ALL)}
    outcomes = judged.outcomes()
    rates = judged.rates()
    rows = judged.con.execute(
        "select agency_key, first_definition_id, second_definition_id, dossier_count, in_time_change_count, "
        "judged_change_count, first_in_time_count, first_judged_count, second_in_time_count, "
        "second_judged_count, change_pct_points, step_name_vi from analytics.marts.mart_on_time_bridge"
    ).fetchall()
    assert all(row[-1] for row in rows)
    cells: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
    for row in rows:
        cells.setdefault(row[:3], []).append(row[3:])
    assert {(a, b) for _, a, b in cells} == {p for p in permutations(ALL, 2) if order[p[0]] < order[p[1]]}
    assert len(outcomes) == 500
    for (agency, first, second), steps in cells.items():
        n1, d1, n2, d2 = steps[0][3:7]
        assert rates[agency, first] == Fraction(n1, d1)
        assert rates[agency, second] == Fraction(n2, d2)
        mean_rate, mean_count = (Fraction(n1, d1) + Fraction(n2, d2)) / 2, Fraction(d1 + d2, 2)
        exact = [100 * (dn - mean_rate * dd) / mean_count for _, dn, dd, *_ in steps]
        assert sum(exact) == 100 * (Fraction(n2, d2) - Fraction(n1, d1))
        assert [step[7] for step in steps] == pytest.approx([float(points) for points in exact], abs=1e-12)


def test_the_steps_are_those_of_the_seed() -> None:
    with (SEEDS / "bridge_steps.csv").open(encoding="utf-8") as file:
        known = {row["step_id"] for row in csv.DictReader(file)}
    text = Path(PROJECT_ROOT / "dbt_project/models/core/dim_on_time_bridge.sql").read_text(encoding="utf-8")
    said = set(re.findall(r"then '(\w+)'", text.split("explained as (")[1]))
    reasons = {"due_padded", "due_shortened", "due_calendar", "due_extension", "due_supplement"}
    assert said - {"due_"} | reasons == known
