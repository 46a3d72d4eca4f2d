"""Byte-pair encoding: what is merged, what comes back, the rows of a batch, and other people's files."""

import pytest

from course_lib.nn import BPE


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
