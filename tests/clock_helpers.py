"""The clock's look-ups in a small warehouse, its SQL to run over cases of one's own, the tables of its page.

Here: what tests and the bench of the clock share; timesheets of a made-up agency beside the default.
Not here: expectations, and the independent count; see tests/minute_by_minute.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.connect import open_warehouse
from tests.dbt_helpers import build_lake, dbt, failures, parsed_project
from tests.minute_by_minute import END, FIRST, MinuteByMinute, working_days

AGENCY = "nghe_an:H41.999"
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
PAGE = (PROJECT_ROOT / "docs" / "how-time-is-counted.md").read_text(encoding="utf-8")
DEFAULT_HOURS = [(420, 690), (810, 1020)]
HOURS = {
    "default": [("2020-01-01", DEFAULT_HOURS)],
    AGENCY: [
        ("2020-01-01", DEFAULT_HOURS),
        ("2024-03-01", [(465, 720), (790, 990)]),
        ("2025-01-01", DEFAULT_HOURS),
        ("2025-06-01", [(480, 720)]),
    ],
}
# a late start and an early end from March 2024; ordinary hours in early 2025; mornings only from June 2025
AGENCY_TIMESHEETS = """
insert into reference.timesheets values
    ('vn', 'nghe_an', 'H41.999', date '2024-03-01', date '2025-01-01', '07:45', '12:00', '13:10', '16:30',
     'provisional', 'test'),
    ('vn', 'nghe_an', 'H41.999', date '2025-06-01', null, '08:00', '12:00', null, null, 'provisional', 'test')
"""
# what the clock reads of a state; every end is accepted, and late however early it came
STATES = """
create or replace table intermediate.int_outcome_portal_stated as
select
    cast(dossier_key as string) as dossier_key,
    cast(dossier_key as string) as source_system,
    calendar_code,
    timesheet_code,
    cast(received_at as timestamp) as received_at,
    has_received_time,
    cast(cutoff_minute as int) as cutoff_minute,
    cast(due_at as timestamp) as due_at,
    has_due_time,
    cast(due_at as date) as due_date,
    cast(if(is_open_late, null, until_at) as timestamp) as finished_at,
    if(is_open_late, null, has_until_time) as has_finished_time,
    cast(if(is_open_late, null, until_at) as date) as finished_date,
    greatest(received_at, due_at, until_at) as last_observed_at,
    date '2026-12-31' as last_known_date,
    true as is_accepted,
    true as is_current,
    if(is_open_late, 'open_in_time', 'late') as outcome_strict_before_due,
    timestamp '2019-12-31' as strict_in_time_until_at
from {moments}
"""
# each dossier has a system of its own, so that its data cut is where it is late up to
DATA_CUTS = """
create schema if not exists staging;
create schema if not exists core;
create or replace table staging.stg_source_systems as
select cast(dossier_key as string) as source_system, calendar_code from moments;
create or replace table intermediate.int_source_data_cuts as
select
    cast(dossier_key as string) as source_system,
    cast(until_at as timestamp) as data_cut_at,
    cast(until_at as date) as data_cut_date
from moments
where is_open_late;
insert into intermediate.int_source_data_cuts
select cast(dossier_key as string), timestamp '2026-08-31 07:00:00', date '2026-08-31'
from moments where not is_open_late;
create or replace table core.fct_open_late (dossier_key string, open_late_since_at timestamp)
"""


COUNTED = (
    "counted_from_date",
    "counted_due_date",
    "elapsed_working_minutes",
    "allowed_working_minutes",
    "late_working_minutes",
    "counted_elapsed_working_days",
    "counted_allowed_working_days",
    "counted_late_working_days",
)


def run(settings: Settings, *arguments: str) -> list[Any]:
    """Run a dbt command that has to succeed; what became of each node."""
    with redirect_stdout(StringIO()):  # `compile` prints what it compiled
        result = dbt(settings, *arguments)
    assert result.success, "\n".join(failures(result)) or str(result.exception)
    return list(result.result or [])


def build_lookups(settings: Settings) -> None:
    """Build the calendar and the timesheets, the made-up agency's among them."""
    build_lake(settings, {})
    run(settings, "seed", "--select", "calendar_exceptions", "calendar_versions", "timesheets")
    with open_warehouse(settings, read_only=False) as connection:
        connection.execute(AGENCY_TIMESHEETS)
    run(settings, "run", "--select", "int_calendar_days", "int_timesheet_days", "int_timesheet_hours")


def model_sql(settings: Settings, name: str) -> str:
    """The statement behind a model, over its upstream relations."""
    return model_statements(settings, name)[name]


def model_statements(settings: Settings, *names: str) -> dict[str, str]:
    """The statements behind some models."""
    nodes = [result.node for result in run(settings, "compile", "--select", *names)]
    return {node.name: str(node.compiled_code) for node in nodes if node.resource_type == "model"}


def inline_sql(settings: Settings, statement: str) -> str:
    """A statement with macros, as the warehouse's own models would run it."""
    [node] = run(settings, "compile", "--inline", statement)
    return str(node.node.compiled_code)


def ask(settings: Settings, sql: str, **relations: pl.DataFrame) -> pl.DataFrame:
    """Rows of a statement over relations given in memory; nothing is kept."""
    with open_warehouse(settings, read_only=True) as connection:
        for name, frame in relations.items():
            connection.register(name, frame.to_arrow())
        return fetched(connection.execute(sql))


def fetched(cursor: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Rows of a statement that was run."""
    columns = [column[0] for column in cursor.description]
    return pl.DataFrame(cursor.fetchall(), schema=columns, orient="row", infer_schema_length=None)


@dataclass(frozen=True)
class Clock:
    """The models from a state to what the fact says of its time, over cases of one's own."""

    settings: Settings
    statements: Mapping[str, str]
    columns: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings) -> Clock:
        """Where the look-ups were built."""
        statements = model_statements(
            settings, "int_dossier_clock", "dim_data_cut", "fct_procedure_timeliness"
        )
        history = parsed_project(settings.dbt_project).nodes["model.dung_hen.fct_dossier_history"]
        return cls(settings, statements, {name: str(c.data_type) for name, c in history.columns.items()})

    def counted(self, moments: pl.DataFrame) -> pl.DataFrame:
        """What they say about these moments, in their order; an open dossier is late up to `until_at`."""
        with open_warehouse(self.settings, read_only=False) as con:
            con.register("moments", moments.to_arrow())
            con.execute(STATES.format(moments="moments"))
            con.execute(DATA_CUTS)
            con.execute(f"create or replace temp table clocks as {self.statements['int_dossier_clock']}")
            con.execute("create or replace table core.dim_data_cut as " + self.statements["dim_data_cut"])
            types = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
            con.execute(f"create or replace table core.fct_dossier_history ({types})")
            told = {row[0] for row in con.execute("describe clocks").fetchall()}
            names = ", ".join(name for name in self.columns if name in told)
            con.execute(f"insert into core.fct_dossier_history by name select {names} from clocks")
            return fetched(
                con.execute(
                    f"select {', '.join(COUNTED)} "
                    f"from ({self.statements['fct_procedure_timeliness']}) as facts "
                    "inner join (select dossier_key, counted_from_date, counted_due_date from clocks) "
                    "using (dossier_key) order by cast(dossier_key as bigint)"
                )
            )


def witnesses(plain: bool = False) -> dict[str, MinuteByMinute]:
    """The independent count for each timesheet; `plain` knows no holidays and no exchanged days."""
    works = working_days(SEEDS / "calendar_exceptions.csv")
    if plain:
        works = np.is_busday(np.arange(FIRST, END))
    return {name: MinuteByMinute.of(works, hours) for name, hours in HOURS.items()}


def table(heading: str) -> list[dict[str, str]]:
    """Rows of the table below a heading of the page."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def moment(cell: str) -> datetime | None:
    """`Mon 2026-03-02 09:00` or without the time of day; the weekday has to be right."""
    if cell in {"–", "cannot tell"}:
        return None
    weekday, rest = cell.split(" ", 1)
    value = datetime.fromisoformat(rest)
    assert value.strftime("%a") == weekday, cell
    return value


def has_time(cell: str) -> bool:
    return ":" in cell


def number(cell: str) -> int | None:
    return None if cell == "–" else int(cell.replace(",", ""))


def minute(cell: str) -> int | None:
    return None if cell == "–" else int(cell[:2]) * 60 + int(cell[3:])


UNITS = {
    "hour": "hour",
    "working day": "working_day",
    "calendar day": "calendar_day",
    "month": "month",
}


def limit(cell: str) -> tuple[int | None, str | None]:
    found = re.fullmatch(r"(\d+)(?: (hour|working day|calendar day|month)s?)?", cell)
    return (int(found[1]), UNITS.get(found[2])) if found else (None, None)
