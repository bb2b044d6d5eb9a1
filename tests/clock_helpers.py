"""The clock's look-ups in a small warehouse, and its SQL to run over cases of one's own.

Here: what tests and the bench of the clock share; timesheets of a made-up agency beside the default.
Not here: expectations, and the independent count; see tests/minute_by_minute.py.
"""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import duckdb

from pipelines.settings import Settings
from tests.dbt_helpers import build_lake, dbt, failures

AGENCY = "nghe_an:H41.999"
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
    with duckdb.connect(str(settings.warehouse)) as connection:
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
