"""What can be said of a scene: captions with the place of every phrase, questions with answers, alt-text from the web.

All of it follows from the scene alone, never from pixels, and a scene always says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeVar

from .backdrops import BACKDROPS
from .catalogue import COLORS, PATTERNS, THINGS, WORDS, kinds_of, may_be
from .numbers import split_of, uniform
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

NEGATIVES: tuple[str, ...] = ("sides", "depth", "colors", "color", "thing", "count", "place")
"""The ways in which a true caption can be made false: left and right, or above and below, exchanged; in front and
behind exchanged; the colors of two things exchanged; a color, a thing, the number of things or the place replaced."""
_OPPOSITES = {
    "sides": {
        "to the left of": "to the right of",
        "to the right of": "to the left of",
        "above": "below",
        "below": "above",
    },
    "depth": {"in front of": "behind", "behind": "in front of"},
}
_COUNTS = ("one thing", "two things", "three things", "four things")


class Chance:
    """A scene's own random choices, one after the other."""

    def __init__(self, numbers: list[float]) -> None:
        self._all = numbers
        self._numbers = iter(numbers)

    def again(self) -> Chance:
        """The same choices from the beginning."""
        return Chance(self._all)

    def shuffled(self, options: Iterable[T]) -> list[T]:
        return sorted(options, key=lambda _: next(self._numbers))

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
    split: str
    shared: tuple[int, ...]  # the slots whose kind is there more than once

    @property
    def vocabulary(self) -> tuple[int, ...]:
        return kinds_of(self.split)

    def name(self, slot: int) -> str | None:
        """What a question calls a thing, if words can tell it from the others."""
        return called(self.things, self.colors, slot)

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


def _tellings(scene: Scene, count: int, purpose: int) -> Iterator[tuple[_Telling, Chance]]:
    columns = (scene.things, scene.colors, scene.patterns, scene.centers, scene.sizes, scene.backdrops)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    numbers = scene.numbers.numpy().view("uint64")
    places, portrait = tuple(BACKDROPS), scene.things.shape[1] == 1
    chances = uniform(numbers, count, purpose).tolist()
    splits = map(split_of, numbers.tolist())
    for (things, colors, patterns, centers, sizes, backdrop), chance, split in zip(rows, chances, splits, strict=True):
        n = sum(thing >= 0 for thing in things)
        known = (things[:n], colors[:n], patterns[:n], centers[:n], sizes[:n])
        shared = tuple(slot for slot in range(n) if things.count(things[slot]) > 1)
        yield _Telling(*known, places[backdrop], portrait, split, shared), Chance(chance)


def with_article(words: str) -> str:
    """The words with "a" or "an" before them.

    >>> with_article("orange cat"), with_article("cat")
    ('an orange cat', 'a cat')
    """
    return ("an " if words[0] in "aeiou" else "a ") + words


def called(things: list[int], colors: list[int], slot: int) -> str | None:
    """What tells one thing from the others of its scene: its kind, where needed with its color; None if neither does.

    >>> called([0, 1], [4, 4], 0), called([0, 0], [4, 0], 0), called([0, 0], [4, 4], 0)
    ('cat', 'blue cat', None)
    """
    thing, color = things[slot], colors[slot]
    if things.count(thing) == 1:
        return THINGS[thing]
    alike = list(zip(things, colors, strict=True)).count((thing, color))
    return f"{COLORS[color]} {THINGS[thing]}" if alike == 1 else None


def plural(noun: str) -> str:
    """Several of what the noun names.

    >>> plural("cat"), plural("bus"), plural("fish")
    ('cats', 'buses', 'fish')
    """
    return noun if noun.endswith("fish") else noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")


def captions(scene: Scene) -> tuple[list[str], list[list[Span | None]]]:
    """A caption for each scene, and for each of its K slots the characters (start, end) of the phrase that names it.

    A span is None where a slot is empty or the caption does not name its thing. Of two things of one kind, every
    caption says the colors.
    """
    texts, spans = [], []
    slots = scene.things.shape[1]
    for telling, chance in _tellings(scene, 40, purpose=5):
        where: list[Span | None] = [None] * slots
        pieces, at = _sentence(telling, chance), 0
        for words, slot in pieces:
            if slot is not None:
                where[slot] = (at, at + len(words))
            at += len(words)
        texts.append(_written(pieces))
        spans.append(where)
    return texts, spans


def _written(pieces: list[Piece]) -> str:
    """The sentence that the pieces make."""
    text = "".join(words for words, _ in pieces)
    return text[0].upper() + text[1:]


def _phrase(telling: _Telling, slot: int, chance: Chance) -> str:
    color, pattern = COLORS[telling.colors[slot]], PATTERNS[telling.patterns[slot]]
    noun = chance.choose(WORDS[THINGS[telling.things[slot]]])
    tell_color, tell_pattern = chance.below(0.92), chance.below(0.75)
    words = [chance.choose(PATTERN_WORDS[pattern])] if tell_pattern and pattern != "plain" else []
    words += [chance.choose(COLOR_WORDS[color])] if tell_color or slot in telling.shared else []
    return with_article(" ".join([*words, noun]))


def _sentence(telling: _Telling, chance: Chance) -> list[Piece]:
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
    count = _COUNTS[len(phrases) - 1]
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

    Of two things of one kind a question says the color, or it is not asked; and scenes that have such things are also
    asked how many there are of a kind.
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
        plain = [telling.name(k) for k in range(len(names))]
        if slot not in telling.shared:
            ask(f"What color is the {names[slot]}?", COLORS[telling.colors[slot]])
        if plain[slot]:
            ask(f"What pattern does the {plain[slot]} have?", PATTERNS[telling.patterns[slot]])
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
            held = [(s, o) for s, relation, o in relations if relation == one and plain[s] and plain[o]]
            if held:
                subject, object_ = chance.choose(held)
                turned, said = chance.below(0.5), chance.choose((one, other))
                if turned:
                    subject, object_ = object_, subject
                right = (said == one) != turned
                ask(f"Is the {plain[subject]} {said} the {plain[object_]}?", "yes" if right else "no")
        if telling.shared:
            absent = [label for label in telling.vocabulary if label not in telling.things]
            single = [thing for k, thing in enumerate(telling.things) if k not in telling.shared]
            kinds = [telling.things[telling.shared[0]], chance.choose(absent)]
            kind = chance.choose([*kinds, chance.choose(single)] if single else kinds)
            ask(f"How many {plural(THINGS[kind])} are there?", str(telling.things.count(kind)))
        asked.append(q)
        answered.append(a)
    return asked, answered


def negatives(scene: Scene, kind: str) -> list[str | None]:
    """A false caption for each scene: its true one with one thing changed, told with the same words but for that.

    No scene of training is told a pair of thing and color that training never shows, not even falsely.

    Args:
        scene: B scenes.
        kind: what is changed, one of `NEGATIVES`.

    Returns:
        B captions that are false of their scenes; None where the caption leaves nothing of that kind to change.

    Raises:
        ValueError: for a kind that does not exist.

    >>> from course_lib import world
    >>> scene = world.compose([("cat", "red", "plain")], size=8, seed=1).scene
    >>> captions(scene)[0], negatives(scene, "color"), negatives(scene, "sides")
    (['In a room, there is a red kitty.'], ['In a room, there is a pink kitty.'], [None])
    """
    if kind not in NEGATIVES:
        raise ValueError(f"expected a kind of negative out of {', '.join(NEGATIVES)}; got {kind!r}")
    picks = uniform(scene.numbers.numpy().view("uint64"), 12, purpose=9).tolist()
    told = zip(_tellings(scene, 40, purpose=5), map(Chance, picks), strict=True)
    return [_falsified(telling, chance, pick, kind) for (telling, chance), pick in told]


def _falsified(telling: _Telling, chance: Chance, pick: Chance, kind: str) -> str | None:
    """The scene's caption, made false; None where that cannot be done."""
    pieces = _sentence(telling, chance)
    if not all(telling.name(slot) for slot in telling.shared):
        return None  # with two things that words cannot tell apart, who knows what is false
    if kind in _OPPOSITES or kind == "count":
        count = _COUNTS[len(telling.things) - 1]
        wrong = {count: pick.choose([other for other in _COUNTS if other != count])}
        exchange = _OPPOSITES.get(kind, wrong)
        false = [(_exchanged(words, exchange) if slot is None else words, slot) for words, slot in pieces]
        return _written(false) if false != pieces else None
    # Told of another scene with the same choices, a sentence differs in what the scenes differ in, if it says that.
    for other, slots in _others(telling, pick, kind):
        false = _sentence(other, chance.again())
        if {slot for (now, slot), (before, _) in zip(false, pieces, strict=True) if now != before} == slots:
            return _written(false)
    return None


def _exchanged(words: str, exchange: dict[str, str]) -> str:
    """The words with the expression out of these that they hold replaced, if they hold one."""
    found = next((expression for expression in exchange if expression in words), None)
    return words if found is None else words.replace(found, exchange[found])


def _others(telling: _Telling, pick: Chance, kind: str) -> Iterator[tuple[_Telling, set[int | None]]]:
    """Other scenes that differ in one thing, false here, and the slots whose phrases differ in captions of them."""
    things, colors = telling.things, telling.colors
    looks = set(zip(things, colors, strict=True))

    def fits(thing: int, color: int) -> bool:
        return may_be(thing, color, telling.split) and (thing, color) not in looks

    def instead(column: list[int], slot: int, value: int) -> list[int]:
        return [value if k == slot else old for k, old in enumerate(column)]

    if kind == "place":
        places = [place for place in BACKDROPS if place != telling.backdrop]
        yield replace(telling, backdrop=pick.choose(places)), {None}
    elif kind == "colors":
        for a, b in pick.shuffled(combinations(range(len(things)), 2)):
            if fits(things[a], colors[b]) and fits(things[b], colors[a]):
                exchanged = instead(instead(colors, a, colors[b]), b, colors[a])
                yield replace(telling, colors=exchanged), {a, b}
    else:
        for slot in pick.shuffled(range(len(things))):
            if kind == "color":
                options = [color for color in range(len(COLORS)) if fits(things[slot], color)]
                yield replace(telling, colors=instead(colors, slot, pick.choose(options))), {slot}
            else:
                absent = [thing for thing in telling.vocabulary if thing not in things and fits(thing, colors[slot])]
                yield replace(telling, things=instead(things, slot, pick.choose(absent))), {slot}


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


def _spoilt(telling: _Telling, chance: Chance, text: str) -> str:
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
