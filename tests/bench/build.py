"""A whole build and a night against the floor: `python -m tests.bench.build [DOSSIERS,…] [REPEATS,…]`.

Here: one synthetic delivery of so many dossiers with ratings and steps (`dunghen generate --layout csv`),
refreshed from the command line as a user does it, and one night of 10,000 rows on top; beside them, in the
same run, the floor: polars reads the same files as text, types six moments and writes Parquet, then DuckDB
makes a table of it. Medians, ratios to the floor, the largest process; of several sizes, a straight line
through them. The files lie below DUNGHEN_BENCH (default: a temporary folder) and are kept there.
Not here: single stages; tests/bench/ingest.py and tests/bench/clock.py measure those.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
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
# What `dunghen refresh` says when a step has ended.
STEP = re.compile(r"\s*✓ (?P<name>\S+)\s+(?P<seconds>[\d.]+) s")
Seconds = list[float]
Stages = dict[str, float]


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


def refresh(data: Path, *arguments: str) -> tuple[float, Stages]:
    """Seconds of one refresh in a process of its own, and of its stages; its words go to the terminal."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DUNGHEN_", "DAGSTER", "DBT"))}
    stages: Stages = {}
    started = time.perf_counter()
    with subprocess.Popen(
        [DUNGHEN, "refresh", *arguments],
        env=environment | {"DUNGHEN_DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if step := STEP.match(line):
                stage = "ingestion" if step["name"].startswith("lake") else step["name"].split("/")[0]
                stages[stage] = stages.get(stage, 0) + float(step["seconds"])
    if process.returncode:
        raise SystemExit(f"the refresh of {data} failed")
    return time.perf_counter() - started, stages


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


@dataclass
class Measured:
    """What one size took, run by run; seconds."""

    dossiers: int
    gigabytes: float
    typed: Seconds = field(default_factory=list)
    table: Seconds = field(default_factory=list)
    whole: Seconds = field(default_factory=list)
    night: Seconds = field(default_factory=list)
    nothing: Seconds = field(default_factory=list)
    start_up: Seconds = field(default_factory=list)
    whole_stages: list[Stages] = field(default_factory=list)
    night_stages: list[Stages] = field(default_factory=list)
    peak_gb: float = 0.0

    @property
    def floor(self) -> float:
        """Both parts of the floor, of one run each."""
        return statistics.median(a + b for a, b in zip(self.typed, self.table, strict=True))

    @property
    def beyond(self) -> float:
        """A night without what Dagster and dbt take before anything is made."""
        return statistics.median(self.night) - statistics.median(self.start_up)


def measure(home: Path, dossiers: int, repeats: int) -> Measured:
    """So many whole builds, then as many nights on the last of them."""
    made, data, aside = (home / f"{name}-{dossiers}" for name in ("made", "data", "aside"))
    if not (made / "landing").exists():
        generate(
            GenerateOptions(dossiers=dossiers, layout="csv", first_month="2020-01", night=NIGHT_ROWS), made
        )
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / "landing").symlink_to(made / "landing")
    files = sorted((made / "landing" / "dossiers").glob("*.csv"))
    took = Measured(dossiers, sum(p.stat().st_size for p in files) / 1e9)
    for _ in range(repeats):
        typed, table = floor(files, home)
        took.typed.append(typed)
        took.table.append(table)
        for name in KEPT:
            shutil.rmtree(data / name, ignore_errors=True)
        seconds, stages = refresh(data)
        took.whole.append(seconds)
        took.whole_stages.append(stages)
    kept(data, aside, back=False)
    for _ in range(repeats):
        kept(data, aside, back=True)
        deliver_night(made, data, take_back=False)
        try:
            seconds, stages = refresh(data)
            took.night.append(seconds)
            took.night_stages.append(stages)
            took.nothing.append(refresh(data)[0])
        finally:
            deliver_night(made, data, take_back=True)
        took.start_up.append(start_up(data))
    shutil.rmtree(aside)
    took.peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    return took


def show(took: Measured) -> None:
    """The table of one size, medians, each beside its ratio to the floor."""
    print(f"\n{took.dossiers:,} dossiers, {took.gigabytes:.2f} GB of CSV, {len(took.whole)} runs, medians")
    print(f"{os.cpu_count()} cores; largest process up to here: {took.peak_gb:.2f} GB")
    print(f"{'what':<44}{'seconds':>10}{'× floor':>10}   each run")
    for name, runs in (
        ("floor: text → six moments → Parquet", took.typed),
        ("floor: Parquet → table", took.table),
        ("whole: landing → published, every check on", took.whole),
        *_by_stage(took.whole_stages),
        (f"night of {NIGHT_ROWS:,} rows", took.night),
        *_by_stage(took.night_stages),
        ("start-up: Dagster and dbt parse", took.start_up),
        ("refresh with nothing new", took.nothing),
    ):
        middle = statistics.median(runs)
        each = ", ".join(f"{seconds:.1f}" for seconds in runs)
        print(f"{name:<44}{middle:>10.1f}{middle / took.floor:>10.2f}   {each}")
    share = 100 * took.beyond / statistics.median(took.whole)
    print(f"floor {took.floor:.1f} s; night beyond start-up {took.beyond:.1f} s, {share:.1f} % of the whole")


def show_growth(all_sizes: Sequence[Measured]) -> None:
    """Whether cost grows with the dossiers in a straight line, and a night with the history."""
    sizes = [took.dossiers / 1e6 for took in all_sizes]
    wholes = [statistics.median(took.whole) for took in all_sizes]
    slope, start = statistics.linear_regression(sizes, wholes)
    print(f"\nwhole ≈ {start:.1f} s + {slope:.1f} s a million dossiers")
    print(f"{'million':>10}{'seconds':>10}{'line':>10}{'residual':>10}{'night beyond start-up':>24}")
    for size, whole, took in zip(sizes, wholes, all_sizes, strict=True):
        line = start + slope * size
        residual = f"{100 * (whole - line) / line:.1f}%"
        print(f"{size:>10.0f}{whole:>10.1f}{line:>10.1f}{residual:>10}{took.beyond:>24.1f}")


def _by_stage(runs: Sequence[Stages]) -> list[tuple[str, Seconds]]:
    return [(f"… {stage}", [run.get(stage, 0.0) for run in runs]) for stage in runs[0]]


def main(sizes: Sequence[int], repeats: Sequence[int]) -> None:
    """Print the tables; what was measured is also kept as JSON beside the files."""
    home = Path(os.environ.get("DUNGHEN_BENCH") or tempfile.mkdtemp(prefix="dunghen-bench-"))
    all_sizes = []
    for dossiers, times in zip(sizes, itertools.cycle(repeats), strict=False):
        all_sizes.append(measure(home, dossiers, times))
        show(all_sizes[-1])
        said = json.dumps([asdict(took) for took in all_sizes], indent=1)
        (home / "measured.json").write_text(said + "\n", encoding="utf-8")
    if len(all_sizes) > 1:
        show_growth(all_sizes)


def _numbers(argument: str) -> list[int]:
    return [int(number.replace("_", "")) for number in argument.split(",")]


if __name__ == "__main__":
    given = [*sys.argv[1:], *("1_000_000", "3")[len(sys.argv) - 1 :]]
    main(_numbers(given[0]), _numbers(given[1]))
