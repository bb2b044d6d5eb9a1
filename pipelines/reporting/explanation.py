"""What `dunghen check-source` prints.

Here: layout. Not here: findings (`pipelines.ingestion.explain`).
Explained in docs/data-team.md, "A new portal".
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.ingestion.explain import Explanation


def print_explanation(file: Path, found: Explanation, console: Console | None = None) -> None:
    """Print what was recognised, what was not, and the draft of a source YAML where none fits."""
    console = console or Console(highlight=False)
    apart = ", ".join(f"{count} {what}" for what, count in found.not_records.items() if count) or "none"
    console.print(f"[bold]{escape(file.name)}[/]: {found.rows:,} records; rows that are no records: {apart}")
    if found.source:
        console.print(f"recognised as [bold]{found.source}[/] of {found.system}")
        moment = found.observed_at or "the latest moment in the file, or none (see observed_at of the source)"
        console.print(f"extracted at: {moment}")
    elif found.other_kind:
        kind = found.other_kind
        console.print(f"[yellow]a file of the kind {kind}[/] → check-source --kind {kind}", soft_wrap=True)
        return
    else:
        console.print(f"[yellow]no source fits[/]; nearest is {escape(found.nearest or 'none')}")
    for column, header in found.mapped.items():
        console.print(f"  {column:<24} ← {escape(header)}")
    if found.dropped:
        console.print(f"dropped, never stored: {escape(', '.join(found.dropped))}")
    if found.absent:
        console.print(f"[yellow]the source expects but the file lacks[/]: {', '.join(found.absent)}")
    for reason, rows in found.refused.items():
        console.print(f"[red]would be quarantined[/]: {rows:,} × {reason}")
    if found.draft:
        console.print(
            "\nDraft; fill in what is in capitals and save it under pipelines/contracts/sources/:\n"
        )
        console.print(found.draft, markup=False, soft_wrap=True)
