"""Chapter 04, pulling together and pushing apart: triplets, NT-Xent, uniformity, a queue."""

import torch
import torch.nn.functional as F

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 04.1


def triplet(anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float) -> torch.Tensor:
    """The mean over rows (B, D) of how much the positive is not yet nearer than the negative, by the margin; ()."""
    near = (anchor - positive).norm(dim=1)
    far = (anchor - negative).norm(dim=1)
    return (near - far + margin).relu().mean()


def _triplet_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(4)
    anchor = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    positive = torch.tensor([[3.0, 4.0], [0.5, 0.0], [1.0, 2.0]])
    negative = torch.tensor([[0.0, 4.0], [9.0, 0.0], [1.0, 0.5]])
    fixed = [
        (anchor[:1], positive[:1], negative[:1], 1.0),
        (anchor, positive, negative, 1.0),
        (*torch.randn(3, 6, 4, generator=fixed_generator), 0.5),
    ]
    return fixed + [(*torch.randn(3, 3 + i, 4 + i, generator=generator), (0.2, 1.0)[i % 2]) for i in range(5, 13)]


def _gap(anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor, margin: float) -> torch.Tensor:
    return (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin


TRIPLET = Exercise(
    id="04.1",
    title="Nearer by a margin",
    minutes=10,
    difficulty=1,
    reference=triplet,
    cases=_triplet_cases,
    mistakes=(
        Mistake(
            lambda anchor, positive, negative, margin: _gap(anchor, positive, negative, margin).mean(),
            "You let triplets that are fine already count below 0. Then pushing one negative to infinity pays for all "
            "others. What is won is won: nothing below 0, `.relu()`.",
        ),
        Mistake(
            lambda anchor, positive, negative, margin: _gap(anchor, positive, negative, margin).mean().relu(),
            "You cut off at 0 after the mean. Then good triplets pay for bad ones: cut off each triplet, then take the "
            "mean.",
        ),
        Mistake(
            lambda anchor, positive, negative, margin: _gap(anchor, negative, positive, margin).relu().mean(),
            "You have positive and negative the other way round: this loss is small when the *negative* is near.",
        ),
        Mistake(
            lambda anchor, positive, negative, margin: (
                ((anchor - positive).square().sum(1) - (anchor - negative).square().sum(1) + margin).relu().mean()
            ),
            "You use squared distances. Some papers do; plain ones are asked for here: `.norm(dim=1)`.",
        ),
        Mistake(
            lambda anchor, positive, negative, margin: _gap(anchor, positive, negative, -margin).relu().mean(),
            "You subtract the margin. Then the loss is 0 even where the positive is a little *further* than the "
            "negative. The margin is what is asked for on top: add it.",
        ),
        Mistake(
            lambda anchor, positive, negative, margin: _gap(anchor, positive, negative, 0.0).relu().mean(),
            "You left out the margin. Then it is enough to be nearer by a hair, or for everything to be at one point.",
        ),
        Mistake(
            lambda anchor, positive, negative, margin: (
                (anchor - positive).norm() - (anchor - negative).norm() + margin
            ).relu(),
            "You take one distance over the whole batch, so that one row can pay for another: a distance for each row, "
            "`.norm(dim=1)`.",
        ),
        Mistake(
            lambda anchor, positive, negative, margin: _gap(anchor, positive, negative, margin).relu().sum(),
            "You add up over the triplets where their mean is asked for.",
        ),
    ),
    hints=(
        "Two distances for each row, `(anchor - positive).norm(dim=1)` and the same with the negative. The first "
        "should be smaller than the second by at least the margin. By how much is it not?",
        "`(near - far + margin).relu().mean()`.",
    ),
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
        (*(3 * torch.randn(2, 4, 3, generator=fixed_generator)), 0.5),
        (*torch.randn(2, 5, 4, generator=fixed_generator), 0.2),
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


def _partner_left_out(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    scores = _scores(z1, z2, temperature)
    n = len(scores)
    itself = torch.eye(n, dtype=torch.bool)
    partner = itself.roll(n // 2, 0)
    return (scores.masked_fill(itself | partner, -torch.inf).logsumexp(1) - scores[partner]).mean()


def _like_clip(z1: torch.Tensor, z2: torch.Tensor, temperature: float) -> torch.Tensor:
    scores = F.normalize(z1, dim=1) @ F.normalize(z2, dim=1).T / temperature
    right = torch.arange(len(z1))
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
            lambda z1, z2, temperature: _looked_for(_scores(z1, z2, temperature)),
            "Each view is also compared with itself, and the cosine with oneself is 1: no partner can beat that. Put "
            "−∞ on the diagonal before the softmax.",
        ),
        Mistake(
            lambda z1, z2, temperature: _looked_for(
                _scores(z1, z2, temperature).masked_fill(torch.eye(2 * len(z1), dtype=torch.bool), 0.0)
            ),
            "You put 0 on the diagonal. A score of 0 is a cosine of 0, and still takes its share of the softmax. To "
            "leave something out of a softmax, give it −∞.",
        ),
        Mistake(
            _like_clip,
            "You compare first views with second views only, as CLIP does with pictures and texts. Here both are "
            "pictures: each view looks among *all* 2B − 1 others, first views and second ones.",
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
            lambda z1, z2, temperature: _looked_for(_without_itself(_scores(z1, z2, 1 / temperature))),
            "You multiply by the temperature. *Divide* by it: a low temperature makes differences large.",
        ),
        Mistake(
            lambda z1, z2, temperature: _looked_for(_without_itself(_scores(z1, z2, 1.0))),
            "You left out the temperature: divide the cosines by it.",
        ),
        Mistake(
            lambda z1, z2, temperature: 2 * _looked_for(_without_itself(_scores(z1, z2, temperature))),
            "You add up both directions. Take the mean over all 2B views.",
        ),
        Mistake(
            lambda z1, z2, temperature: F.cross_entropy(
                _without_itself(_scores(z1, z2, temperature))[: len(z1)], torch.arange(len(z1), 2 * len(z1))
            ),
            "Only the first views look for their partners. Let the second views look for theirs too.",
        ),
        Mistake(
            lambda z1, z2, temperature: -(F.normalize(z1, dim=1) * F.normalize(z2, dim=1)).sum(1).mean() / temperature,
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
)

# --- 04.3


def uniformity(z: torch.Tensor) -> torch.Tensor:
    """ln of the mean of exp(−2 · squared distance) over all pairs of different rows of z (N, D), of length 1; ()."""
    return torch.pdist(z).square().mul(-2).exp().mean().log()


def _round_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(2)
    fixed = [(torch.eye(2),), (torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),)]
    fixed += [(F.normalize(torch.randn(5, 3, generator=fixed_generator), dim=1),)]
    return fixed + [(F.normalize(torch.randn(4 + i, 3, generator=generator), dim=1),) for i in range(3, 12)]


UNIFORMITY = Exercise(
    id="04.3",
    title="How evenly do they lie?",
    minutes=5,
    difficulty=1,
    reference=uniformity,
    cases=_round_cases,
    mistakes=(
        Mistake(
            lambda z: torch.cdist(z, z).square().mul(-2).exp().mean().log(),
            "You count each point's distance to itself, which is 0 and counts as e⁰ = 1. Only pairs of *different* "
            "points: `torch.pdist(z)` gives just those.",
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
            "The factor 2 is missing: exp(−2 · distance²).",
        ),
    ),
    hints=(
        "`torch.pdist(z)` gives the distances of all pairs of different rows, each pair once.",
        "From the inside out: square, times −2, exp, mean, log.",
    ),
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
    fixed = [
        (torch.zeros(3, 1), 0, torch.tensor([[1.0]])),
        (torch.zeros(4, 1), 3, torch.tensor([[1.0], [2.0]])),
        (torch.arange(5.0)[:, None], 2, torch.tensor([[7.0], [8.0], [9.0]])),
        (torch.arange(5.0)[:, None], 0, torch.tensor([[7.0], [8.0]])),
        (torch.arange(6.0)[:, None], 4, torch.tensor([[7.0], [8.0], [9.0], [10.0]])),
    ]
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


def _no_wrap_of_place(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    return enqueue(queue, queue_ptr, keys)[0], queue_ptr + len(keys)


def _from_the_start(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    if queue_ptr + len(keys) > len(queue):
        queue_ptr = 0
    return enqueue(queue, queue_ptr, keys)


def _shifted(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    return torch.cat([queue[len(keys) :], keys]), (queue_ptr + len(keys)) % len(queue)


def _place_stays(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    return enqueue(queue, queue_ptr, keys)[0], queue_ptr


def _straight(queue: torch.Tensor, queue_ptr: int, keys: torch.Tensor) -> tuple[torch.Tensor, int]:
    queue = queue.clone()
    queue[queue_ptr : queue_ptr + len(keys)] = keys
    return queue, (queue_ptr + len(keys)) % len(queue)


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
            _no_wrap_of_place,
            "The keys are right, but the next place may lie behind the end: take it modulo K too.",
        ),
        Mistake(
            _from_the_start,
            "You begin again at 0 when the keys do not fit. Then the last few places are never written again, and "
            "their keys grow old. Go around the end instead.",
        ),
        Mistake(
            _shifted,
            "You move the whole queue and append. The right keys are in it, but every key moves at every step: write "
            "over the oldest ones, from `queue_ptr` on.",
        ),
        Mistake(
            _place_stays,
            "The keys are right, but the place does not move on: the next keys would overwrite these.",
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
