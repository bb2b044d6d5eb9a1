"""Steps of dossiers: against a real event log, the generator's truth and the documentation, in any order.

Here: shipped logs and every example of docs/how-time-is-counted.md, "Time in a step", ingested and built.
Not here: single rules of the models; their unit tests stand beside the models.
"""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.connect import open_warehouse
from tests.clock_helpers import model_sql
from tests.dbt_helpers import dbt_build, query, settings_in

SAMPLE = PROJECT_ROOT / "data" / "sample"
EVENTS = SAMPLE / "landing" / "processing_log" / "wabo_receipt_events.csv.gz"
PAGE = (PROJECT_ROOT / "docs" / "how-time-is-counted.md").read_text(encoding="utf-8")
DELIVERED = (
    "agencies/*.csv.gz",
    "procedures/*.csv.gz",
    "dossiers/igate-ho-so 20260901*",
    "dossiers/igate-ho-so 20261*",
    "dossiers/wabo_receipt_cases.csv.gz",
    "processing_log/*.gz",
)
MODELS = ("fct_processing_step", "mart_step_bottleneck", "mart_open_step_age")
QUIETLY = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
NATIONAL = {"received": "2", "processing": "4", "supplement_requested": "5", "finished": "9"}


def examples() -> list[dict[str, str]]:
    section = PAGE.split("## Time in a step\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def digits(cell: str) -> str | None:
    """`Mon 2026-03-02 09:00` as the national log writes it; the weekday has to be right."""
    if cell == "–":
        return None
    weekday, rest = cell.split(" ", 1)
    value = datetime.fromisoformat(rest)
    assert value.strftime("%a") == weekday, cell
    return value.strftime("%Y%m%d%H%M%S" if ":" in rest else "%Y%m%d")


def page_as_a_log() -> bytes:
    records = [
        {
            "MaHoSo": f"page {row['dossier']}",
            "TrangThai": NATIONAL[row["state"]],
            "NgayBatDau": digits(row["began"]),
            "ThoiDiemXuLy": digits(row["dealt with"]),
        }
        for row in examples()
    ]
    return json.dumps(records).encode()


def delivered() -> list[tuple[Path, bytes]]:
    """Path below landing and content of everything that is delivered."""
    landing = SAMPLE / "landing"
    shipped = [path for pattern in DELIVERED for path in sorted(landing.glob(pattern))]
    files = [(path.relative_to(landing), path.read_bytes()) for path in shipped]
    return [*files, (Path("processing_log/page 20261101T003000.json"), page_as_a_log())]


def deliver(settings: Settings, path: Path, content: bytes) -> None:
    target = settings.landing / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def built_in(settings: Settings) -> Settings:
    assert {o.entry.status for o in Ingestion.of(settings).run()} == {"accepted"}
    dbt_build(settings, "--select", *(f"+{model}" for model in MODELS), *QUIETLY)
    return settings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("steps"))
    for path, content in delivered():
        deliver(settings, path, content)
    return built_in(settings)


def steps(settings: Settings, columns: str, where: str) -> pl.DataFrame:
    rows = query(settings, f"select {columns} from core.fct_processing_step where {where}")
    return pl.DataFrame(rows, schema=columns.split(", "), orient="row", infer_schema_length=None)


def test_every_step_of_the_page_is_counted_as_the_page_says(built: Settings) -> None:
    found = query(
        built,
        "select dossier_code, status_code, strftime(started_at, '%a %Y-%m-%d %H:%M'), end_basis, "
        "elapsed_working_minutes, paused_working_minutes, counted_minutes, handover_working_minutes "
        "from core.fct_processing_step where dossier_code like 'page %'",
    )
    numbers = ("elapsed min", "awaited min", "counted min", "hand-over min")
    expected = [
        (
            f"page {row['dossier']}",
            row["state"],
            row["began"],
            row["end"],
            *(None if row[name] == "–" else int(row[name].replace(",", "")) for name in numbers),
        )
        for row in examples()
    ]
    assert len(expected) > 10
    assert sorted(found, key=repr) == sorted(expected, key=repr)


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    """The real log, each event with the time to the next of its case: by wall clock, and as it passed."""
    log = pd.read_csv(EVENTS)
    instant = pd.to_datetime(log["time:timestamp"], utc=True)
    log = log.assign(
        instant=instant, wall=instant.dt.tz_convert("Europe/Amsterdam").dt.tz_localize(None).dt.floor("min")
    ).sort_values(["case:concept:name", "instant"])
    for name in ("wall", "instant"):
        following = log.groupby("case:concept:name")[name].shift(-1)
        log[f"{name}_minutes"] = (following - log[name]).dt.total_seconds() / 60
    return log


def test_median_time_per_activity_of_the_real_log_is_what_pandas_says(
    built: Settings, plain: pd.DataFrame
) -> None:
    rows = query(
        built,
        "select step_name, count(*), count(counted_minutes), median(counted_minutes), "
        "quantile_cont(counted_minutes, 0.9) "
        "from core.fct_processing_step where source_system = 'wabo_receipt' group by step_name",
    )
    by_activity = plain.groupby("concept:name")["wall_minutes"]
    expected = [
        (name, len(minutes), minutes.count(), minutes.median(), minutes.quantile(0.9))
        for name, minutes in by_activity
    ]
    assert len(expected) == 27
    assert sum(count for _, count, *_ in expected) == 8_577
    assert [row[:3] for row in sorted(rows)] == [row[:3] for row in expected]
    for row, other in zip(sorted(rows), expected, strict=True):
        assert row[3:] == (pytest.approx(other[3:]) if row[2] else (None, None)), row[0]
    passed = plain.groupby("concept:name")["instant_minutes"].median()
    assert (
        by_activity.median() - passed
    ).abs().max() < 1  # seconds dropped; no median meets a change of clocks


def test_the_mart_shows_the_real_log_agency_by_agency(built: Settings, plain: pd.DataFrame) -> None:
    grain = ["case:department", "concept:name"]
    minutes = plain.groupby(grain)["wall_minutes"]
    counted = minutes.count()
    expected = {
        key: minutes.median()[key] if counted[key] >= 5 else None
        for key in map(tuple, counted.index.tolist())
    }
    rows = query(
        built,
        "select agency_code, step_name, median_minutes from marts.mart_step_bottleneck "
        "where source_system = 'wabo_receipt'",
    )
    assert {(agency, step): median for agency, step, median in rows} == pytest.approx(expected)
    assert 0 < sum(median is None for *_, median in rows) < len(rows)
    [(cases, oldest)] = query(
        built,
        "select sum(open_count), min(oldest_started_at) from marts.mart_open_step_age "
        "where source_system = 'wabo_receipt'",
    )
    open_cases = plain[plain["case:enddate"].isna()].groupby("case:concept:name")["instant"].max()
    still_open = open_cases.index.difference(
        plain[plain["case:enddate"].notna()]["case:concept:name"].unique()
    )
    assert (cases, oldest.date()) == (len(still_open), open_cases[still_open].min().date())


def test_every_step_is_concluded_as_the_truth_says(built: Settings) -> None:
    truth = pl.read_parquet(SAMPLE / "truth" / "steps.parquet")
    rows = query(
        built,
        f"select {', '.join(truth.columns)} from core.fct_processing_step "
        "where source_system = 'nghean_igate' and dossier_code not like 'page %'",
    )
    found = pl.DataFrame(rows, schema=truth.schema, orient="row")
    order = ["dossier_code", "started_at", "status_code", "department_name"]
    assert found.sort(order).equals(truth.sort(order))
    assert truth.height > 2_500
    assert truth["is_open"].sum() > 50
    assert truth["is_overdue"].sum() > 50
    assert (truth["paused_working_minutes"] > 0).sum() > 40


def test_steps_of_unknown_dossiers_stay(built: Settings) -> None:
    listed = pl.read_parquet(SAMPLE / "truth" / "dossiers.parquet").filter(
        pl.col("source_system") == "nghean_igate"
    )
    found = steps(built, "dossier_code, has_dossier, agency_key, procedure_key", "counted_in = 'working'")
    unknown = found.filter(~pl.col("dossier_code").is_in(listed["dossier_code"].to_list()))
    assert not unknown["has_dossier"].any()
    assert set(unknown["agency_key"]) == {"nghe_an:unmapped"}
    assert set(unknown["procedure_key"]) == {"unmapped"}
    assert len(set(unknown["dossier_code"])) > len({row["dossier"] for row in examples()})
    assert found.filter(pl.col("has_dossier")).height == found.height - unknown.height


def test_the_mart_counts_every_step_once(built: Settings) -> None:
    [(fact, fact_open, fact_minutes)] = query(
        built,
        "select count(*), count_if(is_open), sum(counted_minutes) from core.fct_processing_step "
        "where not is_final",
    )
    [(mart, mart_open, mart_minutes)] = query(
        built, "select sum(step_count), sum(open_count), sum(total_minutes) from marts.mart_step_bottleneck"
    )
    [(aged,)] = query(built, "select sum(open_count) from marts.mart_open_step_age")
    assert (mart, mart_open, mart_minutes, aged) == (fact, fact_open, fact_minutes, fact_open)


def test_shares_of_a_dossier_add_up(built: Settings) -> None:
    rows = query(
        built,
        "select sum(share_pct), count(*) from core.fct_processing_step where share_pct is not null "
        "group by source_system, dossier_code",
    )
    assert len(rows) > 1_500
    assert all(total == pytest.approx(100, abs=0.01 * count) for total, count in rows)


def test_no_officer_and_no_words_about_a_step_are_modelled(built: Settings) -> None:
    [log] = [c for path, c in delivered() if path.name.startswith("tien-trinh-xu-ly 20261001")]
    records = json.loads(gzip.decompress(log))
    officers = {record["NguoiXuLy"] for record in records}
    assert len(officers) > 10
    assert all(record["NoiDungXuLy"] for record in records)
    lake = pl.read_parquet(built.lake / "processing_log" / "*.parquet")
    assert {"officer_name", "free_text"} & set(lake.columns) == set()
    cells = {str(cell) for name in lake.columns for cell in lake[name].drop_nulls().unique().to_list()}
    assert not any(officer in cell for officer in officers for cell in cells)
    assert lake.filter(pl.col("source_system") == "nghean_igate")["officer_name_key"].n_unique() > 10
    published = query(
        built, "select column_name from duckdb_columns() where schema_name in ('core', 'marts')"
    )
    assert not any("officer" in name for (name,) in published)


def test_repeated_and_shuffled_deliveries_give_equal_tables(built: Settings, tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    shutil.copytree(built.data, settings.data)
    for path, content in reversed(delivered()):
        if path.parent.name == "processing_log":
            deliver(settings, path.parent / f"again {path.name}", backwards(content))
            Ingestion.of(settings).run()
    steps = [f"int_step_current+,+{model}" for model in MODELS]
    dbt_build(settings, "--select", "ingestion_ledger", *steps, *QUIETLY)
    assert staged(settings) == 2 * staged(built)
    for relation in ("core.fct_processing_step", *(f"marts.{name}" for name in MODELS[1:])):
        assert everything(settings, relation) == everything(built, relation), relation


def backwards(content: bytes) -> bytes:
    """The same records from the last to the first, in other bytes."""
    text = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    if text[:1] == b"[":
        return gzip.compress(json.dumps(json.loads(text)[::-1]).encode(), mtime=1)
    header, *lines = text.splitlines()
    return gzip.compress(b"\n".join([header, *reversed(lines)]), mtime=1)


def staged(settings: Settings) -> int:
    [(count,)] = query(settings, "select count(*) from staging.stg_processing_log")
    return int(count)


def everything(settings: Settings, relation: str) -> list[tuple[Any, ...]]:
    return sorted(query(settings, f"select * from {relation}"), key=repr)


def test_a_step_outside_the_calendar_fails_and_names_the_remedy(built: Settings) -> None:
    sql = model_sql(built, "int_step_minutes")
    with open_warehouse(built, read_only=False) as connection:
        connection.execute("begin")
        connection.execute(
            "update intermediate.int_step_spans set until_at = timestamp '2027-01-05 09:00:00', "
            "data_cut_at = timestamp '2027-01-05 09:00:00' where dossier_code = 'page plain'"
        )
        with pytest.raises(duckdb.Error, match=r"2027-01-05.*calendar_exceptions\.csv"):
            connection.execute(sql).fetchall()
