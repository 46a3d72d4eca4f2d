"""Captions, spans, questions and alt-text: each says what is in the picture and nothing else."""

import re
from collections import Counter, defaultdict

import pytest

from course_lib import world

from .reading import COLOR, NOUN, PATTERN, WORD_OF, is_true, look_of, question_holds, slots_like, without_places


@pytest.fixture(scope="module", params=world.MODES)
def batch(request) -> world.Batch:
    return world.draw(1500, size=8, mode=request.param, seed=11)


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
    batch = world.draw(1500, size=8, seed=13)
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


@pytest.mark.slow
def test_left_and_right_can_be_seen_in_the_boxes():
    batch = world.draw(1500, size=48, seed=14)
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


@pytest.mark.slow
@pytest.mark.parametrize("mode", world.MODES)
def test_a_blind_guesser_gets_no_more_than_chance(mode):
    """Learn on one half the commonest answer to each question, word for word or by its form; guess on the other."""
    seen: dict[str, Counter] = defaultdict(Counter)
    hits, total = Counter(), Counter()
    chance: dict[tuple[str, str], float] = defaultdict(float)
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


def test_captions_are_true_and_a_second_reader_finds_the_false_ones(batch):
    some = batch[:300]
    elsewhere = [some.captions[i - 1] for i in range(len(some))]
    assert all(is_true(some, i, caption) for i, caption in enumerate(some.captions))
    assert sum(is_true(some, i, caption) for i, caption in enumerate(elsewhere)) < 15


@pytest.fixture(scope="module")
def twins() -> world.Batch:
    scene = world.draw(800, size=8, seed=31).scene
    return world.draw_scene(world.interventions.twins(scene), size=8)


def test_captions_of_twins_are_true_and_name_their_colors(twins):
    assert all(is_true(twins, i, caption) for i, caption in enumerate(twins.captions))
    both = 0
    for i, (caption, spans) in enumerate(zip(twins.captions, twins.spans, strict=True)):
        names = twins.names(i)
        told = [k for k, span in enumerate(spans) if span and names.count(names[k]) == 2]
        for k in told:
            look = look_of(caption[slice(*spans[k])])
            assert look[1] is not None and slots_like(twins, i, look) == [k], caption
        both += len(told) == 2
    assert both > 0.7 * len(twins)


def test_questions_about_twins_have_one_answer_and_it_is_right(twins):
    forms = Counter()
    for i, (questions, answers) in enumerate(zip(twins.questions, twins.answers, strict=True)):
        for question, answer in zip(questions, answers, strict=True):
            form, truth = question_holds(twins, i, question)
            assert answer == truth, (question, answer, truth, twins.captions[i])
            forms[form, answer if form in ("how many of a kind", "relation", "is there") else ""] += 1
    for form in ("how many of a kind", "relation", "is there", "color", "pattern"):
        assert sum(count for (name, _), count in forms.items() if name == form) > 100, forms
    counts = [forms["how many of a kind", answer] for answer in "012"]
    assert min(counts) > 100, counts


def test_ordinary_scenes_are_not_asked_how_many_there_are_of_a_kind(batch):
    asked = {question for questions in batch.questions for question in questions if question.startswith("How many")}
    assert asked <= {"How many things are there?"}
    for i, (questions, answers) in enumerate(zip(batch[:300].questions, batch.answers, strict=False)):
        for question, answer in zip(questions, answers, strict=True):
            assert question_holds(batch, i, question)[1] == answer


def test_of_two_things_that_agree_in_kind_and_color_nothing_doubtful_is_asked():
    scene = world.interventions.twins(world.draw(200, size=8, seed=33).scene)
    for slot in range(1, 4):
        alike = scene.things[:, slot] == scene.things[:, 0]
        scene.colors[alike, slot] = scene.colors[alike, 0]
    batch = world.draw_scene(scene, size=8)
    for i, (questions, answers) in enumerate(zip(batch.questions, batch.answers, strict=True)):
        for question, answer in zip(questions, answers, strict=True):
            assert question_holds(batch, i, question)[1] == answer  # raises where two things fit the words
