"""Chapter 04, pulling together and pushing apart: triplets, NT-Xent, uniformity, a queue."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from course_lib.course.compare import tensor_difference
from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 04.1


def triplet(anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float) -> torch.Tensor:
    """The mean over rows (B, D) of how much the positive is not yet nearer than the negative, by the margin; ()."""
    near = (anchor - positive).norm(dim=1)
    far = (anchor - negative).norm(dim=1)
    return (near - far + margin).relu().mean()


def _triplet_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(4)
    anchor = torch.tensor([[1.0, 2.0], [1.0, 2.0], [2.0, 3.0]])
    positive = torch.tensor([[4.0, 6.0], [1.5, 2.0], [2.0, 4.0]])
    negative = torch.tensor([[1.0, 6.0], [10.0, 2.0], [2.0, 2.5]])
    fixed = [
        (anchor[:1], positive[:1], negative[:1], 1.0),
        (anchor, positive, negative, 1.0),
        (*torch.randn(3, 2, 5, generator=fixed_generator), 0.2),
        (*torch.randn(3, 6, 4, generator=fixed_generator), 0.5),
    ]
    return fixed + [(*torch.randn(3, 3 + i, 4 + i, generator=generator), (0.5, 1.0, 2.0)[i % 3]) for i in range(5, 13)]


def _gap(anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float) -> torch.Tensor:
    return (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin


def _prepared(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """The loss of embeddings that are changed first."""
    return lambda a, p, n, m: triplet(change(a), change(p), change(n), m)


def _away(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return 1 - F.cosine_similarity(one, other, dim=1)


TRIPLET = Exercise(
    id="04.1",
    title="Nearer by a margin",
    minutes=10,
    difficulty=1,
    reference=triplet,
    cases=_triplet_cases,
    mistakes=(
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, m).mean(),
            "You let triplets that are fine already count below 0. Then pushing one negative to infinity pays for all "
            "others. What is won is won: nothing below 0, `.relu()`.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, m).mean().relu(),
            "You cut off at 0 after the mean. Then good triplets pay for bad ones: cut off each triplet, then take the "
            "mean.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, n, p, m).relu().mean(),
            "You have positive and negative the other way round: this loss is small when the *negative* is near.",
        ),
        Mistake(
            lambda a, p, n, m: ((a - p).square().sum(1) - (a - n).square().sum(1) + m).relu().mean(),
            "This is what comes out with squared distances. Some papers do that; plain ones are asked for here: "
            "`.norm(dim=1)`.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, -m).relu().mean(),
            "You subtract the margin. Then the loss is 0 even where the positive is a little *further* than the "
            "negative. The margin is what is asked for on top: add it.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, 0.0).relu().mean(),
            "You left out the margin. Then it is enough to be nearer by a hair, or for everything to be at one point.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, 0.0).relu().mean() + m,
            "The margin is added behind the cut at 0. There it is a constant: it moves nothing, and no triplet ever "
            "has a loss of 0. It belongs to what is cut.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, 0.0).clamp(min=m).mean(),
            "You cut off at the margin. The margin is added to the difference of the distances; the cut is at 0.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, m).clamp(max=0).mean(),
            "You cut on the wrong side: what is above 0 is the loss, and what is below 0 is to count as 0.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, m).abs().mean(),
            "Triplets that are fine already are punished, the more the better they are: what is below 0 should become "
            "0, and not lose its sign.",
        ),
        Mistake(
            lambda a, p, n, m: F.softplus(_gap(a, p, n, m)).mean(),
            "You bend softly, ln(1 + eˣ), where a sharp cut at 0 is asked for: a triplet that is fine has a loss of 0.",
        ),
        Mistake(
            lambda a, p, n, m: ((a - p).norm() - (a - n).norm() + m).relu(),
            "You take one distance over the whole batch, so that one row can pay for another: a distance for each row, "
            "`.norm(dim=1)`.",
        ),
        Mistake(
            _prepared(lambda z: z.T),
            "Your distances run down the batch, one for each number of the embedding. Each *row* is an embedding: one "
            "distance for each row.",
        ),
        Mistake(
            lambda a, p, n, m: (gap := _gap(a, p, n, m))[gap > 0].sum() / (gap > 0).sum().clamp(min=1),
            "Your mean leaves out the triplets whose loss is 0. They are triplets too: the mean is over all of them.",
        ),
        Mistake(
            lambda a, p, n, m: _gap(a, p, n, m).relu().max(),
            "You take the largest loss of the batch where the mean is asked for.",
        ),
        Mistake(
            _prepared(lambda z: z[:1]),
            "Only the first triplet counts: take all rows, and their mean.",
        ),
        Mistake(
            lambda a, p, n, m: (torch.cdist(a, p) - torch.cdist(a, n) + m).relu().mean(),
            "Every anchor is compared with the positives and negatives of all rows. Row i of each belongs together: "
            "only row with row.",
        ),
        Mistake(
            lambda a, p, n, m: ((a - p).norm(dim=1) - (p - n).norm(dim=1) + m).relu().mean(),
            "The negative's distance is measured from the positive here. Measure both from the anchor.",
        ),
        Mistake(
            lambda a, p, n, m: ((a - p).abs().sum(1) - (a - n).abs().sum(1) + m).relu().mean(),
            "You add up absolute differences. The distance ‖a − b‖ is the root of the sum of their squares.",
        ),
        Mistake(
            _prepared(lambda z: z / z.shape[1] ** 0.5),
            "Your distances are √D times too small: this is the root of the *mean* square. ‖a − b‖ is the root of the "
            "sum of squares.",
        ),
        Mistake(
            _prepared(lambda z: z.norm(dim=1, keepdim=True)),
            "You compare lengths, ‖a‖ with ‖p‖ and with ‖n‖. Two embeddings of one length may be far apart: first the "
            "difference, then its length.",
        ),
        Mistake(
            _prepared(lambda z: F.normalize(z, dim=1)),
            "Embeddings are brought to length 1 first. That was not asked for: take the distances of what is given.",
        ),
        Mistake(
            lambda a, p, n, m: (_away(a, p) - _away(a, n) + m).relu().mean(),
            "You compare directions, by cosines. Distances are asked for here: `.norm(dim=1)` of a difference.",
        ),
    ),
    hints=(
        "Two distances for each row, `(anchor - positive).norm(dim=1)` and the same with the negative. The first "
        "should be smaller than the second by at least the margin. By how much is it not?",
        "`(near - far + margin).relu().mean()`.",
    ),
    gradients=("anchor", "positive", "negative"),
)

# --- 04.2


def contrast_views(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    """NT-Xent, shape (): z1, z2 (B, D) of any length; rows i of both are views of one picture."""
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / temperature
    scores.fill_diagonal_(-torch.inf)
    partner = torch.arange(len(z)).roll(len(z1))
    return F.cross_entropy(scores, partner)


def _view_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(8)
    fixed = [
        (torch.eye(2), torch.eye(2) + 0.3, 1.0),
        (torch.tensor([[3.0, 0.0, 0.0, 0.0]]), torch.tensor([[-1.0, 0.0, 0.0, 0.0]]), 0.5),  # one picture
        (*(3 * torch.randn(2, 4, 3, generator=fixed_generator)), 0.5),
        (*torch.randn(2, 3, 4, generator=fixed_generator), 0.2),
    ]
    return fixed + [
        (*(2 * torch.randn(2, 3 + i, 4 + i, generator=generator)), (0.1, 0.5, 1.0)[i % 3]) for i in range(3, 10)
    ]


def _scores(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    return z @ z.T / temperature


def _without_itself(scores: torch.Tensor) -> torch.Tensor:
    return scores.masked_fill(torch.eye(len(scores), dtype=torch.bool), -torch.inf)


def _looked_for(scores: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(scores, torch.arange(len(scores)).roll(len(scores) // 2))


def _fractions(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The scores of all others (2B, 2B), −∞ on the diagonal, and those of partners (2B,)."""
    scores = _without_itself(_scores(z1, z2, temperature))
    return scores, scores[torch.eye(len(scores), dtype=torch.bool).roll(len(z1), 0)]


def _partner_left_out(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    scores, above = _fractions(z1, z2, temperature)
    partner = torch.eye(len(scores), dtype=torch.bool).roll(len(z1), 0)
    return (scores.masked_fill(partner, -torch.inf).logsumexp(1) - above).mean()


def _of_mean_share(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    scores, above = _fractions(z1, z2, temperature)
    return -(above - scores.logsumexp(1)).exp().mean().log()


def _across(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    return F.normalize(z1, dim=1) @ F.normalize(z2, dim=1).T / temperature


def _like_clip(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    scores, right = _across(z1, z2, temperature), torch.arange(len(z1))
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


def _as_they_are(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    z = torch.cat([z1, z2])
    return _looked_for(_without_itself(z @ z.T / temperature))


NT_XENT = Exercise(
    id="04.2",
    title="Write SimCLR's loss",
    minutes=20,
    difficulty=3,
    reference=contrast_views,
    cases=_view_cases,
    mistakes=(
        Mistake(
            lambda one, two, t: _looked_for(_scores(one, two, t)),
            "Each view is also compared with itself, and the cosine with oneself is 1: no partner can beat that. Put "
            "−∞ on the diagonal before the softmax.",
        ),
        Mistake(
            lambda one, two, t: _looked_for(_scores(one, two, t).fill_diagonal_(0.0)),
            "On your diagonal stands 0, or nearly 0 (−1e-9?). That is a cosine of 0, and still takes its share of the "
            "softmax. To leave something out of a softmax, give it −∞.",
        ),
        Mistake(
            lambda one, two, t: _looked_for(_scores(one, two, 1.0).fill_diagonal_(-1.0) / t),
            "You put the smallest cosine, −1, on the diagonal. It still takes its share of the softmax, and a large "
            "one where all other cosines are low. To leave something out of a softmax, give it −∞.",
        ),
        Mistake(
            _like_clip,
            "You compare first views with second views only, as CLIP does with pictures and texts. Here both are "
            "pictures: each view looks among *all* 2B − 1 others, first views and second ones.",
        ),
        Mistake(
            lambda one, two, t: F.cross_entropy(_across(one, two, t), torch.arange(len(one))),
            "Only the first views look for partners, and among second views only. All 2B views look for theirs, each "
            "among all 2B − 1 others.",
        ),
        Mistake(
            _partner_left_out,
            "You left the partner out of the sum below the fraction. It belongs there: it is one of the things that "
            "the view chooses from, or the fraction would be no probability.",
        ),
        Mistake(
            _as_they_are,
            "You forgot to bring the embeddings to length 1. Then a long embedding counts as similar to everything: "
            "`F.normalize(z, dim=1)`.",
        ),
        Mistake(
            lambda one, two, t: _as_they_are(F.normalize(one, dim=1), two, t),
            "Only the first views are brought to length 1 here. Both belong on it.",
        ),
        Mistake(
            lambda one, two, t: _as_they_are(
                (z := F.normalize(torch.cat([one, two]), dim=0))[: len(one)], z[len(one) :], t
            ),
            "You bring the *columns* to length 1, over the batch. Each row is an embedding, and it is the rows that "
            "get length 1: `dim=1`.",
        ),
        Mistake(
            lambda one, two, t: _looked_for(_without_itself(_scores(one, two, 1 / t))),
            "You multiply by the temperature. *Divide* by it: a low temperature makes differences large.",
        ),
        Mistake(
            lambda one, two, t: _looked_for(_without_itself(_scores(one, two, 1.0))),
            "The temperature has no effect here. The *cosines* are to be divided by it: before embeddings are brought "
            "to length 1, it would be lost again.",
        ),
        Mistake(
            lambda one, two, t: contrast_views(one, two, t**2),
            "The cosines are divided by the temperature twice. (If both factors of a product are divided, the product "
            "is divided by the square.)",
        ),
        Mistake(
            lambda one, two, t: contrast_views(one, two, t**0.5),
            "The cosines are divided by the root of the temperature. Divide by the temperature itself.",
        ),
        Mistake(
            lambda one, two, t: contrast_views(one, two, t / 2),
            "This is what comes out with half the temperature, or with minus the squared distance, which is "
            "2 · cosine − 2, in place of the cosine.",
        ),
        Mistake(
            lambda one, two, t: _looked_for(_without_itself(_scores(one, two, t)).softmax(1)),
            "`F.cross_entropy` takes a softmax by itself, and here it gets shares that have been through one already. "
            "Give it the scores.",
        ),
        Mistake(
            lambda one, two, t: 2 * contrast_views(one, two, t),
            "Twice what is needed comes out. There are 2B views that look for a partner: take the mean over all of "
            "them.",
        ),
        Mistake(
            lambda one, two, t: 2 * len(one) * contrast_views(one, two, t),
            "You add up over the 2B views where their mean is asked for.",
        ),
        Mistake(
            lambda one, two, t: F.cross_entropy(
                _without_itself(_scores(one, two, t))[: len(one)], torch.arange(len(one), 2 * len(one))
            ),
            "Only the first views look for their partners. Let the second views look for theirs too.",
        ),
        Mistake(
            lambda one, two, t: F.cross_entropy(_without_itself(_scores(one, two, t)), torch.arange(2 * len(one)) ^ 1),
            "You look for partners in neighboring rows, 0 and 1, 2 and 3. Where first and second views are put below "
            "each other, they stand B rows apart.",
        ),
        Mistake(
            lambda one, two, t: contrast_views(one, two, t) - torch.tensor(2.0 * len(one) - 1).log(),
            "Below the fraction stands the *mean* over the others here. It should be their sum, or the fraction would "
            "be no probability.",
        ),
        Mistake(
            _of_mean_share,
            "Logarithm and mean are the other way round: the mean is to be taken of the 2B losses, each of which is "
            "minus the logarithm of one share.",
        ),
        Mistake(
            lambda one, two, t: -(F.normalize(one, dim=1) * F.normalize(two, dim=1)).sum(1).mean() / t,
            "You pull partners together and push nothing apart: then everything may go to one point. The others have "
            "to stand below the fraction.",
        ),
    ),
    hints=(
        "Put both lists below each other, `z = F.normalize(torch.cat([z1, z2]), dim=1)`, and compare each with each: "
        "`z @ z.T / temperature`, (2B, 2B). Row i is a classification with 2B − 1 answers. Which one is impossible, "
        "and which one is right?",
        "−∞ on the diagonal (`fill_diagonal_`). The partner of row i is row i + B, and of row i + B it is i: "
        "`torch.arange(2 * B).roll(B)`. Then `F.cross_entropy`.",
    ),
    gradients=("z1", "z2"),
)

# --- 04.3


def uniformity(z: torch.Tensor) -> torch.Tensor:
    """ln of the mean of exp(−2 · squared distance) over all pairs of different rows of z (N, D), of length 1; ()."""
    return torch.pdist(z).square().mul(-2).exp().mean().log()


def _round_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(2)
    fixed = [
        (torch.eye(2, 3),),
        (torch.tensor([[0.6, 0.8], [0.6, 0.8], [0.6, 0.8]]),),
        (torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),),
    ]
    fixed += [(F.normalize(torch.randn(*shape, generator=fixed_generator), dim=1),) for shape in ((3, 4), (5, 3))]
    return fixed + [(F.normalize(torch.randn(4 + i, 3, generator=generator), dim=1),) for i in range(3, 12)]


def _squares(z: torch.Tensor) -> torch.Tensor:
    return (z[:, None] - z).square().sum(2)


def _evenness(squares: torch.Tensor) -> torch.Tensor:
    return squares.mul(-2).exp().mean().log()


def _near(z: torch.Tensor) -> torch.Tensor:
    """exp(−2 · squared distance) of each row and each, (N, N), with 0 on the diagonal."""
    return _squares(z).mul(-2).exp().fill_diagonal_(0)


UNIFORMITY = Exercise(
    id="04.3",
    title="How evenly do they lie?",
    minutes=5,
    difficulty=1,
    reference=uniformity,
    cases=_round_cases,
    mistakes=(
        Mistake(
            lambda z: _evenness(_squares(z)),
            "You count each point's distance to itself, which is 0 and counts as e⁰ = 1. Only pairs of *different* "
            "points: `torch.pdist(z)` gives just those.",
        ),
        Mistake(
            lambda z: _evenness(_squares(z)[torch.ones(len(z), len(z)).triu() > 0]),
            "Each pair of different points is counted once, and each point with itself besides: that is a distance of "
            "0, and counts as e⁰ = 1. Leave the diagonal out.",
        ),
        Mistake(
            lambda z: _near(z).mean().log(),
            "The pairs are right, but you divide by N². Of different points there are N · (N − 1) pairs if each is "
            "counted in both orders.",
        ),
        Mistake(
            lambda z: (_near(z).mean() / 2).log(),
            "Each pair is counted once, and the sum divided by N²: zeros count in your mean too. There are "
            "N · (N − 1) / 2 pairs of different points.",
        ),
        Mistake(
            lambda z: (uniformity(z).exp() / 2).log(),
            "Half the mean stands in the logarithm: each pair is counted once, and the sum divided as if it were "
            "counted in both orders.",
        ),
        Mistake(
            lambda z: _evenness((z[1:] - z[:-1]).square().sum(1)),
            "You compare each point with the next one only. *All* pairs of different points count.",
        ),
        Mistake(
            lambda z: _evenness((z[1:] - z[0]).square().sum(1)),
            "You compare all points with the first one only. *All* pairs of different points count.",
        ),
        Mistake(
            lambda z: _evenness(torch.pdist(z.T.contiguous()).square()),
            "You compare the columns. Each row is a point.",
        ),
        Mistake(
            lambda z: _evenness(_squares(z)[_squares(z) > 0]),
            "Pairs of points in the same place are left out here, and they count most: leave out by the place in the "
            "table (the diagonal), and not by a distance of 0.",
        ),
        Mistake(
            lambda z: torch.pdist(z).mul(-2).exp().mean().log(),
            "You left out the square: exp(−2 · distance²).",
        ),
        Mistake(
            lambda z: torch.pdist(z).square().mul(-2).exp().log().mean(),
            "Logarithm and mean are the other way round. Then they cancel the exponential, and only the mean squared "
            "distance is left; near pairs are to count much more than far ones.",
        ),
        Mistake(
            lambda z: torch.pdist(z).mean().square().mul(-2),
            "You take the mean of the distances first. Then near pairs count no more than far ones: first the "
            "exponential of each pair, then the mean.",
        ),
        Mistake(
            lambda z: (_near(z).sum(1) / (len(z) - 1)).log().mean(),
            "You take a logarithm for each point, and their mean. One mean over all pairs, and then one logarithm.",
        ),
        Mistake(
            lambda z: (_near(z).sum(1) / (len(z) - 1)).log(),
            "You give a number for each point. One mean over all pairs is asked for, and its logarithm.",
        ),
        Mistake(
            lambda z: torch.pdist(z).square().mul(-2).exp().sum().log(),
            "You take the sum over pairs where the mean is asked for: it would grow with the number of points.",
        ),
        Mistake(
            lambda z: torch.pdist(z).square().mul(2).exp().mean().log(),
            "The sign is missing: near pairs should count most, so it is exp(−2 · distance²).",
        ),
        Mistake(
            lambda z: torch.pdist(z).square().mul(-2).exp().mean(),
            "The logarithm at the end is missing.",
        ),
        Mistake(
            lambda z: torch.pdist(z).square().neg().exp().mean().log(),
            "This is what comes out with exp(−distance²): the exponent is half of what it should be. (For lists of "
            "length 1 distance² is 2 − 2 · cosine: twice 1 − cosine.)",
        ),
        Mistake(
            lambda z: 2 * torch.pdist(z).square().neg().exp().mean().log(),
            "The factor 2 stands outside the logarithm. It belongs into the exponent: exp(−2 · distance²).",
        ),
        Mistake(
            lambda z: _evenness(2 * torch.pdist(z).square()),
            "This is what comes out with exp(−4 · distance²). Only the distance is squared, and not the 2.",
        ),
        Mistake(
            lambda z: _evenness((z @ z.T)[torch.ones(len(z), len(z)).triu(1) > 0]),
            "Cosines stand where squared distances belong. A cosine is large for *near* points; for lists of length 1 "
            "distance² is 2 − 2 · cosine.",
        ),
        Mistake(
            lambda z: _evenness(torch.pdist(z).square() / z.shape[1]),
            "Your squared distance is D times too small: it is the *sum* of squared differences over the numbers of a "
            "point, not their mean.",
        ),
        Mistake(
            lambda z: _evenness(torch.pdist(z, p=1).square()),
            "You add up absolute differences. The squared distance is the sum of *squared* differences.",
        ),
    ),
    hints=(
        "`torch.pdist(z)` gives the distances of all pairs of different rows, each pair once.",
        "From the inside out: square, times −2, exp, mean, log.",
    ),
    compare=tensor_difference,
)

# --- 04.4


def enqueue(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    """The queue (K, D) with keys (B, D), B ≤ K, written from `queue_ptr` on, around the end; and the next place."""
    queue = queue.clone()
    at = (queue_ptr + torch.arange(len(keys))) % len(queue)
    queue[at] = keys
    return queue, (queue_ptr + len(keys)) % len(queue)


def _queue_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)

    def case(k: int, queue_ptr: int, b: int, d: int = 1) -> tuple:
        numbers = torch.arange(1.0, (k + b) * d + 1).view(k + b, d)
        return numbers[:k], queue_ptr, -numbers[k:]

    fixed = [case(3, 0, 1), case(3, 1, 2), case(4, 3, 2), case(5, 2, 3), case(5, 0, 2), case(4, 3, 4), case(6, 4, 4, 2)]
    drawn = []
    for i in range(8):
        k, b = 6 + i, 2 + i // 2
        queue_ptr = int(torch.randint(k, (), generator=generator))
        drawn.append((torch.randn(k, 2, generator=generator), queue_ptr, torch.randn(b, 2, generator=generator)))
    return fixed + drawn


def _cut_off(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    queue, room = queue.clone(), min(len(keys), len(queue) - queue_ptr)
    queue[queue_ptr : queue_ptr + room] = keys[:room]
    return queue, (queue_ptr + len(keys)) % len(queue)


def _from_the_start(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    if queue_ptr + len(keys) > len(queue):
        queue_ptr = 0
    return enqueue(queue, queue_ptr, keys)


def _straight(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    queue = queue.clone()
    queue[queue_ptr : queue_ptr + len(keys)] = keys
    return queue, (queue_ptr + len(keys)) % len(queue)


def _minus_nothing(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    over = queue_ptr + len(keys) - len(queue)
    if over < 0:
        return enqueue(queue, queue_ptr, keys)
    queue = queue.clone()
    queue[queue_ptr:] = keys[: len(keys) - over]
    queue[:over] = keys[-over:]
    return queue, over


def _first_again(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    over = max(queue_ptr + len(keys) - len(queue), 0)
    queue, queue_ptr = enqueue(queue, queue_ptr, keys)
    queue[:over] = keys[:over]
    return queue, queue_ptr


def _next(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> int:
    return (queue_ptr + len(keys)) % len(queue)


QUEUE = Exercise(
    id="04.4",
    title="A queue that goes round",
    minutes=10,
    difficulty=2,
    reference=enqueue,
    cases=_queue_cases,
    mistakes=(
        Mistake(
            _cut_off,
            "Keys that do not fit before the end are lost. They belong to the beginning of the queue, which is where "
            "the oldest keys are: take every place modulo K.",
        ),
        Mistake(
            _straight,
            "`queue[queue_ptr : queue_ptr + B] = keys` fails where the keys do not fit before the end: a slice does "
            "not go round. Take every single place modulo K.",
        ),
        Mistake(
            _minus_nothing,
            "It fails where the last key just fits. Then no key is left for the beginning, but `keys[-0:]` is all of "
            "them: count from the front.",
        ),
        Mistake(
            _from_the_start,
            "You begin again at 0 when the keys do not fit. Then the last few places are never written again, and "
            "their keys grow old. Go around the end instead.",
        ),
        Mistake(
            _first_again,
            "Behind the end, the *first* keys are written once more at the beginning of the queue. Those that are "
            "left belong there.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr + 1, keys)[0], _next(q, ptr, keys)),
            "The keys stand one place too far: the first one belongs to `queue_ptr` itself.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, 0, keys)[0], _next(q, ptr, keys)),
            "The keys are always written from place 0 on. Begin at `queue_ptr`, where the oldest keys are.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys.flip(0))[0], _next(q, ptr, keys)),
            "The places are right, but the keys stand in opposite order.",
        ),
        Mistake(
            lambda q, ptr, keys: (torch.cat([q, keys])[-len(q) :], _next(q, ptr, keys)),
            "You move the whole queue and append: what falls out in front need not be the oldest, and every key moves. "
            "Write over the oldest ones, from `queue_ptr` on.",
        ),
        Mistake(
            lambda q, ptr, keys: (torch.cat([keys, q])[: len(q)], _next(q, ptr, keys)),
            "You put the new keys in front and move the whole queue. Every key moves at every step: write over the "
            "oldest ones, from `queue_ptr` on.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(torch.zeros_like(q), ptr, keys)[0], _next(q, ptr, keys)),
            "The old keys are gone: all places but those of the new keys are 0. Begin with a copy of the queue.",
        ),
        Mistake(
            lambda q, ptr, keys: (q + enqueue(torch.zeros_like(q), ptr, keys)[0], _next(q, ptr, keys)),
            "The new keys are added to the old ones. They should take their places.",
        ),
        Mistake(
            lambda q, ptr, keys: (q.clone(), _next(q, ptr, keys)),
            "The queue comes back as it was: no key is written into what you return.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], ptr + len(keys)),
            "The keys are right, but the next place may lie behind the end: take it modulo K too.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], _next(q, ptr, keys) or len(q)),
            "The keys are right. But where the last key just fits, your next place is K, which is behind the end: it "
            "should be 0.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], 0 if ptr + len(keys) >= len(q) else ptr + len(keys)),
            "The keys are right. But behind the end, your next place is always 0, where new keys have just been "
            "written: it is the one behind the last key.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], ptr),
            "The keys are right, but the place does not move on: the next keys would overwrite these.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], (ptr + 1) % len(q)),
            "The keys are right, but the place moves on by 1, however many keys there are: the next keys would "
            "overwrite all but the first of these.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], (ptr + len(keys) - 1) % len(q)),
            "The keys are right, but your next place is that of the last key, which would be overwritten. It is the "
            "one behind.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], (ptr + len(keys) + 1) % len(q)),
            "The keys are right, but your next place is one too far: a place would be left out.",
        ),
        Mistake(
            lambda q, ptr, keys: (enqueue(q, ptr, keys)[0], (ptr + len(keys)) % len(keys)),
            "The keys are right, but the next place goes round at B, the number of keys. It is the queue that has an "
            "end: modulo K.",
        ),
        Mistake(
            lambda q, ptr, keys: enqueue(q, ptr, keys)[0],
            "The queue is right. The next place is asked for as well: return both.",
        ),
    ),
    hints=(
        "The keys go to the places queue_ptr, queue_ptr + 1, …, each modulo K (`%`). A tensor can be indexed with a "
        "whole list of places.",
        "`at = (queue_ptr + torch.arange(len(keys))) % len(queue)`; then `queue = queue.clone(); queue[at] = keys`.",
    ),
)


EXERCISES = [TRIPLET, NT_XENT, UNIFORMITY, QUEUE]

QUIZ: list[Question] = [
    Question(
        "SimCLR is trained without changing colors: views are only cropped and flipped. What will its features know "
        "best?",
        (
            Option(
                "The colors: two views of one picture share them, so nothing else is needed to find the partner.",
                True,
                "The loss asks for what two views share and other pictures do not. What you do not change it "
                "can use. You choose by the views what is to be ignored.",
            ),
            Option(
                "The shape of the thing, since color cannot distract any more.",
                False,
                "Color *does* distract here: it is the same in both views, and different in most other pictures. "
                "Knowing it is the easiest way to find the partner.",
            ),
            Option(
                "Where the thing stands.",
                False,
                "Cropping changes the place in every view, so it is of no use for finding the partner.",
            ),
        ),
    ),
    Question(
        "You lower the temperature of NT-Xent. What changes?",
        (
            Option(
                "All negatives are pushed equally, but harder.",
                False,
                "Equally is what a *high* temperature does: then the softmax is flat.",
            ),
            Option(
                "The nearest negatives get most of the push.",
                True,
                "The push on a negative is its share of the softmax. Divided by a small temperature, small differences "
                "of cosines become large differences of shares. Also among the nearest: other pictures of the same "
                "kind, which should not be pushed at all.",
            ),
            Option(
                "Nothing: the loss is only multiplied by a number.",
                False,
                "The temperature stands inside the exponential, not in front of the loss.",
            ),
        ),
    ),
    Question(
        "Why does MoCo need a slow copy of its encoder for the keys in the queue?",
        (
            Option(
                "To save memory.",
                False,
                "It costs memory: a second network. What saves memory is that keys need no gradient.",
            ),
            Option(
                "So that keys made some hundred steps ago can still be compared with new ones.",
                True,
                "An encoder that changes fast would make a queue of keys from many different encoders: easy to tell "
                "apart by age alone. A slow one makes them all alike.",
            ),
            Option(
                "So that the queue can be longer than the batch.",
                False,
                "The queue could be as long with keys from the encoder itself. They would just not fit together.",
            ),
        ),
    ),
    Question(
        "Why are the features taken from *before* the projector, although the loss looks at what comes after it?",
        (
            Option(
                "The projector is not trained.",
                False,
                "It is trained together with the encoder. That is why it can take on what the loss asks.",
            ),
            Option(
                "Because they have more numbers.",
                False,
                "Here they have just as many. What matters is what can be read from them.",
            ),
            Option(
                "What the loss has no use for can be lost in the projector, and need not be lost before it.",
                True,
                "Behind the projector only what serves the loss is left. Before it, the features can keep more that "
                "another task may need. How much more depends on the temperature.",
            ),
        ),
    ),
    Question(
        "In a batch of 256 pictures of 40 kinds, each picture has some six others of its own kind. What does SimCLR do "
        "with them?",
        (
            Option(
                "It notices that they are alike and leaves them out.",
                False,
                "It has no labels. All that is not the other view of the same picture counts as different.",
            ),
            Option(
                "It pushes them away, although they should be near.",
                True,
                "They are false negatives, and at a low temperature they even get much of the push. It works all the "
                "same, since views agree on more than that. With labels, SupCon makes partners of them.",
            ),
            Option(
                "It pulls them together, since they look alike.",
                False,
                "The loss pulls only the two views of one picture together. That pictures of one kind come near each "
                "other is a consequence that nobody asked for.",
            ),
        ),
    ),
]
