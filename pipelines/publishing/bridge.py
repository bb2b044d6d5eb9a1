"""The table macros of a build that lead from one rate to another.

Here: creating `on_time_bridge(…)` and `on_time_bridge_dossiers(…)` in a build, and asking them once.
Not here: what they compute (`bridge.sql`), why two definitions differ (the model `dim_on_time_bridge`).
Explained in docs/analyst.md, "From one rate to another".
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from pipelines.publishing.contents import FACT, Table

STATEMENTS = Path(__file__).with_name("bridge.sql")
# What the macros read; a build without one of them has no macros.
READ = frozenset(
    {
        FACT,
        "core.dim_agency",
        "core.dim_on_time_bridge",
        "core.dim_on_time_definition",
        "marts.mart_on_time_profile",
    }
)
_MOST_POINTS_OFF = 1e-9


def has_bridge(tables: Collection[Table]) -> bool:
    """Whether a build holds what the macros read."""
    return {f"{table.schema}.{table.name}" for table in tables} >= READ


def create_bridge_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Create the macros in the open build, in the schema that needs no name in front."""
    for statement in STATEMENTS.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            con.execute(statement)


def problems_of_bridge(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What is wrong with the macros: the steps must add up, and open to as many dossiers as they name.

    Asked is about the month of the most dossiers; all months of a decade are told by the same text, and
    listing them would take longer than all the rest of a night's publishing.
    """
    problems = []
    ids = con.execute("select definition_id from core.dim_on_time_definition order by sort_order").fetchall()
    fullest = con.execute(
        "select period_month_date from marts.mart_on_time_profile where period_month_date is not null "
        "group by period_month_date order by sum(dossier_count) desc, period_month_date desc limit 1"
    ).fetchall()
    months = f"first_month := date '{fullest[0][0]}', last_month := date '{fullest[0][0]}'" if fullest else ""
    asked = f"?, ?, {months}".rstrip(", ")
    first = ids[0][0]
    for (second,) in ids[1:]:
        [(off, named)] = con.execute(
            "select abs(max(second_on_time_pct) - max(first_on_time_pct) - sum(change_pct_points)), "  # noqa: S608 (a date and parameters)
            "coalesce(sum(dossier_count) filter (where step_id != 'no_difference'), 0) "
            f"from on_time_bridge({asked})",
            [first, second],
        ).fetchall()
        [(listed,)] = con.execute(
            f"select count(*) from on_time_bridge_dossiers({asked})",  # noqa: S608 (the same)
            [first, second],
        ).fetchall()
        if off is not None and off > _MOST_POINTS_OFF:
            problems.append(f"the bridge from {first} to {second} misses the other side by {off} points")
        if named != listed:
            problems.append(
                f"the bridge from {first} to {second} names {named} dossiers and lists {listed} of them"
            )
    return problems
