"""Would the early warning have known: `.venv/bin/python -m tests.bench.early_warning [--write NAME]`.

Here: on each past night the chances of what was open and not yet due, from what was known then, beside three
naive rules; what became of it; AUC, Brier score and calibration. `--write NAME` puts the result into
the seed `early_warning_backtests` under that name, `--levels` tries other pseudo-counts.
Not here: the model (`marts/mart_early_warning.sql`), what a night knew (`tests/past_nights.py`).
Explained in docs/early-warning.md, "How it was tested". Needs a built warehouse (`dunghen refresh`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import polars as pl

from pipelines.settings import PROJECT_ROOT, Settings
from tests.forecast_scores import auc, auc_within, brier, calibration_error, reliability
from tests.past_nights import PastNights

SOURCES = ("wabo_receipt", "nghean_tandan", "nghean_land", "nghean_igate")
SEED = PROJECT_ROOT / "dbt_project" / "seeds" / "early_warning_backtests.csv"
# rule → column that orders, column of the chance
RULES: Mapping[str, tuple[str, str | None]] = {
    "early_warning": ("chance", "chance"),
    "days_to_due": ("nearness", None),
    "days_to_due_share": ("days_share", "days_share"),
    "agency_late_rate": ("agency_rate", "agency_rate"),
}
LEVELS = ("field", "procedure", "agency", "procedure_agency")
NEVER = 1_000_000_000  # a level that leans so much says nothing of its own
TRIED: Mapping[str, Mapping[str, int]] = {
    "as shipped": {},
    "elapsed share alone": dict.fromkeys((*LEVELS, "procedure_step"), NEVER),
    "without agencies": {"agency": NEVER, "procedure_agency": NEVER},
    "without steps": {"procedure_step": NEVER},
    "levels at 30": dict.fromkeys(LEVELS, 30),
    "levels at 100": dict.fromkeys(LEVELS, 100),
    "levels at 300": dict.fromkeys(LEVELS, 300),
    "steps at 5": {"procedure_step": 5},
    "steps at 100": {"procedure_step": 100},
}
HEADER = "| AUC | AUC within nights | Brier | calibration error |\n|---|--:|--:|--:|--:|"


def naive(nights: PastNights, foretold: pl.DataFrame) -> pl.DataFrame:
    """Add what the naive rules say on the same night of the same dossiers."""
    past = nights.past()
    whole = float(past["is_late"].mean() or 0.0)  # type: ignore[arg-type]
    late = int(past["is_late"].sum())
    ended = past.filter(~pl.col("is_late"))["days_left"].drop_nulls().sort()
    # of those open with as few days left, how many became late
    as_near = pl.Series(ended.search_sorted(foretold["days_left"], side="right"), dtype=pl.Float64)
    rates = nights.agencies().select(
        "agency_key", agency_rate=pl.col("past_late_count").cast(pl.Float64) / pl.col("past_count")
    )
    return (
        foretold.with_columns(
            nearness=-pl.col("days_left"),
            days_share=late / (late + as_near) if late else pl.lit(whole),
        )
        .join(rates, on="agency_key", how="left", maintain_order="left")
        .with_columns(pl.col("agency_rate").fill_null(whole))
    )


def walk(nights: PastNights, source: str, tried: Mapping[str, Mapping[str, int]]) -> dict[str, pl.DataFrame]:
    """The forecasts of every night of a system under each choice of pseudo-counts, and their outcomes."""
    outcomes = nights.outcomes(source)
    found: dict[str, list[pl.DataFrame]] = {name: [] for name in tried}
    for night in nights.nights(source):
        nights.go_to(source, night)
        for name, pseudo_counts in tried.items():
            with_those = nights.foretold_leaning(pseudo_counts)
            if with_those.height:
                found[name].append(naive(nights, with_those).with_columns(night=pl.lit(night)))
    return {
        name: pl.concat(parts).join(outcomes, on="dossier_key").sort("night", "dossier_key")
        for name, parts in found.items()
        if parts
    }


def scored(forecasts: pl.DataFrame, rule: str) -> dict[str, float | None]:
    """How one rule did."""
    order, chance = RULES[rule]
    is_late = forecasts["is_late"]
    return {
        "auc": auc(forecasts[order], is_late),
        "auc_within_nights": auc_within(forecasts[order], is_late, forecasts["night"]),
        "brier": brier(forecasts[chance], is_late) if chance else None,
        "calibration_error": calibration_error(forecasts[chance], is_late) if chance else None,
    }


def show(source: str, forecasts: pl.DataFrame) -> None:
    """Print how the rules did on a system, and how far the chances can be taken at their word."""
    nights = [str(night) for night in forecasts["night"].dt.date().unique().sort()]
    late = int(forecasts["is_late"].sum())
    print(f"\n## {source}: {forecasts.height} forecasts, {late} late, {nights[0]} to {nights[-1]}")
    print(f"| rule {HEADER}")
    for rule in RULES:
        figures = [f"{value:.4f}" if value is not None else "–" for value in scored(forecasts, rule).values()]
        print(f"| {rule} | {' | '.join(figures)} |")
    print("\n| tenth | forecasts | chance said, % | late in the end, % |\n|--:|--:|--:|--:|")
    for part, count, chance, share in reliability(forecasts["chance"], forecasts["is_late"]).iter_rows():
        print(f"| {part} | {count} | {100 * chance:.1f} | {100 * share:.1f} |")


def rows(source: str, data_set: str, forecasts: pl.DataFrame) -> pl.DataFrame:
    """Rows of the seed."""
    told = [
        {
            "source_system": source,
            "data_set": data_set,
            "rule_code": rule,
            **{name: value and round(value, 4) for name, value in scored(forecasts, rule).items()},
            "forecast_count": forecasts.height,
            "late_count": int(forecasts["is_late"].sum()),
            "first_night_date": forecasts["night"].dt.date().min(),
            "last_night_date": forecasts["night"].dt.date().max(),
            "computed_date": datetime.now(UTC).date(),
        }
        for rule in RULES
    ]
    return pl.DataFrame(told)


def write(data_set: str, found: list[pl.DataFrame]) -> None:
    """Put rows into the seed in place of those of the same systems and data set."""
    new = pl.concat(found).cast(pl.String)
    old = pl.read_csv(SEED, infer_schema=False)
    kept = old.join(new, on=["source_system", "data_set"], how="anti")
    pl.concat([kept, new.select(old.columns)]).sort(
        "source_system", "data_set", maintain_order=True
    ).write_csv(SEED)
    print(f"\n{SEED.name}: {new.height} rows of {data_set}")


def main() -> None:
    """Walk through the past of each system that was built."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", metavar="NAME", help="put the result into the seed under this name")
    parser.add_argument("--source", action="append", choices=SOURCES, help="this system only; repeatable")
    parser.add_argument("--levels", action="store_true", help="try other pseudo-counts")
    asked = parser.parse_args()
    nights = PastNights.of(Settings.load())
    tried = TRIED if asked.levels else {"as shipped": {}}
    written = []
    for source in asked.source or SOURCES:
        start = time.perf_counter()
        found = walk(nights, source, tried)
        if not found:
            continue
        show(source, found["as shipped"])
        written.append(rows(source, asked.write or "", found["as shipped"]))
        if asked.levels:
            print(f"\n| pseudo-counts {HEADER}")
            for name, forecasts in found.items():
                figures = [f"{value:.4f}" for value in scored(forecasts, "early_warning").values() if value]
                print(f"| {name} | {' | '.join(figures)} |")
        print(f"\n{time.perf_counter() - start:.0f} s")
    if asked.write:
        write(asked.write, written)


if __name__ == "__main__":
    main()
