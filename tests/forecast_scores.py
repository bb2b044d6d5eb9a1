"""How good chances were, once it is known what happened.

Here: AUC, Brier score, calibration by tenths of the forecasts.
Not here: who foretold, and what (`past_nights.py`).
Explained in docs/early-warning.md, "How it was tested".
"""

from __future__ import annotations

import polars as pl


def auc(risk: pl.Series, is_late: pl.Series) -> float | None:
    """Chance that of a late one and another the late one was called riskier, half for a tie; None without."""
    late = int(is_late.sum())
    pairs = late * (len(is_late) - late)
    if not pairs:
        return None
    ranks = risk.rank("average")
    return (float(ranks.filter(is_late).sum()) - late * (late + 1) / 2) / pairs


def auc_within(risk: pl.Series, is_late: pl.Series, night: pl.Series) -> float | None:
    """The same among forecasts of one night; each pair counts once."""
    frame = pl.DataFrame({"risk": risk, "is_late": is_late, "night": night})
    kept, pairs = 0.0, 0
    for part in frame.partition_by("night"):
        count = int(part["is_late"].sum()) * int((~part["is_late"]).sum())
        if count:
            kept += count * (auc(part["risk"], part["is_late"]) or 0.0)
            pairs += count
    return kept / pairs if pairs else None


def brier(chance: pl.Series, is_late: pl.Series) -> float:
    """Mean square of the error."""
    squares = (chance - is_late.cast(pl.Float64)) ** 2
    return float(squares.sum()) / max(len(squares), 1)


def reliability(chance: pl.Series, is_late: pl.Series, parts: int = 10) -> pl.DataFrame:
    """Forecasts by their chance, in equal parts: how many, the mean chance, the share that was late."""
    ordered = pl.DataFrame({"chance": chance, "is_late": is_late.cast(pl.Float64)}).sort("chance", "is_late")
    return (
        ordered.with_row_index("place")
        .with_columns(part=pl.col("place").cast(pl.Int64) * parts // max(ordered.height, 1) + 1)
        .group_by("part")
        .agg(count=pl.len(), chance=pl.col("chance").mean(), late=pl.col("is_late").mean())
        .sort("part")
    )


def calibration_error(chance: pl.Series, is_late: pl.Series) -> float:
    """Mean distance between the chance said and the share that was late, over the parts of `reliability`."""
    table = reliability(chance, is_late)
    distance = (table["chance"] - table["late"]).abs() * table["count"]
    return float(distance.sum()) / max(int(table["count"].sum()), 1)
