"""The table macros of a build: what was known on a night.

Here: creating `timeliness_as_of(night)` and `agency_month_as_of(night)` in a build, and asking them once.
Not here: what they compute (`as_of.sql`), how a state is judged (the model `fct_dossier_history`).
Explained in docs/analyst.md, "As known on a night".
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from pipelines.publishing.contents import FACT, Table, count_rows

STATEMENTS = Path(__file__).with_name("as_of.sql")
MACROS = ("timeliness_as_of", "agency_month_as_of")
# What the macros read; a build without one of them has no macros.
READ = frozenset(
    {
        FACT,
        "core.fct_dossier_history",
        "core.dim_on_time_definition",
        "core.dim_agency",
        "ops.ingestion_ledger",
    }
)


def has_history(tables: Collection[Table]) -> bool:
    """Whether a build holds what the macros read."""
    return {f"{table.schema}.{table.name}" for table in tables} >= READ


def create_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Create the macros in the open build, in the schema that needs no name in front."""
    ids = _definition_ids(con)
    text = STATEMENTS.read_text(encoding="utf-8").format(
        outcomes=",\n    ".join(
            f"case when history.outcome_{id_}_before_due = 'open_in_time' "
            f"and data_cuts.data_cut_at > history.{id_}_in_time_until_at then 'open_late' "
            f"else history.outcome_{id_}_before_due end as outcome_{id_}"
            for id_ in ids
        ),
        outcome_of_definition="\n            ".join(
            f"when '{id_}' then dossiers.outcome_{id_}" for id_ in ids
        ),
    )
    for statement in text.split(";\n"):
        if statement.strip():
            con.execute(statement)


def problems_of_macros(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What is wrong with the macros of a build: as of the last night they must tell the present."""
    last_night = f"(select cast(max(data_cut_at) as date) from {FACT})"  # noqa: S608 (a constant)
    then = count_rows(con, f"timeliness_as_of({last_night})")
    now = count_rows(con, FACT)
    otherwise = " or ".join(
        f"then_.outcome_{id_} is distinct from now_.outcome_{id_}" for id_ in _definition_ids(con)
    )
    differing = con.execute(
        f"select count(*) from timeliness_as_of({last_night}) as then_ inner join {FACT} as now_ "  # noqa: S608
        f"using (dossier_key) where {otherwise}"
    ).fetchall()[0][0]
    if then == now and not differing:
        return []
    told = f"{then} dossiers, {differing} of them otherwise than {FACT}, which has {now}"
    return [f"timeliness_as_of the last night tells {told}"]


def _definition_ids(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("select definition_id from core.dim_on_time_definition order by sort_order").fetchall()
    return [str(row[0]) for row in rows]
