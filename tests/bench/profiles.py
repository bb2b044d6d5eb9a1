"""Where a refresh spends its time: `.venv/bin/python -m tests.bench.profiles refresh|nodes|model|publish`.

Here: four looks at a data folder (`DUNGHEN_DATA`), none of which changes a figure.
`refresh` runs everything again under cProfile, in this process but for dbt; `nodes` lists what the last dbt
call took longest for; `model NAME` runs the statement of a model as it was last compiled under DuckDB's own
profile; `publish` times what publishing asks of each view.
Not here: the inside of dbt's process: `py-spy record -- .venv/bin/dbt build …` shows that.
Explained in docs/decisions/0011-what-a-node-and-a-step-cost.md.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.environment import prepare_environment
from pipelines.orchestration.refresh import run_refresh
from pipelines.publishing.builds import DATABASE
from pipelines.publishing.contents import ASKED_ONLY
from pipelines.settings import Settings
from pipelines.warehouse.connect import READER_SCHEMAS, attach_readers

SHOWN = 30


def refresh(settings: Settings) -> None:
    """Run everything again; the functions that took longest, with what they called."""
    profile = cProfile.Profile()
    profile.runcall(run_refresh, settings, force=True, say=print)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(SHOWN * 3)


def nodes(settings: Settings) -> None:
    """Seeds, models and tests of the last dbt call, the slowest first; two ran side by side."""
    results = json.loads((settings.dbt_target / "run_results.json").read_text(encoding="utf-8"))
    took = sorted(((r["execution_time"], r["unique_id"]) for r in results["results"]), reverse=True)
    print(
        f"{len(took)} nodes, {sum(s for s, _ in took):.1f} s in them, {results['elapsed_time']:.1f} s elapsed"
    )
    for kind in ("seed", "model", "test"):
        of_kind = [seconds for seconds, name in took if name.startswith(f"{kind}.")]
        print(f"{sum(of_kind):8.1f} s in {len(of_kind)} of kind {kind}")
    for seconds, name in took[:SHOWN]:
        print(f"{seconds:8.2f} {name}")


def model(settings: Settings, name: str) -> None:
    """The operators of a model's statement that took longest, with the rows they gave on."""
    [compiled] = (settings.dbt_target / "compiled").rglob(f"{name}.sql")
    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(str(settings.warehouse), read_only=True) as con,
    ):
        attach_readers(con, settings.analytics, read_only=True)
        con.execute("set threads = 2")
        con.execute("set preserve_insertion_order = false")
        con.execute(f"set temp_directory = '{folder}'")
        con.execute("pragma enable_profiling = 'json'")
        con.execute(f"pragma profiling_output = '{folder}/profile.json'")
        started = time.perf_counter()
        con.execute(f"create temp table made as {compiled.read_text(encoding='utf-8')}")
        print(f"{time.perf_counter() - started:.1f} s")
        con.execute("pragma disable_profiling")
        content = json.loads(Path(folder, "profile.json").read_text(encoding="utf-8"))
    operators = sorted(_operators(content["operator"]), key=lambda o: -o["timing"])
    for one in operators[:SHOWN]:
        print(f"{one['timing']:8.2f} {one['type']:<24}{one['intermediate_rows']:>12,} {_said(one)}")


def publish(settings: Settings) -> None:
    """What counting each view costs; publishing also fingerprints and writes it."""
    with duckdb.connect(str(settings.published / DATABASE), read_only=True) as con:
        views = con.execute(
            "select schema_name, view_name from duckdb_views() where not internal order by all"
        ).fetchall()
        for schema, view in views:
            if schema in READER_SCHEMAS and view not in ASKED_ONLY:
                started = time.perf_counter()
                [(count,)] = con.execute(f'select count(*) from "{schema}"."{view}"').fetchall()
                print(f"{time.perf_counter() - started:8.2f} {schema}.{view:<36}{count:>12,}")


def _operators(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in found:
        yield one
        yield from _operators(one.get("children", []))


def _said(operator: dict[str, Any]) -> str:
    return str(operator.get("extra_info") or "")[:120]


def main() -> None:
    """Read the arguments and look."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profiles")
    parser.add_argument("look", choices=("refresh", "nodes", "model", "publish"))
    parser.add_argument("name", nargs="?", help="of the model")
    given = parser.parse_args()
    settings = Settings.load()
    prepare_environment(settings)
    if given.look == "model":
        model(settings, given.name)
    else:
        {"refresh": refresh, "nodes": nodes, "publish": publish}[given.look](settings)


if __name__ == "__main__":
    main()
