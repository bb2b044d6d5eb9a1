"""Paths into JSON records, as contracts write them, and the text a value shows as.

Here: the parts of a path, what it leads to in a record.
Not here: reading documents (`documents.py`); what a value means (`ingestion/typed.py`).
Explained in docs/data-team.md, "Paths into JSON".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_STEP = re.compile(
    r"(?P<key>[^.\[\]]+)|\[#(?P<count>[^\[\]]*)\]|\[(?P<name>[^\[\]=]+)=(?P<value>[^\[\]]*)\]|\[(?P<index>-?\d+)\]"
)
ABSENT = object()
# Under this key an element of a list inside a record finds the record.
ABOVE = "/"


@dataclass(frozen=True)
class Count:
    """How many elements a list has: `[#]` all, `[#a=1|true&b]` those with one of two texts as a and any b."""

    wanted: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def parse(cls, text: str) -> Count:
        """Read what stands behind the `#`."""
        parts = [part.partition("=") for part in text.split("&") if part]
        return cls(tuple((key, tuple(values.split("|")) if values else ()) for key, _, values in parts))

    def of(self, elements: list[Any]) -> int:
        """How many of the elements are meant."""
        return sum(1 for element in elements if not self.wanted or self._means(element))

    def _means(self, element: Any) -> bool:
        if not isinstance(element, dict):
            return False
        texts = ((as_text(element.get(key)), values) for key, values in self.wanted)
        return all(text in values if values else bool(text) for text, values in texts)


Step = str | int | tuple[str, str] | Count


@dataclass(frozen=True)
class Selector:
    """A path into an object: keys, `[key=value]` for the first such element of a list, `[n]`, `[#…]`.

    Attributes:
        path: as the contract writes it, such as `procedure.translate[languageId=228].name`.
        steps: its parts in order.
    """

    path: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, path: str) -> Selector:
        """Split a path; one that is not of this form is the name of a top-level key."""
        if path.startswith(ABOVE):
            return cls(path, (ABOVE, *cls.parse(path.removeprefix(ABOVE)).steps))
        steps: list[Step] = []
        for part in re.split(r"\.(?![^\[]*\])", path):
            found = list(_STEP.finditer(part))
            if not found or "".join(m.group() for m in found) != part:
                return cls(path, (path,))
            steps += [_step(m) for m in found]
        return cls(path, tuple(steps))

    def value(self, record: Mapping[str, Any]) -> Any:
        """What the path leads to in this record, `ABSENT` where it leads nowhere."""
        if self.path in record:
            return record[self.path]
        here: Any = record
        for step in self.steps:
            here = _follow(here, step)
            if here is ABSENT:
                return ABSENT
        return here


def _step(found: re.Match[str]) -> Step:
    if found["key"] is not None:
        return found["key"]
    if found["count"] is not None:
        return Count.parse(found["count"])
    return int(found["index"]) if found["index"] is not None else (found["name"], found["value"])


def _follow(here: Any, step: Step) -> Any:
    if isinstance(step, str):
        return here.get(step, ABSENT) if isinstance(here, dict) else ABSENT
    elements = here if isinstance(here, list) else [here]
    if isinstance(step, Count):
        return ABSENT if here is None else step.of(elements)
    if isinstance(step, int):
        return elements[step] if -len(elements) <= step < len(elements) else ABSENT
    name, value = step
    return next((e for e in elements if isinstance(e, dict) and as_text(e.get(name)) == value), ABSENT)


def as_text(value: Any) -> str | None:
    """A value as the text a cell would show; a list of plain values joined by "; "."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, list) and not any(isinstance(e, dict | list) for e in value):
        return "; ".join(text for e in value if (text := as_text(e)) is not None)
    return json.dumps(value, ensure_ascii=False, default=str)
