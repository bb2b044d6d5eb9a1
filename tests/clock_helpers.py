"""The clock's look-ups in a small warehouse, its SQL to run over cases of one's own, the tables of its page.

Here: what tests and the bench of the clock share; timesheets of a made-up agency beside the default.
Not here: expectations, and the independent count; see tests/minute_by_minute.py.
"""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from datetime import datetime
from io import StringIO
from typing import Any

import numpy as np
import polars as pl

from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.connect import open_warehouse
from tests.dbt_helpers import build_lake, dbt, failures
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
MOMENTS = """
create or replace table intermediate.int_dossier_clock_moments (
    dossier_key bigint, calendar_code string, timesheet_code string, received_at timestamp,
    has_received_time boolean, cutoff_minute int, due_at timestamp, has_due_time boolean, is_late boolean,
    is_open_late boolean, until_at timestamp, has_until_time boolean
)
"""


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
    nodes = [result.node for result in run(settings, "compile", "--select", name)]
    [model] = [node for node in nodes if node.resource_type == "model"]
    return str(model.compiled_code)


def inline_sql(settings: Settings, statement: str) -> str:
    """A statement with macros, as the warehouse's own models would run it."""
    [node] = run(settings, "compile", "--inline", statement)
    return str(node.node.compiled_code)


def ask(settings: Settings, sql: str, **relations: pl.DataFrame) -> pl.DataFrame:
    """Rows of a statement over relations given in memory; nothing is kept."""
    with open_warehouse(settings, read_only=True) as connection:
        for name, frame in relations.items():
            connection.register(name, frame.to_arrow())
        cursor = connection.execute(sql)
        columns = [column[0] for column in cursor.description]
        return pl.DataFrame(cursor.fetchall(), schema=columns, orient="row", infer_schema_length=None)


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
