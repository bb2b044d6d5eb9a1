"""People who do not exist.

Here: name, identity number, phone and address of person number n, computed from n alone.
Not here: who hands in which dossier (`lives.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.sample.options import parameters

if TYPE_CHECKING:
    import numpy.typing as npt


def _scatter(index: npt.NDArray[np.uint64], salt: int) -> npt.NDArray[np.uint64]:
    """Spread consecutive numbers over 64 bits (splitmix64), the same on every machine."""
    with np.errstate(over="ignore"):
        z = index + np.uint64(0x9E3779B97F4A7C15) * np.uint64(salt + 1)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def people(index: pl.Series) -> pl.DataFrame:
    """Make up the persons of the given numbers.

    Args:
        index: person numbers, integers from 0.

    Returns:
        One row a number, in order: name, id_number (12 digits), phone (10 digits), email, address.
    """
    parts = parameters("people")
    number = index.to_numpy().astype(np.uint64)

    def pick(pool: list[str], salt: int) -> pl.Series:
        return pl.Series(pool, dtype=pl.String).gather(_scatter(number, salt) % np.uint64(len(pool)))

    def digits(prefix: str, length: int, salt: int) -> pl.Series:
        rest = _scatter(number, salt) % np.uint64(10 ** (length - len(prefix)))
        return prefix + pl.Series(rest).cast(pl.String).str.zfill(length - len(prefix))

    house = pl.Series(_scatter(number, 6) % np.uint64(300) + np.uint64(1)).cast(pl.String)
    hamlet = pl.Series(_scatter(number, 7) % np.uint64(14) + np.uint64(1)).cast(pl.String)
    name = pick(parts["family"], 1) + " " + pick(parts["middle"], 2) + " " + pick(parts["given"], 3)
    return pl.DataFrame(
        {
            "name": name,
            "id_number": digits(parts["id_prefix"], 12, 4),
            "phone": digits(parts["phone_prefix"], 10, 5),
            "email": "nguoi" + index.cast(pl.String) + "@example.vn",
            "address": "Số " + house + ", xóm " + hamlet,
        }
    )


def submitter_of(person: pl.Series) -> pl.Series:
    """Number of the person who hands in: a neighbour for every tenth applicant, else the applicant."""
    return person + (person % 10 == 0).cast(pl.Int64)
