"""Byte-pair encoding: what is merged, what comes back, the rows of a batch, and other people's files."""

import gzip

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.nn import BPE

SMALL = BPE.learn(["a red cat's hat", "Ünïcode ﬁ straße &amp; 猫"], merges=60)


def test_bpe_merges_what_is_frequent_first():
    bpe = BPE.learn(["aa aa aa ab", "aa b"], merges=2)
    assert bpe.vocabulary[512:] == ["aa</w>", "ab</w>"]
    assert len(bpe) == 256 + 256 + 2 + 2 and bpe.start == 514 and bpe.end == 515


def test_bpe_knows_every_text_and_gives_it_back():
    bpe = BPE.learn(["a red cat"], merges=50)
    assert len(bpe.encode("a red cat")) == 3
    for text in ("a blue dog!", "猫 and ñandú", "🏳️‍🌈 1 2 3"):
        assert bpe.decode(bpe.encode(text)).replace(" ", "") == text.replace(" ", "")


def test_bpe_rows():
    bpe = BPE.learn(["a red cat"], merges=50)
    rows = bpe(["a red cat", "cat"], length=4)
    assert rows.shape == (2, 4) and rows[0, 0] == bpe.start
    assert rows[0].tolist()[-1] == bpe.end and rows[1].tolist()[-1] == 0
    assert bpe(["a red cat", "cat"], length=9, trim=True).shape == (2, 5)


def test_bpe_refuses_another_file(tmp_path):
    path = tmp_path / "merges.txt"
    path.write_text("#version: 0.2\na b\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected 48894 merges in .*merges.txt, got 1"):
        BPE.read(path)


def test_bpe_refuses_a_file_that_is_no_text(tmp_path):
    for name, data in (
        ("merges.txt.gz", b"no gzip"),
        ("cut.txt.gz", gzip.compress(b"a b")[:-9]),
        ("merges.txt", b"\xff"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"expected merges as text in .*{name}, got other bytes"):
            BPE.read(tmp_path / name)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.text(st.one_of(st.characters(codec=None), st.sampled_from(list("aé&;#x<>/İßﬁ Ã©â€™'s_|\ud800\u200d")))))
def test_every_text_has_ids_that_stand_for_parts_of_it(text):
    ids, (same, spans) = SMALL.encode(text), SMALL.encode_spans(text)
    assert ids == same and len(spans) == len(ids) and all(0 <= i < len(SMALL) for i in ids)
    assert all(span is None or 0 <= span[0] < span[1] <= len(text) for span in spans)
    assert isinstance(SMALL.decode(ids), str)
    row = SMALL(text, length=9)[0]
    assert row[0] == SMALL.start and (row == SMALL.end).any() and row.shape == (9,)


@pytest.mark.parametrize("text", [float("nan"), None, 3, b"a cat", ["a cat"]])
def test_what_is_no_text_gets_a_sentence(text):
    for call in (SMALL.encode, SMALL.encode_spans, lambda text: SMALL(["a cat", text]), lambda t: BPE.learn([t], 3)):
        with pytest.raises(ValueError, match="expected a text, got .*: leave out what has none"):
            call(text)


@pytest.mark.parametrize("texts", ["a cat", b"a cat", None, 3])
def test_what_is_no_list_of_texts_gets_a_sentence(texts):
    with pytest.raises(ValueError, match=r"expected several texts, got .*: put one text into a list, \[text\]"):
        BPE.learn(texts, 3)
    if texts != "a cat":  # one text is a batch of one
        with pytest.raises(ValueError, match="expected several texts"):
            SMALL(texts)


def test_no_texts_are_no_rows():
    for rows, shape in ((SMALL([], 9), (0, 9)), (SMALL([], 9, trim=True), (0, 2)), (SMALL([""], 9, trim=True), (1, 2))):
        assert rows.shape == shape and rows.dtype == torch.int64


@pytest.mark.parametrize("length", [-1, 0, 1, 2, 4.0, None, True])
def test_a_row_is_start_something_and_end(length):
    assert SMALL("a", length=np.int64(3)).shape == (1, 3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="expected a length for start, something and end, whole and from 3"):
        SMALL("a", length=length)


def test_what_cannot_be_learned_from_gets_a_sentence():
    for merges in (-1, 2.0, None):
        with pytest.raises(ValueError, match="a number of merges, whole and from 0"):
            BPE.learn(["a cat"], merges)  # pyright: ignore[reportArgumentType]
    for nothing in ([], [""], iter(())):
        assert len(BPE.learn(nothing, 0)) == 514
        with pytest.raises(ValueError, match="at least one word to learn merges from, got none"):
            BPE.learn(nothing, 3)
    for merges in (["a"], [("a", "b", "c")], [("a", 1)], [3]):
        with pytest.raises(ValueError, match="expected merges of two pieces each, got"):
            BPE(merges)  # pyright: ignore[reportArgumentType]
    assert BPE([["a", "b</w>"]]).pieces("ab") == BPE([("a", "b</w>")]).pieces("ab") == ["ab</w>"]  # as JSON has them  # pyright: ignore[reportArgumentType]


def test_ids_that_are_none_get_a_sentence():
    ids = SMALL("a cat", 9)
    assert SMALL.decode(ids[0]) == SMALL.decode(ids[0].tolist()) == "a cat"  # pyright: ignore[reportArgumentType]
    for wrong in ([-1], [len(SMALL)], [0.5], ["a"], ids):
        with pytest.raises(ValueError, match="expected the ids of one text, from 0 to"):
            SMALL.decode(wrong)  # pyright: ignore[reportArgumentType]
