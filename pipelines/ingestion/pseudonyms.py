"""Keyed pseudonyms: the same person gives the same word, and nobody without the key can go back.

Here: the key (`DUNGHEN_PSEUDONYM_KEY`, or a local file for the sample) and the HMAC.
Not here: which columns need it; the kind's contract says so.
Explained in docs/operator.md, "The pseudonym key". Identity numbers have 12 digits, so a hash
without a key would be reversed by trying them all (Law 91/2025/QH15 asks for more).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.errors import Refusal

KEY_VARIABLE = "DUNGHEN_PSEUDONYM_KEY"
KEY_FILE = "pseudonym.key"
KEY_BYTES = 32
BLOCK_BYTES = 64  # of SHA-256
MINIMUM_KEY_LENGTH = 16


class KeyProblem(Refusal):
    """The pseudonym key cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Pseudonymiser:
    """HMAC-SHA256 under one key."""

    key: bytes

    @property
    def key_id(self) -> str:
        """A short name for the key that tells nothing about it."""
        return hmac.digest(self.key, b"key id", "sha256").hex()[:12]

    def word(self, text: str, purpose: str) -> str:
        """Pseudonym of a text; `purpose` keeps a phone from equalling an identity number."""
        return hmac.digest(self.key, f"{purpose}\x1f{_canonical(text)}".encode(), "sha256").hex()

    def expr(self, text: pl.Expr, purpose: str) -> pl.Expr:
        """The same for a column."""

        def words(batch: pl.Series) -> pl.Series:
            given = _canonical_batch(batch).cast(pl.Binary).to_list()
            return pl.Series(self._words(given, purpose), dtype=pl.String)

        return text.map_batches(words, return_dtype=pl.String, is_elementwise=True)

    def _words(self, given: Sequence[bytes | None], purpose: str) -> list[str | None]:
        """HMAC of each, by its definition (RFC 2104): half the cost of a call of `hmac` for each."""
        block = self.key.ljust(BLOCK_BYTES, b"\0")
        outer = bytes(byte ^ 0x5C for byte in block)
        inner = bytes(byte ^ 0x36 for byte in block) + f"{purpose}\x1f".encode()
        sha256 = hashlib.sha256
        return [
            None if text is None else sha256(outer + sha256(inner + text).digest()).hexdigest()
            for text in given
        ]


def _canonical(text: str) -> str:
    """Letters and digits only; a Vietnamese phone number in its national form."""
    plain = re.sub(r"[^0-9a-z]", "", text.casefold())
    return "0" + plain[2:] if re.fullmatch(r"84[0-9]{9}", plain) else plain


def _canonical_batch(batch: pl.Series) -> pl.Series:
    """`_canonical` of a column: numbers written plainly stay as they are."""
    if batch.str.contains(r"[^\x00-\x7f]").any():  # folding of other letters is Python's own
        return pl.Series([None if text is None else _canonical(text) for text in batch], dtype=pl.String)
    if batch.str.contains("[^0-9a-z]").any():
        batch = batch.str.to_lowercase().str.replace_all("[^0-9a-z]", "")
    is_abroad = batch.str.starts_with("84")
    return batch.str.replace("^84([0-9]{9})$", "0$1") if is_abroad.any() else batch


def load_pseudonymiser(private: Path) -> Pseudonymiser:
    """The key from the environment, else from the installation's own key file, made if missing.

    Raises:
        KeyProblem: when the key is too short or damaged, or its file is readable by others.
    """
    if given := os.environ.get(KEY_VARIABLE):
        if len(given) < MINIMUM_KEY_LENGTH:
            raise KeyProblem(
                f"{KEY_VARIABLE} is shorter than {MINIMUM_KEY_LENGTH} characters → set a longer one"
            )
        return Pseudonymiser(hashlib.sha256(given.encode()).digest())
    path = private / KEY_FILE
    if not path.exists():
        _make_key(path)
    if path.stat().st_mode & 0o077:
        raise KeyProblem(f"{path} can be read by others → chmod 600 {path}")
    return Pseudonymiser(_key_of(path))


def _key_of(path: Path) -> bytes:
    """The key in a file; a cut or empty one is refused, or numbers would pass under a key anybody has."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyProblem(
            f"{path} holds no key of {KEY_BYTES} bytes → put the key back from where it is kept; "
            "or remove the file, and the next refresh makes a new key and reads every file again"
        )
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
