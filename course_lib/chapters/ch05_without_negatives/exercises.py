"""Chapter 05, without negatives: rank, VICReg's terms, a target that stands still, a slow teacher, DINO's loss."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 05.1


def effective_rank(z: torch.Tensor) -> float:
    """e to the entropy of the singular values of z (N, D), taken as shares of their sum: from 1 to min(N, D)."""
    values = torch.linalg.svdvals(z)
    share = values / values.sum()
    share = share[share > 0]  # a share of 0 adds nothing to the entropy, but 0 · ln 0 would be nan
    return torch.exp(-(share * share.log()).sum()).item()


def _rank_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(3)
    fixed = [
        (torch.eye(2),),
        (torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),),
        (torch.tensor([[4.0, 2.0, 0.0], [0.0, 2.0, 1.0], [0.0, 0.0, 1.0]]),),
        (torch.diag(torch.tensor([3.0, 1.0, 0.0])),),
        (torch.diag(torch.tensor([300.0, 100.0, 1.0])),),
        (torch.randn(6, 4, generator=fixed_generator),),
        (2e-4 * torch.randn(7, 4, generator=fixed_generator),),
    ]
    return fixed + [
        (torch.randn(5 + i, 3 + i // 2, generator=generator) * torch.linspace(0.2, 2, 3 + i // 2),)
        for i in range(3, 12)
    ]


def _entropy(share: torch.Tensor) -> torch.Tensor:
    return torch.special.entr(share).sum()


def _values(z: torch.Tensor) -> torch.Tensor:
    return torch.linalg.svdvals(z)


def _shares(z: torch.Tensor) -> torch.Tensor:
    return _values(z) / _values(z).sum()


RANK = Exercise(
    id="05.1",
    title="How many directions do they fill?",
    minutes=10,
    difficulty=2,
    reference=effective_rank,
    cases=_rank_cases,
    mistakes=(
        Mistake(
            lambda z: _entropy(_shares(z).square() / _shares(z).square().sum()).exp().item(),
            "The shares here are those of the *squares* of the singular values (which are the eigenvalues of zᵀz). "
            "That is a fair measure too, but it counts small directions for less: the values themselves are meant.",
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
            lambda z: _entropy(_shares(z)).exp2().item(),
            "You count the entropy with the natural logarithm and raise 2 to it. The natural logarithm goes with e.",
        ),
        Mistake(
            lambda z: float(torch.linalg.matrix_rank(z)),
            "You count the singular values above 0. Nearly all are, if only by a little; weak directions should count "
            "for little.",
        ),
        Mistake(
            lambda z: torch.exp(-_entropy(_shares(z))).item(),
            "The sign is missing: logarithms of shares are negative, and entropy is minus their mean.",
        ),
        Mistake(
            lambda z: _entropy(_values(z)).exp().item(),
            "Divide the singular values by their sum first: only shares that add up to 1 have an entropy.",
        ),
        Mistake(
            lambda z: _entropy(_values(z) / _values(z).max()).exp().item(),
            "You divide the singular values by the largest one. Shares add up to 1: divide by the sum.",
        ),
        Mistake(
            lambda z: _entropy(_values(z) / _values(z).norm()).exp().item(),
            "You bring the list of singular values to length 1, so that their *squares* add up to 1. Shares add up to "
            "1 themselves: divide by the sum.",
        ),
        Mistake(
            lambda z: _entropy(_values(z).softmax(0)).exp().item(),
            "You take a softmax of the singular values. Their shares are meant: each one divided by the sum of all.",
        ),
        Mistake(
            lambda z: (1 / _shares(z).square().sum()).item(),
            "That is another way to count directions, one over the sum of squared shares (the square of the sum over "
            "the sum of squares). Here e to the entropy is meant.",
        ),
        Mistake(
            lambda z: torch.special.entr(_shares(z)).mean().exp().item(),
            "You take the mean of the terms −p ln p. The entropy is their sum: each is weighted by its share already.",
        ),
        Mistake(
            lambda z: torch.special.entr(_shares(z)).exp().sum().item(),
            "You raise e to each of the terms, and then add up. First the sum, which is the entropy, and then e to it.",
        ),
        Mistake(
            lambda z: effective_rank(z - z.mean(0)),
            "You take the mean off first. Take z as it is.",
        ),
        Mistake(
            lambda z: effective_rank(F.normalize(z, dim=1)),
            "You bring the rows to length 1 first. Take z as it is.",
        ),
        Mistake(
            lambda z: effective_rank((z - z.mean(0)) / (z.std(0) + 1e-6)),
            "You standardize the columns first. Take z as it is.",
        ),
        Mistake(
            lambda z: _entropy(_values(z)[1:] / _values(z)[1:].sum()).exp().item(),
            "The largest singular value is left out. It counts like all others.",
        ),
        Mistake(
            lambda z: float(z.shape[1]),
            "You count the columns. How many directions their numbers fill is in the singular values.",
        ),
        Mistake(
            lambda z: _entropy(z.norm(dim=0) / z.norm(dim=0).sum()).exp().item(),
            "You take the lengths of the columns. Two columns that point the same way fill one direction only: take "
            "the singular values.",
        ),
        Mistake(
            lambda z: _entropy(z.std(0) / z.std(0).sum()).exp().item(),
            "You take the deviations of the columns. Columns that go along with each other count for several there, "
            "though they fill one direction only: take the singular values.",
        ),
    ),
    hints=(
        "`torch.linalg.svdvals(z)` gives the singular values. Divide by their sum: shares. Their entropy is minus "
        "the sum of share times logarithm of share. (A share of 0 adds nothing: leave those out, or 0 times ln 0 makes "
        "nan of it all.)",
        "`share = share[share > 0]`; then `torch.exp(-(share * share.log()).sum()).item()`.",
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
    fixed = [
        (torch.tensor([[1.0, 1.0], [1.5, 4.0], [2.0, 2.5]]),),
        (torch.tensor([[1.0, 1.0], [1.0, 4.0], [1.0, 2.5]]),),  # a number that has collapsed
        (torch.randn(2, 3, generator=fixed_generator) + 1,),
        (0.6 * torch.randn(5, 3, generator=fixed_generator) + 1,),
        (torch.randn(3, 6, generator=fixed_generator) - 1,),
    ]
    drawn = []
    for i in range(2, 11):
        scale = torch.tensor([0.2, 0.7, 1.4, 0.5, 0.9, 0.4])[: 3 + i // 3]
        drawn.append((torch.randn(5 + i, 3 + i // 3, generator=generator) * scale + 0.5,))
    return fixed + drawn


def _spread(z: torch.Tensor, axis: int = 0, correction: int = 1) -> torch.Tensor:
    return (z.var(axis, correction=correction) + 1e-4).sqrt()


def _hinge(spread: torch.Tensor) -> torch.Tensor:
    return (1 - spread).relu().mean()


def _table(z: torch.Tensor, axis: int = 0) -> torch.Tensor:
    z = z - z.mean(axis, keepdim=True)
    return z.T @ z / (len(z) - 1)


def _off(table: torch.Tensor) -> torch.Tensor:
    return table[torch.eye(len(table)) == 0]


def _pairs(table: torch.Tensor) -> torch.Tensor:
    return _off(table).square().sum() / len(table)


def _first(z: torch.Tensor, variance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A variance term beside the right covariance term."""
    return variance, _pairs(_table(z))


def _second(z: torch.Tensor, covariance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A covariance term beside the right variance term."""
    return _hinge(_spread(z)), covariance


VICREG = Exercise(
    id="05.2",
    title="Two terms against two collapses",
    minutes=15,
    difficulty=3,
    reference=variance_and_covariance,
    cases=_embedding_cases,
    mistakes=(
        Mistake(
            lambda z: _first(z, _hinge(z.var(0) + 1e-4)),
            "Your variance term looks at the variance. It should look at its square root, the spread: near 0 the "
            "root is steep, and pushes hard where the collapse is nearest.",
        ),
        Mistake(
            lambda z: _first(z, _hinge(z.std(0))),
            "The spread of a number that has collapsed comes out as 0, or next to 0. It should be 0.01 there: "
            "ε = 0.0001 belongs under the root, beside the variance.",
        ),
        Mistake(
            lambda z: _first(z, _hinge(z.std(0) + 1e-4)),
            "ε is added to the spread, behind the root. It belongs under the root, beside the variance.",
        ),
        Mistake(
            lambda z: _first(z, (1 - _spread(z)).mean()),
            "A spread above 1 is counted as a gain here. It should count as nothing: `.relu()` before the mean, or one "
            "large number pays for many that have collapsed.",
        ),
        Mistake(
            lambda z: _first(z, (1 - _spread(z)).mean().relu()),
            "You cut off at 0 after the mean. Then one large spread pays for many that have collapsed: cut off each, "
            "then take the mean.",
        ),
        Mistake(
            lambda z: _first(z, (_spread(z) - 1).relu().mean()),
            "Your variance term punishes spreads *above* 1. Collapse is below: it should be large where the spread is "
            "small.",
        ),
        Mistake(
            lambda z: _first(z, (1 - _spread(z)).relu().square().mean()),
            "You square what is missing to 1. It counts as it is, max(0, 1 − spread), so that the push does not fade.",
        ),
        Mistake(
            lambda z: _first(z, _hinge(_spread(z, correction=0))),
            "Your variance is divided by B. The unbiased one is meant, divided by B − 1, as `.var(0)` does by itself.",
        ),
        Mistake(
            lambda z: _first(z, _hinge(_spread(z, axis=1))),
            "You take the variances along each embedding. Each of the D numbers is looked at over the B pictures of "
            "the batch: `var(0)`.",
        ),
        Mistake(
            lambda z: _first(z, _hinge((z.var() + 1e-4).sqrt())),
            "You take one variance of all entries together. Each of the D numbers has its own, over the batch: "
            "`var(0)`.",
        ),
        Mistake(
            lambda z: (_hinge(_spread(z, correction=0)), _pairs(_table(z)) * ((len(z) - 1) / len(z)) ** 2),
            "You divide by B. The paper divides by B − 1, as `.var(0)` does by itself.",
        ),
        Mistake(
            lambda z: _second(z, _pairs(_table(z)) * ((len(z) - 1) / len(z)) ** 2),
            "Your covariances are divided by B. The unbiased ones are meant, as in your variance: divide by B − 1.",
        ),
        Mistake(
            lambda z: _second(z, _table(z).square().sum() / z.shape[1]),
            "Your covariance term counts the diagonal, the variances themselves. Keeping *them* large is the other "
            "term's job: leave the diagonal out.",
        ),
        Mistake(
            lambda z: _second(z, (_table(z) - torch.eye(z.shape[1])).square().sum() / z.shape[1]),
            "Your covariance term pulls the diagonal, the variances themselves, to 1. They are the other term's job: "
            "leave the diagonal out.",
        ),
        Mistake(
            lambda z: _second(z, _pairs(z.T @ z / (len(z) - 1))),
            "You forgot to take the mean off before the covariance. Then what all pictures share counts as going "
            "along.",
        ),
        Mistake(
            lambda z: _second(z, _pairs(_table(z, axis=1))),
            "You take off the mean of each embedding. For a covariance, each of the D numbers loses its own mean over "
            "the batch: `z.mean(0)`.",
        ),
        Mistake(
            lambda z: _second(z, _off(torch.cov(z)).square().sum() / z.shape[1]),
            "Your table compares pictures, (B, B). It is the D numbers that should not go along: a table (D, D).",
        ),
        Mistake(
            lambda z: _second(z, _off(torch.corrcoef(z.T)).square().sum() / z.shape[1]),
            "You take correlations, in which the spreads are divided out. Covariances are meant.",
        ),
        Mistake(
            lambda z: _second(z, _pairs(_table(z)) / 2),
            "Each pair is counted once. The sum over i ≠ j counts it twice, as (i, j) and as (j, i).",
        ),
        Mistake(
            lambda z: _second(z, _off(_table(z)).sum() / z.shape[1]),
            "Your covariances are not squared. Then those below 0 pay for those above.",
        ),
        Mistake(
            lambda z: _second(z, _off(_table(z)).abs().sum() / z.shape[1]),
            "You add up absolute covariances. Their squares are meant.",
        ),
        Mistake(
            lambda z: _second(z, _off(_table(z)).sum().square() / z.shape[1]),
            "You square the sum of the covariances. Then those below 0 pay for those above: square each, then add up.",
        ),
        Mistake(
            lambda z: _second(z, 2 * _table(z).diagonal(1).square().sum() / z.shape[1]),
            "Only neighboring numbers are compared, 0 with 1, 1 with 2. All pairs of different numbers count.",
        ),
        Mistake(
            lambda z: _second(z, _off(_table(z)).square().mean()),
            "You take the mean over the D · (D − 1) covariances. The paper divides their sum by D: with more numbers "
            "there are more pairs to decorrelate, and they may count for more.",
        ),
        Mistake(
            lambda z: _second(z, _pairs(_table(z)) * z.shape[1] / len(z)),
            "You divide the sum of squared covariances by B, the number of pictures. Divide it by D.",
        ),
        Mistake(
            lambda z: variance_and_covariance(z.T),
            "You go along the wrong axis: each of the D numbers is looked at over the B pictures of the batch, "
            "`var(0)`.",
        ),
        Mistake(
            lambda z: sum(variance_and_covariance(z)),
            "You add the two terms up. Return both: they get weights of their own.",
        ),
    ),
    hints=(
        "First term: `(z.var(0) + 1e-4).sqrt()` is the spread of each number. How far below 1 is it? Nothing is won "
        "above 1. Second: take the mean off, make the table `z.T @ z / (B - 1)`, and look at what is off its diagonal.",
        "`variance = (1 - spread).relu().mean()`. `covariance = (c.square().sum() - c.diagonal().square().sum()) / D`.",
    ),
    gradients=("z",),
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

    fixed = [case(1, 2, 3, fixed_generator), case(3, 2, 2, fixed_generator), case(2, 4, 3, fixed_generator)]
    return fixed + [case(2 + i, 3, 4, generator) for i in range(2, 9)]


def _descent(
    weight: torch.Tensor, one: torch.Tensor, two: torch.Tensor, loss: Callable[..., torch.Tensor], held: bool = True
) -> torch.Tensor:
    """The gradient of loss(first embedding, second one), in which the second one stands still if it is `held`."""
    weight = weight.clone().requires_grad_()
    target = two @ weight
    return torch.autograd.grad(loss(one @ weight, target.detach() if held else target), weight)[0]


def _unlike(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return -F.cosine_similarity(a, b, dim=1).mean()


def _one(z: torch.Tensor) -> torch.Tensor:
    return F.normalize(z, dim=1)


STANDING_STILL = Exercise(
    id="05.3",
    title="A target that stands still",
    minutes=10,
    difficulty=2,
    reference=slope,
    cases=_slope_cases,
    mistakes=(
        Mistake(
            lambda w, one, two: _descent(w, one, two, _unlike, held=False),
            "This is the slope when both views move. The second is the target, as a label would be: let no gradient "
            "flow through it, `.detach()`.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, _unlike, held=False) / 2,
            "This is half the slope with both views moving, or the mean of two slopes in which each view is the target "
            "once. Here only the second one is.",
        ),
        Mistake(
            lambda w, one, two: slope(w, two, one),
            "Here the first view stands still, and the second moves. The second is the target: it should stand still, "
            "and the first should move.",
        ),
        Mistake(
            lambda w, one, two: -slope(w, one, two),
            "The sign is the other way round: following this gradient downhill makes the views *less* alike. The "
            "loss is minus the cosine.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, lambda a, b: -(a * b).sum(1).mean()),
            "You use the plain dot product. It grows with the length of the embeddings, so the loss could fall without "
            "any two views coming nearer: take the cosine.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, lambda a, b: -(a * _one(b)).sum(1).mean()),
            "Only the target is brought to length 1. The cosine divides by both lengths; otherwise the loss falls "
            "simply by making the first embedding longer.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, lambda a, b: -(_one(a) * b).sum(1).mean()),
            "Only the first embedding is brought to length 1. The cosine divides by both lengths, also by that of the "
            "target.",
        ),
        Mistake(
            lambda w, one, two: _descent(
                w, one, two, lambda a, b: -(a / a.norm(dim=1, keepdim=True).detach() * _one(b)).sum(1).mean()
            ),
            "The length of the first embedding counts as a constant here. It depends on the weight too, and what the "
            "slope gains by length alone has to be taken off again.",
        ),
        Mistake(
            lambda w, one, two: _descent(
                w, one, two, lambda a, b: -(_one(a) * _one(b) * a.norm(dim=1, keepdim=True).detach()).sum(1).mean()
            ),
            "It is not divided by the length of the first embedding: the longer it is, the less a step turns it.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, lambda a, b: -F.cosine_similarity(a, b, dim=0).mean()),
            "Your cosines run down the batch. Each row is an embedding, and there is a cosine for each row: `dim=1`.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, lambda a, b: -F.cosine_similarity(a, b).square().mean()),
            "You square the cosines. The loss is minus the cosine itself.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, F.mse_loss),
            "You use the squared difference of the embeddings. Their lengths count there: take the cosine.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, lambda a, b: -F.cosine_similarity(a.mean(0), b.mean(0), dim=0)),
            "You take the cosine of two mean embeddings. There is a cosine for each picture, and then their mean.",
        ),
        Mistake(
            lambda w, one, two: _descent(w, one, two, lambda a, b: -(_one(a) @ _one(b).T).mean()),
            "Every picture's first view is compared with the second views of all pictures: only row with row.",
        ),
        Mistake(
            lambda w, one, two: slope(w, one[:1], two[:1]),
            "Only the first picture counts: take the mean over all rows.",
        ),
        Mistake(
            lambda w, one, two: torch.zeros_like(w),
            "Your slope is 0 everywhere: nothing is left that depends on the weight, or a view is compared with "
            "itself. Only the second view, `two @ weight`, stands still.",
        ),
        Mistake(
            lambda w, one, two: w - slope(w, one, two),
            "That is the weight after a step. The slope itself is asked for.",
        ),
        Mistake(
            lambda w, one, two: _unlike(one @ w, two @ w),
            "That is the loss. Its slope with respect to the weight is asked for: `torch.autograd.grad`.",
        ),
        Mistake(
            lambda w, one, two: (slope(w, one, two),),
            "`torch.autograd.grad` gives a tuple, with a slope for each thing asked about. Return what is in it.",
        ),
        Mistake(
            lambda w, one, two: torch.autograd.grad(_unlike(a := (one @ w).requires_grad_(), two @ w), a)[0],
            "That is the slope with respect to the embeddings, (B, E). It is asked for with respect to the weight, "
            "(D, E).",
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
    teacher, student = (
        [torch.tensor([[3.0, -1.0], [2.0, 5.0]]), torch.tensor([4.0, -2.0])],
        [torch.eye(2), torch.ones(2)],
    )
    fixed = [([torch.tensor([3.0])], [torch.tensor([-2.0])], 0.9)]
    fixed += [(teacher, student, momentum) for momentum in (0.75, 0.0, 1.0)]
    drawn = []
    for i in range(7):
        shapes = [(2 + i, 3), (3,)]
        teacher, student = ([torch.randn(*shape, generator=generator) for shape in shapes] for _ in range(2))
        drawn.append((teacher, student, (0.9, 0.99, 0.5)[i % 3]))
    return fixed + drawn


def _each(rule: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]) -> Callable[..., list[torch.Tensor]]:
    """The update that makes rule(teacher's weight, student's weight, momentum) of each layer."""
    return lambda teacher, student, momentum: [rule(t, s, momentum) for t, s in zip(teacher, student, strict=True)]


MOMENTUM = Exercise(
    id="05.4",
    title="A teacher that follows slowly",
    minutes=5,
    difficulty=1,
    reference=update_momentum,
    cases=_weight_cases,
    mistakes=(
        Mistake(
            _each(lambda t, s, m: (1 - m) * t + m * s),
            "The shares are the other way round: with `momentum` = 0.99 the teacher keeps 99 % of *itself*.",
        ),
        Mistake(
            _each(lambda t, s, m: s),
            "The teacher becomes the student at once. Then it is no steadier than the student.",
        ),
        Mistake(
            _each(lambda t, s, m: t),
            "The teacher stays as it is: nothing comes from the student.",
        ),
        Mistake(
            _each(lambda t, s, m: (t + s) / 2),
            "You take the mean of the two, whatever `momentum` is. It says how much the teacher keeps.",
        ),
        Mistake(
            _each(lambda t, s, m: 0.99 * t + 0.01 * s),
            "The teacher keeps 99 %, whatever `momentum` is. Take the one that is given.",
        ),
        Mistake(
            _each(lambda t, s, m: m * t + m * s),
            "Teacher and student both count `momentum` here. The two shares have to add up to 1: what the teacher does "
            "not keep comes from the student.",
        ),
        Mistake(
            _each(lambda t, s, m: m * t + s),
            "The whole student is added to the teacher's share. The two shares have to add up to 1, or the weights "
            "grow at every step.",
        ),
        Mistake(
            _each(lambda t, s, m: t + (1 - m) * s),
            "The student's share is added to the whole teacher. The two shares have to add up to 1, or the weights "
            "grow at every step.",
        ),
        Mistake(
            _each(lambda t, s, m: m * t - (1 - m) * s),
            "The student's share is taken off. It should be added.",
        ),
        Mistake(
            _each(lambda t, s, m: m * t + 1 - m * s),
            "Brackets are missing: without them, `momentum` times the student is taken off, and 1 is added to every "
            "weight.",
        ),
        Mistake(
            _each(lambda t, s, m: m**2 * t + (1 - m**2) * s),
            "The teacher keeps `momentum`² of itself here, as after two steps. It is one step.",
        ),
        Mistake(
            _each(lambda t, s, m: m * t),
            "The student's share is missing.",
        ),
        Mistake(
            _each(lambda t, s, m: m * t + (1 - m) * s if t.ndim > 1 else s),
            "Tensors with one axis, the biases, are simply the student's. All weights follow slowly.",
        ),
        Mistake(
            _each(lambda t, s, m: m * t + (1 - m) * s if t.ndim > 1 else t),
            "Tensors with one axis, the biases, stay as they are. All weights follow.",
        ),
        Mistake(
            lambda teacher, student, momentum: update_momentum(teacher[:1], student[:1], momentum),
            "Only the first layer comes back. Is the `return` inside the loop?",
        ),
        Mistake(
            lambda teacher, student, momentum: update_momentum(teacher[:-1], student[:-1], momentum),
            "The last layer is missing.",
        ),
        Mistake(
            lambda teacher, student, momentum: update_momentum(teacher, student[::-1], momentum),
            "The teacher's first layer goes with the student's last one: pair them in the same order.",
        ),
        Mistake(
            lambda teacher, student, momentum: momentum * teacher[0] + (1 - momentum) * student[0],
            "A single tensor comes back, the first layer's. A list is needed, with a tensor for each layer.",
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
    temperatures = ((0.1, 0.04), (0.2, 0.1), (0.5, 0.25))

    def case(b: int, k: int, blunt: float, sharp: float, g: torch.Generator) -> tuple:
        student, teacher = 0.3 * torch.randn(2, b, k, generator=g)
        return student, teacher, 0.2 * torch.randn(k, generator=g), blunt, sharp

    fixed = [
        (torch.tensor([[0.0, 0.1]]), torch.tensor([[1.0, 0.0]]), torch.tensor([0.5, 0.0]), 0.5, 0.25),
        case(2, 3, 0.1, 0.04, fixed_generator),
        case(3, 3, 0.5, 0.25, fixed_generator),
        case(5, 3, 0.2, 0.1, fixed_generator),
    ]
    return fixed + [case(2 + i, 4 + i // 3, *temperatures[i % 3], generator) for i in range(1, 8)]


def _pair(answer: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """The loss with another answer of the teacher, (B, K), made from (scores, center, temperature)."""

    def loss(student, teacher, center, blunt, sharp):
        return F.cross_entropy(student / blunt, answer(teacher, center, sharp))

    return loss


def _both(student: torch.Tensor, teacher: torch.Tensor, center: torch.Tensor, blunt: float, sharp: float):
    """The teacher's shares and the student's, (B, K) each."""
    return ((teacher - center) / sharp).softmax(1), (student / blunt).softmax(1)


PAIR = Exercise(
    id="05.5",
    title="Say what the teacher says",
    minutes=15,
    difficulty=2,
    reference=pair_loss,
    cases=_pair_cases,
    mistakes=(
        Mistake(
            _pair(lambda t, c, sharp: ((t + c) / sharp).softmax(1)),
            "You add the center. What the teacher always says should be taken *off*.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: (t / sharp - c).softmax(1)),
            "You take the center off after dividing. It is the mean of the *scores*: first the center, then the "
            "temperature, on the difference.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: (t / sharp).softmax(1) - c),
            "You take the center off the teacher's shares, behind the softmax. It is the mean of the *scores*, and is "
            "taken off those.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: (t / sharp).softmax(1)),
            "This is what comes out without the center. (Also when one number is taken off all groups alike, as the "
            "center's mean: a softmax does not see that.) Each group has its own, and without it one may always win.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s - c, t, c, blunt, sharp),
            "You take the center off the student's scores as well. It is the teacher's mean, and only the teacher's "
            "answers are corrected by it; the student has to learn to say the result.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s - c, t, 0 * c, blunt, sharp),
            "You take the center off the student's scores in place of the teacher's. It is the mean of what the "
            "teacher says.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: ((t - t.mean(0)) / sharp).softmax(1)),
            "You take off the mean of this batch. The center is given: it remembers earlier batches too.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s, t, c, sharp, blunt),
            "The two temperatures are exchanged: now the student is the surer of the two, and nothing sharpens the "
            "answers from round to round.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s, t, c, blunt, blunt),
            "Teacher and student both have the student's temperature here. The teacher's is its own, and smaller.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s, t, c, sharp, sharp),
            "Teacher and student both have the teacher's temperature here. The student's is its own, and larger.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: ((t - c) * sharp).softmax(1)),
            "You multiply the teacher's scores by its temperature, which makes the answer flatter. Divide by it.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s, t, c, 1 / blunt, 1 / sharp),
            "You multiply by the temperatures, which makes the answers flatter. Divide by them.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s, t, c, 1.0, sharp),
            "The student's scores are not divided by its temperature.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s, t, c, blunt, 1.0),
            "The teacher's scores are not divided by its temperature: nothing sharpens its answers.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(t - c, s, 0 * c, sharp, blunt),
            "Teacher and student are exchanged: the teacher's probabilities are what is expected, the student's "
            "logarithms are what is charged for it.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: -(((t - c) / sharp).softmax(0) * (s / blunt).log_softmax(0)).sum(1).mean(),
            "Your softmax runs over the batch. Each picture's answer is a distribution over K: axis 1.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: ((t - c) / sharp).softmax(0)),
            "The teacher's softmax runs over the batch. Each picture's answer is a distribution over K: axis 1.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: (t - c) / sharp),
            "The teacher's scores are not made into probabilities: a softmax is missing.",
        ),
        Mistake(
            _pair(lambda t, c, sharp: (t - c).argmax(1)),
            "Only the teacher's most likely group counts, as if it were a label. Its whole answer is meant, with all "
            "its shares.",
        ),
        Mistake(
            lambda *args: F.cross_entropy(_both(*args)[1], _both(*args)[0]),
            "The student's scores go through a softmax twice: `F.cross_entropy` and `log_softmax` take one by "
            "themselves.",
        ),
        Mistake(
            lambda *args: -(_both(*args)[0] * _both(*args)[1]).sum(1).mean(),
            "The logarithm is missing: what is charged is minus the *logarithm* of the student's share.",
        ),
        Mistake(
            lambda *args: pair_loss(*args) - torch.special.entr(_both(*args)[0]).sum(1).mean(),
            "That is the divergence (KL): the teacher's entropy is taken off. The cross-entropy is asked for, which "
            "keeps it.",
        ),
        Mistake(
            lambda *args: F.mse_loss(*_both(*args)),
            "You take the squared difference of the answers. The cross-entropy is asked for.",
        ),
        Mistake(
            lambda s, t, c, blunt, sharp: pair_loss(s[:1], t[:1], c, blunt, sharp),
            "Only the first picture counts: take the mean over all.",
        ),
        Mistake(
            lambda *args: -(_both(*args)[0] @ _both(*args)[1].log().T).mean(),
            "Every picture's answer meets those of all pictures here, one by one or in a mean of the batch: only row "
            "with row.",
        ),
    ),
    hints=(
        "The teacher gives probabilities: take off the center, divide by its temperature, softmax over the groups. The "
        "student gives logarithms of probabilities, `log_softmax`, with its own temperature.",
        "`teacher_probs = ((teacher - center) / sharp).softmax(1)`; then minus `teacher_probs` times the student's "
        "logarithms: the sum over groups, and the mean over pictures.",
    ),
    gradients=("student",),
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
