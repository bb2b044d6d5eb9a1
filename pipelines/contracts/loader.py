"""Reads the contract folders and says, with file and line, what is wrong in them.

Here: loading, and what files must agree on among themselves.
Not here: the shape of a single file (`models.py`).
Explained in docs/data-team.md, "A new portal".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipelines.contracts.models import Column, FromTicks, Kind, Part, Source, SourceSystem
from pipelines.errors import Refusal
from pipelines.text import fold

M = TypeVar("M", bound=BaseModel)
CODE_MAPS = "code_maps.yaml"
# The parser in C, where PyYAML has it: reading a hundred contracts takes a tenth of the time.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a contract file, and what to do about it."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} → {self.remedy}"


class ContractError(Refusal):
    """The contracts cannot be used; `problems` names every reason with file, line and remedy."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True)
class Catalogue:
    """All kinds, sources and source systems an installation knows.

    Attributes:
        sources: by name; the parts of a source that feeds several kinds among them.
        words: for each source and column, delivered word (folded) → canonical word or boolean.
    """

    kinds: Mapping[str, Kind]
    sources: Mapping[str, Source]
    systems: Mapping[str, SourceSystem]
    words: Mapping[tuple[str, str], Mapping[str, str | bool]]

    def sources_of(self, kind: str) -> tuple[Source, ...]:
        """The sources that deliver a kind in files of its own, by name."""
        own = (s for _, s in sorted(self.sources.items()) if s.kind == kind)
        return tuple(s for s in own if not isinstance(s, Part))

    def parts_of(self, kind: str) -> tuple[Part, ...]:
        """The parts of other kinds' sources that feed a kind, by name."""
        parts = (s for _, s in sorted(self.sources.items()) if isinstance(s, Part))
        return tuple(p for p in parts if p.kind == kind)

    def parts_by_host(self, source: str) -> tuple[Part, ...]:
        """The parts that read the files of a source, by name."""
        parts = (s for _, s in sorted(self.sources.items()) if isinstance(s, Part))
        return tuple(p for p in parts if p.host == source)

    def system_of(self, source: Source) -> SourceSystem:
        """The system a source exports from."""
        return self.systems[source.system_code]


@dataclass(frozen=True)
class _Document:
    """A parsed YAML file that still knows on which line each key stands."""

    file: str
    node: yaml.Node | None
    data: Any
    first_line: int = 1

    def within(self, path: Sequence[str]) -> _Document:
        """The part of the document below a path that exists."""
        node: yaml.Node | None = self.node
        for step in path:
            found = _child(node, step)
            node = found[1] if found else None
        return _Document(self.file, node, self.data, self.line(path))

    def line(self, path: Iterable[str | int]) -> int:
        """Line of the deepest part of a path that exists, counted from 1."""
        node, line = self.node, self.first_line
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def problem(self, path: Iterable[str | int], message: str, remedy: str) -> Problem:
        return Problem(self.file, self.line(path), message, remedy)


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


@dataclass
class _Reading:
    """What has been read so far, and what was wrong with it."""

    problems: list[Problem] = field(default_factory=list)
    kinds: dict[str, Kind] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    documents: dict[str, _Document] = field(default_factory=dict)
    code_maps: dict[str, dict[str, str]] = field(default_factory=dict)
    systems: dict[str, SourceSystem] = field(default_factory=dict)


def load_catalogue(folders: Sequence[Path]) -> Catalogue:
    """Load every contract below the given folders (`kinds/`, `sources/`, `code_maps.yaml`).

    Raises:
        ContractError: with one `Problem` for each thing wrong, each naming file, line and remedy.
    """
    reading = _Reading()
    for folder in folders:
        if not folder.is_dir():
            reading.problems.append(
                Problem(str(folder), 1, "there is no such folder", "create it or correct DUNGHEN_CONTRACTS")
            )
            continue
        _read_code_maps(folder, reading)
        for document in _documents(sorted((folder / "kinds").glob("*.yaml")), reading):
            _add(reading, reading.kinds, document, Kind, "kind")
        for document in _documents(sorted((folder / "sources").glob("*.yaml")), reading):
            _add(reading, reading.sources, document, Source, "source")
    words = _cross_check(reading)
    if reading.problems:
        raise ContractError(reading.problems)
    return Catalogue(reading.kinds, reading.sources, reading.systems, words)


def _documents(paths: Iterable[Path], reading: _Reading) -> Iterator[_Document]:
    for path in paths:
        try:
            node, data = _parsed(path.read_text(encoding="utf-8"))
            yield _Document(str(path), node, data)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            reading.problems.append(
                Problem(
                    str(path), line, f"is no valid YAML: {error.problem}", "correct the indentation or quotes"
                )
            )
        except (OSError, UnicodeDecodeError) as error:
            reading.problems.append(
                Problem(
                    str(path), 1, f"cannot be read: {type(error).__name__}", "save it as UTF-8 text, readable"
                )
            )


def _parsed(text: str) -> tuple[yaml.Node | None, Any]:
    """A document's nodes, which know their lines, and what they say."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _read_code_maps(folder: Path, reading: _Reading) -> None:
    path = folder / CODE_MAPS
    for document in _documents([path] if path.exists() else [], reading):
        for name, words in (document.data or {}).items():
            if name in reading.code_maps:
                reading.problems.append(
                    document.problem([name], f"code map '{name}' is defined twice", "give it another name")
                )
            reading.code_maps[name] = {str(k): str(v) for k, v in words.items()}


def _add(reading: _Reading, into: dict[str, M], document: _Document, model: type[M], name: str) -> None:
    if not isinstance(document.data, dict):
        reading.problems.append(
            document.problem([], "is empty or no mapping", "start it with kind: or source:")
        )
        return
    try:
        item = model.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors():
            location = [step for step in detail["loc"] if not str(step).startswith(("function-", "From"))]
            where = ".".join(map(str, location)) or name
            message, remedy = _explain(detail["type"], detail["msg"])
            problem = document.problem(location, f"{where}: {message}", remedy)
            if problem not in reading.problems:
                reading.problems.append(problem)
        return
    identity = getattr(item, name)
    if identity in into:
        reading.problems.append(
            document.problem([name], f"{name} '{identity}' is defined twice", "give it another name")
        )
        return
    into[identity] = item
    reading.documents[f"{name}:{identity}"] = document
    if isinstance(item, Source):
        _add_parts(reading, item, document)


def _add_parts(reading: _Reading, source: Source, document: _Document) -> None:
    if source.feeds and source.recognise.file_name is None:
        reading.problems.append(
            document.problem(
                ["recognise"],
                "a source with `feeds` is found by the names of its files",
                "add file_name: a pattern that only its files fit",
            )
        )
    for part in source.parts():
        where = document.within(["feeds", part.kind])
        if part.kind == source.kind:
            reading.problems.append(
                where.problem(
                    [], f"'{part.kind}' is the source's own kind", "map its columns under `columns`"
                )
            )
        reading.sources[part.source] = part
        reading.documents[f"source:{part.source}"] = where


def _explain(kind: str, message: str) -> tuple[str, str]:
    if kind == "extra_forbidden":
        return "is no word this contract knows", "correct the spelling or remove it"
    if kind == "missing":
        return "is missing", "add it"
    return message.removeprefix("Value error, "), "correct the value"


def _cross_check(reading: _Reading) -> dict[tuple[str, str], dict[str, str | bool]]:
    words: dict[tuple[str, str], dict[str, str | bool]] = {}
    for source in reading.sources.values():
        document = reading.documents[f"source:{source.source}"]
        _check_system(reading, source, document)
        kind = reading.kinds.get(source.kind)
        if kind is None:
            known = ", ".join(sorted(reading.kinds))
            reading.problems.append(
                document.problem(["kind"], f"there is no kind '{source.kind}'", f"use one of {known}")
            )
            continue
        reading.problems.extend(_check_columns(kind, source, document))
        for column in source.values:
            if column in kind.columns:
                words[source.source, column] = _words(reading, kind.columns[column], source, column, document)
    for source in reading.sources.values():
        if source.system_code not in reading.systems:
            document = reading.documents[f"source:{source.source}"]
            reading.problems.append(
                document.problem(
                    ["system"],
                    f"no source describes the system '{source.system_code}'",
                    "write code, name and time_zone of the system here",
                )
            )
    return words


def _check_system(reading: _Reading, source: Source, document: _Document) -> None:
    if isinstance(source.system, str):
        return
    known = reading.systems.setdefault(source.system.code, source.system)
    if known != source.system:
        reading.problems.append(
            document.problem(
                ["system"],
                f"system '{known.code}' is described differently by another source",
                f"write only `system: {known.code}` here",
            )
        )


def _check_columns(kind: Kind, source: Source, document: _Document) -> Iterator[Problem]:
    yield from _check_names(kind, source, document)
    yield from _check_constants(kind, source, document)
    told_by_every_sheet = set.intersection(*map(set, source.sheets.values())) if source.sheets else set()
    given = {*source.columns, *source.constants, *told_by_every_sheet}
    for name, column in kind.columns.items():
        if column.required == "hard" and name not in given:
            yield document.problem(["columns"], f"'{name}' must be mapped", f"add `{name}: <header>`")
    seen: dict[str, str] = {}
    for column_name, origin in source.columns.items():
        # a tick only asks whether a cell is filled; the cell may say more to another column
        for header in () if isinstance(origin, FromTicks) else source.headers_of(column_name):
            other = seen.setdefault(fold(header), column_name)
            if other != column_name:
                yield document.problem(
                    ["columns", column_name],
                    f"header '{header}' already feeds '{other}'",
                    "map a header to one column only",
                )
    needs_dates = [
        c for c in source.columns if c in kind.columns and kind.columns[c].type in ("date", "timestamp")
    ]
    if needs_dates and not source.dates:
        yield document.problem(
            ["columns", needs_dates[0]],
            "columns with dates but no `dates`",
            "add dates: ['%d/%m/%Y %H:%M:%S']",
        )
    for column_name in source.observed_at.latest_of:
        if column_name not in source.columns:
            yield document.problem(
                ["observed_at", "latest_of"], f"'{column_name}' is not mapped", "name a mapped column"
            )


def _check_names(kind: Kind, source: Source, document: _Document) -> Iterator[Problem]:
    places: list[tuple[list[str], Iterable[str]]] = [
        *(([place], getattr(source, place)) for place in ("columns", "constants", "values")),
        *((["sheets", title], constants) for title, constants in source.sheets.items()),
    ]
    known = ", ".join(kind.columns)
    for place, names in places:
        for name in names:
            if name not in kind.columns:
                yield document.problem(
                    [*place, name], f"kind '{kind.kind}' has no column '{name}'", f"use one of {known}"
                )


def _check_constants(kind: Kind, source: Source, document: _Document) -> Iterator[Problem]:
    """A constant is no cell of a portal: one that is no word of its column is a slip of the pen."""
    places: list[tuple[list[str], Mapping[str, str]]] = [(["constants"], source.constants)]
    places += [(["sheets", title], constants) for title, constants in source.sheets.items()]
    for place, constants in places:
        for name, word in constants.items():
            column = kind.columns.get(name)
            if column and column.vocabulary and name not in source.values and word not in column.vocabulary:
                yield document.problem(
                    [*place, name],
                    f"'{word}' is no word of '{name}'",
                    f"use one of {', '.join(column.vocabulary)}",
                )
        for name in constants:
            if place[0] == "sheets" and (name in source.columns or name in source.constants):
                yield document.problem(
                    [*place, name],
                    f"'{name}' is given for all sheets already",
                    "give it either for all sheets or for each",
                )


def _words(
    reading: _Reading, column: Column, source: Source, name: str, document: _Document
) -> dict[str, str | bool]:
    given = source.values[name]
    if isinstance(given, str):
        if given not in reading.code_maps:
            known = ", ".join(sorted(reading.code_maps))
            reading.problems.append(
                document.problem(["values", name], f"there is no code map '{given}'", f"use one of {known}")
            )
        given = dict(reading.code_maps.get(given, {}))
    for word, canonical in given.items():
        allowed: tuple[Any, ...] = (True, False) if column.type == "boolean" else column.vocabulary
        if canonical not in allowed:
            reading.problems.append(
                document.problem(
                    ["values", name, word],
                    f"'{canonical}' is no word of '{name}'",
                    f"use one of {', '.join(map(str, allowed)) or 'the words of a column with a vocabulary'}",
                )
            )
    return {fold(word): canonical for word, canonical in given.items()}
