"""The shape of a kind and of a source, as pydantic models.

Here: fields, defaults and what can be said wrong about one file alone.
Not here: what two files must agree on (`loader.py`).
Explained in docs/data-team.md, "A new portal".
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

ColumnType = Literal["string", "int", "decimal", "boolean", "date", "timestamp"]
UNMAPPED = "unmapped"


class _Model(BaseModel):
    """Frozen, and strict about misspelt keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _compiles(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if groups != 1:
        raise ValueError(f"needs exactly one (group) around the moment, found {groups}")
    return pattern


def _is_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return pattern


Capture = Annotated[str, AfterValidator(_compiles)]
Pattern = Annotated[str, AfterValidator(_is_pattern)]


class Column(_Model):
    """One canonical column of a kind.

    Attributes:
        required: `hard`, a row without it is quarantined; `soft`, it is accepted and flagged.
        privacy: `drop` never passes ingestion, `pseudonym` passes as `<name>_key`, a keyed HMAC.
        vocabulary: the canonical words; what a code map does not know becomes `unmapped`.
        name_key: extra column with the folded name, for comparison.
        time_flag: extra boolean column, whether the cell carried a time of day.
        decimals: digits kept behind the mark of a `decimal`; a cell with more is no such number.
        is_closed: a word that no map knows refuses its row, where a person can correct it.
        pattern: what the whole text must look like, else its row is refused; it cannot look around.
        hint: how to write the cell, in Vietnamese, for the person who is told that it is wrong.
    """

    type: ColumnType
    label: str
    description: str
    required: Literal["no", "soft", "hard"] = "no"
    privacy: Literal["public", "pseudonym", "drop"] = "public"
    vocabulary: tuple[str, ...] = ()
    name_key: str | None = None
    time_flag: str | None = None
    decimals: int = Field(default=2, ge=0, le=9)
    minimum: int | None = None
    maximum: int | None = None
    is_closed: bool = False
    pattern: Pattern | None = None
    hint: str = ""


class Kind(_Model):
    """What the warehouse understands: one kind of row.

    Attributes:
        is_register: people keep it in files that they edit in place; what holds is what the files say now.
    """

    kind: str
    title: str
    description: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    is_register: bool = False

    def label_column(self, name: str) -> str | None:
        """Name of the column that keeps the delivered word beside a mapped one, if there is one."""
        if self.columns[name].vocabulary and name.endswith("_code"):
            return name.removesuffix("_code") + "_label"
        return None


class SourceSystem(_Model):
    """A portal or register, and which of the province's registers judge what it delivers.

    Attributes:
        time_zone: IANA name; its wall clock is what every `_at` column of this system shows.
        calendar: working calendar of its promises, if one is kept.
        agency_register: register its agencies are looked up in, if one is kept.
        procedure_catalogue: catalogue its procedures are looked up in, if one is kept.
        plausible_from: a date before it is a typing error and quarantines its row.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    time_zone: str
    calendar: str | None = None
    agency_register: str | None = None
    procedure_catalogue: str | None = None
    plausible_from: date = date(1900, 1, 1)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"'{name}' is no time zone; write one such as Asia/Ho_Chi_Minh") from error
        return name


class Recognise(_Model):
    """How a file is known to be of a source: these headers, and a name pattern where headers do not tell."""

    headers: tuple[str, ...] = Field(min_length=1)
    file_name: str | None = None


class ObservedAt(_Model):
    """Where the moment of extraction stands: exactly one of the first five.

    Attributes:
        file_name: pattern with one group on the file's name.
        lead: pattern with one group on the text above the table.
        latest_of: canonical columns; the latest of their values.
        latest_of_headers: delivered headers that carry moments; the latest of their values.
        file_changed: when the file was last saved; for registers, which say of themselves no moment.
        format: how the group of `file_name` or `lead` is written.
    """

    file_name: Capture | None = None
    lead: Capture | None = None
    latest_of: tuple[str, ...] = ()
    latest_of_headers: tuple[str, ...] = ()
    file_changed: bool = False
    format: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> ObservedAt:
        named = (self.file_name, self.lead, self.latest_of, self.latest_of_headers, self.file_changed)
        if sum(map(bool, named)) != 1:
            raise ValueError(
                "give exactly one of file_name, lead, latest_of, latest_of_headers, file_changed"
            )
        if (self.file_name or self.lead) and not self.format:
            raise ValueError("give the format of the captured moment, such as '%Y-%m-%d'")
        return self


class FromGroup(_Model):
    """The column's value stands in a group row above; 1 is the outermost."""

    group: int = Field(ge=1)


class FromLead(_Model):
    """The column's value is captured from the text above the table."""

    lead: Capture


class FromFileName(_Model):
    """The column's value is captured from the file's name."""

    file_name: Capture


class FromTicks(_Model):
    """The column's value is told by which of several headers is ticked."""

    ticked: dict[str, str] = Field(min_length=1)


Headers = str | tuple[str, ...]
Origin = Headers | FromGroup | FromLead | FromFileName | FromTicks
ABOVE = "/"


class Feed(_Model):
    """What a further kind takes from the files of a source.

    Attributes:
        records: path of a list inside each record; its elements are the rows, and a title that begins
            with `/` is a path from the record around them. None: a row is the record itself.
    """

    records: str | None = None
    columns: dict[str, Origin]
    constants: dict[str, str] = {}
    ignored: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    values: dict[str, str | dict[str, str | bool]] = {}


class Source(_Model):
    """How one portal exports one kind.

    Attributes:
        scope: `full`, an export lists everything the portal holds, so what it leaves out is no longer
            listed; `changes`, it lists a part, and silence says nothing; `partial`, moreover an empty cell
            says nothing, and what was said of the dossier before stands.
        sheets: of a workbook, title of each sheet that is read → constants of its rows. All of them must
            be there with the titles of `recognise`; other sheets are counted, not read. Empty: every
            sheet that holds the column titles is read.
        decimal_mark: what stands before the decimals of a `decimal`.
        thousands_mark: what may stand between the thousands of an `int`.
        feeds: further kinds that the same files feed.
    """

    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: str
    title: str
    system: SourceSystem | str
    recognise: Recognise
    observed_at: ObservedAt
    scope: Literal["full", "changes", "partial"] = "changes"
    columns: dict[str, Origin]
    constants: dict[str, str] = {}
    sheets: dict[str, dict[str, str]] = {}
    decimal_mark: Literal[".", ","] = "."
    thousands_mark: Literal[".", ","] = "."
    feeds: dict[str, Feed] = {}
    ignored: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    values: dict[str, str | dict[str, str | bool]] = {}

    @property
    def system_code(self) -> str:
        """Code of the system this source exports from."""
        return self.system if isinstance(self.system, str) else self.system.code

    def headers_of(self, column: str) -> tuple[str, ...]:
        """Delivered headers that may carry a canonical column, in order of preference."""
        origin = self.columns.get(column)
        if isinstance(origin, str):
            return (origin,)
        if isinstance(origin, tuple):
            return origin
        return tuple(origin.ticked) if isinstance(origin, FromTicks) else ()

    def known_headers(self) -> tuple[str, ...]:
        """Every delivered header this source has a word about."""
        mapped = [header for column in self.columns for header in self.headers_of(column)]
        moments = self.observed_at.latest_of_headers
        return tuple(dict.fromkeys([*mapped, *self.recognise.headers, *self.ignored, *moments]))

    def parts(self) -> tuple[Part, ...]:
        """Each feed as a source of its own kind, which reads the files that are delivered for this one."""
        return tuple(self._part(kind, feed) for kind, feed in self.feeds.items())

    def _part(self, kind: str, feed: Feed) -> Part:
        above = ABOVE if feed.records else ""
        asked = Recognise(
            headers=tuple(f"{above}{header}" for header in self.recognise.headers),
            file_name=self.recognise.file_name,
        )
        inherited = self.model_dump(
            include={"title", "observed_at", "scope", "decimal_mark", "thousands_mark"}
        )
        return Part(
            **inherited,
            **dict(feed),
            source=f"{self.source}_{kind}",
            kind=kind,
            system=self.system_code,
            recognise=asked,
            host=self.source,
        )


class Part(Source):
    """One feed of a source; never written as a YAML of its own.

    Attributes:
        host: the source whose files it reads.
        records: as in `Feed`.
    """

    host: str
    records: str | None = None
