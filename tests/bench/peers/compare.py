"""This project beside its peers: `.venv/bin/python -m tests.bench.peers.compare [DOSSIERS] [REPEATS]`.

Here: one synthetic delivery (`dunghen generate --layout csv`), refreshed by `dunghen refresh` and processed
by each peer from the same files, one after the other, every run from nothing in a process of its own;
medians, rows a second, ratio to ours, the largest process of each; whether the peers' results agree with
ours. Peers get a venv each below DUNGHEN_BENCH (default: a temporary folder), where the files lie too.
Not here: equal work. A peer reads the list of dossiers, the register and the catalogue, and makes one fact,
one mart under one definition, the rows set aside and 25 checks. In its time ours also reads ratings, steps
and limits, judges by seven definitions with a bridge between any two, keeps history and restatements,
recomputes due dates, counts working minutes, backlog and steps, follows agencies to their successors, flags
every dossier that breaks a rule, searches for personal data and publishes one file with Parquet beside it,
which blocks nobody.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.sample import GenerateOptions, generate

HERE = Path(__file__).resolve().parent
DUNGHEN = Path(sys.executable).parent / "dunghen"
PEERS = ("dlt_dbt_gx", "pandas_only")
OURS = "đúng hẹn"
QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "GX_ANALYTICS_ENABLED": "false"}
MONTH_COLUMNS = """
    agency_key, agency_code, agency_name, agency_level, cast(period_month_date as date), dossier_count,
    judged_count, in_time_count, on_time_count, late_count, open_late_count, open_in_time_count,
    cannot_tell_count, not_applicable_count, on_time_pct, late_pct, no_rate_reason, data_cut_at
"""
OURS_SET_ASIDE = "(from ops.quarantined_rows where kind = 'dossiers')"
OUTCOME_COLUMNS = """
    outcome_strict, agency_resolution, procedure_resolution, status_code, channel_code, count(*),
    sum(elapsed_working_days), sum(late_working_days), count(elapsed_days), sum(elapsed_days)
"""


@dataclass
class Runs:
    """What one of them took."""

    seconds: list[float] = field(default_factory=list)
    peak_gb: float = 0.0

    def add(self, command: list[str | Path], log: Path, environment: dict[str, str]) -> None:
        """Run a command in a process of its own; what it says goes to a file.

        Raises:
            SystemExit: the command failed.
        """
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DUNGHEN_", "DAGSTER", "DBT"))}
        started = time.perf_counter()
        with log.open("w") as said:
            process = subprocess.Popen(command, env=kept | environment, stdout=said, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
        if process.returncode:
            raise SystemExit(f"{command[0]} failed; see {log}")
        self.seconds.append(time.perf_counter() - started)
        self.peak_gb = max(self.peak_gb, usage.ru_maxrss / 1e6)


def interpreter(peer: str, home: Path) -> Path:
    """The Python of a peer's own venv, which is made if it is missing."""
    folder = home / f"venv-{peer}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        requirements = HERE / peer / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        (folder / "complete").touch()
    return python


def relations(peer: str, out: Path) -> dict[str, str]:
    """Where the tables of a peer lie, as SQL."""
    checks = f"read_parquet('{out}/checks.parquet')"
    if peer == "dlt_dbt_gx":
        names = {"fact": "peer.main.fct_dossier", "month": "peer.main.agency_month"}
        return names | {"quarantine": "peer.main.quarantine", "checks": checks}
    files = {"fact": "fct_dossier", "month": "agency_month", "quarantine": "quarantine"}
    return {name: f"read_parquet('{out}/{file}.parquet')" for name, file in files.items()} | {
        "checks": checks
    }


def differing(published: Path, peer: str, out: Path) -> dict[str, int]:
    """Rows in which a peer's tables differ from ours, by what was compared."""
    with duckdb.connect(str(published), read_only=True) as con:
        theirs = relations(peer, out)
        if any(relation.startswith("peer.") for relation in theirs.values()):
            con.execute(f"attach '{out}/warehouse.duckdb' as peer (read_only)")
        fact = f"select {OUTCOME_COLUMNS} from {{}} group by all"
        rules = f"select rule_id from {theirs['checks']}"
        pairs = {
            "outcomes": (fact.format("core.fct_procedure_timeliness"), fact.format(theirs["fact"])),
            "agency × month": (
                f"select {MONTH_COLUMNS} from marts.mart_agency_month where definition_id = 'strict'",
                f"select {MONTH_COLUMNS} from {theirs['month']}",
            ),
            "checks": (
                f"select rule_id, failing_count from quality.expectation_results where rule_id in ({rules})",
                f"select rule_id, failing_count from {theirs['checks']}",
            ),
            "set aside": (
                f"select file_name, count(distinct row_number) from {OURS_SET_ASIDE} group by all",
                f"select file_name, count(*) from {theirs['quarantine']} group by all",
            ),
        }
        both = "select count(*) from (({0} except all {1}) union all ({1} except all {0}))"
        return {
            name: con.execute(both.format(f"({one})", f"({other})")).fetchall()[0][0]
            for name, (one, other) in pairs.items()
        }


def main(dossiers: int, repeats: int) -> None:
    """Run all, compare, print the table."""
    home = Path(os.environ.get("DUNGHEN_BENCH") or tempfile.mkdtemp(prefix="dunghen-bench-"))
    made, data = home / f"peers-made-{dossiers}", home / f"peers-data-{dossiers}"
    landing = made / "landing"
    if not landing.exists():
        generate(GenerateOptions(dossiers=dossiers, layout="csv"), made)
    pythons = {peer: interpreter(peer, home) for peer in PEERS}
    runs = {name: Runs() for name in (OURS, *PEERS)}
    for _ in range(repeats):
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        (data / "landing").symlink_to(landing)
        runs[OURS].add([DUNGHEN, "refresh"], home / "ours.log", {"DUNGHEN_DATA": str(data)})
        for peer, python in pythons.items():
            out = data / peer
            runs[peer].add([python, HERE / peer / "run.py", landing, out], home / f"{peer}.log", QUIET)
    published = data / "published" / "analytics.duckdb"
    with duckdb.connect(str(published), read_only=True) as con:
        ledger = "select sum(rows_read) from ops.ingestion_ledger where kind = 'dossiers'"
        [(rows,)] = con.execute(ledger).fetchall()
    ours = statistics.median(runs[OURS].seconds)
    print(f"{dossiers:,} dossiers in {rows:,} rows; {repeats} runs, medians; {os.cpu_count()} cores")
    print(f"{'what':<14}{'seconds':>10}{'rows/s':>12}{'× ours':>9}{'peak GB':>10}")
    for name, one in runs.items():
        seconds = statistics.median(one.seconds)
        print(f"{name:<14}{seconds:>10.1f}{rows / seconds:>12,.0f}{seconds / ours:>9.2f}{one.peak_gb:>10.2f}")
    for peer in PEERS:
        found = differing(published, peer, data / peer)
        said = ", ".join(f"{name} {count}" if count else f"{name} ✓" for name, count in found.items())
        print(f"{peer}: rows that differ from ours: {said}")


if __name__ == "__main__":
    counts = [int(argument.replace("_", "")) for argument in sys.argv[1:]]
    main(*(counts + [100_000, 1][len(counts) :]))
