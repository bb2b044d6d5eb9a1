"""Which files were delivered, and what each may be.

Here: files of landing and registers that people keep, by kind in the order of names; their relative names.
Not here: reading them (`ingest.py`), bytes that are known already (`digests.py`).
Explained in docs/architecture.md, "Delivered → accepted".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.contracts import Catalogue, Kind, Part, Source
from pipelines.text import nfc

IGNORED_SUFFIXES = (".part", ".tmp", ".crdownload", ".yaml", ".md")
# The sources a file may be of, and inside which list of its records their rows lie.
Reading = tuple[tuple[Source, ...], str | None]


@dataclass(frozen=True)
class Delivered:
    """The files of one installation.

    Attributes:
        catalogue: all kinds and sources.
        landing: delivered files, a folder for each kind.
        registers: the same for registers people keep; None where there are none.
    """

    catalogue: Catalogue
    landing: Path
    registers: Path | None = None

    def files(self, kinds: tuple[str, ...] | None = None) -> Iterator[tuple[str, Path]]:
        """Kind and path of every delivered file in the order of names; then of the registers people keep.

        A file that feeds several kinds is there once for each; each reads it for itself.
        """
        yield from self._files_of(self.landing, kinds)
        if self.registers is not None:
            yield from self._files_of(self.registers, kinds)

    def is_there_any(self) -> bool:
        """Whether anybody delivered a file; registers come with the product."""
        return any(True for _ in self._files_of(self.landing, None))

    def unknown_folders(self) -> list[str]:
        """Folders of landing (or "" for landing itself) that hold files but are no kind."""
        return sorted({kind for kind, _ in self.files() if kind not in self.catalogue.kinds})

    def relative(self, path: Path) -> str:
        """A delivered file's path below landing; of a register, below the data folder."""
        below = self.landing if path.is_relative_to(self.landing) else self.landing.parent
        return path.relative_to(below).as_posix()

    def path(self, relative: str) -> Path:
        """Where a file lies, or lay, by its relative path."""
        is_register = self.registers is not None and relative.startswith(f"{self.registers.name}/")
        return (self.landing.parent if is_register else self.landing) / relative

    def readings(self, kind: Kind, path: Path) -> list[Reading]:
        """As what a file of this kind may be read."""
        below = self.landing if path.is_relative_to(self.landing) else self.registers
        folder = path.relative_to(below).parts[0] if below else kind.kind
        if folder == kind.kind:
            return [(self.catalogue.sources_of(kind.kind), None)]
        return [((part,), part.records) for part in self._parts(folder, path) if part.kind == kind.kind]

    def _files_of(self, folder: Path, kinds: tuple[str, ...] | None) -> Iterator[tuple[str, Path]]:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            parts = path.relative_to(folder).parts
            kind = parts[0] if len(parts) > 1 else ""
            hidden = any(part.startswith((".", "~$")) for part in parts)
            if hidden or path.name.lower().endswith(IGNORED_SUFFIXES):
                continue
            if kinds is None or kind in kinds:
                yield kind, path
            fed = {part.kind for part in self._parts(kind, path)}
            yield from ((other, path) for other in sorted(fed) if kinds is None or other in kinds)

    def _parts(self, kind: str, path: Path) -> list[Part]:
        """The parts that a file of this kind has to judge by its name."""
        hosts = {s.source: s for s in self.catalogue.sources_of(kind) if s.feeds}
        parts = [part for host in hosts.values() for part in self.catalogue.parts_by_host(host.source)]
        name = nfc(path.name)
        return [p for p in parts if p.recognise.file_name and re.search(p.recognise.file_name, name)]
