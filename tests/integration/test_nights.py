"""After nights the warehouse is what a run of the whole makes of the same lake, in every table.

Here: many small worlds drawn at random, delivered in parts: the whole on the first, a night on each other.
Not here: which of the two a refresh is (pipelines/warehouse/runs.py has its own tests).
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from pipelines.warehouse.dbt import Scope, build_arguments, manifest_path
from pipelines.warehouse.manifest import standing_nodes
from pipelines.warehouse.runs import Run, accepted_now, begin, finish
from tests.dbt_helpers import build_lake, dbt_build, deliver, settings_in
from tests.night_worlds import SHARED, World, delivered_with, petitions, registers, worlds

RUNS = 4
WORLDS = int(os.environ.get("DUNGHEN_NIGHT_WORLDS", "1000"))
UNTESTED = ("--exclude-resource-type", "test")
SCHEMAS = ("core", "marts", "ops")
# a queue that lost its last dossier keeps its number until the next run of the whole
LEFT_OUT = ("dim_backlog_queue",)


def prepare(settings: Settings, made: list[World]) -> None:
    """A lake with the registers, and a system for each world that is alone in one."""
    build_lake(settings, {**registers(made), "petitions": petitions(made)})
    path = settings.lake / "source_systems" / "source_systems.parquet"
    systems = pl.read_parquet(path)
    own = [
        systems.filter(pl.col("source_system") == world.like).with_columns(
            pl.lit(world.system).alias("source_system")
        )
        for world in made
        if world.system not in SHARED
    ]
    pl.concat([systems, *own]).write_parquet(path)


def bring(settings: Settings, made: list[World], run: int) -> None:
    """Into the lake with what comes in with that run."""
    scopes = {
        delivery.source_id: delivery.source_id.rsplit(" ", 1)[-1]
        for world in made
        for delivery in world.deliveries
        if delivery.kind == "dossiers"
    }
    deliver(settings, delivered_with(run, made), f"run {run}", scopes)


def refresh(settings: Settings, scope: Scope) -> None:
    """As a refresh does it, without the data tests."""
    standing = standing_nodes(manifest_path(settings)) if scope == "night" else ()
    _, *arguments = build_arguments(scope, standing)
    begin(settings, Run(scope, "asked for"), accepted_now(settings))
    dbt_build(settings, *arguments, *UNTESTED, scope=scope)
    finish(settings)


def differences(nights: Settings, whole: Settings) -> dict[str, tuple[int, int, list[object]]]:
    """For each relation that is not the same: rows only after nights, rows only in the whole, one of each."""
    found: dict[str, tuple[int, int, list[object]]] = {}
    with duckdb.connect() as con:
        con.execute(f"attach '{nights.analytics}' as nights (read_only)")
        con.execute(f"attach '{whole.analytics}' as whole (read_only)")
        relations = con.execute(
            "select schema_name || '.' || name, columns from ("
            "select database_name, schema_name, table_name as name, "
            "string_agg('\"' || column_name || '\"', ', ' order by column_index) as columns "
            "from duckdb_columns() where not internal group by all) "
            "where database_name = 'whole' and list_contains(?, schema_name)",
            [list(SCHEMAS)],
        ).fetchall()
        assert len(relations) > 30
        for relation, columns in sorted(relations):
            if relation.split(".")[1].startswith(LEFT_OUT):
                continue
            one, other = (f"select {columns} from {name}.{relation}" for name in ("nights", "whole"))
            more = con.execute(f"{one} except all {other}").fetchall()
            less = con.execute(f"{other} except all {one}").fetchall()
            if more or less:
                found[relation] = (len(more), len(less), [columns, more[:1], less[:1]])
    return found


@pytest.mark.parametrize("seed", [766])
def test_nights_leave_the_tables_that_a_run_of_the_whole_makes(seed: int, tmp_path: Path) -> None:
    made = worlds(seed, WORLDS, RUNS)
    nights, whole = settings_in(tmp_path / "nights"), settings_in(tmp_path / "whole")
    for settings in (nights, whole):
        prepare(settings, made)
    for run in range(RUNS):
        bring(nights, made, run)
        bring(whole, made, run)
        refresh(nights, "night" if run else "whole")
    refresh(whole, "whole")
    assert differences(nights, whole) == {}
    with open_warehouse(whole, read_only=True) as con:
        for relation in (
            "core.fct_dossier_history",
            "core.fct_satisfaction",
            "core.fct_processing_step",
            "core.fct_petition",
            "marts.mart_restatement",
        ):
            [(rows,)] = con.execute(f"select count(*) from {relation}").fetchall()
            assert rows > WORLDS, relation
