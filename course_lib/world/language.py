"""What can be said of a scene: captions with the place of every phrase, questions with answers, alt-text from the web.

All of it follows from the scene alone, never from pixels, and a scene always says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from .backdrops import BACKDROPS
from .catalogue import COLORS, HELD_OUT_THINGS, PATTERNS, THINGS, TRAINED_THINGS, WORDS
from .numbers import SPLITS, uniform
from .scene import Scene

T = TypeVar("T")
Span = tuple[int, int]
Piece = tuple[str, int | None]
"""A piece of a sentence, and the slot of the thing that it names, if it names one."""

PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "striped": ("striped", "stripy"),
    "dotted": ("dotted", "spotted"),
    "checked": ("checked", "checkered"),
}
COLOR_WORDS: dict[str, tuple[str, ...]] = {color: (color,) for color in COLORS} | {"gray": ("gray", "grey")}

APART = 0.25
"""How far apart, in picture units, the middles of two things must be for one to be left of, or above, the other."""
NEAR = 0.75
"""One thing is called in front of another when their middles are closer than this share of their sizes' sum."""


class _Chance:
    """A scene's own random choices, one after the other."""

    def __init__(self, numbers: list[float]) -> None:
        self._numbers = iter(numbers)

    def below(self, share: float) -> bool:
        return next(self._numbers) < share

    def between(self, low: int, high: int) -> int:
        return low + int(next(self._numbers) * (high - low))

    def choose(self, options: Sequence[T]) -> T:
        return options[int(next(self._numbers) * len(options))]


@dataclass
class _Telling:
    """One scene in plain Python."""

    things: list[int]
    colors: list[int]
    patterns: list[int]
    centers: list[list[float]]
    sizes: list[float]
    backdrop: str
    portrait: bool
    vocabulary: tuple[int, ...]

    def relations(self) -> list[tuple[int, str, int]]:
        """Every (slot, relation, slot) that plainly holds."""
        found = []
        for a, b in combinations(range(len(self.things)), 2):  # a is the nearer one
            (ax, ay), (bx, by) = self.centers[a], self.centers[b]
            if abs(ax - bx) > APART:
                left, right = (a, b) if ax < bx else (b, a)
                found += [(left, "to the left of", right), (right, "to the right of", left)]
            if abs(ay - by) > APART:
                upper, lower = (a, b) if ay < by else (b, a)
                found += [(upper, "above", lower), (lower, "below", upper)]
            if ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 < NEAR * (self.sizes[a] + self.sizes[b]):
                found += [(a, "in front of", b), (b, "behind", a)]
        return found


def _tellings(scene: Scene, count: int, purpose: int) -> Iterator[tuple[_Telling, _Chance]]:
    columns = (scene.things, scene.colors, scene.patterns, scene.centers, scene.sizes, scene.backdrops)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    numbers = scene.numbers.numpy().view("uint64")
    places, portrait = tuple(BACKDROPS), scene.things.shape[1] == 1
    chances = uniform(numbers, count, purpose).tolist()
    splits = (numbers & 7).tolist()
    for (things, colors, patterns, centers, sizes, backdrop), chance, split in zip(rows, chances, splits, strict=True):
        n = sum(thing >= 0 for thing in things)
        vocabulary = HELD_OUT_THINGS if SPLITS[split] == "heldout_things" else TRAINED_THINGS
        known = (things[:n], colors[:n], patterns[:n], centers[:n], sizes[:n])
        yield _Telling(*known, places[backdrop], portrait, vocabulary), _Chance(chance)


def with_article(words: str) -> str:
    """The words with "a" or "an" before them.

    >>> with_article("orange cat"), with_article("cat")
    ('an orange cat', 'a cat')
    """
    return ("an " if words[0] in "aeiou" else "a ") + words


def captions(scene: Scene) -> tuple[list[str], list[list[Span | None]]]:
    """A caption for each scene, and for each of its K slots the characters (start, end) of the phrase that names it.

    A span is None where a slot is empty or the caption does not name its thing.
    """
    texts, spans = [], []
    slots = scene.things.shape[1]
    for telling, chance in _tellings(scene, 40, purpose=5):
        text = ""
        where: list[Span | None] = [None] * slots
        for words, slot in _sentence(telling, chance):
            if slot is not None:
                where[slot] = (len(text), len(text) + len(words))
            text += words
        texts.append(text[0].upper() + text[1:])
        spans.append(where)
    return texts, spans


def _phrase(telling: _Telling, slot: int, chance: _Chance) -> str:
    color, pattern = COLORS[telling.colors[slot]], PATTERNS[telling.patterns[slot]]
    noun = chance.choose(WORDS[THINGS[telling.things[slot]]])
    tell_color, tell_pattern = chance.below(0.92), chance.below(0.75)
    words = [chance.choose(PATTERN_WORDS[pattern])] if tell_pattern and pattern != "plain" else []
    words += [chance.choose(COLOR_WORDS[color])] if tell_color else []
    return with_article(" ".join([*words, noun]))


def _sentence(telling: _Telling, chance: _Chance) -> list[Piece]:
    """One of fourteen forms of sentence, in pieces."""
    place = chance.choose(BACKDROPS[telling.backdrop].words)
    order = list(range(len(telling.things)))
    if chance.below(0.5):
        order.reverse()
    phrases: list[Piece] = [(_phrase(telling, slot, chance), slot) for slot in order]
    listed = _listed(phrases)
    relations = telling.relations()
    if relations and chance.below(0.5):
        a, relation, b = chance.choose(relations)
        named = {slot: piece for piece in phrases if (slot := piece[1]) is not None}
        others = _listed([piece for piece in phrases if piece[1] not in (a, b)])
        pair: list[Piece] = [named[a], (f" {relation} ", None), named[b]]
        beside: list[Piece] = [(", and ", None), *others] if others else []
        forms: list[list[Piece]] = [
            [*pair, *beside, (".", None)],
            [named[a], (" is ", None), (f"{relation} ", None), named[b], (f" {place}.", None)],
            [("there is ", None), *pair, *beside, (f" {place}.", None)],
            [
                (f"{place}, ", None),
                named[a],
                (f" can be seen {relation} ", None),
                named[b],
                *beside,
                (".", None),
            ],
        ]
        return chance.choose(forms)
    count = ("one thing", "two things", "three things", "four things")[len(phrases) - 1]
    forms = [
        [*listed, (".", None)],
        [("a picture of ", None), *listed, (".", None)],
        [*listed, (f" {place}.", None)],
        [(f"{place}, there is ", None), *listed, (".", None)],
        [("there is ", None), *listed, (f" {place}.", None)],
        [("here we see ", None), *listed, (".", None)],
        [("a drawing of ", None), *listed, (f" {place}.", None)],
        [("look, ", None), *listed, ("!", None)],
        [(f"{place}: ", None), *listed, (".", None)],
        [(f"{count} {place}: ", None), *listed, (".", None)],
    ]
    return chance.choose(forms)


def _listed(pieces: list[Piece]) -> list[Piece]:
    """Pieces joined as "a, b and c"."""
    joined: list[Piece] = []
    for i, piece in enumerate(pieces):
        if i:
            joined.append((" and " if i == len(pieces) - 1 else ", ", None))
        joined.append(piece)
    return joined


def questions(scene: Scene) -> tuple[list[list[str]], list[list[str]]]:
    """Questions about each scene and their answers, parallel lists.

    What, what color, what pattern, where, how many, is there, left or right, above or below, in front or behind.
    Whoever reads one question alone can do no better than guess: in the splits of training, validation and test every
    possible answer to it is equally likely. Several questions about one picture do give each other away.
    """
    asked, answered = [], []
    for telling, chance in _tellings(scene, 24, purpose=6):
        q, a = [], []

        def ask(question: str, answer: str, q: list[str] = q, a: list[str] = a) -> None:
            q.append(question)
            a.append(answer)

        names = [THINGS[thing] for thing in telling.things]
        slot = chance.choose(range(len(names)))
        if len(names) == 1:
            ask("What is in the picture?", names[0])
        else:
            ask("What is the nearest thing?", names[0])
        ask(f"What color is the {names[slot]}?", COLORS[telling.colors[slot]])
        ask(f"What pattern does the {names[slot]} have?", PATTERNS[telling.patterns[slot]])
        ask("Where is this?", telling.backdrop)
        if not telling.portrait:
            ask("How many things are there?", str(len(names)))
        if chance.below(0.5):
            ask(f"Is there {with_article(chance.choose(names))}?", "yes")
        else:
            absent = [label for label in telling.vocabulary if label not in telling.things]
            ask(f"Is there {with_article(THINGS[chance.choose(absent)])}?", "no")
        relations = telling.relations()
        for one, other in (
            ("to the left of", "to the right of"),
            ("above", "below"),
            ("in front of", "behind"),
        ):
            held = [(s, o) for s, relation, o in relations if relation == one]
            if held:
                subject, object_ = chance.choose(held)
                turned, said = chance.below(0.5), chance.choose((one, other))
                if turned:
                    subject, object_ = object_, subject
                right = (said == one) != turned
                ask(f"Is the {names[subject]} {said} the {names[object_]}?", "yes" if right else "no")
        asked.append(q)
        answered.append(a)
    return asked, answered


def alt_text(
    scene: Scene, texts: list[str], spans: list[list[Span | None]], amount: float
) -> tuple[list[str], list[list[Span | None]]]:
    """Captions as noisy as the text found beside pictures on the web.

    Args:
        scene: B scenes.
        texts: their clean captions.
        spans: the phrases' places in them.
        amount: the share of captions that are spoilt, from 0 (clean) to 1 (as bad as the web gets).

    Returns:
        The noisy captions and the places of those phrases that can still be found in them.
    """
    if amount == 0:
        return texts, spans
    noisy, kept = [], []
    for i, (telling, chance) in enumerate(_tellings(scene, 8, purpose=7)):
        text, where = texts[i], spans[i]
        if chance.below(amount):
            text = _spoilt(telling, chance, text)
            phrases = [None if span is None else texts[i][slice(*span)].lower() for span in where]
            found = [-1 if phrase is None else text.lower().find(phrase) for phrase in phrases]
            ends = [start + len(phrase or "") for start, phrase in zip(found, phrases, strict=True)]
            where = [(s, e) if s >= 0 else None for s, e in zip(found, ends, strict=True)]
        noisy.append(text)
        kept.append(where)
    return noisy, kept


def _spoilt(telling: _Telling, chance: _Chance, text: str) -> str:
    """One of eight ways in which a caption goes wrong on the web."""
    noun = WORDS[THINGS[telling.things[0]]][0]
    color = COLORS[telling.colors[0]]
    file = chance.between(1000, 10000)
    stranger = f"{chance.choose(COLORS)} {THINGS[chance.choose(telling.vocabulary)]}"
    words = text.rstrip(".!").split()
    return chance.choose(
        (
            f"IMG_{file}.jpg",
            f"{noun.replace(' ', '-')}_{file}_final.png",
            f"BUY NOW {color} {noun} best price free shipping",
            f"#{noun.replace(' ', '')} #{color} #cute #instagood",
            f"{text.upper()} click to enlarge",
            " ".join(words[: max(2, len(words) // 2)]) + "...",
            f"{text} Photo {file}, all rights reserved",
            f"{with_article(stranger)}.".capitalize(),  # the caption of some other picture
        )
    )
