"""What may be asked of the synthetic portal, and what it says it did.

Here: size, period, agencies, fault rates and exports of one generation, with their defaults.
Not here: how the province behaves (`world.yaml`), what a fault does (`faults.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.settings import PROJECT_ROOT

HERE = Path(__file__).resolve().parent
REFERENCE = PROJECT_ROOT / "data" / "sample" / "reference"
CATALOGUE_NAME = "danh-muc-tthc 2026-07-01.csv.gz"  # with the day it was read
CATALOGUE = PROJECT_ROOT / "data" / "sample" / "landing" / "procedures" / CATALOGUE_NAME
LIMITS_NAME = "cach-thuc-thuc-hien 2026-07-01.csv.gz"  # read on the same day
LIMITS = PROJECT_ROOT / "data" / "sample" / "landing" / "procedure_limits" / LIMITS_NAME
CALENDAR = PROJECT_ROOT / "dbt_project" / "seeds" / "calendar_exceptions.csv"
EXPORTS = (
    "nghean_tandan",
    "nghean_igate",
    "nghean_land",
    "ratings",
    "procedures",
    "procedure_limits",
    "agencies",
    "processing_log",
    "petitions",
    "payments",
    "digitisation_statistics",
    "national_sync",
    "kept_registers",
)
PORTALS = EXPORTS[:3]
ONE_STOP = "nghean_one_stop"  # the one portal of the layouts that are not `portals`
LAYOUTS = ("portals", "csv", "html", "xlsx", "json")
FEWEST_DOSSIERS = 100  # fewer leave most months of most portals empty
MOST_ON_A_SHEET = 1_000_000
_MONTH = re.compile(r"^(20\d\d)-(0[1-9]|1[0-2])$")


@cache
def parameters(name: str) -> dict[str, Any]:
    """Read one of the YAML files beside this module; the caller must not change what it gets."""
    content: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class GenerateOptions:
    """One generation of the synthetic province; equal options give equal bytes.

    Attributes:
        seed: start of every draw.
        dossiers: number of distinct dossiers over all portals, at least 100.
        first_month: first month of applications, `YYYY-MM`; None for `since`.
        last_month: last month, extracted on the first of the month after.
        agencies: at most so many agencies a portal at any time, the busiest first; all if None.
        fault_rates: share of rows for single faults, over the defaults in `faults.yaml`, of layouts other
            than `portals` in `faults_one_stop.yaml`.
        formats: which exports are written, a part of `EXPORTS`.
        reference: folder with the real lists of communes and districts.
        catalogue: the real procedure catalogue, which is also delivered unchanged.
        limits: the real limits by procedure and channel, also delivered unchanged.
        calendar: CSV with `date,kind` of the days that are off or worked against the week's rule.
        layout: `portals`, three portals with all their habits; else one portal of the whole province, made
            for volume, as `csv` (a file a month) or as one file: `html`, `xlsx`, `json`.
        night: rows of one more delivery, a day after the last; not for `portals`.
    """

    seed: int = 2026
    dossiers: int = 41_000
    first_month: str | None = None
    last_month: str = "2026-10"
    agencies: int | None = None
    fault_rates: Mapping[str, float] = field(default_factory=dict)
    formats: tuple[str, ...] = EXPORTS
    reference: Path = REFERENCE
    catalogue: Path = CATALOGUE
    limits: Path = LIMITS
    calendar: Path = CALENDAR
    layout: str = "portals"
    night: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be made.

        Raises:
            ValueError: a value is out of its range; the message says which and what would do.
        """
        self._check_layout()
        for name, month in (("first_month", self.since), ("last_month", self.last_month)):
            if not _MONTH.match(month):
                raise ValueError(f"{name}={month!r} is no month; write it like 2024-01")
        if self.since > self.last_month:
            raise ValueError(f"first_month {self.since} is after last_month {self.last_month}")
        if self.dossiers < FEWEST_DOSSIERS:
            raise ValueError(f"dossiers={self.dossiers} is too few; ask for {FEWEST_DOSSIERS} or more")
        if self.agencies is not None and self.agencies < 1:
            raise ValueError(f"agencies={self.agencies}; ask for at least 1 or leave it out for all")
        known = self._usual_rates
        if unknown := sorted(set(self.fault_rates) - set(known)):
            raise ValueError(f"unknown faults {unknown}; known are {sorted(known)}")
        if wrong := {name: rate for name, rate in self.fault_rates.items() if not 0 <= rate <= 1}:
            raise ValueError(f"a fault's rate is a share between 0 and 1, not {wrong}")
        if unknown := sorted(set(self.formats) - set(EXPORTS)):
            raise ValueError(f"unknown formats {unknown}; known are {list(EXPORTS)}")
        if self.layout == "portals" and not set(self.formats) & set(PORTALS):
            raise ValueError(f"name at least one portal of {list(PORTALS)} in formats")

    def _check_layout(self) -> None:
        if self.layout not in LAYOUTS:
            raise ValueError(f"unknown layout {self.layout!r}; known are {list(LAYOUTS)}")
        if self.layout == "xlsx" and self.dossiers > MOST_ON_A_SHEET:
            raise ValueError(f"a sheet holds no more than {MOST_ON_A_SHEET:,} dossiers; use the layout csv")
        if self.night < 0 or (self.night and self.layout == "portals"):
            raise ValueError(f"night={self.night}; ask for 1 or more rows, with a layout other than portals")

    @property
    def since(self) -> str:
        """The first month: as asked for, else as early as the layout is made for."""
        return self.first_month or ("2024-01" if self.layout == "portals" else "2020-01")

    @property
    def _usual_rates(self) -> Mapping[str, float]:
        """The faults the layout has, with their rates where none is asked for."""
        rates: Mapping[str, float] = parameters("faults" if self.layout == "portals" else "faults_one_stop")
        return rates

    @property
    def portals(self) -> tuple[str, ...]:
        """The dossier portals that are written."""
        return tuple(portal for portal in PORTALS if portal in self.formats)

    @property
    def months(self) -> tuple[tuple[int, int], ...]:
        """(year, month) from first to last."""
        (first_year, first), (last_year, last) = (
            tuple(map(int, month.split("-"))) for month in (self.since, self.last_month)
        )
        ordinals = range(first_year * 12 + first - 1, last_year * 12 + last)
        return tuple((ordinal // 12, ordinal % 12 + 1) for ordinal in ordinals)

    def rate(self, fault: str) -> float:
        """Share of rows that get `fault`."""
        return float(self.fault_rates.get(fault, self._usual_rates[fault]))


@dataclass(frozen=True)
class GenerateReport:
    """What one generation wrote.

    Attributes:
        files: files below `landing/`.
        dossiers: distinct dossiers a perfect pipeline knows afterwards.
        rows: records in the dossier files, repeats and faulty ones included.
        faults: number of rows for each injected fault.
        size_bytes: size of all files below `landing/`.
    """

    files: int
    dossiers: int
    rows: int
    faults: Mapping[str, int]
    size_bytes: int

    def __str__(self) -> str:
        """Two sentences and the faults, for a terminal."""
        struck = ", ".join(f"{name} {count}" for name, count in self.faults.items())
        size = f"{self.files} files, {self.size_bytes / 1e6:.1f} MB"
        return f"{size}: {self.dossiers:,} dossiers in {self.rows:,} rows.\nFaulty rows: {struck or 'none'}."
