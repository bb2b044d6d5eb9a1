"""Where things lie on disk, and what a machine may set through its environment.

Here: paths and switches, read when `Settings.load` is called, never at import.
Not here: rules of the domain; those are data (contracts, seeds, rule files).
Explained in docs/operator.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The folders of one installation; every path is absolute.

    Attributes:
        root: the checkout, home of `dbt_project/` and `pipelines/`.
        data: everything that is delivered or made (`DUNGHEN_DATA`, default `<root>/data`).
        contracts: folders with kind and source YAML, the project's own first
            (`DUNGHEN_CONTRACTS` adds one).
    """

    root: Path
    data: Path
    contracts: tuple[Path, ...]

    @classmethod
    def load(cls) -> Settings:
        """Read the environment: `DUNGHEN_DATA` and `DUNGHEN_CONTRACTS`, both optional."""
        data = Path(os.environ.get("DUNGHEN_DATA", PROJECT_ROOT / "data")).resolve()
        contracts = [PROJECT_ROOT / "pipelines" / "contracts"]
        if extra := os.environ.get("DUNGHEN_CONTRACTS"):
            contracts.append(Path(extra).resolve())
        return cls(root=PROJECT_ROOT, data=data, contracts=tuple(contracts))

    @property
    def landing(self) -> Path:
        """Delivered files, one folder a kind; never altered."""
        return self.data / "landing"

    @property
    def registers(self) -> Path:
        """Registers that people keep, one folder a kind; edited in place."""
        return self.data / "registers"

    @property
    def lake(self) -> Path:
        """Accepted rows as Parquet, one file per delivered file."""
        return self.data / "lake"

    @property
    def warehouse(self) -> Path:
        """The writer's own DuckDB file; never published."""
        return self.data / "warehouse" / "warehouse.duckdb"

    @property
    def analytics(self) -> Path:
        """What is made for readers, in a DuckDB file beside the writer's; `published` gets a copy."""
        return self.warehouse.with_name("analytics.duckdb")

    @property
    def published(self) -> Path:
        """What is for readers; swapped whole."""
        return self.data / "published"

    @property
    def private(self) -> Path:
        """The pseudonym key; mode 0700."""
        return self.data / "private"

    @property
    def sample(self) -> Path:
        """The deliveries that ship with the project."""
        return self.data / "sample"

    @property
    def dagster(self) -> Path:
        """Dagster's run history, event log and compute logs."""
        return self.data / "dagster"

    @property
    def refresh_log(self) -> Path:
        """What the tools said during the last refresh from a terminal."""
        return self.dagster / "last_refresh.log"

    @property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return self.root / "dbt_project"

    @property
    def dbt_target(self) -> Path:
        """Compiled SQL and the manifest; one per data folder, so that two never mix."""
        return self.data / "warehouse" / "dbt"
