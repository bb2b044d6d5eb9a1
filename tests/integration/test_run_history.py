"""Dagster's own storage reads what this project writes of its runs: all of it, while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEventType

from pipelines.orchestration.history import MOST_HELD, HeldEventLog, RunHistory

PROJECT = Path(__file__).resolve().parents[2]


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="first")])
def first() -> Iterator[Any]:
    yield dg.MaterializeResult(metadata={"dagster/row_count": 3})
    yield dg.AssetCheckResult(passed=True)


@dg.asset(deps=[first], tags={"layer": "second"})
def second() -> None:
    """Follows the first."""


@pytest.fixture
def instances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[dg.DagsterInstance, dg.DagsterInstance]]:
    """The project's instance, and one of Dagster's own storage over the same files."""
    monkeypatch.setenv("DUNGHEN_DAGSTER", str(tmp_path))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    with (
        dg.DagsterInstance.from_config(str(PROJECT)) as ours,
        dg.DagsterInstance.local_temp(str(tmp_path)) as its,
    ):
        yield ours, its


def run(instance: dg.DagsterInstance) -> str:
    """Make both assets; the run's id."""
    defs = dg.Definitions(assets=[first, second], jobs=[dg.define_asset_job("both", [first, second])])
    result = defs.resolve_job_def("both").execute_in_process(instance=instance)
    assert result.success
    return result.run_id


def event_types(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [
        entry.dagster_event.event_type_value
        for entry in instance.all_logs(run_id)
        if entry.dagster_event is not None
    ]


def test_the_file_names_the_storage(instances: tuple[dg.DagsterInstance, dg.DagsterInstance]) -> None:
    ours, _ = instances
    assert isinstance(ours.event_log_storage, HeldEventLog)
    assert ours.storage_directory()


def test_another_process_reads_everything_while_files_are_held(
    instances: tuple[dg.DagsterInstance, dg.DagsterInstance], tmp_path: Path
) -> None:
    ours, its = instances
    run_id = run(ours)
    beside = tmp_path / "beside"
    beside.mkdir()
    with dg.DagsterInstance.local_temp(str(beside)) as stock:
        expected = sorted(event_types(stock, run(stock)))
    assert sorted(event_types(its, run_id)) == sorted(event_types(ours, run_id)) == expected
    assert its.get_run_by_id(run_id).is_success  # type: ignore[union-attr]
    made = its.get_latest_materialization_event(dg.AssetKey("first"))
    assert made is not None
    assert made.run_id == run_id
    assert made.asset_materialization is not None
    assert made.asset_materialization.metadata["dagster/row_count"].value == 3
    [judged] = its.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("first"), "is_there"), limit=10
    )
    assert judged.status.value == "SUCCEEDED"
    assert judged.run_id == run_id


def test_each_of_many_runs_can_be_read_and_few_files_are_held(
    instances: tuple[dg.DagsterInstance, dg.DagsterInstance],
) -> None:
    ours, its = instances
    run_ids = [run(ours) for _ in range(4)]
    storage = ours.event_log_storage
    assert isinstance(storage, HeldEventLog)
    assert storage.held() <= MOST_HELD
    assert len({tuple(event_types(its, run_id)) for run_id in run_ids}) == 1
    assert len(ours.fetch_materializations(dg.AssetKey("second"), limit=10).records) == 4


def test_a_batch_that_fails_leaves_nothing(
    instances: tuple[dg.DagsterInstance, dg.DagsterInstance],
) -> None:
    ours, its = instances
    run_id = run(ours)
    [planned] = [
        entry
        for entry in ours.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        if entry.get_dagster_event().asset_key == dg.AssetKey("second")
    ]
    before = event_types(its, run_id)
    with pytest.raises(AttributeError):
        ours.event_log_storage.store_event_batch([planned, None])  # type: ignore[list-item]
    assert event_types(its, run_id) == before
    ours.event_log_storage.store_event_batch([planned, planned])
    assert len(event_types(its, run_id)) == len(before) + 2


def test_what_is_wiped_is_gone_and_can_be_written_again(
    instances: tuple[dg.DagsterInstance, dg.DagsterInstance],
) -> None:
    ours, its = instances
    before = run(ours)
    ours.event_log_storage.wipe()
    assert event_types(its, before) == []
    assert event_types(its, run(ours))


def test_the_places_are_those_of_dagster(tmp_path: Path) -> None:
    history = RunHistory.from_local(str(tmp_path))
    try:
        assert (tmp_path / "history" / "runs" / "index.db").exists()
    finally:
        history.dispose()
