"""History does not depend on the order of delivery, and every past night can be told as it was known then.

Here: one set of deliveries ingested in many orders, with repeats and late arrivals; the table macros of a build.
Not here: single rules of the models; their unit tests stand beside them.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.publishing.publish import publish
from pipelines.settings import Settings
from tests.dbt_helpers import dbt_build, parsed_project, query

SOURCE = """
source: {name}
kind: dossiers
title: A made-up portal, {scope}
system: {system}
scope: {scope}
recognise: {{headers: [Code, Office, State, Received, Due, Ended], file_name: '^{scope}'}}
observed_at: {{file_name: '(\\d{{4}}-\\d{{2}}-\\d{{2}})', format: '%Y-%m-%d'}}
columns:
  dossier_code: Code
  agency_name: Office
  status_code: State
  received_at: Received
  due_at: Due
  finished_at: Ended
dates: ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d']
values:
  status_code: {{open: processing, done: finished}}
"""
SYSTEM = "{code: portal, name: A portal, time_zone: Asia/Ho_Chi_Minh}"
HEADER = ["Code", "Office", "State", "Received", "Due", "Ended"]
IN = "2025-12-20 08:00:00"
DELIVERIES: Mapping[str, Sequence[Sequence[str]]] = {
    "full 2026-01-01": [
        ["put off", "North", "open", IN, "2026-01-20 17:00:00", ""],
        ["goes and comes", "North", "open", IN, "2026-03-10", ""],
        ["goes", "South", "open", IN, "2026-06-10 17:00:00", ""],
        ["moves", "North", "open", "", "", ""],
    ],
    "changes 2026-02-01": [
        ["put off", "North", "open", IN, "2026-01-20 17:00:00", ""],
        ["other source", "South", "open", "2026-01-10 08:00:00", "2026-02-14 17:00:00", ""],
    ],
    "full 2026-03-01": [
        ["put off", "North", "open", IN, "2026-03-20 17:00:00", ""],
        ["goes", "South", "open", IN, "2026-06-10 17:00:00", ""],
        ["moves", "South", "open", IN, "2026-03-01 17:00:00", ""],
    ],
    "changes 2026-03-15": [["other source", "South", "done", "2026-01-10 08:00:00", "2026-02-14 17:00:00", IN]],
    "full 2026-04-01": [
        ["put off", "North", "done", IN, "2026-03-20 17:00:00", "2026-03-19 16:00:00"],
        ["goes and comes", "North", "open", IN, "2026-03-10", ""],
        ["goes", "South", "open", IN, "2026-06-10 17:00:00", ""],
        ["moves", "South", "open", IN, "2026-03-01 17:00:00", ""],
    ],
    "full 2026-05-01": [
        ["put off", "North", "done", IN, "2026-03-20 17:00:00", "2026-03-19 16:00:00"],
        ["goes and comes", "North", "done", IN, "2026-03-10", "2026-03-10 18:00:00"],
        ["moves", "South", "done", IN, "2026-03-01 17:00:00", "2026-04-20 09:00:00"],
        ["unreadable", "South", "open", "32/13/2026", "", ""],
    ],
}
NIGHTS = [date(2026, 1, 1) + timedelta(days=n) for n in (0, 25, 31, 59, 73, 75, 90, 91, 120, 200)]
QUIETLY = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
MODELS = (
    "int_dossier_history",
    "int_dossier_due_changes",
    "fct_dossier_history",
    "fct_procedure_timeliness",
    "mart_agency_month",
)
LOOKED_AT = [
    "dossier_key", "agency_key", "agency_code", "status_code", "received_at", "due_at", "finished_at",
    "period_month_date", "outcome_strict", "outcome_timestamp", "outcome_date", "is_accepted", "is_closed",
    "is_open", "no_longer_listed_since_at", "first_observed_at", "data_cut_at", "formula_version",
]  # fmt: skip


def written(name: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *DELIVERIES[name]])
    return text.getvalue().encode()


def settings_with_portal(folder: Path) -> Settings:
    usual = Settings.load()
    sources = folder / "contracts" / "sources"
    sources.mkdir(parents=True)
    for scope, system in (("full", SYSTEM), ("changes", "portal")):
        text = SOURCE.format(name=f"portal_{scope}", scope=scope, system=system)
        (sources / f"portal_{scope}.yaml").write_text(text, encoding="utf-8")
    return Settings(usual.root, folder / "data", (*usual.contracts, folder / "contracts"))


def ingest_in_order(settings: Settings, names: Iterable[str]) -> None:
    """Deliver and ingest one file after the other; a name that was delivered comes again under another."""
    landing = settings.landing / "dossiers"
    landing.mkdir(parents=True)
    for number, name in enumerate(names):
        first = landing / f"{name}.csv"
        target = landing / f"{name} again {number}.csv" if first.exists() else first
        target.write_bytes(written(name))
        Ingestion.of(settings).run()
    # the same rows in other bytes
    (landing / "full 2026-03-01.csv.gz").write_bytes(gzip.compress(written("full 2026-03-01"), mtime=0))
    assert {o.entry.status for o in Ingestion.of(settings).run()} == {"accepted"}


def rows_of(settings: Settings, relation: str) -> list[tuple[Any, ...]]:
    return sorted(query(settings, f"select * from {relation}"), key=repr)


def built_after(folder: Path, order: Sequence[str]) -> Settings:
    settings = settings_with_portal(folder)
    ingest_in_order(settings, order)
    dbt_build(settings, "--select", *(f"+{model}" for model in MODELS), *QUIETLY)
    return settings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = built_after(tmp_path_factory.mktemp("forwards"), list(DELIVERIES))
    publish(settings, datetime(2026, 11, 24, 1, tzinfo=UTC), "abc")
    return settings


@pytest.fixture
def published(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.published / "analytics.duckdb"), read_only=True) as con:
        yield con


@dataclass(frozen=True)
class Compiled:
    """The compiled models over tables in memory; what dbt would build, without dbt."""

    con: duckdb.DuckDBPyConnection
    statements: Mapping[str, tuple[str, str]]
    order: Sequence[str]

    @classmethod
    def of(cls, settings: Settings) -> Compiled:
        con = duckdb.connect()
        con.execute(f"attach '{settings.warehouse}' as built (read_only)")
        con.execute("attach ':memory:' as warehouse")
        for (schema,) in con.execute(
            "select distinct schema_name from duckdb_schemas() where database_name = 'built' and not internal"
        ).fetchall():
            con.execute(f"create schema warehouse.{schema}")
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = 'built' and schema_name = 'reference' "
            "union all select schema_name, view_name from duckdb_views() "
            "where database_name = 'built' and schema_name = 'raw'"
        ).fetchall():
            con.execute(f"create table warehouse.{schema}.{table} as from built.{schema}.{table}")
        manifest = parsed_project(settings.dbt_project)
        code = {p.stem: p.read_text(encoding="utf-8") for p in settings.dbt_target.rglob("compiled/**/*.sql")}
        nodes = {n.name: n for n in manifest.nodes.values() if n.resource_type == "model" and n.name in code}
        after = {
            name: {parent.split(".")[-1] for parent in node.depends_on_nodes} & set(nodes)
            for name, node in nodes.items()
        }
        order: list[str] = []
        while len(order) < len(nodes):
            order += [name for name in nodes if name not in order and after[name] <= set(order)]
        return cls(con, {name: (nodes[name].schema, code[name]) for name in nodes}, order)

    def only_for(self, models: Iterable[str]) -> list[str]:
        return [name for name in self.order if name in set(models)]

    def run(self, models: Iterable[str]) -> None:
        for name in models:
            schema, sql = self.statements[name]
            self.con.execute(f"create or replace table warehouse.{schema}.{name} as {sql}")

    def rows(self, relation: str, columns: str = "*") -> list[tuple[Any, ...]]:
        return sorted(self.con.execute(f"select {columns} from warehouse.{relation}").fetchall(), key=repr)


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
    again = built_after(tmp_path, order)
    for relation in (
        "core.fct_dossier_history",
        "core.fct_procedure_timeliness",
        "marts.mart_agency_month",
        "intermediate.int_dossier_observations",
        "intermediate.int_dossier_due_changes",
    ):
        assert rows_of(again, relation) == rows_of(built, relation), (relation, order)


def test_history_is_the_same_in_two_hundred_orders_with_repeats(built: Settings) -> None:
    models = Compiled.of(built)
    con = models.con
    con.execute("create table all_rows as from warehouse.raw.dossiers")
    con.execute("create table all_files as from warehouse.raw.ingestion_ledger")
    files = [row[0] for row in con.execute("select file_sha256 from all_files order by all").fetchall()]
    assert len(files) == len(DELIVERIES) + 1
    chain = models.only_for(
        {
            "stg_dossiers",
            "ingestion_ledger",
            "int_dossier_observations",
            "int_dossier_absences",
            "int_dossier_history",
            "int_dossier_due_changes",
        }
    )
    expected = {n: rows_of(built, f"intermediate.{n}") for n in chain if n in MODELS}
    assert len(expected) == 2
    dice = random.Random(766)
    seen = set()
    for _ in range(200):
        order = [*files, *dice.choices(files, k=dice.randint(0, 4))]
        dice.shuffle(order)
        seen.add(tuple(order))
        con.execute("truncate warehouse.raw.dossiers; truncate warehouse.raw.ingestion_ledger")
        for number, sha256 in enumerate(order):
            # a repeat is another file with the same rows
            name = sha256 if sha256 not in order[:number] else f"{number} {sha256}"
            for table, origin in (("dossiers", "all_rows"), ("ingestion_ledger", "all_files")):
                con.execute(
                    f"insert into warehouse.raw.{table} select * replace (? as file_sha256) from {origin} "
                    "where file_sha256 = ?",
                    [name, sha256],
                )
        models.run(chain)
        for name, rows in expected.items():
            assert models.rows(f"intermediate.{name}") == rows, (name, order)
    assert len(seen) == 200


def test_every_night_is_told_as_a_warehouse_of_that_night_would_have_told_it(
    built: Settings, published: duckdb.DuckDBPyConnection
) -> None:
    models = Compiled.of(built)
    con = models.con
    columns = ", ".join(LOOKED_AT)
    mart = [row[0] for row in con.execute("describe built.marts.mart_agency_month").fetchall()]
    told = 0
    for night in reversed(NIGHTS):  # each earlier night knows less
        for table in ("dossiers", "ingestion_ledger"):
            con.execute(
                f"delete from warehouse.raw.{table} where observed_at >= ? + interval 1 day", [night]
            )
        models.run(models.order)
        then = published.execute(f"select {columns} from timeliness_as_of(?)", [night]).fetchall()
        assert sorted(then, key=repr) == models.rows("core.fct_procedure_timeliness", columns), night
        months = published.execute(
            f"select {', '.join(mart)} from agency_month_as_of(?)", [night]
        ).fetchall()
        assert sorted(months, key=repr) == models.rows("marts.mart_agency_month"), night
        told += len(then)
    assert told == 4 + 4 + 6 * 5 + 2 * 5


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
