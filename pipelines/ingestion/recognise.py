"""Which source a file belongs to, and when it was taken from its portal.

Here: matching headers, names and sheets against the contracts, the moment of extraction.
Not here: finding the header row (`readers/`).
Explained in docs/data-team.md, "A new portal".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.contracts import Source
from pipelines.ingestion.readers import TextTable, UnreadableFile, joined
from pipelines.text import fold, nfc


def folded_headers(headers: Sequence[str]) -> dict[str, str]:
    """Folded header → header as delivered; the first of two that fold alike wins."""
    spelt: dict[str, str] = {}
    for header in headers:
        spelt.setdefault(fold(header), header)
    return spelt


def matching_source(sources: Sequence[Source], table: TextTable, file_name: str) -> Source | None:
    """The source whose required headers are all there; of several, the one that asks for most.

    A source that describes sheets needs one of them to be there; a pattern for the name asks for more
    than none.
    """
    headers = folded_headers(table.headers)
    fitting = [
        s
        for s in sources
        if _missing(s, headers) == () and _name_fits(s, file_name) and _sheets_fit(s, table)
    ]
    return max(
        fitting,
        key=lambda s: (len(s.recognise.headers), s.recognise.file_name is not None, s.source),
        default=None,
    )


def _sheets_fit(source: Source, table: TextTable) -> bool:
    return not source.sheets or not _folded(source.sheets).isdisjoint(_folded(s.title for s in table.sheets))


def _folded(titles: Iterable[str]) -> set[str]:
    return {fold(title) for title in titles}


def described_sheets(source: Source, table: TextTable) -> TextTable:
    """The table without the sheets that the source does not describe; they stay counted.

    Raises:
        UnreadableFile: sheets_incomplete, when a sheet that it describes is not there, or lacks titles.
    """
    if not source.sheets:
        return table
    there = {fold(sheet.title): sheet for sheet in table.sheets}
    faults = []
    for title in source.sheets:
        sheet = there.get(fold(title))
        if sheet is None:
            faults.append(f"there is no sheet '{title}'")
            continue
        missing = _missing(source, folded_headers(sheet.table.headers if sheet.table else ()))
        if missing:
            faults.append(f"sheet '{title}' lacks the titles {', '.join(missing)}")
    if faults:
        raise UnreadableFile(
            "sheets_incomplete",
            f"as '{source.source}': {'; '.join(faults)}",
            "export again with these, or describe the changed workbook as a source of its own",
        )
    return joined(table.sheets, [there[fold(title)].title for title in source.sheets])


def nearest_source(sources: Sequence[Source], table: TextTable) -> tuple[Source, tuple[str, ...]] | None:
    """The source that lacks least of what it needs, and what that is: headers, or any of its sheets."""
    headers = folded_headers(table.headers)
    lacking = [
        (
            s,
            (
                *_missing(s, headers),
                *(() if _sheets_fit(s, table) else (f"a sheet {' or '.join(s.sheets)}",)),
            ),
        )
        for s in sources
    ]
    return min(lacking, key=lambda pair: (len(pair[1]), pair[0].source), default=None)


def _missing(source: Source, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Required headers that are absent; a synonym of the same column stands in for one."""
    synonyms = {
        fold(h): source.headers_of(column) for column in source.columns for h in source.headers_of(column)
    }
    return tuple(
        header
        for header in source.recognise.headers
        if not any(fold(s) in headers for s in (header, *synonyms.get(fold(header), ())))
    )


def _name_fits(source: Source, file_name: str) -> bool:
    pattern = source.recognise.file_name
    return pattern is None or re.search(pattern, nfc(file_name)) is not None


def stated_moment(source: Source, path: Path, lead_text: str, time_zone: str) -> datetime | None:
    """The moment of extraction as the file states it, not its rows; wall clock of its system."""
    where = source.observed_at
    if where.file_changed:
        saved = datetime.fromtimestamp(int(path.stat().st_mtime), ZoneInfo(time_zone))
        return saved.replace(tzinfo=None)
    if where.file_name:
        return _parsed(where.file_name, nfc(path.name), where.format)
    return _parsed(where.lead, lead_text, where.format) if where.lead else None


def _parsed(pattern: str, text: str, form: str | None) -> datetime | None:
    found = re.search(pattern, text)
    if not found or not form:
        return None
    try:
        return datetime.strptime(found.group(1), form)  # noqa: DTZ007 (wall clock by design)
    except ValueError:
        return None
