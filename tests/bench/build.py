"""A whole build and a night against the floor: `.venv/bin/python -m tests.bench.build [DOSSIERS] [REPEATS]`.

Here: one synthetic delivery of so many dossiers with ratings and steps (`dunghen generate --layout csv`),
refreshed from the command line as a user does it, and one night of 10,000 rows on top; beside them, in the
same run, the floor: polars reads the same files as text, types six moments and writes Parquet, then DuckDB
makes a table of it. Medians, ratios to the floor, the largest process. The files lie below DUNGHEN_BENCH
(default: a temporary folder) and are kept there.
Not here: single stages; tests/bench/ingest.py and tests/bench/clock.py measure those.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import polars as pl

from pipelines.sample import GenerateOptions, generate

NIGHT_ROWS = 10_000
MOMENTS = (
    "Thời điểm nộp",
    "Thời điểm tiếp nhận",
    "Thời điểm hẹn trả",
    "Thời điểm xử lý xong",
    "Thời điểm trả kết quả",
    "Thời điểm xin lỗi",
)
KEPT = ("lake", "warehouse", "published", "private", "dagster")
DUNGHEN = Path(sys.executable).parent / "dunghen"
Seconds = list[float]


def floor(files: list[Path], scratch: Path) -> tuple[float, float]:
    """Seconds of reading, typing and writing Parquet, and of making a table of it."""
    parquet, database = scratch / "floor.parquet", scratch / "floor.duckdb"
    database.unlink(missing_ok=True)
    started = time.perf_counter()
    moments = [pl.col(c).str.to_datetime("%d/%m/%Y %H:%M:%S", strict=False) for c in MOMENTS]
    pl.scan_csv(files, infer_schema=False, truncate_ragged_lines=True).with_columns(moments).sink_parquet(
        parquet
    )
    typed = time.perf_counter()
    with duckdb.connect(str(database)) as con:
        con.execute("set preserve_insertion_order = false")
        con.execute(f"create table dossiers as from read_parquet('{parquet}')")
    return typed - started, time.perf_counter() - typed


def refresh(data: Path, *arguments: str) -> float:
    """Seconds of one refresh in a process of its own; its words go to the terminal."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DUNGHEN_", "DAGSTER", "DBT"))}
    started = time.perf_counter()
    subprocess.run(
        [DUNGHEN, "refresh", *arguments], env=environment | {"DUNGHEN_DATA": str(data)}, check=True
    )
    return time.perf_counter() - started


def start_up(data: Path) -> float:
    """Seconds until Dagster has loaded the project and dbt has parsed it, before anything is made."""
    environment = os.environ | {"DUNGHEN_DATA": str(data)}
    statement = (
        "from pipelines.build import build_defs; from pipelines.settings import Settings; "
        "from pipelines.warehouse.dbt import dbt_environment; import os; s = Settings.load(); build_defs(s); "
        "os.environ.update(dbt_environment(s)); os.environ['DBT_TARGET_PATH'] += '_parsed'; "
        "from dbt.cli.main import dbtRunner; "
        "dbtRunner().invoke(['--quiet', 'parse', '--project-dir', str(s.dbt_project)])"
    )
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], env=environment, check=True)
    return time.perf_counter() - started


def kept(data: Path, aside: Path, *, back: bool) -> None:
    """Put what a build made aside, or back in its place."""
    source, target = (aside, data) if back else (data, aside)
    for name in KEPT:
        shutil.rmtree(target / name, ignore_errors=True)
        if (source / name).exists():
            shutil.copytree(source / name, target / name, symlinks=True)


def deliver_night(made: Path, data: Path, *, take_back: bool) -> None:
    """Put the files of the night into the landing folder, or take them away again."""
    night = made / "night" / "landing"
    for path in (p for p in night.rglob("*") if p.is_file()):
        target = data / "landing" / path.relative_to(night)
        if take_back:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)


def main(dossiers: int, repeats: int) -> None:
    """Print the table."""
    home = Path(os.environ.get("DUNGHEN_BENCH") or tempfile.mkdtemp(prefix="dunghen-bench-"))
    made, data, aside = (home / f"{name}-{dossiers}" for name in ("made", "data", "aside"))
    if not (made / "landing").exists():
        generate(
            GenerateOptions(dossiers=dossiers, layout="csv", first_month="2020-01", night=NIGHT_ROWS), made
        )
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / "landing").symlink_to(made / "landing")
    files = sorted((made / "landing" / "dossiers").glob("*.csv"))
    first, second, whole, night, nothing, loaded = ([] for _ in range(6))
    for _ in range(repeats):
        one, other = floor(files, home)
        first.append(one)
        second.append(other)
        for name in KEPT:
            shutil.rmtree(data / name, ignore_errors=True)
        whole.append(refresh(data))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    kept(data, aside, back=False)
    for _ in range(repeats):
        kept(data, aside, back=True)
        deliver_night(made, data, take_back=False)
        try:
            night.append(refresh(data))
            nothing.append(refresh(data))
        finally:
            deliver_night(made, data, take_back=True)
        loaded.append(start_up(data))
    bottom = statistics.median(a + b for a, b in zip(first, second, strict=True))
    size = sum(p.stat().st_size for p in files) / 1e9
    print(f"\n{dossiers:,} dossiers, {size:.2f} GB of CSV, {repeats} runs, medians; {os.cpu_count()} cores")
    print(f"{'what':<44}{'seconds':>10}{'× floor':>10}")
    for name, seconds in (
        ("floor: text → six moments → Parquet", statistics.median(first)),
        ("floor: Parquet → table", statistics.median(second)),
        ("floor", bottom),
        ("whole: landing → published, every check on", statistics.median(whole)),
        (f"night of {NIGHT_ROWS:,} rows", statistics.median(night)),
        ("start-up: Dagster and dbt parse", statistics.median(loaded)),
        ("refresh with nothing new", statistics.median(nothing)),
    ):
        print(f"{name:<44}{seconds:>10.1f}{seconds / bottom:>10.2f}")
    beyond = statistics.median(night) - statistics.median(loaded)
    print(
        f"night beyond start-up: {beyond:.1f} s, {100 * beyond / statistics.median(whole):.1f} % of the whole"
    )
    print(f"largest process: {peak:.2f} GB")


if __name__ == "__main__":
    counts = [int(argument.replace("_", "")) for argument in sys.argv[1:]]
    main(*(counts + [1_000_000, 3][len(counts) :]))
