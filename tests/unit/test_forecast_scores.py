"""The scores of forecasts, by hand and by counting pairs."""

import random

import polars as pl
import pytest

from tests.forecast_scores import auc, auc_within, brier, calibration_error, reliability

CHANCES = pl.Series([0.9, 0.8, 0.8, 0.1])
LATE = pl.Series([True, False, True, False])


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auc(CHANCES, LATE) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert auc(-CHANCES, LATE) == pytest.approx(1 - 3.5 / 4)
    assert auc(CHANCES, pl.Series([True] * 4)) is None


def test_auc_within_nights_compares_nothing_of_two_nights() -> None:
    night = pl.Series([1, 1, 2, 2])
    assert auc_within(CHANCES, LATE, night) == 1.0
    assert auc_within(CHANCES, LATE, pl.Series([1, 2, 3, 4])) is None


def test_brier_and_calibration_by_hand() -> None:
    assert brier(CHANCES, LATE) == pytest.approx((0.01 + 0.64 + 0.04 + 0.01) / 4)
    table = reliability(CHANCES, LATE, parts=2)
    assert table["count"].to_list() == [2, 2]
    assert table["chance"].to_list() == pytest.approx([0.45, 0.85])
    assert table["late"].to_list() == [0.0, 1.0]
    ones = pl.Series([0.5] * 10)
    assert calibration_error(ones, pl.Series([True, False] * 5)) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(20))
def test_auc_counts_every_pair(seed: int) -> None:
    dice = random.Random(seed)
    risks = [dice.randint(0, 5) / 5 for _ in range(40)]
    late = [dice.random() < 0.3 for _ in range(39)] + [True]
    pairs = [
        1.0 if one > other else 0.5 if one == other else 0.0
        for one, is_one_late in zip(risks, late, strict=True)
        if is_one_late
        for other, is_other_late in zip(risks, late, strict=True)
        if not is_other_late
    ]
    assert auc(pl.Series(risks), pl.Series(late)) == pytest.approx(sum(pairs) / len(pairs))
