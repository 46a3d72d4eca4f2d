"""Chapter 02, learning from labels: cross-entropy, votes of neighbors, targets in a tree, and a leak to avoid."""

import math
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 02.1


def cross_entropy(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean surprise, of shape (), of labels (B,) under the softmax of scores (B, C)."""
    log_p = scores - scores.logsumexp(1, keepdim=True)
    return -log_p[torch.arange(len(labels)), labels].mean()


def _at(values: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return values[torch.arange(len(labels)), labels]


def _p(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The probability of each label, (B,)."""
    return _at(scores.softmax(1), labels)


def _with_floor(scores: torch.Tensor, labels: torch.Tensor, floor: float) -> torch.Tensor:
    return -(_p(scores, labels) + floor).log().mean()


def _score_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.tensor([[0.0, 0.0]]), torch.tensor([1])),
        (torch.tensor([[1.0, 0.5, -1.0]]), torch.tensor([0])),
        (torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0]]), torch.tensor([0, 2])),
        (torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0]]), torch.tensor([1, 0])),
        (torch.tensor([[200.0, 0.0, -1.0], [-150.0, 150.0, 1.0]]), torch.tensor([1, 1])),
        (torch.tensor([[200.0, 0.0, 1.0], [-150.0, -152.0, -155.0]]), torch.tensor([0, 1])),
        (torch.tensor([[0.5, -1.0], [1.0, 2.0], [-0.5, 0.0], [3.0, 1.0]]), torch.tensor([0, 1, 1, 1])),
    ]
    drawn = []
    for i in range(12):
        b, c = (2 + i // 3, 3 + i // 2) if i % 4 else (4 + i, 2 + i // 4)
        drawn.append((torch.randn(b, c, generator=generator), torch.randint(c, (b,), generator=generator)))
    return fixed + sorted(drawn, key=lambda case: case[0].numel() + case[1].numel())


CROSS_ENTROPY = Exercise(
    id="02.1",
    title="Write the loss",
    minutes=15,
    difficulty=2,
    reference=cross_entropy,
    cases=_score_cases,
    gradients=("scores",),
    forbidden=(F.cross_entropy,),
    mistakes=(
        Mistake(
            lambda scores, labels: -_at(scores.exp() / scores.exp().sum(1, keepdim=True), labels).log().mean(),
            "Right for small scores, but for large ones `exp` overflows: e²⁰⁰ is more than a float can hold. Subtract "
            "`scores.logsumexp(1, keepdim=True)` from the scores instead: it is the logarithm of the sum, worked out "
            "safely.",
        ),
        Mistake(
            lambda scores, labels: (
                (scores - scores.max()).exp().sum(1).log() - _at(scores - scores.max(), labels)
            ).mean(),
            "You subtract the largest score of the whole *batch*. In a row whose scores are all far below it, every "
            "exponential is rounded to 0. Take the largest of each row: `scores.amax(1, keepdim=True)`.",
        ),
        Mistake(
            lambda scores, labels: (
                (scores - scores.amax(0)).exp().sum(1).log() - _at(scores - scores.amax(0), labels)
            ).mean(),
            "You subtract the largest score of each *column*. That takes a different number from each class, and so "
            "changes the probabilities. Within a row all have to lose the same number: the largest of that row.",
        ),
        Mistake(
            lambda scores, labels: (scores.logsumexp(1) - scores.amax(1) - _at(scores, labels)).mean(),
            "The largest score is subtracted in the sum of exponentials, but not from the score of the right class, or "
            "it is not added back after the logarithm. Subtract it from all scores first, and use only the new ones.",
        ),
        Mistake(
            lambda scores, labels: -scores.log_softmax(1)[:, labels].mean(),
            "`[:, labels]` picks all the labels in *every* row, (B, B). One entry of each row is wanted: "
            "`[torch.arange(B), labels]`.",
        ),
        Mistake(
            lambda scores, labels: -_p(scores, labels).log().mean(),
            "Right, until a probability is so small that it is rounded to 0 and its logarithm is minus infinity. Use "
            "`log_softmax`, or subtract `scores.logsumexp(1, keepdim=True)`: never take the logarithm after the "
            "softmax.",
        ),
        *(
            Mistake(
                partial(_with_floor, floor=floor),
                f"Your surprise is never above {-math.log(floor):.1f}: a small number, {floor:.0e}, keeps the "
                "probability from being 0. A sure mistake costs more than that, and would leave no slope to learn "
                "from. Work with the logarithm from the start: no small number is needed then.",
            )
            for floor in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        Mistake(
            lambda scores, labels: _at(scores.log_softmax(1), labels).mean(),
            "The sign is the other way round: this is the mean log-probability, at most 0. Surprise is its negative.",
        ),
        Mistake(
            lambda scores, labels: -_at(scores.log_softmax(1), labels).sum(),
            "You add up over the pictures where their mean is asked for. A sum grows with the batch, and with it every "
            "gradient.",
        ),
        Mistake(
            lambda scores, labels: -_p(scores, labels).mean(),
            "You average the probabilities of the labels. Take the logarithm of each before the mean: surprise is "
            "−log p.",
        ),
        Mistake(
            lambda scores, labels: (1 - _p(scores, labels)).mean(),
            "This is one minus the probability of the label. It is small when the machine is right, but it is not "
            "surprise, −log p, which has no upper limit.",
        ),
        Mistake(
            lambda scores, labels: -_p(scores, labels).mean().log(),
            "This is the surprise at the *mean* probability. Take the logarithm of each picture's probability first, "
            "then the mean: the two steps cannot be exchanged.",
        ),
        Mistake(
            lambda scores, labels: -_at(scores, labels).mean(),
            "You use the scores as they are. They are no probabilities yet: subtract `scores.logsumexp(1, "
            "keepdim=True)` first, or raising *all* scores would lower the loss.",
        ),
        Mistake(
            lambda scores, labels: -_at(scores.log_softmax(0), labels).mean(),
            "Your softmax runs down the batch (axis 0), so pictures compete with each other. The classes of one "
            "picture compete: axis 1.",
        ),
        Mistake(
            lambda scores, labels: -_at(scores.softmax(1).log_softmax(1), labels).mean(),
            "The softmax is taken twice: probabilities are treated as if they were scores. Once is enough.",
        ),
        Mistake(
            lambda scores, labels: -scores.log_softmax(1).mean(),
            "You average over all classes. Only the log-probability of the *right* class counts: pick it with "
            "`[torch.arange(B), labels]`.",
        ),
        Mistake(
            lambda scores, labels: -scores.log_softmax(1).amax(1).mean(),
            "This is the surprise at the class that the machine thinks likeliest. What counts is the class that the "
            "label names, however unlikely.",
        ),
        Mistake(
            lambda scores, labels: -_at(scores.log_softmax(1), labels - 1).mean(),
            "You take the class before the one that is named. Labels are counted from 0, like the columns.",
        ),
        Mistake(
            lambda scores, labels: -(F.one_hot(labels) * scores.log_softmax(1)).sum(1).mean(),
            "`F.one_hot` has to be told how many classes there are, `scores.shape[1]`. Alone it makes only as many "
            "columns as the largest label of this batch needs.",
        ),
        Mistake(
            lambda scores, labels: cross_entropy(scores[:1], labels[:1]),
            "Only the first picture counts in your result. The mean surprise of all of them is asked for.",
        ),
        Mistake(
            lambda scores, labels: -_at(scores.log_softmax(1), labels).mean() / torch.tensor(2.0).log(),
            "You count in bits, as chapter 00 did. Losses are counted with the natural logarithm, `log` and not "
            "`log2`: it differs by a factor of 0.69 only, but everybody's numbers have to match.",
        ),
    ),
    hints=(
        "The probability of class c is exp(score c) divided by the sum of all exp(score). Its logarithm is the score "
        "minus the logarithm of that sum. `torch.logsumexp` gives the logarithm of the sum, safely.",
        "First `log_p = scores - scores.logsumexp(1, keepdim=True)`, of shape (B, C). Then pick one entry of each row: "
        "`log_p[torch.arange(len(labels)), labels]`. Then the mean, and the minus.",
    ),
)

# --- 02.2


def knn_label(query: torch.Tensor, gallery: torch.Tensor, labels: torch.Tensor, k: int) -> int:
    """The label that most of the k nearest to a query (D,) have, by cosine; gallery (N, D), labels (N,)."""
    similarity = (gallery @ query) / (gallery.norm(dim=1) * query.norm())
    nearest = similarity.topk(k).indices
    return int(labels[nearest].bincount().argmax())


def _cosine(query: torch.Tensor, gallery: torch.Tensor) -> torch.Tensor:
    return (gallery @ query) / (gallery.norm(dim=1) * query.norm())


def _ranked(query: torch.Tensor, gallery: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The labels of the gallery, that of the nearest first."""
    return labels[_cosine(query, gallery).argsort(descending=True)]


def _clear(labels: torch.Tensor) -> bool:
    """Whether one label has more votes than any other."""
    votes = labels.bincount().sort(descending=True).values
    return len(votes) < 2 or bool(votes[0] > votes[1])


def _vote_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    sides = torch.tensor([[10.0, 0.5], [1.5, 1.0], [0.0, 1.0]])
    few = torch.tensor([[1.0, 0.1], [0.9, -0.1], [8.0, 8.0], [0.1, 1.0], [-1.0, 0.2]])
    wide = torch.tensor([[2.0, 0.2], [1.0, 0.3], [3.0, -1.8], [1.0, 0.9], [0.5, 0.7], [-1.0, 0.1], [-6.0, 0.3]])
    east = torch.tensor([2.0, 0.0])
    fixed = [(east, sides, torch.tensor([4, 7, 9]), 1)]
    fixed += [(east, few, torch.tensor([7, 4, 4, 7, 7]), k) for k in (1, 3, 5)]
    fixed += [(east, wide, torch.tensor([4, 1, 7, 1, 9, 0, 0]), k) for k in (1, 5)]
    return fixed + _votes(torch.Generator().manual_seed(1), 15, 7) + _votes(generator, 16, 9)


def _votes(generator: torch.Generator, count: int, smallest: int) -> list[tuple]:
    """Drawn questions with one right answer: no two labels have the most votes, and no two pictures are as near."""
    cases: list[tuple] = []
    while len(cases) < count:
        n, k = smallest + len(cases) // 4, (1, 3, 5, 4, 7)[len(cases) % 5]
        sizes = (0.2 + 3 * torch.rand(n, 1, generator=generator)) * torch.tensor([2.0, 1.0, 0.4])
        gallery = torch.randn(n, 3, generator=generator) * sizes
        labels = torch.tensor([0, 2, 5, 9])[torch.randint(4, (n,), generator=generator)]
        query = torch.randn(3, generator=generator)
        gaps = -_cosine(query, gallery).sort(descending=True).values.diff()
        if gaps.min() > 1e-3 and _clear(labels) and _clear(_ranked(query, gallery, labels)[:k]):
            cases.append((query, gallery, labels, k))
    return cases


def _vote(scores: torch.Tensor, labels: torch.Tensor, k: int) -> int:
    return int(labels[scores.topk(k).indices].bincount().argmax())


def _ballot(decide: Callable[[torch.Tensor, int], Any]) -> Callable[..., Any]:
    """A mistake that comes of the labels, that of the nearest first, and k."""
    return lambda query, gallery, labels, k: decide(_ranked(query, gallery, labels), k)


def _most(labels: torch.Tensor) -> int:
    return int(labels.bincount().argmax())


def _most_by_weight(query: torch.Tensor, gallery: torch.Tensor, labels: torch.Tensor, k: int) -> int:
    cosines, nearest = _cosine(query, gallery).topk(k)
    return int(torch.zeros(int(labels.max()) + 1).index_add(0, labels[nearest], cosines).argmax())


KNN = Exercise(
    id="02.2",
    title="Let the neighbors vote",
    minutes=10,
    difficulty=2,
    reference=knn_label,
    cases=_vote_cases,
    mistakes=(
        Mistake(
            lambda query, gallery, labels, k: _vote(gallery @ query, labels, k),
            "A long feature wins here over a short one that points more nearly the same way, as with the plain dot "
            "product. Divide *each* row of the gallery by its own length: the cosine asks for the direction alone.",
        ),
        Mistake(
            lambda query, gallery, labels, k: _vote(F.normalize(gallery, dim=0) @ query, labels, k),
            "You bring the *columns* of the gallery to length 1. A feature is a row: `dim=1`.",
        ),
        Mistake(
            lambda query, gallery, labels, k: _vote(gallery @ query / gallery.square().sum(1), labels, k),
            "You divide by the square of each length. Short features win then: the length is the *root* of the sum of "
            "squares.",
        ),
        Mistake(
            lambda query, gallery, labels, k: _vote(gallery @ query * gallery.norm(dim=1), labels, k),
            "You multiply by the lengths. The cosine is the dot product *divided* by them.",
        ),
        Mistake(
            lambda query, gallery, labels, k: _vote(_cosine(query, gallery).abs(), labels, k),
            "What points the opposite way counts as near here: the sign of the cosine is lost.",
        ),
        Mistake(
            lambda query, gallery, labels, k: _vote(-(gallery - query).norm(dim=1), labels, k),
            "You use the plain distance. That is a fair choice too, but cosine is asked for: features that point the "
            "same way are alike, however long they are.",
        ),
        Mistake(
            lambda query, gallery, labels, k: _vote(-_cosine(query, gallery), labels, k),
            "You let the k *least* similar vote. A large cosine means near: take the largest.",
        ),
        Mistake(
            _ballot(lambda ranked, k: int(ranked[0])),
            "This is always the label of the single nearest: `k` is left out, or no two votes are ever counted as "
            "equal. (Two tensors are two different keys to a dict or a `Counter`: take `.tolist()` first.)",
        ),
        Mistake(
            _ballot(lambda ranked, k: int(ranked[k - 1])),
            "This is the label of the k-th nearest alone. All of the first k vote.",
        ),
        Mistake(
            _ballot(lambda ranked, k: _most(ranked[:5])),
            "Always five of them vote. How many, `k` says.",
        ),
        Mistake(
            _ballot(lambda ranked, k: _most(ranked[: k + 1])),
            "One neighbor too many votes: k + 1 of them.",
        ),
        Mistake(
            _ballot(lambda ranked, k: _most(ranked[: max(1, k - 1)])),
            "One neighbor too few votes: k − 1 of them.",
        ),
        Mistake(
            _ballot(lambda ranked, k: _most(ranked[1 : k + 1])),
            "The nearest is left out, as if it were the query itself. The query is not in the gallery: the first k "
            "count.",
        ),
        Mistake(
            _ballot(lambda ranked, k: _most(ranked)),
            "This is the most frequent label of the whole gallery. Only the k nearest vote.",
        ),
        Mistake(
            lambda query, gallery, labels, k: int(_cosine(query, gallery).argmax()),
            "You return the position of the nearest. Return a label: look it up in `labels`, after a vote of k.",
        ),
        Mistake(
            lambda query, gallery, labels, k: int(_cosine(query, gallery).topk(k).indices.min()),
            "You let positions in the gallery vote. All are different, and none is a label: look them up in `labels` "
            "first.",
        ),
        Mistake(
            _ballot(lambda ranked, k: round(ranked[:k].float().mean().item())),
            "You average the labels and round. They are names, not amounts: halfway between cat (0) and cow (2) there "
            "is no dog. Count votes and take the most frequent.",
        ),
        Mistake(
            _ballot(lambda ranked, k: int(ranked[:k].median())),
            "You take the label in the middle. Labels are names, not amounts, and have no order: count votes and take "
            "the most frequent.",
        ),
        Mistake(
            _ballot(lambda ranked, k: int(ranked[:k].max())),
            "You take the largest label. Labels are names, and none is more than another: count votes and take the "
            "most frequent.",
        ),
        Mistake(
            _ballot(lambda ranked, k: int(ranked[:k].bincount().max())),
            "You return how many votes the winner has. Asked for is who it is.",
        ),
        Mistake(
            _ballot(lambda ranked, k: Counter(ranked[:k].tolist()).most_common(1)[0]),
            "The label comes with its number of votes. Give back the label alone.",
        ),
        Mistake(
            _ballot(lambda ranked, k: float(_most(ranked[:k]))),
            "The label is right, but it is a decimal number. Give back an int.",
        ),
        Mistake(
            _ballot(lambda ranked, k: int(ranked[:k].unique(return_counts=True)[1].argmax())),
            "You return the winner's place among the different labels that voted. Look up which label stands there.",
        ),
        Mistake(
            _ballot(lambda ranked, k: Counter(ranked[:k].tolist()).most_common()[-1][0]),
            "You return the label with the fewest votes.",
        ),
        Mistake(
            _most_by_weight,
            "You weigh the votes by the cosine. Here each of the k nearest has one vote, however near it is.",
        ),
    ),
    hints=(
        "Three steps: the cosine of the query with every row of the gallery, the places of the k largest, and the "
        "label that turns up most often there.",
        "`(gallery @ query) / (gallery.norm(dim=1) * query.norm())` gives all cosines, `.topk(k).indices` the places, "
        "and `labels[...].bincount().argmax()` the winner of the vote.",
    ),
)

# --- 02.3


def path_targets(labels: torch.Tensor, finest: torch.Tensor, paths: torch.Tensor) -> torch.Tensor:
    """The right class at each level, (B, levels), −1 at levels finer than the label says.

    `labels` (B,) are leaves, `finest` (B,) the finest level that is known, 0 for the leaf itself, and `paths`
    (leaves, levels) each leaf's path, leaf first.
    """
    targets = paths[labels].clone()
    targets[torch.arange(paths.shape[1]) < finest[:, None]] = -1
    return targets


_TREE = torch.tensor([[0, 0, 0], [1, 0, 0], [2, 1, 0], [3, 1, 0], [4, 2, 1], [5, 3, 1]])
_FLAT, _DEEP = _TREE[:, :2], torch.cat([_TREE, torch.zeros(6, 1, dtype=torch.long)], dim=1)


def _path_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.tensor([3]), torch.tensor([0]), _FLAT),
        (torch.tensor([4]), torch.tensor([1]), _TREE),
        (torch.tensor([4, 2]), torch.tensor([1, 2]), _TREE),
        (torch.tensor([1, 5, 2]), torch.tensor([2, 0, 1]), _TREE),
        (torch.tensor([5, 1, 3, 3, 2]), torch.tensor([2, 1, 3, 0, 2]), _DEEP),
    ]
    drawn = []
    for i in range(9):
        n, tree = 2 + i, (_FLAT, _TREE, _DEEP)[i % 3]
        labels = torch.randint(6, (n,), generator=generator)
        drawn.append((labels, torch.randint(tree.shape[1], (n,), generator=generator), tree))
    return fixed + drawn


def _blank(unknown: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor], blank: int = -1) -> Callable[..., Any]:
    """A mistake that comes of which entries are blanked: by level (levels,), finest (B, 1) and how many levels."""

    def mistaken(labels: torch.Tensor, finest: torch.Tensor, paths: torch.Tensor) -> torch.Tensor:
        levels = paths.shape[1]
        where = unknown(torch.arange(levels), finest[:, None], levels)
        return paths[labels].masked_fill(where, blank)

    return mistaken


PATHS = Exercise(
    id="02.3",
    title="Turn labels into paths",
    minutes=10,
    difficulty=2,
    reference=path_targets,
    cases=_path_cases,
    mistakes=(
        Mistake(
            lambda labels, finest, paths: paths[labels],
            "You give the whole path. Where the annotator said only the family, nobody knows the thing: put −1 at all "
            "levels finer than `finest`.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level <= finest),
            "One level too many is gone: `finest` itself *is* known. Blank the levels strictly below it.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level < finest - 1),
            "One level too few is gone: all levels whose number is less than `finest` are unknown, also the one right "
            "below it.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level > finest),
            'You blank the coarse levels and keep the fine ones. Whoever says "animal" has told you the family and '
            "the realm, but not the thing: blank the levels whose number is *less* than `finest`.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level >= finest),
            "You keep just what is unknown, and blank the rest: the levels from `finest` on are the known ones.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level != finest),
            "You keep the one level that was said. But it brings its ancestors along: every animal is a living thing, "
            "so the levels above are known too.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level == finest),
            "You blank the very level that was said. That one is known, and so are all above it: the finer ones are "
            "not.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level < levels - finest),
            "You take `finest` for the number of known levels. It is the number of the finest known level: with 0 "
            "everything is known.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: (level == 0) & (finest > 0)),
            "Only the first level is ever blanked. Where the finest known level is 2, level 1 is unknown as well.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level == (finest - 1) % levels),
            "You blank one level only, `finest - 1`. All finer ones are unknown as well; and where `finest` is 0, "
            "that is −1, the last level, though everything is known.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level < finest[0]),
            "All labels are blanked as the first one asks. Each has a `finest` of its own.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level < levels),
            "You blank everything: nothing is ever known.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level < finest[:, 0]),
            "You compare each level with the label of the same number, and that fits only by luck. Each level is to be "
            "compared with each label: turn `finest` into a column, `finest[:, None]`.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level < finest, 0),
            "You put 0 where nothing is known. But 0 is a class: the loss would teach that all these pictures show the "
            "first one. Use −1.",
        ),
        Mistake(
            _blank(lambda level, finest, levels: level < finest, -100),
            "You put −100 where nothing is known, as `F.cross_entropy` would like it. Here −1 is agreed on.",
        ),
        Mistake(
            lambda labels, finest, paths: paths[labels] * (torch.arange(paths.shape[1]) >= finest[:, None]) - 1,
            "Where something is known, your class is one too small. Only the unknown ones become −1.",
        ),
        Mistake(
            lambda labels, finest, paths: path_targets(finest, finest, paths),
            "You look up the paths of `finest`. A path belongs to a label: `paths[labels]`.",
        ),
        Mistake(
            lambda labels, finest, paths: path_targets(
                labels, finest, torch.arange(len(paths))[:, None].expand(paths.shape)
            ),
            "The number of the thing stands at every known level. Each level has numbers of its own: `paths` tells the "
            "family and the realm of each thing.",
        ),
        Mistake(
            lambda labels, finest, paths: path_targets(labels, finest, paths).float(),
            "The classes are right, but they are decimal numbers. They have to be whole ones: no loss takes others.",
        ),
        Mistake(
            lambda labels, finest, paths: path_targets(labels, finest, paths).tolist(),
            "The classes are right, but in a list of lists. A tensor is needed: `torch.tensor(...)`.",
        ),
        Mistake(
            lambda labels, finest, paths: paths[labels][torch.arange(len(labels)), finest],
            "You return only the class at the finest known level, (B,). Return a class for *each* level, (B, levels).",
        ),
    ),
    hints=(
        "`paths[labels]` has shape (B, levels): the whole path of each picture, the thing first. Which entries of it "
        "would the annotator not know?",
        "Compare level numbers with what is known: `torch.arange(paths.shape[1]) < finest[:, None]` is a table "
        "(B, levels) of yes and no. Put −1 where it says yes.",
    ),
)

# --- 02.4


def standardize(known: torch.Tensor, new: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Known (N, D) and new features (M, D), both by the mean and spread of the known ones alone."""
    mean, spread = known.mean(0), known.std(0, correction=0)
    return (known - mean) / spread, (new - mean) / spread


def _own(x: torch.Tensor, axis: int = 0) -> torch.Tensor:
    return (x - x.mean(axis, keepdim=True)) / x.std(axis, correction=0, keepdim=True)


def _by(mean: Any, spread: Any, known: torch.Tensor, new: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return (known - mean) / spread, (new - mean) / spread


def _ruler(measure: Callable[[torch.Tensor], tuple[Any, Any]]) -> Callable[..., Any]:
    """A mistake that comes of what is taken for the mean and the spread of the known features."""
    return lambda known, new: _by(*measure(known), known, new)


def _spread(x: torch.Tensor) -> torch.Tensor:
    return x.std(0, correction=0)


def _feature_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.tensor([[0.0], [2.0]]), torch.tensor([[3.0]])),
        (torch.tensor([[1.0], [7.0]]), torch.tensor([[3.0], [5.0]])),
        (torch.tensor([[0.0, 4.0], [2.0, 8.0]]), torch.tensor([[1.0, 1.0], [5.0, 2.0], [0.0, 0.0]])),
        (torch.tensor([[0.3, 1.0], [0.1, 2.0], [0.2, 9.0]]), torch.tensor([[0.1, -8.0], [0.5, 4.0]])),
    ]
    drawn = []
    for i in range(9):
        n, m, d = 3 + i, 2 + i // 2, 1 + i // 3
        drawn.append((torch.randn(n, d, generator=generator) * 3 + 1, torch.randn(m, d, generator=generator) + 2))
    return fixed + drawn


LEAK = Exercise(
    id="02.4",
    title="Plug the leak",
    minutes=10,
    difficulty=2,
    reference=standardize,
    cases=_feature_cases,
    mistakes=(
        Mistake(
            lambda known, new: _by(torch.cat([known, new]).mean(0), _spread(torch.cat([known, new])), known, new),
            "This is the leak. Your mean and spread come from *all* features, the new ones too, so the test has a say "
            "in what it is tested with. Take both from `known` alone.",
        ),
        Mistake(
            lambda known, new: (_own(known), _own(new)),
            "Each set is standardized by itself. Then the new features are measured with another ruler than the known "
            "ones, and a single new picture could not be tested at all. Use the mean and spread of `known` for both.",
        ),
        Mistake(
            lambda known, new: (_own(known), (new - new.mean(0)) / _spread(known)),
            "The new features lose their *own* mean. That lets them have a say: subtract the mean of `known`.",
        ),
        Mistake(
            lambda known, new: (_own(known), (new - known.mean(0)) / _spread(new)),
            "The new features are divided by their *own* spread. That lets them have a say: divide by the spread of "
            "`known`.",
        ),
        Mistake(
            lambda known, new: _by(new.mean(0), _spread(new), known, new),
            "Mean and spread come from the new features. It is the other way round: the ruler is made of `known`.",
        ),
        Mistake(
            lambda known, new: (_own(known), new),
            "The new features come out as they went in. Either nothing is done to them, or they are measured by a "
            "`known` that is standardized already, whose mean is 0 and whose spread is 1: take both before you change "
            "it.",
        ),
        Mistake(
            lambda known, new: (known - known.mean(0), new - known.mean(0)),
            "The mean is right. Now divide by the spread, `known.std(0, correction=0)`, so that every feature counts "
            "alike.",
        ),
        Mistake(
            _ruler(lambda known: (0.0, _spread(known))),
            "The spread is right, but the mean is still there: subtract it first.",
        ),
        Mistake(
            _ruler(lambda known: (-known.mean(0), _spread(known))),
            "The mean is added. Subtract it, so that the known features have the mean 0.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0) / _spread(known), 1.0)),
            "Only the mean is divided by the spread. The difference has to be: put `x - mean` in brackets.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(), known.std(correction=0))),
            "You take one mean over all numbers. Each feature has its own: take the mean and the spread down the "
            "pictures, over axis 0.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), known.std(correction=0))),
            "Each feature has its own mean, but they share one spread. Take the spread down the pictures too, over "
            "axis 0.",
        ),
        Mistake(
            lambda known, new: (_own(known, 1), _own(new, 1)),
            "Each picture is measured by its own mean and spread, over axis 1. Take both down the pictures, over axis "
            "0: one of each for every feature.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), known.std(0))),
            "Nearly: torch's `std` divides by N − 1 unless told otherwise. Here the plain spread is asked for, which "
            "divides by N: `std(0, correction=0)`.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), known.var(0, correction=0))),
            "You divide by the variance. Its square root, the standard deviation, is in the unit of the features.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), _spread(known).sqrt())),
            "You divide by the root of the spread: one root too many. The spread is the root of the variance.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), 1 / _spread(known))),
            "You multiply by the spread. Divide by it, so that the known features have the spread 1.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), known.square().mean(0).sqrt())),
            "Your spread is the root mean square of the features themselves. Take it of their distances from the mean.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), (known - known.mean(0)).abs().mean(0))),
            "Your spread is the mean distance from the mean. The standard deviation is asked for: square the "
            "distances, take the mean, then the root.",
        ),
        Mistake(
            _ruler(lambda known: (known.mean(0), known.amax(0) - known.amin(0))),
            "You divide by the distance from the lowest to the highest value. The spread asked for is the standard "
            "deviation.",
        ),
        Mistake(
            _ruler(lambda known: (known.amin(0), known.amax(0) - known.amin(0))),
            "The known features run from 0 to 1 here. Asked for is a mean of 0 and a spread of 1.",
        ),
        Mistake(
            _ruler(lambda known: (known.median(0).values, _spread(known))),
            "You subtract the median. The mean is asked for.",
        ),
        Mistake(
            lambda known, new: (F.normalize(known, dim=1), F.normalize(new, dim=1)),
            "Each picture is brought to length 1. That is another thing: standardizing goes feature by feature.",
        ),
        Mistake(
            lambda known, new: standardize(known, new)[0],
            "The known features are right. Give back the new ones as well, as a pair.",
        ),
        Mistake(
            lambda known, new: torch.cat(standardize(known, new)),
            "The numbers are right, but both sets are glued together in one tensor. Give back a pair.",
        ),
    ),
    hints=(
        "Standardizing means: subtract the mean of each feature and divide by its spread. Whose mean and spread may "
        "you use, if the test must know nothing of the new pictures?",
        "`mean, spread = known.mean(0), known.std(0, correction=0)`. Then use these two for `known` and for `new`.",
    ),
)

EXERCISES = [CROSS_ENTROPY, KNN, PATHS, LEAK]

QUIZ = [
    Question(
        "A classifier has 40 classes and gives all of them the same score. What is its cross-entropy?",
        (
            Option(
                "0, because it takes no side.",
                False,
                "0 would mean no surprise at all: probability 1 on the right class. Taking no side means being "
                "surprised by every answer.",
            ),
            Option(
                "ln 40, about 3.69.",
                True,
                "Each class gets probability 1/40, and −ln(1/40) = ln 40. A loss that stays there has learned nothing "
                "yet: a good number to know by heart when you watch the first steps of a training.",
            ),
            Option(
                "1/40.",
                False,
                "That is the probability of the right class. The loss is its surprise, −ln(1/40).",
            ),
        ),
    ),
    Question(
        'One annotator says "animal", another says "cat", and both are right. What does a flat softmax over all names '
        "do with that?",
        (
            Option(
                "It treats the two as rivals: to be more of a cat is to be less of an animal.",
                True,
                "A softmax has one probability to share out. Semantic softmax gives each level of the tree a softmax "
                "of its own, so the picture can be fully a cat and fully an animal.",
            ),
            Option(
                "It learns that cats are animals, since both names go with like pictures.",
                False,
                "The features may come close to each other, but the loss works against it: each picture that is called "
                '"animal" pushes the score of "cat" down.',
            ),
            Option(
                "Nothing special: wrong labels average out.",
                False,
                "Neither label is wrong. The trouble is that the flat softmax has no way to let both be right.",
            ),
        ),
    ),
    Question(
        "You train on labels of which 40 % are wrong. The training loss keeps falling, the accuracy on new pictures "
        "has begun to fall too. What is going on?",
        (
            Option(
                "The learning rate is too high.",
                False,
                "Then the training loss would jump about or rise. It falls: the model is getting better at what it is "
                "asked, and what it is asked is partly wrong.",
            ),
            Option(
                "The model is learning the wrong labels by heart.",
                True,
                "What many pictures agree on is learned first; single wrong labels have to be memorized, which takes "
                "longer. Stopping in between keeps the first and leaves out the second.",
            ),
            Option(
                "The validation pictures are wrongly labeled as well.",
                False,
                "In this chapter they are not. And wrong labels there would put a ceiling on the accuracy, but not "
                "make it turn round and fall.",
            ),
        ),
    ),
    Question(
        "A linear probe on frozen features finds the *color* of the thing far less often after training on labels than "
        "before. Is the encoder broken?",
        (
            Option(
                "Yes: training should only add knowledge.",
                False,
                "Features are few. To make the label easy to read, the encoder lets go of what does not help to tell "
                "it. That is the point of a representation, and its price.",
            ),
            Option(
                "No: color never helped to tell the label, so the features let go of it.",
                True,
                "The label asked for the kind of thing and for nothing else. If tomorrow's question is about color, "
                "these features are the wrong ones: a teacher who asks little teaches little.",
            ),
            Option(
                "No, the probe is just too weak to find it.",
                False,
                "The same probe found it in features of random weights. What changed is the features.",
            ),
        ),
    ),
]
