"""Which characters a token stands for, and which thing a token of a caption names."""

import pytest
import torch

from course_lib import world
from course_lib.nn import BPE
from course_lib.nn.bpe import words


@pytest.fixture(scope="module")
def bpe() -> BPE:
    batch = world.draw(150, size=8, seed=61)
    return BPE.learn([*batch.captions, "café naïve"], merges=250)


def pieces(bpe: BPE, text: str) -> list[tuple[str, str | None]]:
    """Each token as the tokenizer spells it, and the characters it stands for."""
    ids, spans = bpe.encode_spans(text)
    assert ids == bpe.encode(text) and len(ids) == len(spans)
    spelled = [bpe.vocabulary[i].replace("</w>", "") if i < bpe.start else "" for i in ids]
    return [(word, span and text[slice(*span)]) for word, span in zip(spelled, spans, strict=True)]


@pytest.mark.parametrize("alt_text", [0.0, 1.0])
def test_tokens_of_captions_stand_for_their_own_letters(bpe, alt_text):
    for caption in world.draw(200, size=8, seed=62, alt_text=alt_text).captions:
        for spelled, stood_for in pieces(bpe, caption):
            assert stood_for is not None and stood_for.lower() == spelled


@pytest.mark.parametrize(
    "text",
    ["a  red   cat", "  A Red\tCAT\n", "it's a cat's 12 hats!!", "", "   ", "a", "<start_of_text> a cat <end_of_text>"],
)
def test_white_space_and_capitals_move_nothing(bpe, text):
    found = pieces(bpe, text)
    assert [(stood_for or "").lower() for spelled, stood_for in found if spelled] == [
        spelled for spelled, _ in found if spelled
    ]
    assert "".join(stood_for or "" for _, stood_for in found).lower() == "".join(words(text))


def test_a_letter_of_several_bytes_is_given_whole(bpe):
    text = "a 🐱 café ÉTÉ 猫"
    spans = bpe.encode_spans(text)[1]
    assert None not in spans
    covered = {i for start, end in spans for i in range(start, end)}
    assert covered == {i for i, letter in enumerate(text) if letter != " "}
    cat = [span for span in spans if span == (2, 3)]
    assert len(cat) == len("🐱".encode())  # one token for each byte, nothing merged


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a cat &amp; a dog", ["a", "cat", "&amp;", "a", "dog"]),
        ("a cat &lt;3 a dog", ["a", "cat", "&lt;", "3", "a", "dog"]),
        ("the cat\u2019s hat", ["the", "cat", "\u2019", "s", "hat"]),
        ("un cafe\u0301 noir", ["un", "cafe\u0301", "noir"]),
        ("a caf\u00c3\u00a9 here", ["a", "caf\u00c3\u00a9", "here"]),
    ],
)
def test_where_mending_moved_letters_the_rest_is_still_found(bpe, text, kept):
    ids, spans = bpe.encode_spans(text)
    assert ids == bpe.encode(text) and len(ids) == len(spans)
    covered = {i for span in spans if span for i in range(*span)}
    at = 0
    for word in kept:
        at = text.index(word, at)
        assert any(i in covered for i in range(at, at + len(word))), word
        at += len(word)
    tail = text.split()[-1]
    assert text[slice(*spans[-1])].endswith(tail[-1]) and spans[-1][1] == len(text)
    assert all(span is None or 0 <= span[0] < span[1] <= len(text) for span in spans)


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("alt_text", [0.0, 0.8])
def test_tokens_know_their_things(bpe, twins, alt_text):
    scene = world.draw(150, size=8, seed=63).scene
    scene = world.interventions.twins(scene) if twins else scene
    batch = world.draw_scene(scene, 8, alt_text=alt_text)
    ids, slots = bpe(batch.captions, length=60), batch.token_slots(bpe, 60)
    assert slots.shape == ids.shape and slots.dtype == torch.int64
    assert (slots[(ids == bpe.start) | (ids == bpe.end) | (ids == 0)] == -1).all()
    for i, spans in enumerate(batch.spans):
        for slot, span in enumerate(spans):
            said = bpe.decode(ids[i][slots[i] == slot].tolist())
            assert said == ("" if span is None else " ".join(words(batch.captions[i][slice(*span)])))


def test_a_short_row_keeps_the_first_tokens(bpe):
    batch = world.draw(40, size=8, seed=64)
    whole, short = batch.token_slots(bpe, 70), batch.token_slots(bpe, 8)
    fits = bpe(batch.captions, length=8) == bpe(batch.captions, length=70)[:, :8]
    assert torch.equal(short[fits], whole[:, :8][fits]) and (short[:, -1] == -1).all()
    assert (batch.token_slots(bpe, 2) == -1).all()
    with pytest.raises(ValueError, match="length of at least 2"):
        batch.token_slots(bpe, 1)
