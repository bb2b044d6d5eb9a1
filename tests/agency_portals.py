"""Two made-up portals and the real lists, as deliveries for tests of agencies through time.

Here: contracts and CSV files of a portal in Nghệ An and one anywhere else, the lists they are judged by.
Not here: expectations.
"""

from __future__ import annotations

import csv
import gzip
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.settings import PROJECT_ROOT

REFERENCE = PROJECT_ROOT / "data" / "sample" / "reference"
NATIONAL_TABLE = PROJECT_ROOT / "tests" / "data" / "bang-chuyen-doi-dvhc 2025-07-01.csv.gz"
REGISTER = next((PROJECT_ROOT / "data" / "sample" / "landing" / "agencies").glob("*.csv.gz"))
HEADERS = ("dossier", "agency code", "agency", "parent", "received")
PORTAL = """\
source: {system}
kind: dossiers
title: Cổng thử nghiệm
system:
  code: {system}
  name: Cổng thử nghiệm
  time_zone: Asia/Ho_Chi_Minh
  calendar: vn
  agency_register: {register}
recognise:
  headers: [dossier, agency code, agency, parent, received]
  file_name: '{system}'
observed_at:
  file_name: '(\\d{{4}}-\\d{{2}}-\\d{{2}})'
  format: '%Y-%m-%d'
columns:
  dossier_code: dossier
  agency_code: agency code
  agency_name: agency
  parent_agency_name: parent
  received_at: received
dates: ['%Y-%m-%d']
"""


@dataclass(frozen=True)
class Dossier:
    """What a portal says: who received it and when; the code of the dossier tells the test what it is for."""

    code: str
    received: str
    agency_code: str = ""
    agency: str = ""
    parent: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row under `HEADERS`."""
        return self.code, self.agency_code, self.agency, self.parent, self.received


def describe_portal(contracts: Path, system: str, register: str) -> None:
    """One YAML, as for any new portal."""
    sources = contracts / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    (sources / f"{system}.yaml").write_text(PORTAL.format(system=system, register=register), encoding="utf-8")


def deliver_dossiers(landing: Path, system: str, dossiers: Iterable[Dossier]) -> None:
    """One export of a portal."""
    folder = landing / "dossiers"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{system} 2026-11-01.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(dossier.cells for dossier in dossiers)


def deliver(landing: Path, kind: str, file: Path) -> None:
    """A file as it is, in the folder of its kind."""
    (landing / kind).mkdir(parents=True, exist_ok=True)
    shutil.copy(file, landing / kind / file.name)


def rows_of(file: Path) -> list[dict[str, str]]:
    """A gzipped CSV."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def reference(name: str) -> list[dict[str, str]]:
    """One of the lists of Nghệ An's communes."""
    return rows_of(REFERENCE / f"{name}.csv.gz")


def borne_again(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> set[str]:
    """Names that afterwards a code bears that did not bear them before; both as pairs of code and name."""
    codes_before: dict[str, set[str]] = {}
    for code, name in before:
        codes_before.setdefault(name, set()).add(code)
    return {name for code, name in after if name in codes_before and code not in codes_before[name]}
