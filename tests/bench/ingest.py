"""What ingestion costs over reading: `.venv/bin/python -m tests.bench.ingest [ROWS [FILES]]`.

Here: one register of 25 columns (or its rows in several files); the floor, which is to scan it as text, type
six moments and write Parquet; then `Ingestion.run` with all it does. Each in a process of its own; seconds,
processor seconds, rows a second, peak memory, and ratios, which say more than seconds do elsewhere.
Not here: whether the rows are right; tests/integration/test_ingestion.py says so.
Explained in docs/decisions/0008-one-pass-from-text-to-rows.md.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings
from tests.bench.files import CLOCK, write_register

REPEATS = 3
MOMENTS = [
    "Ngày nộp",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày có kết quả",
    "Ngày trả kết quả",
    "Ngày yêu cầu bổ sung",
]


def floor(folder: Path) -> int:
    """Text, six moments, Parquet."""
    rows = 0
    for path in sorted(folder.glob("landing/dossiers/*.csv")):
        text = pl.scan_csv(path, infer_schema=False)
        typed = text.with_columns(pl.col(MOMENTS).str.to_datetime(CLOCK, strict=False, time_unit="us"))
        target = folder / "floor.parquet"
        typed.sink_parquet(target, compression="zstd")
        rows += pl.scan_parquet(target).select(pl.len()).collect().item()
    return rows


def ingestion(folder: Path) -> int:
    """All of it, into a new lake."""
    with tempfile.TemporaryDirectory(dir=folder) as lake:
        os.environ["DUNGHEN_DATA"] = lake
        Path(lake, "landing").symlink_to(folder / "landing")
        return sum(outcome.entry.rows_accepted for outcome in Ingestion.of(Settings.load()).run())


PARTS = {"floor": floor, "ingestion": ingestion}


def measured(part: str, folder: Path) -> dict[str, float]:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.ingest", "--part", part, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run_part(part: str, folder: Path) -> None:
    """Do one part and print its figures."""
    start = time.perf_counter()
    rows = PARTS[part](folder)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {"rows": rows, "seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss}
    print(json.dumps(figures))


def main(rows: int, files: int) -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "landing" / "dossiers").mkdir(parents=True)
        for file in range(files):
            path = folder / "landing" / "dossiers" / f"register {file} 2026-07-01.csv"
            write_register(path, file * (rows // files), rows // files)
        runs = [{part: measured(part, folder) for part in PARTS} for _ in range(REPEATS)]
    print(
        f"{'part':<12}{'rows':>12}{'seconds':>10}{'cpu':>8}{'ratio':>8}{'rows per second':>18}{'peak MB':>10}"
    )
    for part in PARTS:
        middle = {key: statistics.median(run[part][key] for run in runs) for key in runs[0][part]}
        ratio = statistics.median(run[part]["seconds"] / run["floor"]["seconds"] for run in runs)
        print(
            f"{part:<12}{middle['rows']:>12,.0f}{middle['seconds']:>10.1f}{middle['cpu']:>8.1f}{ratio:>8.2f}"
            f"{middle['rows'] / middle['seconds']:>18,.0f}{middle['peak'] / 1024:>10,.0f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        run_part(sys.argv[2], Path(sys.argv[3]))
    else:
        given = [int(number) for number in sys.argv[1:]]
        main(*(given + [1_000_000, 1][len(given) :]))
