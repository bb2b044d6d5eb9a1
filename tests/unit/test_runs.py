"""Whether a refresh makes the whole warehouse or one night: the decision, and the note it rests on."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from pipelines.warehouse.manifest import standing_nodes
from pipelines.warehouse.runs import (
    Built,
    Run,
    accepted_now,
    begin,
    built_before,
    decide,
    finish,
    is_night_running,
)
from tests.dbt_helpers import build_lake

BEFORE = Built("rules", frozenset({("dossiers", "a", "c1"), ("agencies", "b", "c2")}), rows=1_000)


def later(*files: tuple[str, str, str], rows: int = 1_010) -> Built:
    return replace(BEFORE, files=BEFORE.files | set(files), rows=rows)


@pytest.mark.parametrize(
    ("before", "now", "scope"),
    [
        (None, BEFORE, "whole"),
        (BEFORE, BEFORE, "night"),
        (BEFORE, later(("dossiers", "n", "c1"), ("ratings", "m", "c3")), "night"),
        (BEFORE, later(("processing_log", "n", "c1"), ("published_scores", "m", "c3")), "night"),
        (BEFORE, later(("agencies", "n", "c2")), "whole"),
        (BEFORE, later(("procedures", "n", "c2"), ("dossiers", "m", "c1")), "whole"),
        (BEFORE, replace(later(("dossiers", "n", "c1")), project="other rules"), "whole"),
        (BEFORE, replace(BEFORE, files=frozenset({("dossiers", "a", "c1")})), "whole"),
        (
            BEFORE,
            replace(BEFORE, files=frozenset({("dossiers", "a", "c9"), ("agencies", "b", "c2")})),
            "whole",
        ),
        (BEFORE, later(("dossiers", "n", "c1"), rows=1_250), "night"),
        (BEFORE, later(("dossiers", "n", "c1"), rows=1_251), "whole"),
    ],
)
def test_a_night_only_where_it_gives_what_the_whole_would(
    before: Built | None, now: Built, scope: str
) -> None:
    run = decide(before, now)
    assert run.scope == scope
    assert run.reason


def test_a_run_counts_only_when_it_was_found_sound(settings: Settings) -> None:
    build_lake(settings, {"dossiers": [{"dossier_code": "1", "observed_at": datetime(2026, 1, 2)}]})
    assert built_before(settings) is None
    settings.warehouse.parent.mkdir(parents=True)
    with open_warehouse(settings, read_only=False) as con:
        con.execute("create schema raw")
    now = accepted_now(settings)
    begin(settings, Run("night", "1 new file"), now)
    assert built_before(settings) is None
    assert is_night_running(settings)
    finish(settings)
    assert built_before(settings) == now
    assert not is_night_running(settings)
    with open_warehouse(settings, read_only=True) as con:
        kept = con.execute("select kind, file_sha256, contract_fingerprint from raw.built_files").fetchall()
    assert frozenset(kept) == now.files
    begin(settings, Run("whole", "asked for"), now)
    assert built_before(settings) is None
    assert not is_night_running(settings)


def test_a_note_that_cannot_be_read_is_no_note(settings: Settings) -> None:
    settings.warehouse.parent.mkdir(parents=True)
    settings.warehouse.touch()
    note = settings.warehouse.with_name("last_run.json")
    for content in ("", "{", "[]", '{"scope": "night"}'):
        note.write_text(content, encoding="utf-8")
        assert built_before(settings) is None
        assert not is_night_running(settings)


def test_what_hangs_on_registers_alone_stands_at_night(tmp_path: Path) -> None:
    nodes = {
        "seed.a": {"name": "calendar", "resource_type": "seed"},
        "model.b": {"name": "int_calendar_days", "resource_type": "model"},
        "model.c": {"name": "fct_procedure_timeliness", "resource_type": "model"},
        "test.d": {"name": "unique_c", "resource_type": "test"},
        "test.e": {"name": "unique_b", "resource_type": "test"},
    }
    content = {
        "nodes": nodes,
        "sources": {"source.x": {"name": "dossiers"}, "source.y": {"name": "agencies"}},
        "child_map": {
            "source.x": ["model.c"],
            "seed.a": ["model.b"],
            "model.b": ["model.c", "test.e"],
            "model.c": ["test.d"],
        },
    }
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(content), encoding="utf-8")
    assert standing_nodes(manifest) == ["calendar", "int_calendar_days", "unique_b"]
