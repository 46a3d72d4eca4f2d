"""A reader of its own for what the world says: it knows the words and the scene, and none of the code that speaks."""

import re

from course_lib import world
from course_lib.world.backdrops import BACKDROPS
from course_lib.world.language import COLOR_WORDS, PATTERN_WORDS

WORD_OF = {word: thing for thing, words in world.WORDS.items() for word in words}
NOUN = re.compile(r"\b(" + "|".join(sorted(map(re.escape, WORD_OF), key=len, reverse=True)) + r")\b")
COLOR = {word: color for color, words in COLOR_WORDS.items() for word in words}
PATTERN = {word: pattern for pattern, words in PATTERN_WORDS.items() for word in words}
PLACE = {word: place for place, backdrop in BACKDROPS.items() for word in backdrop.words}
RELATION = re.compile(r"to the left of|to the right of|\babove\b|\bbelow\b|in front of|\bbehind\b")
COUNT = ("one thing", "two things", "three things", "four things")
Look = tuple[str, str | None, str | None]


def without_places(text: str) -> str:
    for words in PLACE:
        text = re.sub(re.escape(words), "", text, flags=re.I)
    return text


def look_of(phrase: str) -> Look:
    """What a phrase says: the kind, and the color and the pattern if it says them."""
    words = phrase.lower()
    noun = NOUN.findall(words)[-1]
    said = words[: words.rindex(noun)].split()
    color = next((COLOR[word] for word in said if word in COLOR), None)
    return WORD_OF[noun], color, next((PATTERN[word] for word in said if word in PATTERN), None)


def slots_like(batch: world.Batch, i: int, look: Look) -> list[int]:
    """The slots whose things look as said."""
    kind, color, pattern = look
    return [
        k
        for k, name in enumerate(batch.names(i))
        if name == kind
        and color in (None, world.COLORS[batch.colors[i, k]])
        and pattern in (None, world.PATTERNS[batch.patterns[i, k]])
    ]


def holds(batch: world.Batch, i: int, a: int, relation: str, b: int) -> bool:
    """Whether a relation between two slots holds, by the places of their middles and by which is nearer."""
    (ax, ay), (bx, by) = batch.scene.centers[i, a].tolist(), batch.scene.centers[i, b].tolist()
    return {
        "to the left of": ax < bx - 0.2, "to the right of": ax > bx + 0.2, "above": ay < by - 0.2,
        "below": ay > by + 0.2, "in front of": a < b, "behind": a > b,
    }[relation]  # fmt: skip


def phrases_of(caption: str) -> list[tuple[int, str]]:
    """Where each phrase of a caption starts, and the phrase: an article and what follows up to the noun."""
    text = without_places_kept(caption).lower()
    words = "|".join(sorted(map(re.escape, [*COLOR, *PATTERN, *WORD_OF]), key=len, reverse=True))
    found = re.finditer(rf"\ban? ((?:{words})(?: (?:{words}))*)\b", text)
    return [(match.start(), match.group()) for match in found]


def without_places_kept(text: str) -> str:
    """The text with its places blanked out, every other character where it was."""
    for words in PLACE:
        text = re.sub(re.escape(words), lambda found: " " * len(found.group()), text, flags=re.I)
    return text


def is_true(batch: world.Batch, i: int, caption: str) -> bool:
    """Whether all that a caption says is so; each phrase must fit a thing of its own."""
    lower = caption.lower()
    for words, place in PLACE.items():
        if words in lower and place != world.BACKDROPS[batch.backdrops[i]]:
            return False
    for number, words in enumerate(COUNT, 1):
        if words in lower and number != len(batch.names(i)):
            return False
    phrases = phrases_of(caption)
    fitting = [slots_like(batch, i, look_of(phrase)) for _, phrase in phrases]
    relation = RELATION.search(without_places_kept(lower))

    def all_fit(chosen: list[int]) -> bool:
        if len(chosen) < len(fitting):
            return any(all_fit([*chosen, k]) for k in fitting[len(chosen)] if k not in chosen)
        if relation is None:
            return True
        before = sum(start < relation.start() for start, _ in phrases)
        return holds(batch, i, chosen[before - 1], relation.group(), chosen[before])

    return bool(phrases) and all_fit([])


def question_holds(batch: world.Batch, i: int, question: str) -> tuple[str, str]:
    """The form of a question and its answer, found in the scene; a name that fits two things is an error."""
    names = batch.names(i)

    def the(name: str) -> int:
        (slot,) = slots_like(batch, i, look_of(name))
        return slot

    if match := re.fullmatch(r"Is the (.+?) (" + RELATION.pattern + r") the (.+)\?", question):
        return "relation", "yes" if holds(batch, i, the(match[1]), match[2], the(match[3])) else "no"
    if match := re.fullmatch(r"Is there an? (.+)\?", question):
        return "is there", "yes" if match[1] in names else "no"
    if match := re.fullmatch(r"What color is the (.+)\?", question):
        return "color", world.COLORS[batch.colors[i, the(match[1])]]
    if match := re.fullmatch(r"What pattern does the (.+) have\?", question):
        return "pattern", world.PATTERNS[batch.patterns[i, the(match[1])]]
    if question == "How many things are there?":
        return "how many", str(len(names))
    if match := re.fullmatch(r"How many (.+) are there\?", question):
        (kind,) = (name for name in world.THINGS if match[1] in (name, name + "s", name + "es"))
        return "how many of a kind", str(names.count(kind))
    if question == "Where is this?":
        return "where", world.BACKDROPS[batch.backdrops[i]]
    assert question in ("What is in the picture?", "What is the nearest thing?")
    return "what", names[0]
