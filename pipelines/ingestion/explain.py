"""What ingestion makes of a file, told before it is delivered; and a draft for a file nobody knows.

Here: `dunghen check-source`.
Not here: ingesting; nothing is written.
Explained in docs/data-team.md, "A new portal".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import yaml

from pipelines.contracts import Catalogue, Kind, Source
from pipelines.ingestion.ingest import Ingestion
from pipelines.ingestion.readers import TextTable, UnreadableFile, read_table
from pipelines.ingestion.recognise import (
    described_sheets,
    folded_headers,
    matching_source,
    nearest_source,
    stated_moment,
)
from pipelines.ingestion.typed import refusals
from pipelines.text import fold

# A header of an unknown file is guessed to feed a column when another source says so, or the label does.
DRAFT_FORMATS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Explanation:
    """What is known about one file.

    Attributes:
        mapped: canonical column → header that feeds it.
        dropped: headers no column is fed from; their content never passes.
        absent: canonical columns the source maps but the file has no header for.
        refused: reason code → rows.
        other_kind: kind of which a source fits, where none of the kind asked for does.
        draft: YAML to start a new source from, where none fits at all.
    """

    source: str | None
    system: str | None
    observed_at: datetime | None
    rows: int
    not_records: Mapping[str, int]
    mapped: Mapping[str, str]
    dropped: tuple[str, ...]
    absent: tuple[str, ...]
    refused: Mapping[str, int]
    nearest: str | None = None
    other_kind: str | None = None
    draft: str | None = None


def explain(ingestion: Ingestion, path: Path, kind_name: str) -> Explanation:
    """Read a file as ingestion would, and say what it found.

    Raises:
        UnreadableFile: when the file cannot be read at all; its remedy says what to do.
        KeyError: when there is no such kind.
    """
    catalogue = ingestion.catalogue
    kind = catalogue.kinds[kind_name]
    sources = catalogue.sources_of(kind_name)
    with TemporaryDirectory(prefix="dunghen-") as scratch:
        try:
            table = _read(catalogue, [kind], path, Path(scratch))
        except UnreadableFile:  # unless a source of another kind knows its titles
            table = _read(catalogue, list(catalogue.kinds.values()), path, Path(scratch))
            if not _other_kind(catalogue, path, table):
                raise
        source = matching_source(sources, table, path.name)
        if source is None:
            return _unknown(catalogue, kind, path, table)
        table = described_sheets(source, table)
        spelt = folded_headers(table.headers)
        typing = ingestion.typing(kind, source, table, path.name)
        typed = typing.apply(table.frame)
        counts = refusals(typed).group_by("reason_code").len().sort("reason_code").collect(engine="streaming")
        refused = dict(counts.iter_rows()) | _rejects(table)
        known = folded_headers(source.known_headers())
        return Explanation(
            source=source.source,
            system=source.system_code,
            observed_at=stated_moment(source, path, table.lead_text, catalogue.system_of(source).time_zone),
            rows=table.rows_read,
            not_records=table.not_records,
            mapped={c: h for c in source.columns for h in _fed_by(source, c, spelt)},
            dropped=tuple(h for f, h in spelt.items() if f not in known),
            absent=typing.missing_headers(),
            refused=refused,
        )


def _read(catalogue: Catalogue, kinds: Sequence[Kind], path: Path, scratch: Path) -> TextTable:
    """The table below the titles that sources of these kinds, or the kinds themselves, know."""
    sources = (s for kind in kinds for s in catalogue.sources_of(kind.kind))
    labels = {c.label for kind in kinds for c in kind.columns.values()}
    headers = sorted({h for s in sources for h in s.known_headers()} | labels)
    return read_table(path, known_headers=headers, work=scratch, selectors=headers)


def _other_kind(catalogue: Catalogue, path: Path, table: TextTable) -> str | None:
    fits = (name for name in catalogue.kinds if matching_source(catalogue.sources_of(name), table, path.name))
    return next(fits, None)


def _fed_by(source: Source, column: str, spelt: Mapping[str, str]) -> list[str]:
    return [spelt[fold(h)] for h in source.headers_of(column) if fold(h) in spelt][:1]


def _rejects(table: TextTable) -> dict[str, int]:
    codes = pl.Series([r.reason_code for r in table.rejects], dtype=pl.String)
    return dict(codes.value_counts().sort("").iter_rows()) if len(codes) else {}


def _unknown(catalogue: Catalogue, kind: Kind, path: Path, table: TextTable) -> Explanation:
    spelt = folded_headers(table.headers)
    nearest = nearest_source(catalogue.sources_of(kind.kind), table)
    other_kind = _other_kind(catalogue, path, table)
    guesses = _guesses(catalogue, kind)
    mapped: dict[str, str] = {}
    for folded, header in spelt.items():
        column = guesses.get(folded)
        if column and column not in mapped:
            mapped[column] = header
    return Explanation(
        source=None,
        system=None,
        observed_at=None,
        rows=table.rows_read,
        not_records=table.not_records,
        mapped=mapped,
        dropped=tuple(h for h in table.headers if h not in mapped.values()),
        absent=(),
        refused={},
        nearest=f"{nearest[0].source}, which also needs: {', '.join(nearest[1])}" if nearest else None,
        other_kind=other_kind,
        draft=None if other_kind else _draft(kind, path, table, mapped),
    )


def _guesses(catalogue: Catalogue, kind: Kind) -> dict[str, str]:
    """Folded header → canonical column, by what the kind and its known sources call it."""
    words = {fold(column.label): name for name, column in kind.columns.items()}
    words |= {fold(name): name for name in kind.columns}
    for source in catalogue.sources_of(kind.kind):
        words |= {fold(h): column for column in source.columns for h in source.headers_of(column)}
    return words


def _draft(kind: Kind, path: Path, table: TextTable, mapped: Mapping[str, str]) -> str:
    """A source YAML that only needs the marked places filled in."""
    unmapped = [h for h in table.headers if h not in mapped.values()]
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in path.name.split(".")[0].lower()).strip(
        "_"
    )
    draft = {
        "source": stem or "new_source",
        "kind": kind.kind,
        "title": "WHAT THIS EXPORT IS",
        "system": {"code": "new_portal", "name": "NAME OF THE PORTAL", "time_zone": "Asia/Ho_Chi_Minh"},
        "recognise": {"headers": list(mapped.values())[:4] or list(table.headers)[:4]},
        "observed_at": {"file_name": r"(\d{4}-\d{2}-\d{2})", "format": "%Y-%m-%d"},
        "columns": dict(mapped),
        "ignored": unmapped,
        "dates": list(DRAFT_FORMATS),
    }
    needed = [n for n, c in kind.columns.items() if c.required == "hard" and n not in mapped]
    note = f"# still to map: {', '.join(needed)}\n" if needed else ""
    return note + yaml.safe_dump(draft, allow_unicode=True, sort_keys=False, width=100)
