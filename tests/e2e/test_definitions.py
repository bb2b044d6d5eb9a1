"""The asset graph as users see it in Dagster: keys, groups, checks, job, schedule and sensor."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.build import build_defs
from pipelines.ingestion.ingest import Ingestion
from pipelines.orchestration.schedule import REST_SECONDS, landing_sensor, landing_state
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.dbt import build_arguments, dbt_environment, ensure_manifest, run_environment
from tests.deliveries import boston_csv
from tests.e2e.conftest import run_dunghen

GRAPH = Path(__file__).with_name("asset_graph.yaml")


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    settings = Settings.load()
    return build_defs(Settings(settings.root, tmp_path_factory.mktemp("defs"), settings.contracts))


def graph_of(defs: dg.Definitions) -> dict[str, dict[str, object]]:
    """Asset key → group, upstream keys and number of checks."""
    graph = defs.resolve_asset_graph()
    checks = Counter(key.asset_key for key in graph.asset_check_keys)
    return {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "after": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "checks": checks[key],
        }
        for key in sorted(graph.materializable_asset_keys, key=lambda k: k.path)
    }


def test_the_asset_graph_is_the_one_written_down(defs: dg.Definitions) -> None:
    """After a wanted change: `python -m tests.e2e.test_definitions` writes the file again."""
    assert graph_of(defs) == yaml.safe_load(GRAPH.read_text(encoding="utf-8"))


def test_every_asset_says_what_it_is_and_who_owns_it(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():  # those no step makes, too
        node = graph.get(key)
        assert node.description, key
        assert node.owners == ["team:du-lieu"], key
        assert node.kinds, key
        assert node.group_name != "default", key


def test_every_check_says_what_to_do(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    rules = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    with_words = [spec for spec in rules if spec.metadata.get("source")]
    assert len(with_words) >= 20
    assert all(len(spec.description or "") > 40 for spec in with_words)


def test_a_wrong_figure_is_stopped_before_it_is_published(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    blocking = {spec.key for key in graph.asset_check_keys if (spec := graph.get_check_spec(key)).blocking}
    named = {(key.asset_key.to_user_string(), key.name) for key in blocking}
    assert ("quality/expectation_results", "publishing_is_safe") in named
    assert {("lake/dossiers", "reconciled"), ("lake/ratings", "reconciled")} <= named


def test_the_job_runs_everything_every_night_at_one_in_viet_nam(defs: dg.Definitions) -> None:
    [schedule] = defs.schedules or []
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 1 * * *", "Asia/Ho_Chi_Minh")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    job = defs.resolve_job_def("nightly_refresh")
    assert set(job.asset_layer.executable_asset_keys) == set(defs.resolve_asset_graph().executable_asset_keys)
    assert job.executor_def.name == "in_process"


def test_the_sensor_starts_one_run_when_files_have_come_to_rest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = landing_sensor(settings)
    with dg.build_sensor_context() as context:
        assert isinstance(sensor(context), dg.SkipReason)
    file = settings.landing / "dossiers" / "a.csv"
    boston_csv(file, 2)
    with dg.build_sensor_context() as context:
        assert "rests" in str(sensor(context))
    monkeypatch.setattr("time.time", lambda: file.stat().st_mtime + REST_SECONDS + 1)
    with dg.build_sensor_context() as context:
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        assert len(result.run_requests or []) == 1
    with dg.build_sensor_context(cursor=landing_state(settings.landing)[0]) as context:
        assert "nothing new" in str(sensor(context))
    Ingestion.of(settings).run()
    with dg.build_sensor_context() as context:
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        assert not result.run_requests


def test_the_one_dbt_call_is_a_build_of_everything() -> None:
    assert build_arguments() == ["build", "--exclude-resource-type", "unit_test"]


def test_a_night_leaves_out_views_and_what_is_standing() -> None:
    night = build_arguments("night", ["calendar_versions", "int_calendar_days"])
    assert "--vars" not in night, "dbt parses everything again when a variable changes"
    assert run_environment("night") == {"DUNGHEN_RUN": "night"}
    left_out = night[night.index("--exclude") + 1 :]
    assert left_out == ["config.materialized:view calendar_versions int_calendar_days"]


def test_dbt_is_told_its_folders_and_to_stay_silent(settings: Settings) -> None:
    environment = dbt_environment(settings)
    assert environment["DUNGHEN_WAREHOUSE"] == str(settings.warehouse)
    assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"


def test_the_manifest_is_parsed_once(settings: Settings) -> None:
    manifest = ensure_manifest(settings)
    first = manifest.stat().st_mtime_ns
    assert ensure_manifest(settings).stat().st_mtime_ns == first


def test_definitions_validate(tmp_path: Path) -> None:
    done = run_dunghen(tmp_path / "data", "validate")
    assert "kinds and" in done.stdout


def test_no_tool_is_left_with_its_telemetry_on() -> None:
    dagster = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
    dbt = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "dbt_project.yml").read_text())
    assert dagster["telemetry"] == {"enabled": False}
    assert dbt["flags"]["send_anonymous_usage_stats"] is False


def test_the_command_line_does_not_load_heavy_libraries_to_say_how_it_is_used() -> None:
    heavy = "{'dagster', 'dbt', 'great_expectations', 'pandas'}"
    code = f"import pipelines.cli, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_code_location_loads_without_great_expectations() -> None:
    code = "import pipelines.definitions, sys; print('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


if __name__ == "__main__":
    GRAPH.write_text(yaml.safe_dump(graph_of(build_defs()), sort_keys=True), encoding="utf-8")
