"""Chapter 03, learning from language: pieces of words, tables of matches, prompts, retrieval, and yes or no."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import combinations, pairwise
from typing import Any

import torch
import torch.nn.functional as F

from course_lib.course.compare import describe, difference
from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 03.1

Words = dict[tuple[str, ...], int]
Pair = tuple[str, str]


def most_frequent_pair(words: dict[tuple[str, ...], int]) -> tuple[str, str]:
    """The pair of neighboring pieces that occurs most often; `words` says how often each word, in pieces, occurs."""
    counts = {}
    for pieces, often in words.items():
        for pair in zip(pieces, pieces[1:], strict=False):
            counts[pair] = counts.get(pair, 0) + often
    return max(counts, key=lambda pair: counts[pair])


def _counts(
    words: Words,
    pairs: Callable[[tuple[str, ...]], Iterable[Any]] = pairwise,
    weight: Callable[[tuple[str, ...], int], float] = lambda pieces, often: often,
) -> list[tuple[Any, float]]:
    """The pairs of all words with their counts, the most frequent first."""
    counts: dict[Any, float] = {}
    for pieces, often in words.items():
        for pair in pairs(pieces):
            counts[pair] = counts.get(pair, 0) + weight(pieces, often)
    return sorted(counts.items(), key=lambda entry: -entry[1])


def _top(**how: Callable[..., Any]) -> Callable[[Words], Any]:
    """A mistake in which pairs of a word are counted, or in how much each of them counts."""
    return lambda words: _counts(words, **how)[0][0]


def _letters(pieces: tuple[str, ...]) -> Iterable[Pair]:
    letters = list("".join(pieces).removesuffix("</w>"))
    return pairwise([*letters[:-1], letters[-1] + "</w>"])


def _across(words: Words) -> Pair:
    row = [piece for pieces, often in words.items() for _ in range(often) for piece in pieces]
    return Counter(pairwise(row)).most_common(1)[0][0]


def _single(words: Words) -> Pair:
    (one, _), (other, _) = _counts(words, lambda pieces: pieces)[:2]
    return one, other


def _in_one_word(words: Words, choose: Callable[..., int]) -> Pair:
    counts: dict[Pair, int] = {}
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] = choose(counts.get(pair, 0), often)
    return max(counts, key=lambda pair: counts[pair])


def _word_cases(seed: int) -> list[tuple]:
    fixed = [
        ({("c", "a", "t</w>"): 1, ("c", "a", "n</w>"): 1},),
        ({("x", "y</w>"): 5, ("a", "b</w>"): 1, ("a", "b", "c</w>"): 3, ("a", "b", "d</w>"): 3},),
        ({("a", "bc", "d</w>"): 3, ("ab", "c", "e</w>"): 3, ("x", "y", "f</w>"): 4, ("x", "y", "g</w>"): 1},),
        ({("q</w>",): 9, ("p", "r", "s</w>"): 4, ("p", "r", "t</w>"): 3},),
        ({("an", "an", "a</w>"): 4, ("an", "d</w>"): 3, ("b", "an", "d</w>"): 2},),
        ({("d", "e", "d", "e", "d", "e</w>"): 3, ("e", "f", "g</w>"): 5, ("e", "f", "h</w>"): 3},),
    ]
    return fixed + _drawn(torch.Generator().manual_seed(4), 12) + _drawn(torch.Generator().manual_seed(seed), 12)


def _drawn(generator: torch.Generator, count: int) -> list[tuple]:
    """Drawn words in which one pair is ahead of the others, also if it counts once a word."""
    cases: list[tuple] = []
    while len(cases) < count:
        words: Words = {("a", "b", "a", "c", "d</w>"): 2}
        for _ in range(4 + len(cases) // 3):
            length = int(torch.randint(1, 6, (), generator=generator))
            *first, last = torch.randint(5, (length,), generator=generator).tolist()
            pieces = (*(("a", "b", "c", "d", "ab")[i] for i in first), "abcde"[last] + "</w>")
            words[pieces] = int(torch.randint(1, 30, (), generator=generator))
        tops = _counts(words), _counts(words, lambda pieces: dict.fromkeys(pairwise(pieces)))
        if all(first > second for (_, first), (_, second), *_ in tops):
            cases.append((words,))
    return cases


def _pair_difference(expected: Any, got: Any) -> str | None:
    """As `difference`, for a pair that has to be a tuple."""
    if isinstance(got, list) and isinstance(expected, tuple):
        return f"it is a list, {describe(got)}, but a tuple is needed: no list is equal to a tuple"
    return difference(expected, got)


PAIR = Exercise(
    id="03.1",
    title="Find the pair to merge",
    minutes=10,
    difficulty=2,
    reference=most_frequent_pair,
    cases=_word_cases,
    compare=_pair_difference,
    mistakes=(
        Mistake(
            _top(weight=lambda pieces, often: 1),
            "You count each different word once. `words` also says how often the word occurs in the texts: a pair in "
            "a word that occurs 9 times counts 9.",
        ),
        Mistake(
            _top(pairs=lambda pieces: [tuple(sorted(pair)) for pair in pairwise(pieces)]),
            'You count "ab" and "ba" as the same pair. Order matters: merged, they become different pieces.',
        ),
        Mistake(
            _top(pairs=lambda pieces: [(b, a) for a, b in pairwise(pieces)]),
            "You give the two pieces in the wrong order: first comes the one that stands first in the word.",
        ),
        Mistake(
            _top(pairs=lambda pieces: zip(pieces[::2], pieces[1::2], strict=False)),
            "You go two pieces at a time, so every second pair is left out. In c-a-t there are two pairs: (c, a) and "
            "(a, t). `zip(pieces, pieces[1:])` gives all of them.",
        ),
        Mistake(
            _top(pairs=lambda pieces: zip(pieces, pieces[2:], strict=False)),
            "You count pieces that have one between them. Neighbors stand side by side: `zip(pieces, pieces[1:])`.",
        ),
        Mistake(
            _top(pairs=lambda pieces: combinations(pieces, 2)),
            "You count any two pieces of a word as a pair, also those with others between them. Only neighbors can be "
            "merged.",
        ),
        Mistake(
            _top(pairs=lambda pieces: pairwise(pieces[:-1])),
            "The last pair of each word is left out, the one with `</w>`: go to the very end.",
        ),
        Mistake(
            _top(pairs=lambda pieces: pairwise(pieces[1:])),
            "The first pair of each word is left out: begin with it.",
        ),
        Mistake(
            _top(pairs=lambda pieces: pairwise(pieces[:2])),
            "Only the first pair of each word is counted. A word of n pieces has n − 1 pairs of neighbors.",
        ),
        Mistake(
            _top(pairs=lambda pieces: ((a, b.removesuffix("</w>")) for a, b in pairwise(pieces))),
            "You cut `</w>` off. It belongs to the piece: a t at the end of a word is another piece than one inside.",
        ),
        Mistake(
            _top(pairs=_letters),
            "You glue the pieces of a word together and count pairs of letters. Pieces that are merged already stay "
            "whole: count pairs of neighboring *pieces*, as `words` has them.",
        ),
        Mistake(
            _top(pairs=lambda pieces: dict.fromkeys(pairwise(pieces))),
            "You count a pair once in each word, even where the word has it several times. In b-a-n-a-n-a the pair "
            "(a, n) occurs twice.",
        ),
        Mistake(
            _across,
            "You put all words into one row, so the end of one word and the start of the next count as a pair. "
            "Merges never cross the border of a word: go through the words one by one.",
        ),
        Mistake(
            _single,
            "You take the two most frequent pieces. They may never stand side by side: count pairs of neighbors.",
        ),
        Mistake(
            lambda words: _in_one_word(words, lambda before, often: often),
            "Each word overwrites what the words before have counted. Add to the count of a pair.",
        ),
        Mistake(
            lambda words: _in_one_word(words, max),
            "You keep the largest count that a pair has in any one word. Add up over the words.",
        ),
        Mistake(
            lambda words: _top()(dict([next(iter(words.items()))])),
            "You look at the first word only. Is there a `return` inside the loop?",
        ),
        Mistake(
            lambda words: _counts(words)[-1][0],
            "You give back the rarest pair. The most frequent one saves the most pieces.",
        ),
        Mistake(
            lambda words: max(dict(_counts(words))),
            "This is the last pair by the alphabet. `max` of a dict looks at the keys: tell it by `key=` to look at "
            "the counts.",
        ),
        Mistake(
            lambda words: next(pair for pieces in words for pair in pairwise(pieces)),
            "This is the pair that was met first. Asked for is the one with the highest count.",
        ),
        Mistake(
            lambda words: _counts(words)[0],
            "The pair comes with its count. Give back the pair alone.",
        ),
        Mistake(
            lambda words: _counts(words)[0][1],
            "You give back the highest count. Asked for is the pair that has it.",
        ),
        Mistake(
            lambda words: [most_frequent_pair(words)],
            "The pair is right, but it lies in a list. Give back the pair alone.",
        ),
        Mistake(
            lambda words: "".join(most_frequent_pair(words)),
            "You give back the merged piece. The pair is asked for, two pieces in a tuple: the merging comes later.",
        ),
        Mistake(
            lambda words: list(most_frequent_pair(words)),
            "The pair is right, but a list. Give back a tuple: only tuples are equal to the pairs that come of `zip`.",
        ),
    ),
    hints=(
        "For each word go through its pairs of neighbors, `zip(pieces, pieces[1:])`, and add to the count of each pair "
        "as often as the word occurs.",
        "Start with `counts = {}`. In a double loop, `counts[pair] = counts.get(pair, 0) + often`. At the end, "
        "`max(counts, key=lambda pair: counts[pair])`.",
    ),
)

# --- 03.2


def contrast(image: torch.Tensor, text: torch.Tensor, scale: float) -> torch.Tensor:
    """CLIP's loss, shape (): images and texts (B, D) of length 1, text i belonging to image i."""
    scores = scale * image @ text.T
    right = torch.arange(len(image))
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


def _directions(b: int, d: int, generator: torch.Generator) -> torch.Tensor:
    return F.normalize(torch.randn(b, d, generator=generator), dim=1)


_SIDES = torch.tensor([[0.6, 0.8], [0.96, -0.28]])
_AGAINST = torch.tensor([[0.48, 0.64, 0.6], [-0.48, -0.64, -0.6]])
"""Two directions, each the opposite of the other."""


def _pair_cases(seed: int) -> list[tuple]:
    fixed_generator, generator = torch.Generator().manual_seed(12), torch.Generator().manual_seed(seed)
    fixed = [
        (_SIDES, torch.tensor([[0.8, 0.6], [0.28, -0.96]]), 1.0),
        (_AGAINST, -_AGAINST, 100.0),  # as large as CLIP lets it grow
        (_directions(3, 3, fixed_generator), _directions(3, 3, fixed_generator), 2.0),
        (_directions(3, 4, fixed_generator), _directions(3, 4, fixed_generator), 5.0),
        (_directions(5, 3, fixed_generator), _directions(5, 3, fixed_generator), 7.0),
    ]
    drawn = []
    for i in range(9):
        b, d = 2 + i, 3 + i // 2
        drawn.append((_directions(b, d, generator), _directions(b, d, generator), (0.5, 4.0, 14.0)[i % 3]))
    # A scale is learned, so it is a tensor.
    return [(image, text, torch.tensor(scale)) for image, text, scale in fixed + drawn]


def _one_way(scores: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(scores, torch.arange(len(scores)))


def _both(scores: torch.Tensor) -> torch.Tensor:
    return (_one_way(scores) + _one_way(scores.T)) / 2


def _of_table(loss: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A mistake in what is made of the table of scores, (B, B)."""
    return lambda image, text, scale: loss(scale * image @ text.T)


def _of_shares(loss: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A mistake in what is made of the probability of the right answer, (B,), the same in both directions."""
    return _of_table(lambda scores: (loss(scores.softmax(1).diagonal()) + loss(scores.softmax(0).diagonal())) / 2)


def _mean_surprise(p: torch.Tensor, floor: float) -> torch.Tensor:
    return -(p + floor).log().mean()


def _without_the_right_ones(scores: torch.Tensor) -> torch.Tensor:
    others = scores.masked_fill(torch.eye(len(scores), dtype=torch.bool), -torch.inf)
    return (others.logsumexp(1) + others.logsumexp(0) - 2 * scores.diagonal()).mean() / 2


CONTRAST = Exercise(
    id="03.2",
    title="Write CLIP's loss",
    minutes=15,
    difficulty=3,
    reference=contrast,
    cases=_pair_cases,
    gradients=("image", "text", "scale"),
    mistakes=(
        Mistake(
            _of_table(_one_way),
            "Only the pictures look for their texts here. Let the texts look for their pictures too, in the columns of "
            "the same table: take the loss of `scores`, that of `scores.T`, and the mean of both.",
        ),
        Mistake(
            _of_table(lambda scores: _one_way(scores.T)),
            "Only the texts look for their pictures here. Let the pictures look for their texts too, in the rows of "
            "the table images × texts: take the loss of that table, that of its transpose, and the mean of both.",
        ),
        Mistake(
            _of_table(lambda scores: 2 * _both(scores)),
            "Both directions are there, added up. Take their mean: the loss of a blind guess should be ln B, not twice "
            "that.",
        ),
        Mistake(
            _of_table(lambda scores: _one_way(scores) + _one_way(scores.T) / 2),
            "Only the second direction is halved. Put the sum of both in brackets before you halve it.",
        ),
        Mistake(
            lambda image, text, scale: _both(image @ text.T),
            "You left the scale out. Cosines lie between −1 and 1, so without it the softmax can never be sure.",
        ),
        Mistake(
            lambda image, text, scale: _both(image @ text.T / scale),
            "You divide by the scale. It is 1 / temperature: *multiply* the cosines by it.",
        ),
        Mistake(
            lambda image, text, scale: _both(scale**2 * image @ text.T),
            "The cosines are multiplied by the *square* of the scale: is it on both towers? Once is enough.",
        ),
        Mistake(
            lambda image, text, scale: scale * _both(image @ text.T),
            "You multiply the loss by the scale. It belongs to the cosines, before the softmax.",
        ),
        Mistake(
            lambda image, text, scale: (_one_way(scale * image @ text.T) + _one_way(text @ image.T)) / 2,
            "The scale is missing in the direction from the texts to the pictures. Both read the same table of scores.",
        ),
        Mistake(
            lambda image, text, scale: _both(torch.as_tensor(scale).exp() * image @ text.T),
            "You multiply by e to the power of the scale. What is handed over is the scale itself, not its logarithm.",
        ),
        Mistake(
            lambda image, text, scale: _both(scale * image @ text.T / image.shape[1] ** 0.5),
            "You divide by the root of D as well. That belongs to attention: directions have length 1 already.",
        ),
        Mistake(
            _of_table(lambda scores: _both(scores) * len(scores)),
            "You add up over the batch where the mean is asked for.",
        ),
        Mistake(
            _of_table(lambda scores: (_one_way(scores.softmax(1)) + _one_way(scores.T.softmax(1))) / 2),
            "You put a softmax before `F.cross_entropy`, which has one of its own inside: hand it the plain scores.",
        ),
        Mistake(
            _of_table(lambda scores: -scores.diagonal().mean()),
            "You reward matching pairs, and nothing pushes the others apart. Then the best answer is to send every "
            "picture and every text to the same point. The softmax over the row makes the others rivals.",
        ),
        Mistake(
            lambda image, text, scale: (scale * (1 - (image * text).sum(1))).mean(),
            "This is the distance of each pair from a cosine of 1. Nothing pushes the others apart: the softmax over "
            "the row makes them rivals.",
        ),
        Mistake(
            lambda image, text, scale: _both(scale * image @ image.T),
            "You compare pictures with pictures. Each picture is to find its *text*: `image @ text.T`.",
        ),
        Mistake(
            lambda image, text, scale: (_one_way(scale * image @ image.T) + _one_way(scale * text @ text.T)) / 2,
            "You compare pictures with pictures, and texts with texts. Each is to find its partner on the *other* "
            "side.",
        ),
        Mistake(
            lambda image, text, scale: _both(scale * image.T @ text),
            "Your table is (D, D): it compares the numbers of a direction. A table of pictures by texts, (B, B), is "
            "needed: `image @ text.T`.",
        ),
        Mistake(
            lambda image, text, scale: _both(-scale * (image[:, None] - text).square().sum(-1)),
            "You use squared distances. Between directions they are 2 − 2 · cosine, so this doubles the scale: use the "
            "cosine itself.",
        ),
        Mistake(
            _of_table(lambda scores: _both(scores.abs())),
            "The sign of the cosine is lost: a text that points the opposite way counts as a match.",
        ),
        *(
            Mistake(
                _of_shares(partial(_mean_surprise, floor=floor)),
                f"The surprise is never above {-math.log(floor):.1f} here: a small number, {floor:.0e}, keeps the "
                "probability from being 0. A pair that does not fit costs more at a large scale. Work with the "
                "logarithm from the start (`log_softmax`, `F.cross_entropy`): no small number is needed then.",
            )
            for floor in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        Mistake(
            _of_shares(lambda p: -p.mean().log()),
            "This is the surprise at the *mean* probability. Take the logarithm of each first, then the mean.",
        ),
        Mistake(
            _of_shares(lambda p: 1 - p.mean()),
            "This is one minus the probability of the right answer. Surprise is the negative *logarithm* of it.",
        ),
        Mistake(
            _of_table(_without_the_right_ones),
            "The right answer is missing from the sum below. The softmax runs over all texts, the right one included.",
        ),
        Mistake(
            _of_table(lambda scores: (scores.logsumexp((0, 1)) - scores.diagonal()).mean()),
            "One softmax runs over the whole table. Each picture has one of its own, over its row, and each text over "
            "its column.",
        ),
        Mistake(
            _of_table(lambda scores: -(scores.log_softmax(1).mean() + scores.log_softmax(0).mean()) / 2),
            "You average over all cells of the table. Only the right answers count: those on the diagonal.",
        ),
        Mistake(
            _of_table(lambda scores: -(scores.log_softmax(1)[0, 0] + scores.log_softmax(0)[0, 0]) / 2),
            "Only the first pair counts in your result. Take the mean over all of them.",
        ),
        Mistake(
            _of_table(lambda scores: -(scores.log_softmax(1)[:, 0].mean() + scores.log_softmax(0)[0].mean()) / 2),
            "The right answer is place 0 in every row here. Text i belongs to picture i: `torch.arange(B)`.",
        ),
        Mistake(
            _of_table(lambda scores: -F.logsigmoid((2 * torch.eye(len(scores)) - 1) * scores).sum() / len(scores)),
            "You ask each pair yes or no, with a sigmoid. That is another loss, which comes later in the chapter: here "
            "the texts of a row are rivals in a softmax.",
        ),
    ),
    hints=(
        "`scores = scale * image @ text.T` is the table, (B, B). Row i holds the scores of picture i with every text, "
        "and the right one stands at place i. That is a classification with B classes: `F.cross_entropy` does it.",
        "`right = torch.arange(len(image))`; then the mean of `F.cross_entropy(scores, right)` and "
        "`F.cross_entropy(scores.T, right)`.",
    ),
)

# --- 03.3


def classify(images: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
    """For each image (N, D) its class, (N,); prompts (P, C, D), P sentences for each of C classes, all of length 1."""
    classes = F.normalize(prompts.mean(0), dim=-1)
    return (images @ classes.T).argmax(1)


_NARROW = torch.tensor([[[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]], [[1.0, 0.0, 0.0], [0.6, -0.8, 0.0]]])
"""Two prompts of two classes; those of the second point apart, so that their plain mean is short."""


_ASKED = torch.tensor([[0.48, 0.64, -0.6], [0.36, -0.48, 0.8]])


def _prompt_cases(seed: int) -> list[tuple]:
    fixed_generator, generator = torch.Generator().manual_seed(5), torch.Generator().manual_seed(seed)
    fixed = [
        (_ASKED, torch.tensor([[[0.8, -0.36, 0.48], [0.64, 0.6, -0.48]]])),
        (_directions(6, 3, fixed_generator), F.normalize(_NARROW + torch.tensor([[0.0] * 3, [0.0, 0.3, 0.1]]), dim=-1)),
        (_directions(8, 2, fixed_generator), F.normalize(torch.randn(3, 4, 2, generator=fixed_generator), dim=-1)),
        (_directions(40, 3, fixed_generator), F.normalize(torch.randn(3, 5, 3, generator=fixed_generator), dim=-1)),
        (_directions(40, 3, fixed_generator), F.normalize(torch.randn(4, 3, 3, generator=fixed_generator), dim=-1)),
        (_directions(40, 3, fixed_generator), F.normalize(torch.randn(1, 4, 3, generator=fixed_generator), dim=-1)),
    ]
    drawn = []
    for i in range(9):
        prompts = F.normalize(torch.randn(2 + i % 3, 3 + i // 2, 4, generator=generator), dim=-1)
        drawn.append((_directions(30 + 2 * i, 4, generator), prompts))
    return fixed + drawn


def _by_classes(make: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A mistake in how the prompts (P, C, D) become one direction for each class, (C, D)."""
    return lambda images, prompts: (images @ make(prompts).T).argmax(1)


def _by_fits(choose: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A mistake in how the cosines with all prompts, (N, P, C), become a class."""
    return lambda images, prompts: choose(torch.einsum("nd,pcd->npc", images, prompts))


def _by_scores(choose: Callable[[torch.Tensor], Any]) -> Callable[..., Any]:
    """A mistake in what is made of the cosines with the classes, (N, C)."""
    return lambda images, prompts: choose(images @ F.normalize(prompts.mean(0), dim=-1).T)


ZERO_SHOT = Exercise(
    id="03.3",
    title="A classifier made of sentences",
    minutes=10,
    difficulty=2,
    reference=classify,
    cases=_prompt_cases,
    mistakes=(
        Mistake(
            _by_classes(lambda prompts: prompts.mean(0)),
            "Nearly. The mean of several directions is shorter than 1, and shortest for a class whose prompts "
            "disagree. Such a class loses here for being short. Bring each mean back to length 1 with "
            "`F.normalize(..., dim=-1)`.",
        ),
        Mistake(
            _by_classes(lambda prompts: F.normalize(prompts.mean(1), dim=-1)),
            "You take the mean over the classes, which leaves one direction for each prompt. The prompts are the first "
            "axis of (P, C, D): `prompts.mean(0)` leaves one direction for each class.",
        ),
        Mistake(
            _by_classes(lambda prompts: prompts[0]),
            "You use the first prompt only. Take the mean over all P prompts of a class.",
        ),
        Mistake(
            _by_classes(lambda prompts: prompts[-1]),
            "You use the last prompt only. Take the mean over all P prompts of a class.",
        ),
        Mistake(
            _by_fits(lambda fits: fits.amax(1).argmax(1)),
            "You take each class by its best prompt. One odd sentence can then win: take the mean of the directions.",
        ),
        Mistake(
            _by_fits(lambda fits: fits.amin(1).argmax(1)),
            "You take each class by its worst prompt. One odd sentence can then lose for it: take the mean of the "
            "directions.",
        ),
        Mistake(
            _by_fits(lambda fits: fits.argmax(2).mode(1).values),
            "You let the prompts vote. Then it does not count how well each fits: take the mean of their directions.",
        ),
        Mistake(
            _by_fits(lambda fits: fits.flatten(1).argmax(1)),
            "You give back the number of a prompt among all P · C. Asked for is the number of a class, of which each "
            "has P prompts.",
        ),
        Mistake(
            _by_classes(lambda prompts: F.normalize(prompts.mean(0), dim=0)),
            "You bring to length 1 along the wrong axis. Each class is a row of (C, D): `dim=-1`.",
        ),
        Mistake(
            _by_classes(lambda prompts: prompts.mean(0) / prompts.mean(0).square().sum(-1, keepdim=True)),
            "You divide by the square of the length. Short means become the longest then: the root is missing.",
        ),
        Mistake(
            _by_classes(lambda prompts: F.normalize(prompts.median(0).values, dim=-1)),
            "You take the median of the prompts, number by number. Their mean is asked for.",
        ),
        Mistake(
            _by_classes(
                lambda prompts: F.normalize(prompts.reshape(prompts.shape[1], len(prompts), -1).mean(1), dim=-1)
            ),
            "Prompts of different classes get mixed: `reshape` keeps the numbers in their order, and does not exchange "
            "axes. The mean over the first axis needs neither.",
        ),
        Mistake(
            lambda images, prompts: torch.cdist(images, prompts.mean(0)).argmin(1),
            "You take the class at the smallest distance from the mean. The mean of several directions is shorter than "
            "1, and the length plays a part then: bring each mean to length 1, or use the cosine.",
        ),
        Mistake(
            _by_scores(lambda scores: scores.argmin(1)),
            "You take the class that points the *least* like the picture. A large cosine means that they fit.",
        ),
        Mistake(
            _by_scores(lambda scores: scores.abs().argmax(1)),
            "The sign of the cosine is lost: a class that points the opposite way counts as a fit.",
        ),
        Mistake(
            _by_scores(lambda scores: scores.argmax(0)),
            "Your `argmax` runs over the pictures: it gives a picture for each class. A class for each picture is "
            "asked for, the largest in each row.",
        ),
        Mistake(
            _by_scores(lambda scores: scores.argmax()),
            "Your `argmax` has no axis, so it gives one place for the whole table. The largest in each row is asked "
            "for: `argmax(1)`.",
        ),
        Mistake(
            _by_scores(lambda scores: scores.amax(1)),
            "You give back the highest cosine. Its place is asked for: `argmax`.",
        ),
        Mistake(
            _by_scores(lambda scores: scores.max(1)),
            "`max` with an axis gives two things, the highest cosines and their places. Only the places are asked for.",
        ),
        Mistake(
            _by_scores(lambda scores: scores[0].argmax()),
            "You give a class for the first picture only. Each picture gets one: (N,).",
        ),
        Mistake(
            _by_scores(lambda scores: scores.argmax(1).float()),
            "The classes are right, but they are decimal numbers. Give back whole ones: they are to index a list.",
        ),
        Mistake(
            _by_scores(lambda scores: scores.argmax(1).tolist()),
            "The classes are right, but in a list. A tensor is needed: `torch.tensor(...)`.",
        ),
    ),
    hints=(
        "Three steps: one direction for each class, the mean of its prompts, (C, D). Back to length 1. Then for each "
        "picture the class with the highest cosine.",
        "`classes = F.normalize(prompts.mean(0), dim=-1)`; the table `images @ classes.T` is (N, C); `argmax(1)` gives "
        "the class of each row.",
    ),
)

# --- 03.4


def recall_at(similarity: torch.Tensor, k: int) -> float:
    """The share of questions whose right answer is among the first k; question i's right answer is i, (N, N)."""
    best = similarity.topk(k, dim=1).indices
    return (best == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


def _table_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(3)
    leaning = torch.tensor([[0.9, 0.8, 0.7], [0.6, 0.5, 0.1], [0.4, 0.2, 0.3]])
    fixed = [(torch.tensor([[0.3, 0.8], [-0.9, -0.1]]), 1)]
    fixed += [(leaning, k) for k in (1, 2, 3)] + [(torch.tensor([[0.1, 0.4], [0.7, 0.2]]), 1)]
    fixed += [(_match(n, fixed_generator), k) for n, k in ((4, 2), (6, 3), (7, 2), (8, 5), (9, 1))]
    drawn = []
    for i in range(9):
        drawn.append((_match(9 + i, generator), (1, 2, 4)[i % 3]))
    return fixed + drawn


def _match(n: int, generator: torch.Generator) -> torch.Tensor:
    return 2 * torch.rand(n, n, generator=generator) - 1 + 0.6 * torch.eye(n)


def _share(yes: torch.Tensor) -> float:
    return yes.float().mean().item()


def _hits(similarity: torch.Tensor, k: int) -> torch.Tensor:
    """Where among its k best answers a question has its right one, (N, k), yes or no."""
    return similarity.topk(k, dim=1).indices == torch.arange(len(similarity))[:, None]


def _better(similarity: torch.Tensor) -> torch.Tensor:
    """How many answers of each question are better than the right one, (N,)."""
    return (similarity > similarity.diagonal()[:, None]).sum(1)


RECALL = Exercise(
    id="03.4",
    title="Recall among the first k",
    minutes=10,
    difficulty=2,
    reference=recall_at,
    cases=_table_cases,
    mistakes=(
        Mistake(
            lambda similarity, k: recall_at(similarity, 1),
            "You look at the first place only and leave `k` out. Among the first k is enough.",
        ),
        Mistake(
            lambda similarity, k: recall_at(similarity, min(5, len(similarity))),
            "You always look at the first five. How many, `k` says.",
        ),
        Mistake(
            lambda similarity, k: recall_at(similarity.T, k),
            "You go down the columns. Then the other side asks: texts look for pictures where pictures should look for "
            "texts. Each *row* is a question: go along axis 1.",
        ),
        Mistake(
            lambda similarity, k: (recall_at(similarity, k) + recall_at(similarity.T, k)) / 2,
            "This is the mean of both directions. Only the rows ask here.",
        ),
        Mistake(
            lambda similarity, k: _hits(similarity, k).any(1).float().sum().item(),
            "You count the questions that are answered. Their share is asked for: divide by N.",
        ),
        Mistake(
            lambda similarity, k: _hits(similarity, k).any(1).float().sum().item() / k,
            "You divide by k. The share is asked for: divide by the number of questions, N.",
        ),
        Mistake(
            lambda similarity, k: _share(_hits(similarity, k)),
            "You divide by k as well. A question has one right answer, and is answered or not: `any(1)` over the k "
            "places, then the mean over questions.",
        ),
        Mistake(
            lambda similarity, k: _share(_hits(similarity, k).any(0)),
            "Your `any` runs over the questions (axis 0), so it says at which places somebody was right. Ask for each "
            "question whether it is answered: axis 1.",
        ),
        Mistake(
            lambda similarity, k: _hits(similarity, k).any(1).float(),
            "This says of each question whether it is answered, (N,). Their share is asked for: take the mean.",
        ),
        Mistake(
            lambda similarity, k: recall_at(-similarity, k),
            "You take the k *least* similar. A high similarity means a good answer.",
        ),
        Mistake(
            lambda similarity, k: recall_at(similarity.abs(), k),
            "The sign of the similarity is lost: a very bad answer counts like a very good one.",
        ),
        Mistake(
            lambda similarity, k: _share(_better(similarity) < k - 1),
            "One place too few: with k − 1 better answers the right one stands at place k, and that still counts.",
        ),
        Mistake(
            lambda similarity, k: _share(_better(similarity) <= k),
            "One place too many: with k better answers the right one stands at place k + 1, which does not count.",
        ),
        Mistake(
            lambda similarity, k: _share(_better(similarity) == k - 1),
            "You ask for the right answer at place k exactly. Any of the first k places will do.",
        ),
        Mistake(
            lambda similarity, k: _share((similarity > similarity.diagonal()).sum(1) < k),
            "Each answer is compared with the right score of its *column*. Compare it with that of its row: make a "
            "column of the diagonal, `[:, None]`.",
        ),
        Mistake(
            lambda similarity, k: _share(similarity.argsort(1, descending=True).diagonal() < k),
            "`argsort` says who stands at place i. Asked for is the place at which i stands: look for i among the "
            "first k of its row.",
        ),
        Mistake(
            lambda similarity, k: _share(torch.isin(torch.arange(len(similarity)), similarity.topk(k, 1).indices)),
            "An answer counts as found whichever question has found it. Question i has to find answer i itself.",
        ),
        Mistake(
            lambda similarity, k: _share((similarity.topk(k, dim=1).indices == 0).any(1)),
            "You look for answer 0 in every row. The right answer to question i is i.",
        ),
        Mistake(
            lambda similarity, k: _share(
                (similarity.topk(k, dim=1).values == torch.arange(len(similarity))[:, None]).any(1)
            ),
            "You compare the highest similarities with the numbers of the questions. It is their *places* that are "
            "numbers of answers: `.indices`.",
        ),
        Mistake(
            lambda similarity, k: _share(similarity[:, :k].argmax(1) == torch.arange(len(similarity))),
            "You look among the answers number 0 to k − 1 only. Take the k *best* of all answers.",
        ),
        Mistake(
            lambda similarity, k: _share((similarity.topk(k, 1).indices == torch.arange(len(similarity))).any(1)),
            "Your table of places, (N, k), meets a row of numbers, (N,). Each row of it is to be compared with its own "
            "number: make a column of them, `[:, None]`.",
        ),
    ),
    hints=(
        "`similarity.topk(k, dim=1).indices` gives for each question the places of its k best answers, (N, k). The "
        "right place for question i is i.",
        "Compare with a column of numbers: `best == torch.arange(N)[:, None]` is (N, k), yes or no. `any(1)` says "
        "which questions are answered; then the mean, as a plain number with `.item()`.",
    ),
)

# --- 03.5


def yes_or_no(image: torch.Tensor, text: torch.Tensor, scale: float, bias: float) -> torch.Tensor:
    """SigLIP's loss, shape (): images and texts (B, D) of length 1, text i belonging to image i."""
    sign = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(sign * (scale * image @ text.T + bias)).sum() / len(image)


def _sigmoid_cases(seed: int) -> list[tuple]:
    fixed_generator, generator = torch.Generator().manual_seed(7), torch.Generator().manual_seed(seed)
    fixed = [
        (_SIDES, torch.tensor([[0.8, 0.6], [0.28, -0.96]]), 2.0, -1.0),
        (_AGAINST, -_AGAINST, 200.0, -10.0),
        (_directions(3, 4, fixed_generator), _directions(3, 4, fixed_generator), 3.0, 0.5),
        (_directions(4, 3, fixed_generator), _directions(4, 3, fixed_generator), 5.0, -3.0),
    ]
    drawn = []
    for i in range(9):
        b, d = 2 + i, 3 + i // 2
        pairs = _directions(b, d, generator), _directions(b, d, generator)
        drawn.append((*pairs, (1.0, 5.0, 10.0)[i % 3], (-1.0, -4.0)[i % 2]))
    # Scale and bias are learned, so they are tensors.
    return [(image, text, torch.tensor(scale), torch.tensor(bias)) for image, text, scale, bias in fixed + drawn]


def _sign(image: torch.Tensor) -> torch.Tensor:
    return 2 * torch.eye(len(image)) - 1


def _of_answers(loss: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A mistake in what is made of the signed scores, (B, B); the result is divided by B."""
    return lambda image, text, scale, bias: loss(_sign(image) * (scale * image @ text.T + bias)) / len(image)


def _of_scores(signed: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A mistake in the sign: what comes of the scores (B, B) and the table with 1 on the diagonal and 0 elsewhere."""
    return lambda image, text, scale, bias: (
        -F.logsigmoid(signed(scale * image @ text.T + bias, torch.eye(len(image)))).sum() / len(image)
    )


def _of_parts(signed: Callable[[torch.Tensor, Any, Any, torch.Tensor], torch.Tensor]) -> Callable[..., Any]:
    """A mistake in how cosines (B, B), scale, bias and sign (B, B) are put together."""
    return lambda image, text, scale, bias: (
        -F.logsigmoid(signed(image @ text.T, scale, bias, _sign(image))).sum() / len(image)
    )


def _surprise(x: torch.Tensor, floor: float) -> torch.Tensor:
    return -(x.sigmoid() + floor).log().sum()


def _two_means(image: torch.Tensor, text: torch.Tensor, scale: float, bias: float) -> torch.Tensor:
    scores, same = scale * image @ text.T + bias, torch.eye(len(image), dtype=torch.bool)
    return -F.logsigmoid(scores[same]).mean() - F.logsigmoid(-scores[~same]).mean()


YES_OR_NO = Exercise(
    id="03.5",
    title="Write SigLIP's loss",
    minutes=15,
    difficulty=3,
    reference=yes_or_no,
    cases=_sigmoid_cases,
    gradients=("image", "text", "scale", "bias"),
    mistakes=(
        Mistake(
            _of_answers(lambda x: -F.logsigmoid(x).sum() / len(x)),
            "You divide by all B² pairs. Divide by B: then each matching pair keeps its weight when the batch grows.",
        ),
        Mistake(
            _of_answers(lambda x: -F.logsigmoid(x).sum() * len(x)),
            "You add up over all pairs, and that is right. Now divide by B, the number of pictures.",
        ),
        Mistake(
            lambda image, text, scale, bias: yes_or_no(image, text, scale, bias) * len(image) / image.shape[1],
            "You divide by D, the length of a direction. Divide by B, the number of pictures.",
        ),
        Mistake(
            _two_means,
            "You take the mean over the yes and the mean over the no by themselves, so both weigh the same. Add up all "
            "B² pairs, then divide by B: the many no weigh more.",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * scale * cosine),
            "You left the bias out. Add it to every score, before the sign.",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * scale * cosine + bias),
            "You add the bias after the sign. Then it pushes *every* answer the same way. It belongs to the score: "
            "sign · (scale · cosine + bias).",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * scale * (cosine + bias)),
            "The bias is multiplied by the scale. It is added to the score, after the scale.",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * (scale * cosine - bias)),
            "The bias is subtracted. Add it: it starts out below zero, so that the machine begins with no.",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * (cosine + bias)),
            "You left the scale out. Multiply the cosines by it: they lie between −1 and 1, so without it no answer "
            "is ever sure.",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * (cosine / scale + bias)),
            "You divide by the scale. It is 1 / temperature: *multiply* the cosines by it.",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * (scale.exp() * cosine + bias)),
            "You multiply by e to the power of the scale. What is handed over is the scale itself, not its logarithm.",
        ),
        Mistake(
            _of_parts(lambda cosine, scale, bias, sign: sign * (scale * (2 * cosine - 2) + bias)),
            "You use the squared distance between the directions. That is 2 − 2 · cosine: use the cosine itself.",
        ),
        Mistake(
            _of_scores(lambda scores, same: (1 - 2 * same) * scores),
            "The sign is the other way round: it must be +1 where picture and text belong together (the diagonal) and "
            "−1 elsewhere.",
        ),
        Mistake(
            _of_scores(lambda scores, same: same * scores),
            "Your sign is 1 and 0. With 0 the score is wiped out, and every wrong pair costs ln 2, come what may. "
            "The right answer off the diagonal is no: −1.",
        ),
        Mistake(
            _of_scores(lambda scores, same: (same - 1) * scores),
            "Your sign is 0 on the diagonal. There the score is wiped out, and every matching pair costs ln 2, come "
            "what may. The right answer there is yes: +1.",
        ),
        Mistake(
            _of_scores(lambda scores, same: scores),
            "You ask for yes everywhere. Off the diagonal the right answer is no: turn the sign of those scores.",
        ),
        Mistake(
            lambda image, text, scale, bias: (
                -(_sign(image) * F.logsigmoid(scale * image @ text.T + bias)).sum() / len(image)
            ),
            "Your sign stands outside the logarithm. The probability of no is σ(−x): turn the sign of the *score*.",
        ),
        Mistake(
            _of_answers(lambda x: -F.logsigmoid(x).diagonal().sum()),
            "You ask about the matching pairs only. Then answering yes to everything is perfect: all other pairs have "
            "to be asked too, and answered with no.",
        ),
        Mistake(
            _of_answers(lambda x: -F.logsigmoid(x).sum() + F.logsigmoid(x).diagonal().sum()),
            "You ask about the pairs that do not match only. Then answering no to everything is perfect: the diagonal "
            "has to be asked too, and answered with yes.",
        ),
        Mistake(
            _of_answers(lambda x: -F.logsigmoid(x).triu().sum()),
            "Half of the table is missing: everything below the diagonal. Picture 2 with text 1 is another pair than "
            "picture 1 with text 2.",
        ),
        Mistake(
            _of_answers(lambda x: -x.sigmoid().log().sum()),
            "Right for small scores. For a large one `exp` overflows or the sigmoid is rounded to 0, and infinity "
            "comes out. `F.logsigmoid` works it out safely.",
        ),
        *(
            Mistake(
                _of_answers(partial(_surprise, floor=floor)),
                f"No pair costs more than {-math.log(floor):.1f} here: a small number, {floor:.0e}, keeps the "
                "probability from being 0. A sure mistake costs more than that. `F.logsigmoid` needs no small number.",
            )
            for floor in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        Mistake(
            _of_answers(lambda x: (1 - x.sigmoid()).sum()),
            "This is one minus the probability of the right answer. Surprise is the negative *logarithm* of it.",
        ),
        Mistake(
            lambda image, text, scale, bias: yes_or_no(image, image, scale, bias),
            "You compare pictures with pictures. Each is asked about *texts*: `image @ text.T`.",
        ),
        Mistake(
            lambda image, text, scale, bias: yes_or_no(image.T, text.T, scale, bias) * image.shape[1] / len(image),
            "Your table is (D, D): it compares the numbers of a direction. A table of pictures by texts, (B, B), is "
            "needed: `image @ text.T`.",
        ),
        Mistake(
            lambda image, text, scale, bias: _one_way(scale * image @ text.T + bias),
            "You take a softmax over each row, so the texts are rivals. Here each pair is asked by itself, with a "
            "sigmoid.",
        ),
        Mistake(
            _of_scores(lambda scores, same: (2 * same - 1) * scores.sigmoid()),
            "The sigmoid is taken twice: the loss you call has one of its own inside. Hand it the plain scores.",
        ),
    ),
    hints=(
        "`sign = 2 * torch.eye(B) - 1` is +1 on the diagonal and −1 elsewhere. The score of a pair is scale times the "
        "cosine, plus the bias. How surprised are you by the right answer, if σ(score) is the probability of yes?",
        "The probability of the *right* answer is σ(sign · score), for yes and for no, since 1 − σ(x) = σ(−x). So "
        "`-F.logsigmoid(sign * scores).sum() / B`.",
    ),
)

EXERCISES = [PAIR, CONTRAST, ZERO_SHOT, RECALL, YES_OR_NO]

QUIZ = [
    Question(
        "A batch has 128 pairs. What is CLIP's loss when the towers give every pair the same cosine, and what would it "
        "be in a batch of 256?",
        (
            Option(
                "ln 128 in both cases: the loss is a mean.",
                False,
                "It is a mean over questions, but each question has as many possible answers as the batch has pairs. "
                "With 256 answers to choose from a blind guess is worse.",
            ),
            Option(
                "ln 128 ≈ 4.85, then ln 256 ≈ 5.55.",
                True,
                "Each picture chooses among all texts of the batch. So losses of different batch sizes cannot be "
                "compared: a lower one may only mean an easier question.",
            ),
            Option(
                "0.5, since half of the directions are right by chance.",
                False,
                "The loss counts surprise, not mistakes. All texts get about the same probability, 1/128, and "
                "−ln(1/128) = ln 128.",
            ),
        ),
    ),
    Question(
        "Why are the cosines multiplied by a learned scale?",
        (
            Option(
                "To make the gradients larger, so that training is faster.",
                False,
                "A learning rate could do that. The scale changes *which* answer the softmax can express: between "
                "cosines of −1 and 1 it can never be sure.",
            ),
            Option(
                "Because cosines lie between −1 and 1, and a softmax of such small differences is nearly flat.",
                True,
                "With scale 1, perfect towers and 128 texts the right one gets e / (e + 127), about 2 %. With a larger "
                "scale the model can be sure, and it learns how sure it should be.",
            ),
            Option(
                "To give directions length 1.",
                False,
                "That is the normalization, which comes before. It is because of it that a scale is needed.",
            ),
        ),
    ),
    Question(
        'A CLIP scores "a cat to the left of a dog" and "a cat to the right of a dog" nearly the same for every '
        "picture. What is the likeliest reason?",
        (
            Option(
                'The words "left" and "right" are too rare in the captions.',
                False,
                "They are in many captions. But being there is not enough: something has to depend on them.",
            ),
            Option(
                "In nearly every batch, knowing who is there is enough to find the right caption.",
                True,
                "The loss asks to tell a caption from the *other captions of the batch*. Almost none of them differs "
                "in left and right alone, so nothing is gained by reading it: the loss teaches what the batch asks.",
            ),
            Option(
                "A transformer of text cannot know the order of words.",
                False,
                "It has positions and can. It has no reason to use them here.",
            ),
        ),
    ),
    Question(
        "What does the sigmoid loss make easier than the softmax loss?",
        (
            Option(
                "Every pair is a question of its own, so the table can be worked through block by block.",
                True,
                "A softmax needs the sum over a whole row before any of its scores counts. A sigmoid does not: blocks "
                "can be added up one after the other, or on different machines.",
            ),
            Option(
                "It needs no negatives.",
                False,
                "It has as many: every pair off the diagonal is a question whose answer is no.",
            ),
            Option(
                "It is better than the softmax loss at every batch size.",
                False,
                "Its paper finds it ahead at small batches, and the two about equal at large ones. Which is ahead on "
                "your own data, only a measurement there can tell.",
            ),
        ),
    ),
    Question(
        "You want a classifier for ten kinds of mushrooms, and have a published CLIP but no labeled pictures. What do "
        "you do first?",
        (
            Option(
                "Train a probe on its features.",
                False,
                "A good second step, but a probe needs labels, and you have none yet.",
            ),
            Option(
                "Write a few sentences for each kind, and take the kind whose mean direction is nearest.",
                True,
                "That is a zero-shot classifier with a prompt ensemble. Then label a hundred pictures all the same: "
                "not to train, but to know how far you can trust it.",
            ),
            Option(
                "Nothing: it was not trained on these classes.",
                False,
                "It was trained on sentences, and its list is open. It may well have read these names. Whether it "
                "has, a few labeled pictures will tell.",
            ),
        ),
    ),
]
