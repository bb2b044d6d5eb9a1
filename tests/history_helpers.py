"""A made-up portal with late arrivals and absences, and its compiled models over tables in memory.

Here: what it delivers, ingesting that in any order, running models without dbt.
Not here: expectations; tests/integration/test_history.py says them.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings
from pipelines.warehouse.connect import READER_SCHEMAS
from tests.dbt_helpers import parsed_project

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
    "changes 2026-03-15": [
        ["other source", "South", "done", "2026-01-10 08:00:00", "2026-02-14 17:00:00", IN]
    ],
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


def written(name: str) -> bytes:
    """A delivery as the CSV file it comes in."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *DELIVERIES[name]])
    return text.getvalue().encode()


def settings_with_portal(folder: Path) -> Settings:
    """An installation in that folder that knows both exports of the portal."""
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


def ingested(folder: Path, order: Sequence[str]) -> Settings:
    """An installation in that folder into which the deliveries came in that order."""
    settings = settings_with_portal(folder)
    ingest_in_order(settings, order)
    return settings


@dataclass(frozen=True)
class Compiled:
    """The compiled models over tables in memory; what dbt would build, without dbt."""

    con: duckdb.DuckDBPyConnection
    statements: Mapping[str, tuple[str, str]]
    order: Sequence[str]

    @classmethod
    def of(cls, settings: Settings, lake: Path | None = None) -> Compiled:
        """The models that were built there; over another lake where one is named."""
        con = duckdb.connect(config={"threads": 1})  # the tables are tiny
        for name, file in (("warehouse", settings.warehouse), ("analytics", settings.analytics)):
            con.execute(f"attach '{file}' as built_{name} (read_only)")
            con.execute(f"attach ':memory:' as {name}")
            for (schema,) in con.execute(
                "select schema_name from duckdb_schemas() where database_name = ? and not internal",
                [f"built_{name}"],
            ).fetchall():
                con.execute(f"create schema if not exists {name}.{schema}")
        for (table,) in con.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'built_analytics' and schema_name = 'reference'"
        ).fetchall():
            con.execute(f"create table analytics.reference.{table} as from built_analytics.reference.{table}")
        for table, view in con.execute(
            "select view_name, sql from duckdb_views() "
            "where database_name = 'built_warehouse' and schema_name = 'raw'"
        ).fetchall():
            files = view.split(" AS ", 1)[1].replace(str(settings.lake), str(lake or settings.lake))
            con.execute(f"create table warehouse.raw.{table} as {files}")
        manifest = parsed_project(settings.dbt_project)
        code = {p.stem: p.read_text(encoding="utf-8") for p in settings.dbt_target.rglob("compiled/**/*.sql")}
        nodes = {n.name: n for n in manifest.nodes.values() if n.resource_type == "model" and n.name in code}
        after = {
            # models only: a source may bear a model's name
            name: [parent.split(".")[-1] for parent in node.depends_on_nodes if parent.startswith("model.")]
            for name, node in nodes.items()
        }
        order = tuple(TopologicalSorter(after).static_order())
        return cls(con, {name: (nodes[name].schema, code[name]) for name in order}, order)

    def run(self, models: Collection[str]) -> None:
        """Build these models, each after those it reads."""
        for name in self.order:
            if name in models:
                schema, sql = self.statements[name]
                self.con.execute(f"create or replace table {_in_its_file(f'{schema}.{name}')} as {sql}")

    def rows(self, relation: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Rows of one of its relations, sorted."""
        statement = f"select {columns} from {_in_its_file(relation)}"
        return sorted(self.con.execute(statement).fetchall(), key=repr)

    def columns(self, relation: str) -> str:
        """Names of its columns; a contract orders those of what dbt built otherwise."""
        described = self.con.execute(f"describe {_in_its_file(relation)}").fetchall()
        return ", ".join(str(row[0]) for row in described)

    def built_rows(self, relation: str) -> list[tuple[Any, ...]]:
        """Rows of what dbt built, sorted, their columns ordered as in `rows`."""
        statement = f"select {self.columns(relation)} from built_{_in_its_file(relation)}"
        return sorted(self.con.execute(statement).fetchall(), key=repr)


def _in_its_file(relation: str) -> str:
    """A relation with the name of the file it lies in."""
    is_for_readers = relation.split(".", maxsplit=1)[0] in READER_SCHEMAS
    return f"{'analytics' if is_for_readers else 'warehouse'}.{relation}"
