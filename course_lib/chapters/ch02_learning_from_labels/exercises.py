"""Chapter 02, learning from labels: cross-entropy, votes of neighbors, targets in a tree, and a leak to avoid."""

import torch

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 02.1


def cross_entropy(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean surprise, of shape (), of labels (B,) under the softmax of scores (B, C)."""
    log_p = scores - scores.logsumexp(1, keepdim=True)
    return -log_p[torch.arange(len(labels)), labels].mean()


def _at(values: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return values[torch.arange(len(labels)), labels]


def _score_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.tensor([[0.0, 0.0]]), torch.tensor([1])),
        (torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0]]), torch.tensor([0, 2])),
        (torch.tensor([[200.0, 0.0], [-150.0, 150.0]]), torch.tensor([1, 1])),
        (torch.tensor([[200.0, 0.0], [-150.0, -160.0]]), torch.tensor([0, 1])),
    ]
    drawn = []
    for i in range(12):
        b, c = 2 + i // 3, 3 + i // 2
        scores = 3 * torch.randn(b, c, generator=generator)
        drawn.append((scores, torch.randint(c, (b,), generator=generator)))
    return fixed + drawn


CROSS_ENTROPY = Exercise(
    id="02.1",
    title="Write the loss",
    minutes=15,
    difficulty=2,
    reference=cross_entropy,
    cases=_score_cases,
    mistakes=(
        Mistake(
            lambda scores, labels: -_at(scores.exp() / scores.exp().sum(1, keepdim=True), labels).log().mean(),
            "Right for small scores, but for large ones `exp` overflows: e²⁰⁰ is more than a float can hold. Subtract "
            "`scores.logsumexp(1, keepdim=True)` from the scores instead: it is the logarithm of the sum, worked out "
            "safely.",
        ),
        Mistake(
            lambda scores, labels: (scores.exp().sum(1).log() - _at(scores, labels)).mean(),
            "The formula is right, but `exp` overflows for large scores: e²⁰⁰ is more than a float can hold. Subtract "
            "the largest score of each row first, which changes nothing else; or let `scores.logsumexp(1)` do it.",
        ),
        Mistake(
            lambda scores, labels: (
                (scores - scores.max()).exp().sum(1).log() - _at(scores - scores.max(), labels)
            ).mean(),
            "You subtract the largest score of the whole *batch*. In a row whose scores are all far below it, every "
            "exponential is rounded to 0. Take the largest of each row: `scores.amax(1, keepdim=True)`.",
        ),
        Mistake(
            lambda scores, labels: -scores.log_softmax(1)[:, labels].mean(),
            "`[:, labels]` picks all the labels in *every* row, (B, B). One entry of each row is wanted: "
            "`[torch.arange(B), labels]`.",
        ),
        Mistake(
            lambda scores, labels: -_at(scores.softmax(1), labels).log().mean(),
            "Right, until a probability is so small that it is rounded to 0 and its logarithm is minus infinity. Use "
            "`log_softmax`, or subtract `scores.logsumexp(1, keepdim=True)`: never take the logarithm after the "
            "softmax.",
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
            lambda scores, labels: -_at(scores.softmax(1), labels).mean(),
            "You average the probabilities of the labels. Take the logarithm of each before the mean: surprise is "
            "−log p.",
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
            lambda scores, labels: -scores.log_softmax(1).mean(),
            "You average over all classes. Only the log-probability of the *right* class counts: pick it with "
            "`[torch.arange(B), labels]`.",
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


def _vote_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    sides = torch.tensor([[10.0, 0.5], [1.5, 1.0], [0.0, 1.0]])
    few = torch.tensor([[1.0, 0.1], [0.9, -0.1], [8.0, 8.0], [0.1, 1.0], [-1.0, 0.2]])
    east = torch.tensor([2.0, 0.0])
    fixed = [(east, sides, torch.tensor([4, 7, 9]), 1)]
    fixed += [(east, few, torch.tensor([7, 4, 4, 7, 7]), k) for k in (1, 3)]
    drawn = []
    for i in range(40):
        n = 7 + i // 4
        sizes = 0.2 + 3 * torch.rand(n, 1, generator=generator)
        gallery = torch.randn(n, 3, generator=generator) * sizes
        labels = torch.where(torch.rand(n, generator=generator) < 0.5, 2, 9)
        drawn.append((torch.randn(3, generator=generator), gallery, labels, (1, 3, 5)[i % 3]))
    return fixed + drawn


def _vote(scores: torch.Tensor, labels: torch.Tensor, k: int) -> int:
    return int(labels[scores.topk(k).indices].bincount().argmax())


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
            "You use the plain dot product, so long features win whatever their direction. Divide by both lengths: the "
            "cosine asks for the direction alone.",
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
            lambda query, gallery, labels, k: int(labels[_cosine(query, gallery).argmax()]),
            "You take the label of the single nearest and leave `k` out. Let the k nearest vote.",
        ),
        Mistake(
            lambda query, gallery, labels, k: int(_cosine(query, gallery).argmax()),
            "You return the position of the nearest. Return a label: look it up in `labels`, after a vote of k.",
        ),
        Mistake(
            lambda query, gallery, labels, k: int(labels[_cosine(query, gallery).topk(k).indices].float().mean()),
            "You average the labels. They are names, not amounts: halfway between cat (0) and cow (2) there is no dog. "
            "Count votes and take the most frequent.",
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


def _path_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.tensor([3]), torch.tensor([0]), _TREE),
        (torch.tensor([4]), torch.tensor([1]), _TREE),
        (torch.tensor([1, 5, 2]), torch.tensor([2, 0, 1]), _TREE),
    ]
    drawn = []
    for i in range(9):
        n = 2 + i
        drawn.append((torch.randint(6, (n,), generator=generator), torch.randint(3, (n,), generator=generator), _TREE))
    return fixed + drawn


def _blanked(where: torch.Tensor, targets: torch.Tensor, blank: int = -1) -> torch.Tensor:
    return torch.where(where, torch.full_like(targets, blank), targets)


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
            lambda labels, finest, paths: _blanked(torch.arange(3) <= finest[:, None], paths[labels]),
            "One level too many is gone: `finest` itself *is* known. Blank the levels strictly below it.",
        ),
        Mistake(
            lambda labels, finest, paths: _blanked(torch.arange(3) > finest[:, None], paths[labels]),
            'You blank the coarse levels and keep the fine ones. Whoever says "animal" has told you the family and '
            "the realm, but not the thing: blank the levels whose number is *less* than `finest`.",
        ),
        Mistake(
            lambda labels, finest, paths: _blanked(torch.arange(3) != finest[:, None], paths[labels]),
            "You keep the one level that was said. But it brings its ancestors along: every animal is a living thing, "
            "so the levels above are known too.",
        ),
        Mistake(
            lambda labels, finest, paths: _blanked(torch.arange(3) < finest[:, None], paths[labels], 0),
            "You put 0 where nothing is known. But 0 is a class: the loss would teach that all these pictures show the "
            "first one. Use −1.",
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


def _leaky(known: torch.Tensor, new: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    everything = torch.cat([known, new])
    mean, spread = everything.mean(0), everything.std(0, correction=0)
    return (known - mean) / spread, (new - mean) / spread


def _own(x: torch.Tensor) -> torch.Tensor:
    return (x - x.mean(0)) / x.std(0, correction=0)


def _feature_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.tensor([[0.0], [2.0]]), torch.tensor([[3.0], [5.0]])),
        (torch.tensor([[0.0, 4.0], [2.0, 8.0]]), torch.tensor([[1.0, 1.0], [5.0, 2.0], [0.0, 0.0]])),
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
            _leaky,
            "This is the leak. Your mean and spread come from *all* features, the new ones too, so the test has a say "
            "in what it is tested with. Take both from `known` alone.",
        ),
        Mistake(
            lambda known, new: (_own(known), _own(new)),
            "Each set is standardized by itself. Then the new features are measured with another ruler than the known "
            "ones, and a single new picture could not be tested at all. Use the mean and spread of `known` for both.",
        ),
        Mistake(
            lambda known, new: (_own(known), new),
            "The new features are left as they were. They go to the same probe, so measure them with the same ruler: "
            "the mean and spread of `known`.",
        ),
        Mistake(
            lambda known, new: (known - known.mean(0), new - known.mean(0)),
            "The mean is right. Now divide by the spread, `known.std(0, correction=0)`, so that every feature counts "
            "alike.",
        ),
        Mistake(
            lambda known, new: (
                (known - known.mean()) / known.std(correction=0),
                (new - known.mean()) / known.std(correction=0),
            ),
            "You take one mean over all numbers. Each feature has its own: take the mean and the spread down the "
            "pictures, over axis 0.",
        ),
        Mistake(
            lambda known, new: (
                (known - known.mean(0)) / known.std(0),
                (new - known.mean(0)) / known.std(0),
            ),
            "Nearly: torch's `std` divides by N − 1 unless told otherwise. Here the plain spread is asked for, which "
            "divides by N: `std(0, correction=0)`.",
        ),
        Mistake(
            lambda known, new: (
                (known - known.mean(0)) / known.var(0, correction=0),
                (new - known.mean(0)) / known.var(0, correction=0),
            ),
            "You divide by the variance. Its square root, the standard deviation, is in the unit of the features.",
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
