"""The delivered kinds as Dagster assets: one asset a kind, one blocking check each.

Here: what Dagster shows of ingestion; row counts, files, what was refused and why.
Not here: how a file is read (`ingest.py`).
Explained in docs/architecture.md, "Delivered → accepted".
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import polars as pl

from pipelines.contracts import Kind, load_catalogue
from pipelines.ingestion.ingest import Ingestion, Outcome
from pipelines.resources import OWNERS, WriterLock
from pipelines.settings import Settings

LEDGER_FOLDERS = {
    "ingestion_ledger": "_ledger",
    "quarantine": "_quarantine",
    "source_systems": "source_systems",
    "held_registers": "_registers",
}
MOST_REFUSALS_SHOWN = 20


def lake_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """An asset for each kind, and one for the ledger that all of them write."""
    catalogue = load_catalogue(settings.contracts)
    return [*(_kind_asset(settings, kind) for kind in catalogue.kinds.values()), _ledger_asset(settings)]


def _kind_asset(settings: Settings, kind: Kind) -> dg.AssetsDefinition:
    key = dg.AssetKey(["lake", kind.kind])

    @dg.asset(
        key=key,
        group_name="lake",
        kinds={"polars", "parquet"},
        owners=OWNERS,
        description=f"{kind.title}. {kind.description} Accepted rows, one Parquet file per delivered file.",
        check_specs=[
            dg.AssetCheckSpec(
                "reconciled",
                asset=key,
                blocking=True,
                description="For every file: rows read = accepted + quarantined + exact repeats. "
                "If not, a row was lost: stop, keep the file and report a defect.",
            )
        ],
    )
    def lake_kind(
        context: dg.AssetExecutionContext,
        writer: WriterLock,  # noqa: ARG001
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        outcomes = Ingestion.of(settings).run((kind.kind,), log=context.log.info)
        broken = [o.entry.relative_path for o in outcomes if not reconciles(o)]
        return dg.MaterializeResult(
            metadata=ingestion_metadata(outcomes),
            check_results=[
                dg.AssetCheckResult(
                    check_name="reconciled",
                    passed=not broken,
                    metadata={"files": len(outcomes), "broken": ", ".join(broken) or "none"},
                )
            ],
        )

    return lake_kind


def _ledger_asset(settings: Settings) -> dg.AssetsDefinition:
    kinds = [dg.AssetKey(["lake", kind]) for kind in load_catalogue(settings.contracts).kinds]

    @dg.multi_asset(
        name="lake_ledger",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(["lake", name]),
                deps=kinds,
                group_name="lake",
                kinds={"parquet"},
                owners=OWNERS,
                description=text,
            )
            for name, text in zip(
                LEDGER_FOLDERS,
                (
                    "What became of every delivered file.",
                    "Every refused row: its file, row number, column and reason; never its content.",
                    "The portals and registers the contracts name.",
                    "Which files of the registers people keep hold now.",
                ),
                strict=True,
            )
        ],
    )
    def lake_ledger(
        context: dg.AssetExecutionContext,
        writer: WriterLock,  # noqa: ARG001
    ) -> Iterator[dg.MaterializeResult[Any]]:
        one = Ingestion.of(settings)
        unread = one.run(tuple(one.delivered.unknown_folders()), log=context.log.warning)
        context.log.info(f"{len(unread)} files lie in folders that are no kind")
        for name, folder in LEDGER_FOLDERS.items():
            rows = pl.scan_parquet(settings.lake / folder / "*.parquet").select(pl.len()).collect().item()
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey(["lake", name]), metadata={"dagster/row_count": int(rows)}
            )

    return lake_ledger


def reconciles(outcome: Outcome) -> bool:
    """Invariant 1: nothing is lost and nothing is counted twice."""
    entry = outcome.entry
    return entry.rows_read == entry.rows_accepted + entry.rows_quarantined + entry.rows_repeated


def ingestion_metadata(outcomes: Sequence[Outcome]) -> dict[str, dg.MetadataValue]:
    """What the UI shows of a run of one kind."""
    entries = [o.entry for o in outcomes]
    accepted = sum(e.rows_accepted for e in entries)
    sources = Counter(e.source_id or e.reason_code or "" for e in entries)
    lines = ["| source | files | rows accepted | quarantined | repeated |", "|---|--:|--:|--:|--:|"]
    for source, files in sorted(sources.items()):
        own = [e for e in entries if (e.source_id or e.reason_code or "") == source]
        lines.append(
            f"| {source} | {files} | {sum(e.rows_accepted for e in own):,} | "
            f"{sum(e.rows_quarantined for e in own):,} | {sum(e.rows_repeated for e in own):,} |"
        )
    refused = [f"* `{e.relative_path}`: {e.reason_code}. {e.remedy}" for e in entries if e.status == "failed"]
    return {
        "dagster/row_count": dg.MetadataValue.int(accepted),
        "files": dg.MetadataValue.int(len(entries)),
        "new_files": dg.MetadataValue.int(sum(o.is_new for o in outcomes)),
        "rows_quarantined": dg.MetadataValue.int(sum(e.rows_quarantined for e in entries)),
        "by_source": dg.MetadataValue.md("\n".join(lines)),
        "refused_files": dg.MetadataValue.md("\n".join(refused[:MOST_REFUSALS_SHOWN]) or "none"),
    }
