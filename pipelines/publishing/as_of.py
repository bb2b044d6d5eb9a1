"""The table macros of a build: what was known on a night.

Here: creating `timeliness_as_of(night)` and `agency_month_as_of(night)` in a build, and asking them once.
Not here: what they compute (`as_of.sql`), how a state is judged (the model `fct_dossier_history`).
Explained in docs/analyst.md, "As known on a night".
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from pipelines.publishing.contents import FACT, Table

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
    outcomes = ", ".join(f"outcome_{id_}" for id_ in _definition_ids(con))
    # a sum of hashes is the same for the same rows, in whatever order, and joins nothing
    then, now = (
        con.execute(
            f"select count(*), sum(hash(dossier_key, {outcomes})) from {relation}"  # noqa: S608 (constants)
        ).fetchall()[0]
        for relation in (f"timeliness_as_of({last_night})", FACT)
    )
    if then == now:
        return []
    told = f"{then[0]} dossiers" if then[0] != now[0] else f"the outcomes of {then[0]} dossiers otherwise"
    return [f"timeliness_as_of the last night tells {told} than {FACT}, which has {now[0]}"]


def _definition_ids(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("select definition_id from core.dim_on_time_definition order by sort_order").fetchall()
    return [str(row[0]) for row in rows]
