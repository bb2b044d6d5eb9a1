"""The same word typed two ways is one key; different words are different keys."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text import agency_key, agency_key_expr, fold, fold_expr, nfc, nfc_expr

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵĐÐðƉÀÒ"
ASSIGNED = st.characters(exclude_categories=["Cs", "Cn"])
ANY_TEXT = st.text(ASSIGNED, max_size=20)
NAME = st.lists(
    st.one_of(
        st.text(VIETNAMESE, max_size=6),
        st.sampled_from(["UBND ", "ubnd", "Ủy ban nhân dân", "Uỷ  ban nhân dân ", "xã", "HOÀ", "quý"]),
        st.text(" \t\n\xa0\u200b\ufeff\x1c", max_size=2),
    ),
    max_size=6,
).map("".join)
DECOMPOSED = NAME.map(lambda text: unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ðơn vị", "Đơn vị"),
        ("ÐƠN  VỊ\n", "đơn vị"),
        ("Hoà Bình", "Hòa Bình"),
        ("Uỷ ban", "Ủy ban"),
        ("khoẻ", "khỏe"),
        (unicodedata.normalize("NFD", "Trễ hẹn"), "trễ hẹn"),
        ("\ufeffMã hồ sơ\xa0", "Mã hồ sơ"),
    ],
)
def test_spellings_of_one_word_have_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_words_that_differ_in_a_mark_keep_different_keys() -> None:
    assert len({fold(word) for word in ("thu", "thủ", "thư", "thứ", "thự")}) == 5


@pytest.mark.parametrize("prefix", ["UBND", "ủy ban nhân dân", "Uỷ ban  nhân dân", "UỶ BAN NHÂN DÂN"])
def test_a_commune_and_its_committee_have_one_key(prefix: str) -> None:
    assert agency_key(f"{prefix} xã Hoà Sơn") == agency_key("Xã Hòa Sơn")


def test_a_committee_without_a_place_keeps_its_name() -> None:
    assert agency_key("UBND") == "ubnd"


@settings(max_examples=300)
@given(st.lists(st.one_of(NAME, DECOMPOSED, ANY_TEXT, st.none()), max_size=8))
def test_expressions_give_what_the_functions_give(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    text = pl.col("text")
    keys = frame.select(nfc=nfc_expr(text), fold=fold_expr(text), agency=agency_key_expr(text))
    for column, function in (("nfc", nfc), ("fold", fold), ("agency", agency_key)):
        assert keys[column].to_list() == [None if t is None else function(t) for t in texts]


@given(st.one_of(NAME, DECOMPOSED, ANY_TEXT))
def test_a_key_is_its_own_key(text: str) -> None:
    assert fold(fold(text)) == fold(text)
