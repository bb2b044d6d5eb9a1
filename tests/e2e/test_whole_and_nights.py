"""A night from the command line: what came after a whole refresh, built on top, and published."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.sample import GenerateOptions, generate
from tests.e2e.conftest import run_dunghen

# Some hundred dossiers in two years: enough for every kind of change, small enough for every night.
OPTIONS = GenerateOptions(dossiers=1_500, layout="csv", first_month="2025-01", agencies=12, night=60)


def judged(data: Path) -> dict[str, int]:
    """Dossiers of the published build by their strict outcome."""
    with duckdb.connect(str(data / "published" / "analytics.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select outcome_strict, count(*) from core.fct_procedure_timeliness group by all"
        ).fetchall()
    return dict(rows)


def tables(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table and view of the build for readers, sorted; not the description of the build itself."""
    found = {}
    with duckdb.connect(str(data / "published" / "analytics.duckdb"), read_only=True) as con:
        named = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name != 'main' "
            "union all select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
        for (name,) in named:
            columns = con.execute(f"describe {name}").fetchall()
            kept = ", ".join(f'"{c[0]}"' for c in columns if c[0] != "ingested_at")
            found[name] = sorted(con.execute(f"select {kept} from {name}").fetchall(), key=repr)
    return found


@pytest.mark.slow
def test_a_night_on_top_is_what_a_refresh_of_everything_gives(tmp_path: Path) -> None:
    made, data, whole = tmp_path / "made", tmp_path / "data", tmp_path / "whole"
    generate(OPTIONS, made)
    shutil.copytree(made / "landing", data / "landing")
    run_dunghen(data, "refresh")
    truth = json.loads((made / "truth" / "summary.json").read_text(encoding="utf-8"))
    assert judged(data) == truth["outcomes"]["strict"]
    shutil.copytree(made / "night" / "landing", data / "landing", dirs_exist_ok=True)
    run_dunghen(data, "refresh")
    note = json.loads((data / "warehouse" / "last_run.json").read_text(encoding="utf-8"))
    assert (note["scope"], note["is_finished"]) == ("night", True)
    after = json.loads((made / "night" / "truth" / "summary.json").read_text(encoding="utf-8"))
    assert judged(data) == after["outcomes"]["strict"]
    shutil.copytree(data / "landing", whole / "landing")
    shutil.copytree(data / "private", whole / "private")
    run_dunghen(whole, "refresh")
    nights, everything = tables(data), tables(whole)
    assert nights.keys() == everything.keys()
    # a queue that lost its last dossier keeps its number until the next run of the whole
    different = [n for n in nights if n != "core.dim_backlog_queue" and nights[n] != everything[n]]
    assert different == []
