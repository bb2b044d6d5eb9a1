"""What a delivered file really is, by its bytes, and its content without .gz or .zip around it.

Here: signatures, unpacking into the work folder, text encodings.
Not here: reading the table (one module per format).
Explained in docs/data-team.md, "What a reader leaves out".
"""

from __future__ import annotations

import codecs
import errno
import gzip
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from pipelines.ingestion.readers.header import MIN_MATCHES
from pipelines.ingestion.readers.model import UnreadableFile
from pipelines.text import fold, nfc

GZIP = b"\x1f\x8b"
ZIP = b"PK"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAMPLE_BYTES = 1 << 20
COPY_BYTES = 1 << 20
MAX_WRAPPINGS = 3
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WORKBOOK_PARTS = ("[Content_Types].xml", "xl/", "_rels/", "mimetype", "content.xml", "docProps/")
# Letters and tone marks of Vietnamese as Windows-1258 has them, and the few signs found between them.
_VIETNAMESE = re.compile(
    r"[ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư\u0300\u0301\u0303\u0309\u0323\xa0–—“”‘’]"
)
_MIN_HIGH_BYTES = 20
_MIN_WIDE_BYTES = 16


def unwrap(path: Path, work: Path) -> Path:
    """The file without compression around it; itself when there is none.

    Raises:
        UnreadableFile: empty_file, truncated_archive, not_a_table.
    """
    for layer in range(MAX_WRAPPINGS):
        head = _head(path, 4096)
        if not head:
            raise UnreadableFile(
                "empty_file", "the file has no bytes", "export again and deliver the file once it is complete"
            )
        target = work / f"unwrapped-{layer}"
        if head.startswith(GZIP):
            _gunzip(path, target)
        elif head.startswith(ZIP) and not is_workbook(path):
            _unzip(path, target)
        else:
            return path
        path = target
    raise UnreadableFile(
        "not_a_table", "archives lie inside archives", "deliver the table itself or packed once"
    )


def is_workbook(path: Path) -> bool:
    """Whether the bytes are those of .xlsx, .xlsb, .ods or a real .xls, whole or cut."""
    head = _head(path, 4096)
    if head.startswith(OLE):
        return True
    if not head.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):  # zipfile's word for a form it cannot read
        names = [head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", "replace")]
    return any(name.startswith(_WORKBOOK_PARTS) for name in names)


def _gunzip(path: Path, target: Path) -> None:
    try:
        with gzip.open(path) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, COPY_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _truncated() from error


def _unzip(path: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
            if len(members) != 1:
                raise UnreadableFile(
                    "not_a_table", f"the archive holds {len(members)} files", "deliver one file per archive"
                )
            if members[0].flag_bits & 1:
                raise UnreadableFile(
                    "not_a_table", "the archive asks for a password", "deliver it without one"
                )
            with archive.open(members[0]) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, COPY_BYTES)
    except (
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        ValueError,
    ) as error:
        raise _truncated() from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # the archive's directory points outside the file
            raise _truncated() from error
        raise


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or Path(name).name in (".DS_Store", "Thumbs.db")


def _truncated() -> UnreadableFile:
    return UnreadableFile(
        "truncated_archive",
        "the archive is cut or damaged",
        "copy it again from where it was made; its end is missing",
    )


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def text_encoding(path: Path, known: Collection[str]) -> str:
    """Encoding of a text file: utf-8, utf-16-le, utf-16-be or cp1258; undecodable bytes may remain.

    Args:
        path: the text.
        known: folded column titles; finding them settles a doubtful case.

    Raises:
        UnreadableFile: unknown_encoding, when the bytes are no text in any of these.
    """
    head = _head(path, SAMPLE_BYTES)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if wide := _utf16_without_mark(head):
        return wide
    if sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27))) * 50 > len(head):
        raise _unknown_encoding("the bytes are no text")
    if head.count(0) * 50 > len(head):
        raise _unknown_encoding("the bytes are no text")
    decoded = head.decode("utf-8", "replace")
    bad = decoded.count("\ufffd") - head.count("\ufffd".encode())
    if bad <= 1 and (bad == 0 or len(head) == SAMPLE_BYTES):
        return "utf-8"  # the one bad place is where the sample ends
    good = sum(char > "\x7f" for char in decoded) - bad
    if good > bad:
        return "utf-8"
    if _is_vietnamese_1258(head, known):
        return "cp1258"
    if bad * 20 > len(head):
        raise _unknown_encoding("the letters are neither UTF-8, UTF-16 nor Windows-1258")
    return "utf-8"


def _utf16_without_mark(head: bytes) -> str | None:
    sample = head[: len(head) // 2 * 2]
    if len(sample) < _MIN_WIDE_BYTES:
        return None
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if high * 3 > half and low * 20 < half:
        return "utf-16-le"
    return "utf-16-be" if low * 3 > half and high * 20 < half else None


def _is_vietnamese_1258(head: bytes, known: Collection[str]) -> bool:
    text = head.decode("cp1258", "replace")
    high = [char for char in text if char > "\x7f"]
    likely = sum(_VIETNAMESE.match(char) is not None for char in high)
    top = fold(nfc(text[:20_000]))
    found = sum(1 for title in known if not title.isascii() and title in top)
    return likely * 20 >= len(high) * 19 and (found >= MIN_MATCHES or len(high) >= _MIN_HIGH_BYTES)


def _unknown_encoding(found: str) -> UnreadableFile:
    return UnreadableFile("unknown_encoding", found, "export again as UTF-8")


def decoded_chunks(path: Path, encoding: str) -> Iterator[str]:
    """The text in chunks; each byte sequence that is not of the encoding becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with path.open("rb") as file:
        while chunk := file.read(COPY_BYTES):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def as_utf8(path: Path, encoding: str, work: Path) -> Path:
    r"""The text as UTF-8 without byte order mark, lines ending in \\n; undecodable bytes are U+FFFD."""
    target = work / "decoded.txt"
    with target.open("w", encoding="utf-8", newline="") as sink:
        held = ""
        for chunk in decoded_chunks(path, encoding):
            text = held + chunk
            held = text[-1:] if text.endswith("\r") else ""
            body = text[: len(text) - len(held)]
            sink.write(
                body.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff" if sink.tell() == 0 else "")
            )
        if held:
            sink.write("\n")
    return target
