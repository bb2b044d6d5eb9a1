"""Who hands in on a portal in a month, and what they handle: the register seen by one portal.

Here: agencies with their load, lateness and code prefix; draws of an agency and a procedure.
Not here: the register itself (`registers.py`), the life of a dossier (`lives.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.sample.options import parameters
from pipelines.sample.registers import DISTRICTS_ENDED

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]


def _chance(code: str, salt: str) -> float:
    """A fixed number in [0, 1) for an agency, the same on every machine."""
    return zlib.crc32(f"{salt}:{code}".encode()) / 2**32


def _dossier_prefix(portal: str, code: str, level: str, since: date, ordinal: int) -> str:
    """The part of a dossier code before its date, in the formats of domain.md §2.6."""
    if portal == "nghean_igate":
        return f"000.00.{code[-2:]}.H41"
    if portal == "nghean_land":
        return code
    if level == "district":
        return f"H41.{ordinal}"
    return f"H41.{ordinal}" if since >= DISTRICTS_ENDED else f"H41.0.{ordinal}"


@dataclass(frozen=True)
class Desk:
    """The agencies of one portal and the procedures they handle.

    Attributes:
        offices: one row a span of an agency: agency_code, agency_name, agency_level, parent_agency_name,
            valid_from_date, valid_to_date, group, load (weight), late_share, prefix.
        services: one row a group and procedure, as `registers.handled_procedures`.
        limit: at most so many agencies at any time; None for all.
        by_channel: limits by procedure and channel, as `limits.channel_limits`; None where the portal
            promises by the catalogue's summary alone.
    """

    offices: pl.DataFrame
    services: pl.DataFrame
    limit: int | None
    by_channel: pl.DataFrame | None = None

    @classmethod
    def of(
        cls,
        portal: str,
        register: pl.DataFrame,
        services: pl.DataFrame,
        limit: int | None,
        by_channel: pl.DataFrame | None = None,
    ) -> Desk:
        """Pick the portal's agencies out of the register and give each its habits."""
        spans = register.filter(pl.col("portal") == portal)
        codes = spans["agency_code"].to_list()
        ordinal = {code: n for n, code in enumerate(sorted(set(codes)), start=101)}
        levels = spans["agency_level"].to_list()
        starts = spans["valid_from_date"].to_list()
        names = spans["agency_name"].to_list()
        load = [
            np.exp(1.6 * _chance(code, "load")) * (2.5 if "phường" in name or level == "district" else 1.0)
            for code, level, name in zip(codes, levels, names, strict=True)
        ]
        late = parameters("world")["late_share"]
        busyness = np.argsort(np.argsort(load)) / max(len(load) - 1, 1)
        luck = np.array([_chance(code, "late") for code in codes])
        late_share = late["idle"] + (late["busy"] - late["idle"]) * (0.6 * busyness + 0.4 * luck)
        prefixes = [
            _dossier_prefix(portal, code, level, since, ordinal[code])
            for code, level, since in zip(codes, levels, starts, strict=True)
        ]
        offices = spans.with_columns(
            load=pl.Series(load, dtype=pl.Float64),
            late_share=pl.Series(late_share, dtype=pl.Float64),
            prefix=pl.Series(prefixes, dtype=pl.String),
        ).with_row_index("office")
        return cls(offices, services.with_row_index("service"), limit, by_channel)

    def open_in(self, first_day: date) -> pl.DataFrame:
        """Agencies that exist on a day, the busiest first where a limit is set."""
        until = pl.col("valid_to_date")
        there = self.offices.filter(
            (pl.col("valid_from_date") <= first_day) & (until.is_null() | (until > first_day))
        )
        if self.limit is None:
            return there
        return there.sort("load", "agency_code", descending=[True, False]).head(self.limit).sort("office")

    def draw(self, first_day: date, count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Draw agency and procedure of `count` dossiers: row numbers in `offices` and in `services`."""
        there = self.open_in(first_day)
        picked = _weighted(there["load"].to_numpy(), count, rng)
        office = there["office"].to_numpy().astype(np.int64)[picked]
        group = there["group"].to_numpy()[picked]
        chance = rng.random(count)
        service = np.zeros(count, dtype=np.int64)
        for name in sorted(set(group)):
            mine = group == name
            handled = self.services.filter(pl.col("group") == name)
            steps = np.cumsum(handled["weight"].to_numpy())
            position = np.searchsorted(steps / steps[-1], chance[mine], side="right")
            service[mine] = handled["service"].to_numpy()[np.minimum(position, len(steps) - 1)]
        return office, service

    def promised(self, service: Ints, channel: npt.NDArray[np.str_]) -> tuple[npt.NDArray[np.str_], Ints]:
        """Unit and days of each promise: the channel's own limit where it is one the calendar can hold."""
        picked = self.services.select("procedure_code", "limit_unit", "limit_days")[service.tolist()]
        if self.by_channel is None:
            return picked["limit_unit"].to_numpy(), picked["limit_days"].to_numpy()
        words = {"working_day": "working", "calendar_day": "calendar"}
        own = self.by_channel.select(
            "procedure_code",
            "channel_code",
            own_days="limit_count",
            own_unit=pl.col("limit_unit").replace_strict(words, default=None),
        )
        longest = pl.col("own_unit").replace_strict(parameters("world")["longest_limit"], default=0)
        found = picked.with_columns(channel_code=pl.Series(channel)).join(
            own, on=["procedure_code", "channel_code"], how="left", maintain_order="left"
        )
        held = (pl.col("own_days") > 0) & (pl.col("own_days") <= longest)
        kept = found.select(
            limit_unit=pl.when(held).then("own_unit").otherwise("limit_unit"),
            limit_days=pl.when(held).then("own_days").otherwise("limit_days"),
        )
        return kept["limit_unit"].to_numpy(), kept["limit_days"].to_numpy()


def _weighted(weight: Floats, count: int, rng: np.random.Generator) -> Ints:
    steps = np.cumsum(weight)
    position = np.searchsorted(steps / steps[-1], rng.random(count), side="right")
    return np.minimum(position, len(steps) - 1).astype(np.int64)
