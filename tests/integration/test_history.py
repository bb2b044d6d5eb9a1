"""History does not depend on the order of delivery, and every past night can be told as it was known then.

Here: one set of deliveries ingested in many orders, with repeats and late arrivals; the macros of a build.
Not here: single rules of the models; their unit tests stand beside them.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.publishing.contents import FACT
from pipelines.publishing.publish import publish
from pipelines.settings import Settings
from tests.dbt_helpers import build_lake, dbt, dbt_build, failures, query, settings_in
from tests.history_helpers import DELIVERIES, Compiled, ingested

NIGHTS = [date(2026, 1, 1) + timedelta(days=n) for n in (0, 25, 31, 59, 73, 75, 90, 91, 120, 200)]
QUIETLY = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
MODELS = (
    "int_dossier_history",
    "int_dossier_due_changes",
    "fct_dossier_history",
    "fct_procedure_timeliness",
    "mart_agency_month",
    "mart_restatement_delivery",
    "quarantined_rows",
)
FOLLOWED = (
    "int_dossier_completed",
    "int_dossier_observations",
    "int_dossier_absences",
    "int_dossier_history",
    "int_dossier_supplements",
    "int_dossier_due_changes",
    "int_dossier_states",
)
Cell = tuple[str, date, str]


def build_models(settings: Settings, *arguments: str) -> None:
    dbt_build(settings, "--select", *(f"+{model}" for model in MODELS), *QUIETLY, *arguments)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = ingested(tmp_path_factory.mktemp("forwards"), list(DELIVERIES))
    build_models(settings)
    publish(settings, datetime(2026, 11, 24, 1, tzinfo=UTC), "abc")
    return settings


@pytest.fixture
def published(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.published / "analytics.duckdb"), read_only=True) as con:
        yield con


def test_a_dossier_has_a_version_for_each_thing_that_was_said_of_it(built: Settings) -> None:
    told = query(
        built,
        "select dossier_code, cast(valid_from_at as date), cast(valid_to_at as date), is_current, is_listed, "
        "is_absence_certain from core.fct_dossier_history order by dossier_code, version_number",
    )
    jan, feb, march, mid_march, april, may = (
        date(2026, month, day) for month, day in ((1, 1), (2, 1), (3, 1), (3, 15), (4, 1), (5, 1))
    )
    assert told == [
        ("goes", jan, may, False, True, None),
        ("goes", may, None, True, False, False),  # it may be the row that was set aside
        ("goes and comes", jan, march, False, True, None),
        ("goes and comes", march, april, False, False, True),
        ("goes and comes", april, may, False, True, None),
        ("goes and comes", may, None, True, True, None),
        ("moves", jan, march, False, True, None),
        ("moves", march, may, False, True, None),
        ("moves", may, None, True, True, None),
        ("other source", feb, mid_march, False, True, None),
        ("other source", mid_march, None, True, True, None),
        ("put off", jan, march, False, True, None),
        ("put off", march, april, False, True, None),
        ("put off", april, None, True, True, None),
    ]


def test_the_fact_tells_what_became_of_the_promise_and_loses_no_dossier(built: Settings) -> None:
    told = query(
        built,
        "select dossier_code, cast(first_due_at as date), cast(last_due_at as date), "
        "cast(closing_due_at as date), due_change_count, has_due_changed_after_expiry, "
        "cast(no_longer_listed_since_at as date) from core.fct_procedure_timeliness order by dossier_code",
    )
    june, tenth, first = date(2026, 6, 10), date(2026, 3, 10), date(2026, 3, 1)
    valentine, later = date(2026, 2, 14), date(2026, 3, 20)
    assert told == [
        ("goes", june, june, None, 0, False, date(2026, 5, 1)),
        ("goes and comes", tenth, tenth, tenth, 0, False, None),
        ("moves", first, first, first, 0, False, None),
        ("other source", valentine, valentine, valentine, 0, False, None),
        ("put off", date(2026, 1, 20), later, later, 1, True, None),
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_ingestion_and_models_give_equal_tables_in_any_order(
    built: Settings, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    order = [*DELIVERIES, *dice.choices(list(DELIVERIES), k=3)]
    dice.shuffle(order)
    models = Compiled.of(built, ingested(tmp_path, order).lake)
    models.run(models.order)
    for relation in (
        "core.fct_dossier_history",
        "core.fct_procedure_timeliness",
        "marts.mart_agency_month",
        "marts.mart_restatement",
        "intermediate.int_dossier_observations",
        "intermediate.int_dossier_due_changes",
    ):
        assert models.rows(relation) == models.built_rows(relation), (relation, order)
        assert models.rows(relation), relation


def test_history_is_the_same_in_two_hundred_orders_with_repeats(built: Settings) -> None:
    """Two hundred portals deliver the same files, each in an order of its own, into one table."""
    models = Compiled.of(built)
    con = models.con
    files = [
        row[0]
        for row in con.execute(
            "select file_sha256 from warehouse.raw.ingestion_ledger order by all"
        ).fetchall()
    ]
    assert len(files) == len(DELIVERIES) + 1
    dice = random.Random(766)
    orders = []
    for _ in range(200):
        orders.append([*files, *dice.choices(files, k=dice.randint(0, 4))])
        dice.shuffle(orders[-1])
    assert len({tuple(order) for order in orders}) == 200
    con.execute("create table arrivals (portal int, number int, file_sha256 varchar, name varchar)")
    for portal, order in enumerate(orders):
        # a repeat is another file with the same rows
        names = [f"{n} {sha256}" if sha256 in order[:n] else sha256 for n, sha256 in enumerate(order)]
        rows = [(portal, n, sha256, name) for n, (sha256, name) in enumerate(zip(order, names, strict=True))]
        con.execute("insert into arrivals values " + ", ".join(map(str, rows)))
    con.execute(
        "create or replace table warehouse.raw.source_systems as "
        "select system.* replace (system.source_system || ' ' || portal as source_system) "
        "from warehouse.raw.source_systems as system, range(200) as portals(portal)"
    )
    for table in ("dossiers", "ingestion_ledger"):
        con.execute(
            f"create or replace table warehouse.raw.{table} as "
            "select told.* replace (arrivals.name as file_sha256, "
            "told.source_id || ' ' || portal as source_id, "
            "told.source_system || ' ' || portal as source_system) "
            f"from arrivals inner join warehouse.raw.{table} as told using (file_sha256) "
            "order by number, portal"
        )
    models.run([name for name in models.order if not name.startswith("mart_")])
    for relation in (
        "intermediate.int_dossier_history",
        "intermediate.int_dossier_due_changes",
        "core.fct_dossier_history",
        FACT,
    ):
        expected = models.built_rows(relation)
        columns = re.sub(
            r"\b(dossier_key|source_system|agency_key)\b",
            r"regexp_replace(\1, '^portal [0-9]+', 'portal')",
            models.columns(relation),
        )
        of_portal: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for portal, *row in models.rows(relation, f"regexp_extract(dossier_key, '[0-9]+'), {columns}"):
            of_portal[portal].append(tuple(row))
        assert len(of_portal) == 200
        for portal, told in of_portal.items():
            assert told == expected, (relation, orders[int(portal)])


def told_once(count: int) -> list[dict[str, Any]]:
    """Rows of as many dossiers, with and without everything a portal may say."""
    dice = random.Random(466)

    def some(value: Any) -> Any:
        return value if dice.random() < 0.6 else None

    def at(day: int) -> Any:
        return some(datetime(2026, 1, day, *dice.choice([(0, 0), (9, 30), (16, 59)])))

    return [
        {
            "dossier_code": f"{number}",
            "procedure_code": some("1.001193"),
            "procedure_name": some("Đăng ký khai sinh"),
            "field_name": some("Hộ tịch"),
            "agency_code": some("H41.02"),
            "agency_name": some("UBND xã  Nghĩa Mai"),
            "parent_agency_name": some("UBND huyện Nghĩa Đàn"),
            "status_code": some(dice.choice(["processing", "supplement_requested", "finished", "withdrawn"])),
            "channel_code": some("online"),
            "applied_at": at(1),
            "received_at": at(2),
            "due_at": at(20),
            "planned_end_at": at(19),
            "finished_at": at(21),
            "returned_at": at(22),
            "stated_outcome_code": some("late"),
            "supplement_request_count": some(dice.randrange(3)),
            "supplement_requested_at": at(5),
            "supplement_completed_at": at(8),
            "extension_count": some(dice.randrange(2)),
            "apologised_at": at(23),
        }
        for number in range(count)
    ]


def test_what_was_told_once_is_what_its_history_would_say(built: Settings, tmp_path: Path) -> None:
    portal = settings_in(tmp_path)
    build_lake(portal, {"dossiers": told_once(500)})
    models = Compiled.of(built, portal.lake)
    models.run(
        ["stg_dossiers", "ingestion_ledger", "int_dossier_deliveries", "int_dossiers_often_told", *FOLLOWED]
    )
    assert models.rows("intermediate.int_dossier_history") == []
    without_history = models.rows("intermediate.int_dossier_states")
    models.con.execute(
        "insert into warehouse.intermediate.int_dossiers_often_told "
        "select dossier_key from warehouse.staging.stg_dossiers"
    )
    models.run(FOLLOWED)
    assert len(models.rows("intermediate.int_dossier_history")) == 500
    assert models.rows("intermediate.int_dossier_states") == without_history


def shared_columns(con: duckdb.DuckDBPyConnection, *relations: str) -> str:
    """The columns that every one of the relations has, in the order of the first."""
    each = [[row[0] for row in con.execute(f"describe from {relation}").fetchall()] for relation in relations]
    return ", ".join(name for name in each[0] if all(name in names for names in each))


def test_every_night_is_told_as_a_warehouse_of_that_night_would_have_told_it(
    built: Settings, published: duckdb.DuckDBPyConnection
) -> None:
    models = Compiled.of(built)
    columns = shared_columns(published, "timeliness_as_of('2026-01-01')", FACT)
    assert {"outcome_strict", "agency_key", "due_at", "no_longer_listed_since_at"} <= {*columns.split(", ")}
    mart = shared_columns(published, "marts.mart_agency_month")
    told = 0
    for night in reversed(NIGHTS):  # each earlier night knows less
        for table in ("dossiers", "ingestion_ledger"):
            models.con.execute(
                f"delete from warehouse.raw.{table} where observed_at >= ? + interval 1 day", [night]
            )
        models.run(models.order)
        then = published.execute(f"select {columns} from timeliness_as_of(?)", [night]).fetchall()
        assert sorted(then, key=repr) == models.rows(FACT, columns), night
        months = published.execute(f"select {mart} from agency_month_as_of(?)", [night]).fetchall()
        assert sorted(months, key=repr) == models.rows("marts.mart_agency_month", mart), night
        told += len(then)
    assert told == 4 + 4 + 6 * 5 + 2 * 5


def test_a_warehouse_built_as_of_a_night_is_what_the_macros_tell_of_it(
    built: Settings, published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    night = date(2026, 3, 20)
    then = Settings(built.root, tmp_path, built.contracts)
    shutil.copytree(built.lake, then.lake)
    build_models(then, "--vars", f"{{as_of: {night}}}")
    columns = shared_columns(published, f"timeliness_as_of('{night}')", FACT)
    mart = shared_columns(published, "marts.mart_agency_month")
    for macro, relation, looked_at in (
        ("timeliness_as_of", FACT, columns),
        ("agency_month_as_of", "marts.mart_agency_month", mart),
    ):
        told = published.execute(f"select {looked_at} from {macro}(?)", [night]).fetchall()
        assert sorted(told, key=repr) == sorted(query(then, f"select {looked_at} from {relation}"), key=repr)
        assert told
    last = query(then, "select max(observed_at) from ops.ingestion_ledger")
    assert last == [(datetime(2026, 3, 15),)]
    assert len(query(then, "from ops.quarantined_rows")) == 0
    assert len(query(built, "from ops.quarantined_rows")) == 1


def test_a_night_that_is_no_date_is_refused_with_the_remedy(built: Settings) -> None:
    result = dbt(built, "compile", "--select", "stg_dossiers", "--vars", "{as_of: last Tuesday}")
    assert not result.success
    assert "as_of='last Tuesday' is no date" in "\n".join(failures(result))


@dataclass(frozen=True)
class Known:
    """What the macros tell of one night."""

    figures: Mapping[Cell, tuple[Any, ...]]
    outcomes: Mapping[tuple[str, str], tuple[Cell, str]]

    @classmethod
    def on(cls, night: date, con: duckdb.DuckDBPyConnection) -> Known:
        """Ask the published build."""
        figures = {
            row[:3]: row[3:]
            for row in con.execute(
                "select agency_key, period_month_date, definition_id, "
                "judged_count, in_time_count, on_time_pct from agency_month_as_of(?)",
                [night],
            ).fetchall()
        }
        return cls(
            figures,
            {
                (dossier, definition): ((agency, month, definition), outcome)
                for definition in {cell[2] for cell in figures}
                for dossier, agency, month, outcome in con.execute(
                    f"select dossier_key, agency_key, period_month_date, outcome_{definition} "
                    "from timeliness_as_of(?)",
                    [night],
                ).fetchall()
            },
        )

    def figure(self, cell: Cell) -> tuple[Any, ...]:
        """Judged, on time, per cent."""
        return self.figures.get(cell, (0, 0, None))

    def moves_until(self, later: Known, cell: Cell) -> tuple[int, int, int]:
        """Dossiers that enter the cell, leave it, stay with another outcome."""
        before = {key: outcome for key, (where, outcome) in self.outcomes.items() if where == cell}
        after = {key: outcome for key, (where, outcome) in later.outcomes.items() if where == cell}
        changed = sum(before[key] != after[key] for key in before.keys() & after.keys())
        return len(after.keys() - before.keys()), len(before.keys() - after.keys()), changed


def test_a_restatement_is_what_two_nights_tell_differently_after_the_first_report(
    published: duckdb.DuckDBPyConnection,
) -> None:
    nights = [
        night
        for (night,) in published.execute(
            "select distinct cast(observed_at as date) from ops.ingestion_ledger order by all"
        ).fetchall()
    ]
    assert len(nights) == 6
    known = {night: Known.on(night, published) for night in nights}
    expected = {}
    for before, night in pairwise(nights):
        for cell in {*known[before].figures, *known[night].figures}:
            month_end = (cell[1] + timedelta(days=31)).replace(day=1)
            first = min((n for n in nights if n >= month_end), default=None)
            was, is_now = known[before].figure(cell), known[night].figure(cell)
            if first is None or night <= first or was[:2] == is_now[:2]:
                continue
            moves = known[before].moves_until(known[night], cell)
            expected[cell, night] = (first, *known[first].figure(cell), *was, *is_now, *moves)
    told = {
        (row[:3], row[3]): row[4:]
        for row in published.execute(
            "select agency_key, period_month_date, definition_id, night_date, first_reported_date, "
            "first_judged_count, first_in_time_count, first_on_time_pct, "
            "before_judged_count, before_in_time_count, before_on_time_pct, "
            "after_judged_count, after_in_time_count, after_on_time_pct, "
            "entered_count, left_count, outcome_changed_count from marts.mart_restatement"
        ).fetchall()
    }
    assert told == expected
    assert {cell[2] for cell, _ in told} >= {"strict", "q766", "date_level", "session", "form_06a"}
    # on 1 March one dossier is put off to March and leaves January, where it was strictly late; another one,
    # which was not judged, moves to another office
    assert told[("portal:North", date(2026, 1, 1), "strict"), date(2026, 3, 1)] == (
        date(2026, 2, 1), 1, 0, 0.0, 1, 0, 0.0, 0, 0, None, 0, 2, 0,
    )  # fmt: skip


def test_a_restatement_names_the_deliveries_of_its_night(published: duckdb.DuckDBPyConnection) -> None:
    told = published.execute(
        "select cast(night_date as string), file_name, restated_figure_count > 0 "
        "from marts.mart_restatement_delivery order by all"
    ).fetchall()
    assert told == [
        ("2026-03-01", "full 2026-03-01.csv", True),
        ("2026-03-01", "full 2026-03-01.csv.gz", True),
        ("2026-03-15", "changes 2026-03-15.csv", True),
        ("2026-05-01", "full 2026-05-01.csv", True),
    ]


def test_a_night_before_the_first_extraction_knows_nothing(published: duckdb.DuckDBPyConnection) -> None:
    assert published.execute("from timeliness_as_of('2025-12-31')").fetchall() == []
    assert published.execute("from agency_month_as_of('2025-12-31')").fetchall() == []


def test_the_macros_read_the_build_they_came_with_also_from_another_database(built: Settings) -> None:
    read: Callable[[duckdb.DuckDBPyConnection], Any] = lambda con: con.execute(  # noqa: E731
        "select count(*) from timeliness_as_of('2026-11-01')"
    ).fetchall()
    with duckdb.connect() as con:
        con.execute(f"attach '{built.published / 'analytics.duckdb'}' as dung_hen (read_only)")
        con.execute("use dung_hen")
        assert read(con) == [(5,)]
