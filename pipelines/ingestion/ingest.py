"""One delivered file becomes accepted rows, quarantined rows and a ledger entry; then the next.

Here: the order of the steps, the counts that must add up, what happens when a step fails.
Not here: which files there are (`delivered.py`), reading (`readers/`), typing (`typed.py`), the lake.
Explained in docs/architecture.md, "Delivered → accepted".
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines.contracts import Catalogue, Kind, Source, load_catalogue, load_reasons
from pipelines.errors import Refusal
from pipelines.ingestion.delivered import Delivered
from pipelines.ingestion.digests import Digests
from pipelines.ingestion.lake import QUARANTINE_SCHEMA, Held, Lake, LedgerEntry
from pipelines.ingestion.outcome import Split, provenance_of, quarantine_rows, settle, split
from pipelines.ingestion.pseudonyms import Pseudonymiser, load_pseudonymiser
from pipelines.ingestion.readers import TextTable, UnreadableFile, read_table
from pipelines.ingestion.recognise import (
    described_sheets,
    folded_headers,
    matching_source,
    nearest_source,
    stated_moment,
)
from pipelines.ingestion.typed import Typing
from pipelines.settings import Settings
from pipelines.text import nfc

# Raised when the same bytes and contracts would give other rows than before; part of each fingerprint.
INGESTION_VERSION = 2
LEAST_FREE_BYTES = 64 * 1024


class LandingMissing(Refusal):
    """There is no landing folder; the message says what to do."""


class CountsDoNotReconcile(Exception):
    """A row was lost or counted twice: a defect of the product, never of the file."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file in one run.

    Attributes:
        is_new: it was read in this run; otherwise its bytes were known already.
        is_recorded: the ledger holds the entry (it cannot on a full disk).
    """

    entry: LedgerEntry
    is_new: bool
    is_recorded: bool = True


@dataclass(frozen=True)
class Ingestion:
    """Everything needed to ingest: contracts, deliveries, lake, pseudonym key."""

    catalogue: Catalogue
    delivered: Delivered
    lake: Lake
    pseudonymiser: Pseudonymiser
    _fingerprints: dict[tuple[int, str], str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Settings) -> Ingestion:
        """The ingestion of one installation.

        Raises:
            ContractError: when the contracts are not valid.
            KeyProblem: when the pseudonym key cannot be used.
        """
        catalogue = load_catalogue(settings.contracts)
        return cls(
            catalogue=catalogue,
            delivered=Delivered(catalogue, settings.landing, settings.registers),
            lake=Lake(settings.lake),
            pseudonymiser=load_pseudonymiser(settings.private),
        )

    def run(
        self, kinds: tuple[str, ...] | None = None, log: Callable[[str], None] = lambda _: None
    ) -> list[Outcome]:
        """Ingest every delivered file of the given kinds (default: all) that is not known yet.

        One file's failure never stops the others; it is an entry with a reason and a remedy.

        Raises:
            LandingMissing: when the landing folder is not there.
        """
        landing = self.delivered.landing
        if not landing.is_dir():
            raise LandingMissing(f"{landing} is not there → create it, or run `dunghen deliver-sample`")
        self.lake.prepare(self.catalogue)
        known = self.lake.entries()
        digests = Digests(self.lake.root, landing)
        outcomes = []
        held = []
        for kind, path in self.delivered.files(kinds):
            outcome = self._outcome(kind, path, known, digests)
            outcomes.append(outcome)
            held += self._held(kind, path, outcome.entry, known)
            if outcome.is_new:
                log(_sentence(outcome.entry))
        digests.save()
        self.lake.hold(self._registers_of(kinds), held)
        self._forget_withdrawn(known, outcomes, kinds)
        return outcomes

    def pending(self) -> list[Path]:
        """Delivered files that the next run would read: new ones, and those whose contract changed.

        Also registers that are there as they once were, or no longer there.
        """
        landing = self.delivered.landing
        if not landing.is_dir():
            return []
        self.lake.prepare(self.catalogue)
        known = self.lake.entries()
        digests = Digests(self.lake.root, landing)
        found, held = [], []
        for kind, path in self.delivered.files():
            entry = self._known(kind, path, known, digests)
            if entry is None:
                found.append(path)
            else:
                held += self._held(kind, path, entry, known)
        digests.save()
        changed = {h.relative_path for h in set(held) ^ set(self.lake.held())}
        pending = {self.delivered.relative(path) for path in found}
        return found + [self.delivered.path(name) for name in sorted(changed - pending)]

    def _known(
        self, kind: str, path: Path, known: Mapping[tuple[str, str], LedgerEntry], digests: Digests
    ) -> LedgerEntry | None:
        try:
            entry = known.get((kind, digests.of(path)))
        except OSError:
            return None
        return entry if entry is not None and self._is_current(entry) else None

    def _registers_of(self, kinds: tuple[str, ...] | None) -> tuple[str, ...]:
        registers = [kind.kind for kind in self.catalogue.kinds.values() if kind.is_register]
        return tuple(kind for kind in registers if kinds is None or kind in kinds)

    def _held(
        self, kind: str, path: Path, entry: LedgerEntry, known: Mapping[tuple[str, str], LedgerEntry]
    ) -> list[Held]:
        """What holds of a register's file: its content, or its last sound one while that is refused."""
        contract = self.catalogue.kinds.get(kind)
        if contract is None or not contract.is_register:
            return []
        name = self.delivered.relative(path)
        if entry.status == "accepted":
            return [Held(kind, entry.file_sha256, name)]
        sound = [e for e in known.values() if (e.kind, e.relative_path, e.status) == (kind, name, "accepted")]
        return [Held(kind, e.file_sha256, name) for e in sorted(sound, key=lambda e: e.ingested_at)[-1:]]

    def _outcome(
        self, kind: str, path: Path, known: Mapping[tuple[str, str], LedgerEntry], digests: Digests
    ) -> Outcome:
        relative = self.delivered.relative(path)
        try:
            sha256 = digests.of(path)
        except OSError:
            blank = self._blank(kind, path, hashlib.sha256(f"path:{relative}".encode()).hexdigest())
            return self._refused(blank, "no_permission")
        entry = known.get((kind, sha256))
        if entry and self._is_current(entry):
            return Outcome(entry, is_new=False)
        blank = self._blank(kind, path, sha256)
        if kind not in self.catalogue.kinds:
            return self._refused(blank, "unknown_kind")
        work = self.lake.work_path(kind, sha256)
        try:
            work.mkdir(parents=True, exist_ok=True)
            return self._ingest(blank, path, work)
        except UnreadableFile as error:
            reason_code, message = error.reason_code, str(error)
        except (OSError, pl.exceptions.PolarsError) as error:
            reason_code, message = _io_reason(error, self.lake), ""
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return self._refused(blank, reason_code, message)

    def _ingest(self, blank: LedgerEntry, path: Path, work: Path) -> Outcome:
        kind = self.catalogue.kinds[blank.kind]
        for sources, inside in self.delivered.readings(kind, path):
            headers = sorted({h for s in sources for h in s.known_headers()})
            table = read_table(path, known_headers=headers, work=work, selectors=headers, inside=inside)
            source = matching_source(sources, table, path.name)
            if source is not None:
                break
        else:
            return self._refused(blank, "unknown_source", _nearest(sources, table))
        table = described_sheets(source, table)
        typing = self.typing(kind, source, table, path.name)
        stated = stated_moment(source, path, table.lead_text, self.catalogue.system_of(source).time_zone)
        entry = replace(
            blank,
            source_id=source.source,
            source_system=source.system_code,
            observed_at=stated,
            status="accepted",
            contract_fingerprint=self.fingerprint(source),
            export_scope=source.scope,
        )
        found = split(kind, typing.apply(table.frame), provenance_of(entry), work)
        if stated or found.moment:
            return self._settle(replace(entry, observed_at=stated or found.moment), typing, table, found)
        return self._refused(blank, "no_observed_at" if table.rows_read else "no_rows")

    def _settle(self, entry: LedgerEntry, typing: Typing, table: TextTable, found: Split) -> Outcome:
        quarantine = quarantine_rows(entry, found.refused, table)
        rows, repeated = settle(typing.kind, found, provenance_of(entry))
        accepted = int(pl.scan_parquet(rows).select(pl.len()).collect().item())
        known = folded_headers(typing.source.known_headers())
        unknown = [h for f, h in folded_headers(table.headers).items() if f not in known]
        entry = replace(
            entry,
            rows_read=table.rows_read,
            rows_accepted=accepted,
            rows_quarantined=quarantine["row_number"].n_unique(),
            rows_repeated=repeated,
            rows_not_records=sum(table.not_records.values()),
            not_records_detail=json.dumps(dict(table.not_records), sort_keys=True),
            unknown_columns=json.dumps([h[:60] for h in unknown], ensure_ascii=False),
            missing_columns=json.dumps(typing.missing_headers()),
            unread_sheets=json.dumps([title[:60] for title in table.unread_sheets], ensure_ascii=False),
        )
        if entry.rows_read != entry.rows_accepted + entry.rows_quarantined + entry.rows_repeated:
            raise CountsDoNotReconcile(
                f"{entry.relative_path}: read {entry.rows_read}, accepted {entry.rows_accepted}, "
                f"quarantined {entry.rows_quarantined}, repeated {entry.rows_repeated}"
            )
        self.lake.commit(entry, rows, quarantine)
        return Outcome(entry, is_new=True)

    def typing(self, kind: Kind, source: Source, table: TextTable, file_name: str) -> Typing:
        """How this file's text becomes typed columns of its kind."""
        groups = {h: h for h in table.frame.collect_schema().names() if h.startswith("group:")}
        words = {c: w for (s, c), w in self.catalogue.words.items() if s == source.source}
        return Typing(
            kind=kind,
            source=source,
            system=self.catalogue.system_of(source),
            headers=folded_headers(table.headers) | groups,
            lead_text=table.lead_text,
            file_name=nfc(file_name),
            words=words,
            pseudonymiser=self.pseudonymiser,
        )

    def _refused(self, blank: LedgerEntry, reason_code: str, message: str = "") -> Outcome:
        remedy = load_reasons()[reason_code].remedy
        if message:  # a reader's own sentence ends with a remedy that fits better
            remedy = message if "→" in message else f"{message} → {remedy}"
        entry = replace(blank, reason_code=reason_code, remedy=remedy)
        try:
            self.lake.commit(entry, None, pl.DataFrame(schema=dict(QUARANTINE_SCHEMA)))
        except (OSError, pl.exceptions.PolarsError):
            return Outcome(entry, is_new=True, is_recorded=False)
        return Outcome(entry, is_new=True)

    def _forget_withdrawn(
        self,
        known: Mapping[tuple[str, str], LedgerEntry],
        outcomes: list[Outcome],
        kinds: tuple[str, ...] | None,
    ) -> None:
        present = {(o.entry.kind, o.entry.file_sha256) for o in outcomes}
        for identity, entry in known.items():
            in_scope = kinds is None or entry.kind in kinds
            if in_scope and entry.status == "failed" and identity not in present:
                self.lake.forget(entry)

    def _blank(self, kind: str, path: Path, sha256: str) -> LedgerEntry:
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        return LedgerEntry(
            file_sha256=sha256,
            kind=kind,
            source_id=None,
            source_system=None,
            file_name=path.name,
            relative_path=self.delivered.relative(path),
            size_bytes=size,
            observed_at=None,
            status="failed",
            reason_code=None,
            remedy=None,
            rows_read=0,
            rows_accepted=0,
            rows_quarantined=0,
            rows_repeated=0,
            rows_not_records=0,
            not_records_detail="{}",
            unknown_columns="[]",
            missing_columns="[]",
            contract_fingerprint=self._all_fingerprint(kind),
            key_id=self.pseudonymiser.key_id,
            ingested_at=datetime.now(UTC).replace(tzinfo=None),
        )

    def _is_current(self, entry: LedgerEntry) -> bool:
        """Whether reading the file again would give what the lake already holds."""
        if entry.reason_code and load_reasons()[entry.reason_code].passes_by_itself:
            return False
        source = self.catalogue.sources.get(entry.source_id or "")
        if entry.status == "failed" or source is None:
            return entry.contract_fingerprint == self._all_fingerprint(entry.kind)
        same_contract = entry.contract_fingerprint == self.fingerprint(source)
        return (
            same_contract
            and entry.key_id == self.pseudonymiser.key_id
            and self.lake.rows_path(entry.kind, entry.file_sha256).exists()
        )

    def fingerprint(self, source: Source) -> str:
        """Changes when the same bytes of this source would be read differently."""
        key = (INGESTION_VERSION, source.source)
        if key not in self._fingerprints:
            self._fingerprints[key] = self._fingerprint(source)
        return self._fingerprints[key]

    def _fingerprint(self, source: Source) -> str:
        kind = self.catalogue.kinds[source.kind]
        words = {c: dict(w) for (s, c), w in self.catalogue.words.items() if s == source.source}
        parts = [
            INGESTION_VERSION,
            kind.model_dump(mode="json"),
            source.model_dump(mode="json"),
            self.catalogue.system_of(source).model_dump(mode="json"),
            words,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    def _all_fingerprint(self, kind: str) -> str:
        """Changes when a file refused so far might be read now."""
        sources = (*self.catalogue.sources_of(kind), *self.catalogue.parts_of(kind))
        each = [self.fingerprint(source) for source in sources]
        return hashlib.sha256(json.dumps(each).encode()).hexdigest()[:16]


def _io_reason(error: Exception, lake: Lake) -> str:
    if isinstance(error, PermissionError):
        return "no_permission"
    # A writer inside polars may say only that its transport broke.
    is_full = getattr(error, "errno", None) == errno.ENOSPC or lake.free_bytes() < LEAST_FREE_BYTES
    return "no_space" if is_full or "No space left" in str(error) else "unreadable_file"


def _nearest(sources: tuple[Source, ...], table: TextTable) -> str:
    nearest = nearest_source(sources, table)
    if nearest is None:
        return "no source of this kind is described"
    source, missing = nearest
    return f"nearest is '{source.source}', which also needs: {', '.join(missing)}" if missing else ""


def _sentence(entry: LedgerEntry) -> str:
    if entry.status == "failed":
        return f"{entry.relative_path}: {entry.reason_code}; {entry.remedy}"
    return (
        f"{entry.relative_path}: {entry.source_id}, {entry.rows_read} rows read, {entry.rows_accepted} "
        f"accepted, {entry.rows_quarantined} quarantined, {entry.rows_repeated} repeated"
    )
