"""Chapter 05, without negatives: rank, VICReg's terms, a target that stands still, a slow teacher, DINO's loss."""

import torch
import torch.nn.functional as F

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 05.1


def effective_rank(z: torch.Tensor) -> float:
    """e to the entropy of the singular values of z (N, D), taken as shares of their sum: from 1 to min(N, D)."""
    values = torch.linalg.svdvals(z)
    share = values / values.sum()
    return torch.exp(-(share * share.log()).sum()).item()


def _rank_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(3)
    fixed = [(torch.eye(2),), (torch.diag(torch.tensor([4.0, 2.0, 1.0])),)]
    fixed += [(torch.randn(6, 4, generator=fixed_generator),)]
    return fixed + [
        (torch.randn(5 + i, 3 + i // 2, generator=generator) * torch.linspace(0.2, 2, 3 + i // 2),)
        for i in range(3, 12)
    ]


def _entropy(share: torch.Tensor) -> torch.Tensor:
    return -(share * share.log()).sum()


def _shares(z: torch.Tensor) -> torch.Tensor:
    values = torch.linalg.svdvals(z)
    return values / values.sum()


RANK = Exercise(
    id="05.1",
    title="How many directions do they fill?",
    minutes=10,
    difficulty=2,
    reference=effective_rank,
    cases=_rank_cases,
    mistakes=(
        Mistake(
            lambda z: _entropy(torch.linalg.svdvals(z).square() / torch.linalg.svdvals(z).square().sum()).exp().item(),
            "You take the squares of the singular values as shares. That is a fair measure too, but it counts small "
            "directions for less: here the values themselves are meant.",
        ),
        Mistake(
            lambda z: _entropy(_shares(z)).item(),
            "That is the entropy. To turn it into a number of directions, take e to the power of it: e to the ln 3 "
            "is 3.",
        ),
        Mistake(
            lambda z: (_entropy(_shares(z)) / torch.tensor(2.0).log()).exp().item(),
            "You count the entropy in bits and raise e to it. Bits go with 2, the natural logarithm with e.",
        ),
        Mistake(
            lambda z: float(torch.linalg.matrix_rank(z)),
            "You count the singular values above 0. Nearly all are, if only by a little; weak directions should count "
            "for little.",
        ),
        Mistake(
            lambda z: torch.exp((_shares(z) * _shares(z).log()).sum()).item(),
            "The sign is missing: logarithms of shares are negative, and entropy is minus their mean.",
        ),
        Mistake(
            lambda z: _entropy(torch.linalg.svdvals(z)).exp().item(),
            "Divide the singular values by their sum first: only shares that add up to 1 have an entropy.",
        ),
        Mistake(
            lambda z: (1 / _shares(z).square().sum()).item(),
            "That is another way to count directions, one over the sum of squared shares. Here e to the entropy is "
            "meant.",
        ),
    ),
    hints=(
        "`torch.linalg.svdvals(z)` gives the singular values. Divide by their sum: shares. Their entropy is minus "
        "the sum of share times logarithm of share.",
        "`torch.exp(-(share * share.log()).sum()).item()`.",
    ),
)

# --- 05.2


def variance_and_covariance(z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """VICReg's two terms for embeddings (B, D): how far spreads are below 1, and how much numbers go along; () each."""
    variance = (1 - (z.var(0) + 1e-4).sqrt()).relu().mean()
    z = z - z.mean(0)
    c = z.T @ z / (len(z) - 1)
    covariance = (c.square().sum() - c.diagonal().square().sum()) / z.shape[1]
    return variance, covariance


def _embedding_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(5)
    fixed = [(torch.tensor([[1.0, 3.0], [0.0, 1.0], [2.0, 2.0]]),)]
    fixed += [(0.6 * torch.randn(5, 3, generator=fixed_generator) + 1,)]
    scale = torch.tensor([0.2, 0.7, 1.4, 0.5])
    return fixed + [(torch.randn(5 + i, 4, generator=generator) * scale + 0.5,) for i in range(2, 11)]


def _terms(z: torch.Tensor, biased: bool = False, whole: bool = False, root: bool = True, middle: bool = True):
    spread = z.var(0, correction=int(not biased)) + 1e-4
    variance = (1 - (spread.sqrt() if root else spread)).relu().mean()
    x = z - z.mean(0) if middle else z
    c = x.T @ x / (len(x) - int(not biased))
    total = c.square().sum() - (0 if whole else c.diagonal().square().sum())
    return variance, total / z.shape[1]


VICREG = Exercise(
    id="05.2",
    title="Two terms against two collapses",
    minutes=15,
    difficulty=3,
    reference=variance_and_covariance,
    cases=_embedding_cases,
    mistakes=(
        Mistake(
            lambda z: _terms(z, whole=True),
            "Your covariance term counts the diagonal, the variances themselves. Keeping *them* large is the other "
            "term's job: leave the diagonal out.",
        ),
        Mistake(
            lambda z: _terms(z, root=False),
            "Your variance term looks at the variance. It should look at its square root, the spread: near 0 the "
            "root is steep, and pushes hard where the collapse is nearest.",
        ),
        Mistake(
            lambda z: _terms(z, biased=True),
            "You divide by B. The paper divides by B − 1, as `.var(0)` does by itself.",
        ),
        Mistake(
            lambda z: _terms(z, middle=False),
            "You forgot to take the mean off before the covariance. Then what all pictures share counts as going "
            "along.",
        ),
        Mistake(
            lambda z: (_terms(z)[0], _terms(z)[1] * z.shape[1] / (z.shape[1] ** 2)),
            "You divide the covariances by D². The paper divides by D: with more numbers there are more pairs to "
            "decorrelate, and they may count for more.",
        ),
        Mistake(
            lambda z: (_terms(z)[0], _terms(z)[1] * z.shape[1]),
            "Divide the sum of squared covariances by D.",
        ),
        Mistake(
            lambda z: ((1 - (z.var(0) + 1e-4).sqrt()).mean(), _terms(z)[1]),
            "A spread above 1 is counted as a gain here. It should count as nothing: `.relu()` before the mean, or one "
            "large number pays for many that have collapsed.",
        ),
        Mistake(
            lambda z: _terms(z.T),
            "You go along the wrong axis: each of the D numbers is looked at over the B pictures of the batch, "
            "`var(0)`.",
        ),
    ),
    hints=(
        "First term: `(z.var(0) + 1e-4).sqrt()` is the spread of each number. How far below 1 is it? Nothing is won "
        "above 1. Second: take the mean off, make the table `z.T @ z / (B - 1)`, and look at what is off its diagonal.",
        "`variance = (1 - spread).relu().mean()`. `covariance = (c.square().sum() - c.diagonal().square().sum()) / D`.",
    ),
)

# --- 05.3


def slope(weight: torch.Tensor, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """The gradient (D, E) of −cosine(one @ weight, two @ weight), mean over (B, D), when the second stands still."""
    weight = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ weight, (two @ weight).detach(), dim=1).mean()
    return torch.autograd.grad(loss, weight)[0]


def _slope_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(6)

    def case(b: int, d: int, e: int, g: torch.Generator) -> tuple:
        return tuple(torch.randn(*shape, generator=g) for shape in ((d, e), (b, d), (b, d)))

    fixed = [case(1, 2, 2, fixed_generator), case(3, 2, 3, fixed_generator)]
    return fixed + [case(2 + i, 3, 4, generator) for i in range(2, 9)]


def _slope(weight, one, two, still=(False, True), sign=-1.0, cosine=True, total=False):
    weight = weight.clone().requires_grad_()
    a, b = ((z.detach() if held else z) for z, held in zip((one @ weight, two @ weight), still, strict=True))
    fit = F.cosine_similarity(a, b, dim=1) if cosine else (a * b).sum(1)
    return torch.autograd.grad(sign * (fit.sum() if total else fit.mean()), weight)[0]


STANDING_STILL = Exercise(
    id="05.3",
    title="A target that stands still",
    minutes=10,
    difficulty=2,
    reference=slope,
    cases=_slope_cases,
    mistakes=(
        Mistake(
            lambda weight, one, two: _slope(weight, one, two, still=(False, False)),
            "Both views move. Then each meets the other half-way, and the easiest place to meet is one point for all. "
            "Cut the second one off with `.detach()`.",
        ),
        Mistake(
            lambda weight, one, two: _slope(weight, one, two, still=(True, False)),
            "You cut off the first view. The second is the target: it should stand still, and the first should move.",
        ),
        Mistake(
            lambda weight, one, two: _slope(weight, one, two, sign=1.0),
            "The sign is the other way round: following this gradient downhill makes the views *less* alike. The "
            "loss is minus the cosine.",
        ),
        Mistake(
            lambda weight, one, two: _slope(weight, one, two, cosine=False),
            "You use the plain dot product. It grows with the length of the embeddings, so the loss could fall without "
            "any two views coming nearer: take the cosine.",
        ),
        Mistake(
            lambda weight, one, two: _slope(weight, one, two, total=True),
            "You add up over the batch where the mean is asked for.",
        ),
        Mistake(
            lambda weight, one, two: torch.zeros_like(weight),
            "Your gradient is 0: everything has been cut off. Only the second view stands still.",
        ),
    ),
    hints=(
        "Three steps: a copy of the weight that wants a gradient, `weight.clone().requires_grad_()`; the loss; "
        "`torch.autograd.grad(loss, weight)[0]`. `x.detach()` has the same numbers as x and lets no gradient through.",
        "`loss = -F.cosine_similarity(one @ weight, (two @ weight).detach(), dim=1).mean()`.",
    ),
)

# --- 05.4


def update_momentum(teacher: list[torch.Tensor], student: list[torch.Tensor], momentum: float) -> list[torch.Tensor]:
    """New weights of a teacher that keeps a share `momentum` of its own and takes the rest from the student."""
    return [momentum * t + (1 - momentum) * s for t, s in zip(teacher, student, strict=True)]


def _weight_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [([torch.tensor([1.0])], [torch.tensor([0.0])], 0.9)]
    fixed += [([torch.eye(2), torch.ones(2)], [2 * torch.eye(2) + 1, torch.zeros(2)], 0.75)]
    drawn = []
    for i in range(7):
        shapes = [(2 + i, 3), (3,)]
        teacher, student = ([torch.randn(*shape, generator=generator) for shape in shapes] for _ in range(2))
        drawn.append((teacher, student, (0.9, 0.99, 0.5)[i % 3]))
    return fixed + drawn


MOMENTUM = Exercise(
    id="05.4",
    title="A teacher that follows slowly",
    minutes=5,
    difficulty=1,
    reference=update_momentum,
    cases=_weight_cases,
    mistakes=(
        Mistake(
            lambda teacher, student, momentum: [
                (1 - momentum) * t + momentum * s for t, s in zip(teacher, student, strict=True)
            ],
            "The shares are the other way round: with `momentum` = 0.99 the teacher keeps 99 % of *itself*.",
        ),
        Mistake(
            lambda teacher, student, momentum: [t.clone() for t in student],
            "The teacher becomes the student at once. Then it is no steadier than the student.",
        ),
        Mistake(
            lambda teacher, student, momentum: [
                (1 - momentum) * t + (1 - momentum) * s for t, s in zip(teacher, student, strict=True)
            ],
            "The two shares have to add up to 1: `momentum` and `1 - momentum`. Otherwise the weights shrink at every "
            "step.",
        ),
        Mistake(
            lambda teacher, student, momentum: [
                momentum * t + (1 - momentum) * (s - t) for t, s in zip(teacher, student, strict=True)
            ],
            "You mix two forms. Either `momentum * t + (1 - momentum) * s`, or `t + (1 - momentum) * (s - t)`: they "
            "are equal.",
        ),
        Mistake(
            lambda teacher, student, momentum: [momentum * t for t in teacher],
            "The student's share is missing.",
        ),
    ),
    hints=(
        "A weighted mean, weight by weight: the teacher counts `momentum`, the student the rest.",
        "`[momentum * t + (1 - momentum) * s for t, s in zip(teacher, student)]`.",
    ),
)

# --- 05.5


def pair_loss(
    student: torch.Tensor, teacher: torch.Tensor, center: torch.Tensor, blunt: float, sharp: float
) -> torch.Tensor:
    """DINO's loss () of one pair of views: scores (B, K) each, center (K,), two temperatures."""
    teacher_probs = ((teacher - center) / sharp).softmax(1)
    return -(teacher_probs * (student / blunt).log_softmax(1)).sum(1).mean()


def _pair_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(8)

    def case(b: int, k: int, blunt: float, sharp: float, g: torch.Generator) -> tuple:
        student, teacher = 0.3 * torch.randn(2, b, k, generator=g)
        return student, teacher, 0.2 * torch.randn(k, generator=g), blunt, sharp

    fixed = [
        (torch.tensor([[0.0, 0.1]]), torch.tensor([[1.0, 0.0]]), torch.tensor([0.5, 0.0]), 0.5, 0.25),
        case(2, 3, 0.1, 0.04, fixed_generator),
    ]
    return fixed + [case(2 + i, 3 + i, (0.1, 0.2)[i % 2], (0.04, 0.1)[i % 2], generator) for i in range(1, 8)]


def _pair(student, teacher, center, blunt, sharp, teacher_probs=None, axis=1, total=False):
    teacher_probs = ((teacher - center) / sharp).softmax(axis) if teacher_probs is None else teacher_probs
    cross_entropy = -(teacher_probs * (student / blunt).log_softmax(axis)).sum(1)
    return cross_entropy.sum() if total else cross_entropy.mean()


PAIR = Exercise(
    id="05.5",
    title="Say what the teacher says",
    minutes=15,
    difficulty=2,
    reference=pair_loss,
    cases=_pair_cases,
    mistakes=(
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp, ((t + c) / sharp).softmax(1)),
            "You add the center. What the teacher always says should be taken *off*.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp, (t / sharp - c).softmax(1)),
            "You take the center off after dividing. It is the mean of the *scores*: first the center, then the "
            "temperature, on the difference.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp, (t / sharp).softmax(1)),
            "You left the center out. Then one of the K answers may win for every picture.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s - c, t, c, blunt, sharp),
            "You take the center off the student's scores as well. It is the teacher's mean, and only the teacher's "
            "answers are corrected by it; the student has to learn to say the result.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, sharp, blunt),
            "The two temperatures are exchanged: now the student is the surer of the two, and nothing sharpens the "
            "answers from round to round.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, blunt),
            "Teacher and student have the same temperature here. The teacher's is its own, and smaller.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp, ((t - c) * sharp).softmax(1)),
            "You multiply the teacher's scores by its temperature, which makes the answer flatter. Divide by it.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, 1.0, sharp),
            "The student's scores are not divided by its temperature.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(t - c, s, 0 * c, sharp, blunt),
            "Teacher and student are exchanged: the teacher's probabilities are what is expected, the student's "
            "logarithms are what is charged for it.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp, axis=0),
            "Your softmax runs over the batch. Each picture's answer is a distribution over K: axis 1.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp, total=True),
            "You add up over the batch where the mean is asked for.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp) / s.shape[1],
            "You take the mean over the K groups as well. A cross-entropy is their *sum*; the mean is over pictures.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: -_pair(s, t, c, blunt, sharp),
            "The sign is missing: logarithms of probabilities are negative, and a loss should be positive.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: _pair(s, t, c, blunt, sharp, ((t - t.mean(0)) / sharp).softmax(1)),
            "You take off the mean of this batch. The center is given: it remembers earlier batches too.",
        ),
    ),
    hints=(
        "The teacher gives probabilities: take off the center, divide by its temperature, softmax over the groups. The "
        "student gives logarithms of probabilities, `log_softmax`, with its own temperature.",
        "`teacher_probs = ((teacher - center) / sharp).softmax(1)`; then minus `teacher_probs` times the student's "
        "logarithms: the sum "
        "over groups, and the mean over pictures.",
    ),
)

EXERCISES = [RANK, VICREG, STANDING_STILL, MOMENTUM, PAIR]

QUIZ: list[Question] = [
    Question(
        "A loss that only pulls two views together goes to its lowest value within a hundred steps. Is that good?",
        (
            Option(
                "Yes: a lower loss is better.",
                False,
                "Only if the loss asks for what you want. Here the lowest value of all is reached by giving every "
                "picture the same embedding.",
            ),
            Option(
                "No: it has most likely collapsed. Look at the spread of the features, and at a probe.",
                True,
                "A constant is a perfect answer to that loss. So the loss itself can never tell you. Spread, rank "
                "and a probe can.",
            ),
            Option(
                "It depends on the learning rate.",
                False,
                "At no rate does the loss know a constant from an understanding.",
            ),
        ),
    ),
    Question(
        "The features of a network have a large spread in each of their numbers, but their rank is 2 out of 128. "
        "What is the matter?",
        (
            Option(
                "Nothing: the spread is what counts.",
                False,
                "All 128 numbers may be copies of the same two. Then there is little to read from them.",
            ),
            Option(
                "Complete collapse.",
                False,
                "Then the spread would be 0: all pictures would have the same features.",
            ),
            Option(
                "Dimensional collapse: the numbers go along with each other, and say the same two things over and "
                "over.",
                True,
                "VICReg's covariance term, and what is off the diagonal in Barlow Twins, are there against just this.",
            ),
        ),
    ),
    Question(
        "What does the stop-gradient do in SimSiam, together with the predictor?",
        (
            Option(
                "It lets one side move towards the other, while the other stands still.",
                True,
                "Each step answers a small question: given these targets, predict them. The predictor moves, the "
                "target does not. Without a predictor the stop alone would change nothing: see exercise 05.3.",
            ),
            Option(
                "It saves computing time.",
                False,
                "It does save a little. But without it, the embeddings collapse, down to a point or to a line.",
            ),
            Option(
                "It keeps weights from growing too large.",
                False,
                "It changes which way the gradient goes, not how large the weights may be.",
            ),
        ),
    ),
    Question(
        "DINO's teacher is centered, but not sharpened. What happens?",
        (
            Option(
                "One of its K answers wins for all pictures.",
                False,
                "That is what happens the other way round: with sharpening, and without centering.",
            ),
            Option(
                "It says everything equally, for every picture.",
                True,
                "The center takes off whatever is said too often, and nothing makes the rest decided. Flat answers "
                "for all pictures are a perfect prediction of flat answers. Its entropy stays at the highest value.",
            ),
            Option(
                "Nothing, since one of the two is enough.",
                False,
                "Each of the two pushes towards the collapse that the other prevents.",
            ),
        ),
    ),
    Question(
        "A probe on your BYOL run reads 22 % after 250 steps, little more than on random features. What do you do?",
        (
            Option(
                "Give up: it does not work.",
                False,
                "Perhaps. But BYOL's beginning is slow: its first target is what a random network says.",
            ),
            Option(
                "Look whether the spread has gone, or all of it lies along a few directions. If not, train on.",
                True,
                "A slow start and a collapse look alike in the probe, and different in the spectrum. If there is "
                "spread in many directions, there is something to build on. And if the probe stands still in the end, "
                "ask what the features are about.",
            ),
            Option(
                "Raise the learning rate until the loss falls faster.",
                False,
                "The loss says little here. A faster fall may just be a collapse.",
            ),
        ),
    ),
]
