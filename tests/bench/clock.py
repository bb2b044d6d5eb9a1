"""How long ten million clocks take: `.venv/bin/python -m tests.bench.clock [CLOCKS]`.

Here: the statement behind `int_dossier_clock` and the one of `due_from_limit`, each over invented dossiers of
seven years, two timesheets, on two threads; seconds, and ratios to reading and writing the same rows without
a clock, which say more than seconds do on another machine.
Not here: whether the answers are right; tests/integration/test_clock.py says so.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb

from pipelines.warehouse.connect import open_warehouse
from tests.clock_helpers import AGENCY, MOMENTS, build_lookups, inline_sql, model_sql
from tests.dbt_helpers import settings_in

REPEATS = 3
FILL = f"""
insert into intermediate.int_dossier_clock_moments
with drawn as (
    select i, timestamp '2020-01-02' + to_minutes(cast(random() * 3390000 as bigint)) as received_at
    from range($clocks) as t(i)
)
select
    i, 'vn', if(i % 10 = 0, '{AGENCY}', 'default'), received_at, true, if(i % 20 = 0, 900, null),
    received_at + to_minutes(cast(random() * 43200 as bigint)), true, i % 8 = 0, i % 80 = 0,
    received_at + to_minutes(cast(random() * 43200 as bigint)), true
from drawn
"""
CASES = """
create table cases as
select
    dossier_key as case_key, calendar_code, timesheet_code, received_at, has_received_time, cutoff_minute,
    cast(1 + dossier_key % 20 as int) as limit_count,
    case dossier_key % 10
        when 0 then 'hour' when 1 then 'calendar_day' when 2 then 'month' else 'working_day'
    end as limit_unit
from intermediate.int_dossier_clock_moments
where received_at < timestamp '2025-01-01'
"""


def seconds(connection: duckdb.DuckDBPyConnection, statement: str) -> float:
    """The best of some runs that write the rows of a statement into a table."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        connection.execute(f"create or replace temp table answered as {statement}")
        best = min(best, time.perf_counter() - start)
    return best


def main(clocks: int) -> None:
    """Print rows, seconds and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_in(Path(folder))
        build_lookups(settings)
        statements = {
            "int_dossier_clock": (
                "intermediate.int_dossier_clock_moments",
                model_sql(settings, "int_dossier_clock"),
            ),
            "due_from_limit": ("cases", inline_sql(settings, "{{ due_from_limit('cases', beyond='null') }}")),
        }
        with open_warehouse(settings, read_only=False) as connection:
            connection.execute("set threads = 2")
            connection.execute("select setseed(0.5)")
            connection.execute(MOMENTS)
            connection.execute(FILL, {"clocks": clocks})
            connection.execute(CASES)
            print(
                f"{'statement':<20}{'rows':>12}{'seconds':>10}{'copy':>8}{'ratio':>8}{'rows per second':>18}"
            )
            for name, (relation, statement) in statements.items():
                [(rows,)] = connection.execute(f"select count(*) from {relation}").fetchall()
                copied = seconds(connection, f"select * from {relation}")
                taken = seconds(connection, statement)
                figures = f"{rows:>12,}{taken:>10.2f}{copied:>8.2f}{taken / copied:>8.1f}"
                print(f"{name:<20}{figures}{rows / taken:>18,.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
