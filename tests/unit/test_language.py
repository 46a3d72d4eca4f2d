"""Captions, spans, questions and alt-text: each says what is in the picture and nothing else."""

import re
from collections import Counter, defaultdict

import pytest
import torch

from course_lib import world
from course_lib.world.language import COLOR_WORDS, PATTERN_WORDS
from course_lib.world.numbers import SPLITS

WORD_OF = {word: thing for thing, words in world.WORDS.items() for word in words}
NOUN = re.compile(r"\b(" + "|".join(sorted(map(re.escape, WORD_OF), key=len, reverse=True)) + r")\b")
COLOR = {word: color for color, words in COLOR_WORDS.items() for word in words}
PATTERN = {word: pattern for pattern, words in PATTERN_WORDS.items() for word in words}


@pytest.fixture(scope="module", params=world.MODES)
def batch(request) -> world.Batch:
    return world.draw(1500, size=8, mode=request.param, seed=11)


def without_places(text: str) -> str:
    from course_lib.world.backdrops import BACKDROPS

    for backdrop in BACKDROPS.values():
        for words in backdrop.words:
            text = re.sub(re.escape(words), "", text, flags=re.I)
    return text


def test_a_caption_names_what_is_there_and_nothing_else(batch):
    for i, caption in enumerate(batch.captions):
        named = [WORD_OF[word] for word in NOUN.findall(without_places(caption).lower())]
        there = set(batch.names(i))
        assert set(named) <= there, (caption, there)
        assert len(named) == len(set(named)), f"named twice: {caption}"


def test_spans_point_at_the_words(batch):
    for i, (caption, spans) in enumerate(zip(batch.captions, batch.spans, strict=True)):
        assert len(spans) == batch.things.shape[1]
        assert any(span is not None for span in spans)
        for k, span in enumerate(spans):
            if span is None:
                continue
            words = caption[slice(*span)].lower()
            noun = NOUN.findall(words)[-1]
            assert WORD_OF[noun] == world.THINGS[batch.things[i, k]] and words.endswith(noun)
            assert words.startswith(("a ", "an ")) and words.startswith("an ") == (words.split()[1][0] in "aeiou")
            for word in words[: -len(noun)].split():
                if word in COLOR:
                    assert COLOR[word] == world.COLORS[batch.colors[i, k]]
                elif word in PATTERN:
                    assert PATTERN[word] == world.PATTERNS[batch.patterns[i, k]]
                else:
                    assert word in ("a", "an")


def test_relations_in_captions_hold():
    batch = world.draw(3000, size=8, seed=12)
    seen = Counter()
    for i, (caption, spans) in enumerate(zip(batch.captions, batch.spans, strict=True)):
        match = re.search(r"to the left of|to the right of|above|below|in front of|behind", caption)
        if not match:
            continue
        before = max((s for s in spans if s and s[1] <= match.start()), key=lambda s: s[1])
        after = min((s for s in spans if s and s[0] >= match.end()), key=lambda s: s[0])
        a, b = spans.index(before), spans.index(after)
        (ax, ay), (bx, by) = batch.scene.centers[i, a].tolist(), batch.scene.centers[i, b].tolist()
        holds = {
            "to the left of": ax < bx - 0.2, "to the right of": ax > bx + 0.2, "above": ay < by - 0.2,
            "below": ay > by + 0.2, "in front of": a < b, "behind": a > b,
        }[match.group()]  # fmt: skip
        assert holds, caption
        seen[match.group()] += 1
    assert len(seen) == 6 and min(seen.values()) > 10


def test_there_are_many_forms_of_sentence(batch):
    forms = Counter()
    for caption, spans in zip(batch.captions, batch.spans, strict=True):
        form = without_places(caption)
        for start, end in sorted((s for s in spans if s), reverse=True):
            phrase = caption[start:end]
            form = re.sub(re.escape(phrase), "*", form, count=1, flags=re.I)
        forms[re.sub(r"(, \*)* and \*", "", form)] += 1
    assert len([form for form, count in forms.items() if count > 15]) >= 8, forms


def test_answers_are_right():
    batch = world.draw(1500, size=64, seed=13)
    kinds = Counter()
    for i, (questions, answers) in enumerate(zip(batch.questions, batch.answers, strict=True)):
        names = batch.names(i)
        x, y = batch.scene.centers[i].T.tolist()
        assert len(questions) == len(answers) >= 5
        for question, answer in zip(questions, answers, strict=True):
            relation = re.fullmatch(
                r"Is the (.+) (to the left of|to the right of|above|below|in front of|behind) the (.+)\?",
                question,
            )
            if relation:
                a, b = names.index(relation[1]), names.index(relation[3])
                truth = {
                    "to the left of": x[a] < x[b], "to the right of": x[a] > x[b], "above": y[a] < y[b],
                    "below": y[a] > y[b], "in front of": a < b, "behind": a > b,
                }[relation[2]]  # fmt: skip
                assert answer == ("yes" if truth else "no")
                kinds[relation[2]] += 1
            elif match := re.fullmatch(r"Is there an? (.+)\?", question):
                assert answer == ("yes" if match[1] in names else "no")
                kinds["is there"] += 1
            elif match := re.fullmatch(r"What color is the (.+)\?", question):
                assert answer == world.COLORS[batch.colors[i, names.index(match[1])]]
                kinds["color"] += 1
            elif match := re.fullmatch(r"What pattern does the (.+) have\?", question):
                assert answer == world.PATTERNS[batch.patterns[i, names.index(match[1])]]
                kinds["pattern"] += 1
            elif question == "How many things are there?":
                assert answer == str(len(names))
                kinds["how many"] += 1
            elif question == "Where is this?":
                assert answer == world.BACKDROPS[batch.backdrops[i]]
                kinds["where"] += 1
            else:
                assert question in ("What is in the picture?", "What is the nearest thing?")
                assert answer == names[0]
                kinds["what"] += 1
    assert len(kinds) == 12 and min(kinds.values()) > 50, kinds


def test_left_and_right_can_be_seen_in_the_boxes():
    batch = world.draw(1500, size=64, seed=14)
    right = total = 0
    for i, (questions, answers) in enumerate(zip(batch.questions, batch.answers, strict=True)):
        for question, answer in zip(questions, answers, strict=True):
            match = re.fullmatch(r"Is the (.+) to the (left|right) of the (.+)\?", question)
            if match:
                a, b = (batch.boxes[i, batch.names(i).index(name)] for name in (match[1], match[3]))
                left = bool(a[0] + a[2] < b[0] + b[2])
                right += (left == (match[2] == "left")) == (answer == "yes")
                total += 1
    assert right / total > 0.995, f"{right} of {total}"


@pytest.mark.parametrize("mode", world.MODES)
def test_a_blind_guesser_gets_no_more_than_chance(mode):
    """Learn on one half the commonest answer to each question, word for word or by its form; guess on the other."""
    seen: dict[str, Counter] = defaultdict(Counter)
    hits, chance, total = Counter(), Counter(), Counter()
    names = re.compile("|".join(map(re.escape, sorted(WORD_OF, key=len, reverse=True))))
    possible = {
        "What is in the picture?": 40, "What is the nearest thing?": 40, "What color is the *?": 9,
        "What pattern does the * have?": 4, "Where is this?": 8, "How many things are there?": 4,
    }  # fmt: skip
    for part, seed in enumerate((21, 22)):
        batch = world.draw(6000, size=8, mode=mode, seed=seed)
        for questions, answers in zip(batch.questions, batch.answers, strict=True):
            for question, answer in zip(questions, answers, strict=True):
                form = names.sub("*", question)
                for known in {question, form}:  # by its words, by its form
                    if part == 0:
                        seen[known][answer] += 1
                    else:
                        guesser = (form, "form" if known == form else "words")
                        guess = seen[known].most_common(1)
                        total[guesser] += 1
                        hits[guesser] += bool(guess) and guess[0][0] == answer
                        chance[guesser] += 1 / possible.get(form, 2)
    for guesser, count in total.items():
        share, expected = hits[guesser] / count, chance[guesser] / count
        spread = (expected * (1 - expected) / count) ** 0.5
        assert share < expected + 4 * spread, f"{guesser}: {share:.3f} against {expected:.3f}"


def test_alt_text_is_a_dial():
    clean = world.draw(1000, size=8, seed=15)
    half, noisy = (world.draw(1000, size=8, seed=15, alt_text=amount) for amount in (0.5, 1.0))
    spoilt = [sum(a != b for a, b in zip(clean.captions, other.captions, strict=True)) for other in (half, noisy)]
    assert 400 < spoilt[0] < 600 and spoilt[1] > 990
    for i, (caption, spans) in enumerate(zip(noisy.captions, noisy.spans, strict=True)):
        assert caption
        for k, span in enumerate(spans):
            if span is not None:
                named = NOUN.findall(caption[slice(*span)].lower())[-1]
                assert WORD_OF[named] == world.THINGS[noisy.things[i, k]]
    assert world.draw(999, size=8, seed=15, alt_text=1.0).captions == noisy.captions[:999], (
        "a scene always says the same"
    )
    named = [sum(span is not None for spans in b.spans for span in spans) for b in (clean, noisy)]
    assert named[1] < 0.6 * named[0], "web text names fewer of the things"


def test_the_split_rides_in_the_scene_number():
    for split in world.SPLITS:
        batch = world.draw(3, size=8, split=split)
        assert {SPLITS[number & 7] for number in batch.scene.numbers.tolist()} == {split}
        assert torch.equal(batch.scene.numbers, batch.scene.numbers.abs())
