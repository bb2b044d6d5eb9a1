"""Receipts, transactions and figures on digitisation as they are drawn, faults among them.

Here: one row each, with what is true of it.
Not here: files and what is true of them (`electronic.py`), their look (`exports_electronic.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipelines.sample.options import parameters

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from pipelines.sample.lives import Month

Row = dict[str, Any]
BAD_NUMBER = "1.234.5"
_FEWEST_TO_BREAK = 4


def drawn_receipts(
    rows: pl.DataFrame, month: Month, payers: pl.DataFrame, rng: np.random.Generator
) -> list[Row]:
    """A receipt for each of these dossiers, some of one nobody listed, some with a wrong total or none."""
    receipts = []
    for n, (code, finished) in enumerate(rows.select("true_code", "finished_at").rows()):
        fee, charge = (5_000 * int(rng.integers(1, 60)) for _ in range(2))
        total: int | str = fee + charge
        if _is_hit(n, "wrong_total"):
            total = fee + charge + 1_000
        if _is_hit(n, "unreadable_total"):
            total = BAD_NUMBER
        is_known = not _is_hit(n, "unknown_dossier")
        receipts.append(
            {
                "dossier_code": code if is_known else f"{code[:-4]}9{n:04d}",
                "is_dossier_known": is_known,
                "receipt_number": f"{n + 1:07d}",
                "transaction_reference": None,
                "series": f"NA/{month.year % 100}{month.month:02d}",
                "collected_at": finished + timedelta(minutes=int(rng.integers(1, 30))),
                "fee_vnd": fee,
                "charge_vnd": charge,
                "total_vnd": total,
                "payment_status_code": "paid",
                "payment_method_code": None,
                "payer": payers["name"][n],
            }
        )
    return receipts


def _is_hit(position: int, fault: str) -> bool:
    count = parameters("world")["electronic"]["one_in"][fault]
    return bool(position % count == count // 4)


def drawn_transactions(
    rows: pl.DataFrame, month: Month, payers: pl.DataFrame, rng: np.random.Generator
) -> list[Row]:
    """A transaction for each of these dossiers, in every state."""
    states = rng.choice(
        ["paid", "pending", "unpaid", "cancelled", "refunded", "unmapped"],
        size=rows.height,
        p=[0.7, 0.1, 0.06, 0.06, 0.06, 0.02],
    )
    return [
        {
            "dossier_code": code,
            "is_dossier_known": True,
            "receipt_number": None,
            "transaction_reference": f"GD{month.year % 100}{month.month:02d}{n:06d}",
            "series": None,
            "collected_at": finished - timedelta(minutes=int(rng.integers(60, 3_000))),
            "fee_vnd": None,
            "charge_vnd": None,
            "total_vnd": 5_000 * int(rng.integers(1, 60)),
            "payment_status_code": str(states[n]),
            "payment_method_code": "online",
            "payer": payers["name"][n],
            "address": payers["address"][n],
        }
        for n, (code, finished) in enumerate(rows.select("true_code", "finished_at").rows())
    ]


def statistic(portal: str, agency_name: str, month: Month, rng: np.random.Generator) -> Row:
    """One agency's figures, all of which add up."""
    received = int(rng.integers(0, 2_500))
    resolved = int(rng.integers(received // 2, received + 1))
    with_papers, with_result = int(received * rng.random()), int(resolved * rng.random())
    both = min(with_papers, with_result) // 2
    is_igate = portal == "nghean_igate"
    share = _share(with_papers, received)
    least = parameters("world")["electronic"]["passed_from_pct"]
    return {
        "source_system": portal,
        "agency_name": agency_name,
        "period_start_date": month.first,
        "period_end_date": month.last,
        "received_count": received if is_igate else None,
        "received_with_file_count": with_papers,
        "received_without_file_count": received - with_papers,
        "received_reused_count": None if is_igate else with_papers // 3,
        "received_national_store_count": None if is_igate else with_papers // 9,
        "received_with_file_pct": share if is_igate or share is not None else 0.0,
        "resolved_count": resolved if is_igate else None,
        "resolved_with_file_count": with_result,
        "resolved_without_file_count": resolved - with_result,
        "resolved_with_file_pct": _share(with_result, resolved) if is_igate or resolved else 0.0,
        "whole_with_file_count": both if is_igate else None,
        "whole_with_file_pct": _share(both, received) if is_igate else None,
        "assessment_code": None if is_igate else "passed" if (share or 0) >= least else "failed",
        "broken_identity_count": 0,
    }


def _share(part: int, whole: int) -> float | None:
    """As portals print it, with one decimal; half of a tenth goes to the even digit."""
    return round(100 * part / whole, 1) if whole else None


def break_some(rows: list[Row]) -> None:
    """One agency with a wrong share, one whose parts do not add up, one with a number nobody can read."""
    fit = [row for row in rows if row["received_with_file_pct"]]
    if len(fit) < _FEWEST_TO_BREAK:
        return
    fit[0] |= {
        "received_with_file_pct": round(fit[0]["received_with_file_pct"] / 2, 1),
        "broken_identity_count": 1,
    }
    if fit[1]["received_count"] is not None:
        fit[1] |= {"received_without_file_count": fit[1]["received_without_file_count"] + 3}
        fit[1] |= {"broken_identity_count": 1}
    fit[3]["received_with_file_count"] = BAD_NUMBER
