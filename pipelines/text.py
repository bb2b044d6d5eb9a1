"""Vietnamese text made comparable: the same name typed two ways gives one key.

Here: NFC, comparison keys of words and of agency names, each as a function on `str` and as its twin
on polars expressions.
Not here: what a word means (code maps in `contracts/`), cleaning of what a cell keeps.
Explained in docs/data-team.md, "How names are compared".
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

# Everything that shows as blank, written out because Python and Rust disagree on `\s`
# (U+001C to U+001F) and neither counts the zero-width space and the byte order mark.
BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_BLANK_RUN = rf"[{BLANKS}]+"
_UNSEEN = re.compile("[\u200b\ufeff]")

# Eth and African D look like Đ and are typed for it by old fonts (seen in exports: U+00D0, U+0189).
_D_STROKE = {"ð": "đ", "ɖ": "đ"}
# The tone of oa, oe, uy stands on either vowel by house style (hòa, hoà); the first vowel is the key.
_NEW_STYLE = ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"]
_OLD_STYLE = ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"]
_REPLACED = _D_STROKE | dict(zip(_NEW_STYLE, _OLD_STYLE, strict=True))
_REPLACED_RE = re.compile("|".join(_REPLACED))
_COMMITTEE = r"^(?:ubnd|ủy ban nhân dân) "
_COMMITTEE_RE = re.compile(_COMMITTEE)


def nfc(text: str) -> str:
    """The text in Unicode's composed form, as every stored text is."""
    return unicodedata.normalize("NFC", text)


def is_composed(text: str) -> bool:
    """Whether `nfc` would leave the text as it is."""
    return unicodedata.is_normalized("NFC", text)


def squeeze(text: str) -> str:
    """The text with each run of blanks as one space and none at the ends."""
    if "\u200b" in text or "\ufeff" in text:
        text = _UNSEEN.sub(" ", text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """Key under which two spellings of a word compare equal; never shown, never stored as the word.

    Composed form, lower case, runs of blanks as one space with none at the ends, one letter đ,
    one placement of the tone in oa, oe, uy. The tone itself and every other mark stay: thu, thủ and
    thư are different words.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    lower = nfc(nfc(text).lower())
    return _REPLACED_RE.sub(lambda found: _REPLACED[found.group()], squeeze(lower))


def agency_key(text: str) -> str:
    """`fold` without a leading "UBND" or "Ủy ban nhân dân": the commune and its committee are one."""
    return _COMMITTEE_RE.sub("", fold(text))


def nfc_expr(text: pl.Expr) -> pl.Expr:
    """`nfc` of a column of strings; null stays null."""
    return text.str.normalize("NFC")


def fold_expr(text: pl.Expr) -> pl.Expr:
    """`fold` of a column of strings; null stays null."""
    lower = nfc_expr(nfc_expr(text).str.to_lowercase())
    spaced = lower.str.replace_all(_BLANK_RUN, " ").str.strip_chars(" ")
    return spaced.str.replace_many(_REPLACED)


def agency_key_expr(text: pl.Expr) -> pl.Expr:
    """`agency_key` of a column of strings; null stays null."""
    return fold_expr(text).str.replace(_COMMITTEE, "")
