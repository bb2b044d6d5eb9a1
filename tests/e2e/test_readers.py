"""Readers in other processes never wait, never fail, and never see half a build."""

import json
import multiprocessing
import time
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import duckdb

from pipelines.publishing.publish import list_builds, publish, rollback
from tests.publishing_helpers import TABLES, fill_warehouse, installation

READERS = 3
PUBLISHES = 8


def read_until(stop: Event, reading: Barrier, published: str, found: "Queue[Any]") -> None:
    """Open, read everything, close, again; report (build, markers) of each round, or what went wrong."""
    rounds: list[tuple[str, tuple[int, ...]]] = []
    try:
        while not stop.is_set():
            rounds += [read_database(Path(published)), read_parquet(Path(published))]
            if len(rounds) == 2:
                reading.wait(timeout=60)
    except Exception as error:  # noqa: BLE001 (whatever a reader meets is the finding)
        found.put(f"{type(error).__name__}: {error}")
        return
    found.put(rounds)


def read_database(published: Path) -> tuple[str, tuple[int, ...]]:
    """One connection over all tables, with pauses in which a switch may happen."""
    with duckdb.connect(str(published / "analytics.duckdb"), read_only=True) as con:
        [(build_id,)] = con.execute("select build_id from build_info").fetchall()
        markers = []
        for table in TABLES:
            markers += [m for (m,) in con.execute(f"select distinct marker from {table}").fetchall()]
            time.sleep(0.01)
    return build_id, tuple(markers)


def read_parquet(published: Path) -> tuple[str, tuple[int, ...]]:
    """All Parquet files of one build: the link is resolved once, the rest is of that folder."""
    build = (published / "current").resolve()
    build_id = json.loads((build / "build_info.json").read_text("utf-8"))["build_id"]
    with duckdb.connect() as con:
        rows = con.execute(
            "select distinct marker from read_parquet(?, union_by_name = true)",
            [[str(build / "parquet" / f"{t.replace('.', '/')}.parquet") for t in TABLES]],
        ).fetchall()
    return build_id, tuple(m for (m,) in rows)


def test_readers_in_other_processes_see_whole_builds_during_publishes(tmp_path: Path):
    settings = installation(tmp_path)
    fill_warehouse(settings, 1)
    marker_of = {publish(settings, datetime.now(UTC), "first").build_id: 1}
    context = multiprocessing.get_context("spawn")
    stop, reading, found = context.Event(), context.Barrier(READERS + 1), context.Queue()
    arguments = (stop, reading, str(settings.published), found)
    readers = [context.Process(target=read_until, args=arguments) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    reading.wait(timeout=60)
    for marker in range(2, PUBLISHES + 2):
        fill_warehouse(settings, marker, rows=2_000)
        marker_of[publish(settings, datetime.now(UTC), "next").build_id] = marker
    stop.set()
    reports = [found.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(timeout=60)
    assert [report for report in reports if isinstance(report, str)] == []
    for report in reports:
        assert {marker_of[build] for build, _ in report} & set(range(2, PUBLISHES + 1)), "saw no switch"
        assert [build for build, _ in report] == sorted(build for build, _ in report)
        for build, markers in report:
            assert set(markers) == {marker_of[build]}
    assert len(list_builds(settings)) == 7


def test_a_reader_who_holds_a_build_open_keeps_it_through_switch_and_rollback(tmp_path: Path):
    settings = installation(tmp_path)
    fill_warehouse(settings, 1)
    publish(settings, datetime.now(UTC), "first")
    with duckdb.connect(str(settings.published / "analytics.duckdb"), read_only=True) as held:
        for marker in (2, 3):
            fill_warehouse(settings, marker)
            publish(settings, datetime.now(UTC), "next", keep=1)
        assert held.execute("select distinct marker from core.fct_procedure_timeliness").fetchall() == [(1,)]
    fill_warehouse(settings, 4)
    publish(settings, datetime.now(UTC), "next")
    assert read_database(settings.published)[1] == (4, 4, 4)
    rollback(settings)
    assert read_database(settings.published)[1] == (3, 3, 3)
    assert read_parquet(settings.published)[1] == (3,)
