"""Chapter 06, masked image modeling: random masking, a step without a slope, a loss of covered patches, all of MAE."""

from typing import Any

import torch
import torch.nn.functional as F

from course_lib.course.compare import tensor_difference
from course_lib.course.declare import Exercise, Mistake, Option, Question
from course_lib.nn import ViT
from course_lib.pretrain.mae import MAE

# --- 06.1


def random_masking(
    tokens: torch.Tensor, ratio: float, noise: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Keep the tokens (B, N, D) with the smallest noise (B, N): the visible ones, the mask, and `ids_restore`."""
    visible = int(tokens.shape[1] * (1 - ratio))
    ids_shuffle = noise.argsort(1)  # (B, N): the tokens in the order of their noise
    ids_restore = ids_shuffle.argsort(1)  # (B, N): where each token went
    ids_keep = ids_shuffle[:, :visible]
    kept = tokens.gather(1, ids_keep[:, :, None].expand(-1, -1, tokens.shape[2]))
    return kept, ids_restore >= visible, ids_restore


def _masking_cases(seed: int) -> list[tuple]:
    generator, fixed = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(6)

    def case(batch: int, count: int, width: int, ratio: float, chance: torch.Generator) -> tuple:
        tokens = torch.randn(batch, count, width, generator=chance)
        return tokens, ratio, torch.rand(batch, count, generator=chance)

    four = torch.tensor([10.0, 20, 30, 40]).view(1, 4, 1), 0.5, torch.tensor([[0.9, 0.2, 0.4, 0.1]])
    five = torch.arange(20.0).view(2, 5, 2), 0.5, torch.tensor([[0.3, 0.9, 0.1, 0.7, 0.5], [0.2, 0.1, 0.8, 0.4, 0.6]])
    return [
        four,
        five,
        case(3, 7, 2, 0.5, fixed),
        case(1, 8, 3, 0.75, fixed),
        *[case(2 + i, 6 + i, 3, (0.25, 0.6, 0.75)[i % 3], generator) for i in range(6)],
    ]


def _kept(tokens: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    return tokens.gather(1, ids[:, :, None].expand(-1, -1, tokens.shape[2]))


def _masked_by(tokens: torch.Tensor, noise: torch.Tensor, visible: int) -> tuple[torch.Tensor, ...]:
    """As the reference, for so many visible tokens."""
    order = noise.argsort(1)
    restore = order.argsort(1)
    return _kept(tokens, order[:, :visible]), restore >= visible, restore


def _in_their_order(tokens: torch.Tensor, ratio: float, noise: torch.Tensor) -> tuple[torch.Tensor, ...]:
    visible = int(tokens.shape[1] * (1 - ratio))
    order = noise.argsort(1)
    order = torch.cat([order[:, :visible].sort(1).values, order[:, visible:].sort(1).values], 1)
    restore = order.argsort(1)
    return _kept(tokens, order[:, :visible]), restore >= visible, restore


_LARGEST = "You keep the tokens with the largest noise. Those with the smallest stay."
_SHUFFLE = (
    "Your `ids_restore` is the order of the noise itself: which token stands at each place of the list. Asked is the "
    "way back: at which place each token stands. The `argsort` of an order gives it."
)

MASKING = Exercise(
    id="06.1",
    title="Keep a quarter",
    minutes=10,
    difficulty=2,
    reference=random_masking,
    cases=_masking_cases,
    mistakes=(
        Mistake(
            lambda tokens, ratio, noise: (
                (found := random_masking(tokens, ratio, noise))[0],
                found[1],
                noise.argsort(1),
            ),
            _SHUFFLE,
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                random_masking(tokens, ratio, noise)[0],
                noise.argsort(1) >= int(tokens.shape[1] * (1 - ratio)),
                noise.argsort(1),
            ),
            _SHUFFLE + " Your mask comes from it, and is wrong for the same reason.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                (found := random_masking(tokens, ratio, noise))[0],
                ~found[1],
                found[2],
            ),
            "Your mask is the other way round: it is to be True where a token is covered.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                (found := random_masking(tokens, ratio, noise))[0],
                (torch.arange(tokens.shape[1]) >= found[0].shape[1]).expand(len(tokens), -1),
                found[2],
            ),
            "Your mask belongs to the shuffled list: first all visible tokens, then the covered ones. Bring it back to "
            "the picture's order with `ids_restore`.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                (found := random_masking(tokens, ratio, noise))[0],
                found[1].float(),
                found[2],
            ),
            "Your mask holds the numbers 0 and 1. Here it is bool, True where a token is covered: a comparison gives "
            "that.",
        ),
        Mistake(lambda tokens, ratio, noise: random_masking(tokens, ratio, -noise), _LARGEST),
        Mistake(
            lambda tokens, ratio, noise: (
                _kept(tokens, noise.argsort(1)[:, -int(tokens.shape[1] * (1 - ratio)) :]),
                *random_masking(tokens, ratio, noise)[1:],
            ),
            "Your visible tokens are those with the largest noise, and your mask covers others. Those with the "
            "smallest noise stay.",
        ),
        Mistake(
            lambda tokens, ratio, noise: _masked_by(tokens, noise, int(tokens.shape[1] * ratio)),
            "You keep the share that should be covered. `ratio` is the share that is covered: 1 − ratio stays.",
        ),
        Mistake(
            lambda tokens, ratio, noise: _masked_by(tokens, noise, tokens.shape[1] - int(tokens.shape[1] * ratio)),
            "You round down the number of *covered* tokens. Round down the number of those that stay: "
            "int(N · (1 − ratio)).",
        ),
        Mistake(
            lambda tokens, ratio, noise: _masked_by(tokens, noise, round(tokens.shape[1] * (1 - ratio))),
            "You round the number of visible tokens to the nearest whole number. Round it down: int(…).",
        ),
        Mistake(
            _in_their_order,
            "Your visible tokens stand in the order that they have in the picture. Here they keep the order of their "
            "noise, the smallest first.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                (found := _in_their_order(tokens, ratio, noise))[0],
                found[1],
                random_masking(tokens, ratio, noise)[2],
            ),
            "Your visible tokens stand in the order that they have in the picture, but `ids_restore` counts in the "
            "order of the noise. Take the tokens in the order of their noise too.",
        ),
        Mistake(
            lambda tokens, ratio, noise: random_masking(tokens, ratio, noise[:1].expand_as(noise)),
            "All your pictures are masked like the first one. Each picture has its own noise.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                tokens[:, : int(tokens.shape[1] * (1 - ratio))],
                *random_masking(tokens, ratio, noise)[1:],
            ),
            "Your visible tokens are the first ones of each picture, whatever their noise. Take those with the "
            "smallest noise, with `gather`.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                _kept(tokens, noise.argsort(1).argsort(1)[:, : int(tokens.shape[1] * (1 - ratio))]),
                *random_masking(tokens, ratio, noise)[1:],
            ),
            "You pick the visible tokens with `ids_restore`, which says where each token goes. Which token comes "
            "first, second and so on is in the first `argsort`.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                (found := random_masking(tokens, ratio, noise))[0],
                found[1],
                noise.argsort(1)[:, : found[0].shape[1]],
            ),
            "Your third result is which tokens stay. Asked is where each of all N tokens stands in the list.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                random_masking(tokens, ratio, noise)[0],
                noise > 1 - ratio,
                random_masking(tokens, ratio, noise)[2],
            ),
            "Your mask compares the noise with a fixed number, so the number of covered tokens changes from picture to "
            "picture. Cover those that did not stay.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                random_masking(tokens, ratio, noise)[0],
                noise > ratio,
                random_masking(tokens, ratio, noise)[2],
            ),
            "Your mask covers where the noise is above `ratio`. The number of covered tokens then changes from picture "
            "to picture: cover those that did not stay.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                tokens * (~random_masking(tokens, ratio, noise)[1])[:, :, None],
                *random_masking(tokens, ratio, noise)[1:],
            ),
            "You set the covered tokens to 0 and leave them in the list. The encoder is not to see them at all: return "
            "the V visible tokens alone.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                (found := random_masking(tokens, ratio, noise))[0],
                found[2],
                found[1],
            ),
            "The mask and `ids_restore` are exchanged: first the visible tokens, then the mask, then `ids_restore`.",
        ),
        Mistake(
            lambda tokens, ratio, noise: (
                (found := random_masking(tokens, ratio, noise))[0].flip(1),
                *found[1:],
            ),
            "Your visible tokens begin with the largest noise among them. The smallest comes first.",
        ),
    ),
    hints=(
        "`noise.argsort(1)` lists the tokens of each picture, the one with the smallest noise first: the first V of "
        "them stay. The `argsort` of that list says where each token stands in it.",
        "`ids_shuffle = noise.argsort(1)`, `ids_restore = ids_shuffle.argsort(1)`. Take the visible tokens with "
        "`tokens.gather(1, ids_shuffle[:, :V, None].expand(-1, -1, D))`; the mask is `ids_restore >= V`.",
    ),
    gradients=("tokens",),
    compare=tensor_difference,
)


# --- 06.2


def straight_through(z: torch.Tensor, codebook: torch.Tensor) -> torch.Tensor:
    """For each vector of z (N, D) the nearest code of the codebook (K, D), with z's gradient as if nothing happened."""
    nearest = torch.cdist(z, codebook).argmin(1)  # (N,)
    return z + (codebook[nearest] - z).detach()


def _code_cases(seed: int) -> list[tuple]:
    generator, fixed = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(7)

    def case(count: int, codes: int, width: int, chance: torch.Generator) -> tuple:
        # Codes of very different lengths: who is nearest is then not who points the same way
        book = torch.randn(codes, width, generator=chance) * torch.linspace(0.3, 3, codes)[:, None]
        return 1.5 * torch.randn(count, width, generator=chance), book

    return [
        (torch.tensor([[0.0, 0.0]]), torch.tensor([[1.5, 1.5], [0.0, 2.4]])),
        (torch.tensor([[0.0, 0.5], [2.0, 0.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0], [9.0, 0.0]])),
        (torch.tensor([[1.0, 0.9], [0.1, -0.2], [4.0, 4.0]]), torch.tensor([[0.9, 1.8], [3.0, 2.5]])),
        (torch.tensor([[0.0, 0.0, 0.0]]), torch.tensor([[1.4, 1.4, 1.4], [0.0, 0.0, 2.3], [1.8, 1.2, 0.0]])),
        case(9, 6, 3, fixed),
        *[case(9 + 2 * i, 6 + i, 3 + i, generator) for i in range(5)],
    ]


def _chosen(choose: Any) -> Any:
    """A mistake that takes another code: what `choose` makes of z and the codebook."""
    return lambda z, codebook: codebook[choose(z, codebook)]


THROUGH = Exercise(
    id="06.2",
    title="Straight through",
    minutes=10,
    difficulty=2,
    reference=straight_through,
    cases=_code_cases,
    mistakes=(
        Mistake(
            _chosen(lambda z, book: torch.cdist(z, book).argmax(1)),
            "You take the code that is farthest away: `argmin`, not `argmax`.",
        ),
        Mistake(
            _chosen(lambda z, book: (z @ book.T).argmax(1)),
            "You take the code with the largest dot product. A long code wins there although another is nearer: take "
            "the smallest distance.",
        ),
        Mistake(
            _chosen(lambda z, book: (z @ book.T).argmin(1)),
            "You take the code with the smallest dot product, which points away from z. Take the smallest distance.",
        ),
        Mistake(
            _chosen(lambda z, book: (F.normalize(z, dim=1) @ F.normalize(book, dim=1).T).argmax(1)),
            "You take the code that points most nearly the same way (the largest cosine). Take the smallest distance.",
        ),
        Mistake(
            _chosen(lambda z, book: torch.cdist(z, book, p=1).argmin(1)),
            "You add up absolute differences. The Euclidean distance is meant: squares, then the root.",
        ),
        Mistake(
            _chosen(lambda z, book: torch.cdist(z, book, p=float("inf")).argmin(1)),
            "You take the largest difference as the distance. The Euclidean distance is meant: squares, then the root.",
        ),
        Mistake(
            _chosen(lambda z, book: (book.square().sum(1) - z @ book.T).argmin(1)),
            "In |z − e|² = |z|² − 2 z·e + |e|² the 2 before the product is missing.",
        ),
        Mistake(
            _chosen(lambda z, book: (z[:, None] - book).sum(-1).abs().argmin(1)),
            "You add up the differences before squaring them, so that those above and below 0 cancel.",
        ),
        Mistake(
            _chosen(lambda z, book: (z[:, None] - book).sum(-1).argmin(1)),
            "You add up the plain differences. A distance squares them first.",
        ),
        Mistake(
            lambda z, codebook: codebook[torch.cdist(z, codebook).argmin(0)],
            "You ask for each code which vector is nearest. Ask for each vector which code is: the minimum over the K "
            "codes.",
        ),
        Mistake(
            lambda z, codebook: torch.cdist(z, codebook).argmin(1),
            "You return the numbers of the codes. Return the codes themselves: `codebook[nearest]`, with the gradient.",
        ),
        Mistake(
            lambda z, codebook: F.one_hot(torch.cdist(z, codebook).argmin(1), len(codebook)).float(),
            "You return which code each vector gets, as ones and zeros. Multiply by the codebook: the codes are meant.",
        ),
        Mistake(
            lambda z, codebook: torch.cdist(z, codebook).min(1).values,
            "You return the distances to the nearest codes. Return the codes themselves, with the gradient.",
        ),
        Mistake(lambda z, codebook: z.clone(), "You return z itself. Its values should be those of the nearest codes."),
        Mistake(
            lambda z, codebook: 2 * z - codebook[torch.cdist(z, codebook).argmin(1)],
            "The sign is the other way round: it is z + (code − z), which is the code.",
        ),
        Mistake(
            lambda z, codebook: codebook[torch.cdist(z, codebook).argmin(1)] - z,
            "You return the difference between code and z. Add it to z: z + (code − z).",
        ),
        Mistake(
            lambda z, codebook: z + codebook[torch.cdist(z, codebook).argmin(1)],
            "You add the code to z. Add the difference, without its gradient: z + (code − z).",
        ),
        Mistake(
            lambda z, codebook: (-torch.cdist(z, codebook)).softmax(1) @ codebook,
            "You mix the codes, the nearer ones more. That has a slope of its own, but it is no code: take the nearest "
            "alone.",
        ),
        Mistake(
            lambda z, codebook: (z[:, None] - codebook).abs().argmin(1).float(),
            "You look for the nearest entry in each direction apart. A code is one whole vector: take the distance "
            "over all D numbers.",
        ),
        Mistake(
            lambda z, codebook: codebook[(z[:, None] - codebook).abs().argmin(1), torch.arange(z.shape[1])],
            "You look for the nearest entry in each direction apart, and so mix several codes. A code is one whole "
            "vector: take the distance over all D numbers.",
        ),
        Mistake(
            _chosen(lambda z, book: torch.cdist(z.mean(0, keepdim=True), book).argmin(1).expand(len(z))),
            "All your vectors get the code that is nearest to their mean. Each has its own nearest code.",
        ),
        Mistake(
            lambda z, codebook: F.normalize(codebook, dim=1)[torch.cdist(z, codebook).argmin(1)],
            "You bring the codes to length 1. They are taken as they are.",
        ),
        Mistake(
            _chosen(lambda z, book: (book.square().sum(1) + 2 * z @ book.T).argmin(1)),
            "In |z − e|² = |z|² − 2 z·e + |e|² the sign before the product is minus.",
        ),
    ),
    hints=(
        "`torch.cdist(z, codebook)` gives all distances (N, K). For the gradient, write the code as z plus what is "
        "missing: z + (code − z). Which of the two parts should have no gradient?",
        "`code = codebook[torch.cdist(z, codebook).argmin(1)]`, and return `z + (code - z).detach()`.",
    ),
    gradients=("z", "codebook"),
    compare=tensor_difference,
)


# --- 06.3


def masked_loss(prediction: torch.Tensor, patches: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The squared error of the covered patches (B, N, P): a mean over a patch, then over all covered patches, ()."""
    error = (prediction - patches).square().mean(-1)  # (B, N)
    return (error * mask).sum() / mask.sum()


def _loss_cases(seed: int) -> list[tuple]:
    generator, fixed = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(8)

    def case(batch: int, count: int, width: int, chance: torch.Generator) -> tuple:
        prediction, patches = 2 * torch.randn(2, batch, count, width, generator=chance) + 1
        mask = torch.rand(batch, count, generator=chance) < torch.linspace(0.3, 0.8, batch)[:, None]
        mask[:, 0] = True
        mask[:, -1] = False
        return prediction, patches, mask

    return [
        (torch.tensor([[[1.0, 3.0], [9.0, 9.0]]]), torch.zeros(1, 2, 2), torch.tensor([[True, False]])),
        (
            torch.tensor([[[1.0], [2.0], [4.0]], [[3.0], [7.0], [5.0]]]),
            torch.ones(2, 3, 1),
            torch.tensor([[True, True, False], [False, True, False]]),
        ),
        case(3, 6, 4, fixed),
        *[case(2 + i % 3, 5 + i, 2 + i, generator) for i in range(6)],
    ]


def _errors(prediction: torch.Tensor, patches: torch.Tensor) -> torch.Tensor:
    return (prediction - patches).square().mean(-1)


_EVERYWHERE = "You divide by the number of all patches. Divide by the number of covered ones: the others have no error."

LOSS = Exercise(
    id="06.3",
    title="Only what was covered counts",
    minutes=5,
    difficulty=1,
    reference=masked_loss,
    cases=_loss_cases,
    mistakes=(
        Mistake(
            lambda prediction, patches, mask: (_errors(prediction, patches) * mask).mean(),
            _EVERYWHERE,
        ),
        Mistake(
            lambda prediction, patches, mask: masked_loss(prediction, patches, ~mask),
            "Your loss looks at the visible patches. The mask is True where a patch is covered, and those count.",
        ),
        Mistake(
            lambda prediction, patches, mask: _errors(prediction, patches).mean(),
            "Your loss counts all patches. What is visible could simply be copied: take the covered ones alone.",
        ),
        Mistake(
            lambda prediction, patches, mask: ((_errors(prediction, patches) * mask).sum(1) / mask.sum(1)).mean(),
            "You take a mean for each picture, and then the mean over pictures. Where one has more covered patches, "
            "each of them counts less: divide once, by all covered patches of the batch.",
        ),
        Mistake(
            lambda prediction, patches, mask: ((prediction - patches).square().sum(-1) * mask).sum() / mask.sum(),
            "You add up the squared errors within a patch. Take their mean over its P numbers.",
        ),
        Mistake(
            lambda prediction, patches, mask: (_errors(prediction, patches) * mask).sum(),
            "The errors are added up, but not divided by the number of covered patches.",
        ),
        Mistake(
            lambda prediction, patches, mask: ((prediction - patches).square() * mask[:, :, None]).sum(),
            "The errors are added up, but neither divided by the numbers in a patch nor by the covered patches.",
        ),
        Mistake(
            lambda prediction, patches, mask: ((prediction - patches).abs().mean(-1) * mask).sum() / mask.sum(),
            "You take the absolute error, as SimMIM does. MAE squares it.",
        ),
        Mistake(
            lambda prediction, patches, mask: masked_loss(prediction, patches, mask).sqrt(),
            "You take the root at the end. The mean of the squares is meant.",
        ),
        Mistake(
            lambda prediction, patches, mask: (_errors(prediction, patches).sqrt() * mask).sum() / mask.sum(),
            "You take the root of each patch's error. The squares themselves are meant.",
        ),
        Mistake(
            lambda prediction, patches, mask: ((prediction - patches).mean(-1) * mask).sum() / mask.sum(),
            "The square is missing: errors above and below 0 cancel.",
        ),
        Mistake(
            lambda prediction, patches, mask: ((prediction - patches).mean(-1).square() * mask).sum() / mask.sum(),
            "You square after the mean over a patch. Errors of one patch that lie above and below 0 then cancel: "
            "square first.",
        ),
        Mistake(
            lambda prediction, patches, mask: (_errors(prediction, patches) * mask).sum() / len(mask),
            "You divide by the number of pictures. Divide by the number of covered patches.",
        ),
        Mistake(
            lambda prediction, patches, mask: (_errors(prediction, patches) * mask).sum() / (~mask).sum(),
            "You divide by the number of visible patches. Divide by the number of covered ones.",
        ),
        Mistake(
            lambda prediction, patches, mask: masked_loss(prediction, patches, mask) / patches.shape[-1],
            "You divide by the P numbers of a patch twice: the mean over a patch has done it already.",
        ),
        Mistake(
            lambda prediction, patches, mask: _errors(prediction, patches) * mask,
            "These are the errors patch by patch. One number is needed: add them up and divide by the covered patches.",
        ),
        Mistake(
            lambda prediction, patches, mask: _errors(prediction, patches)[mask],
            "These are the errors of the covered patches. One number is needed: their mean.",
        ),
        Mistake(
            lambda prediction, patches, mask: (_errors(prediction, patches) * mask).sum(1) / mask.sum(1),
            "This is a loss for each picture. One number is needed: divide once, by all covered patches of the batch.",
        ),
        Mistake(
            lambda prediction, patches, mask: masked_loss(prediction, patches, mask) / 2,
            "There is a factor of ½ before the square. MAE has none.",
        ),
        Mistake(
            lambda prediction, patches, mask: ((prediction - patches).norm(dim=-1) * mask).sum() / mask.sum(),
            "You take the length of each patch's difference. The mean of the squares is meant, without a root.",
        ),
        Mistake(
            lambda prediction, patches, mask: F.smooth_l1_loss(prediction[mask], patches[mask]),
            "You take the smooth L1 error, which grows in a straight line for large differences. The square is meant.",
        ),
        Mistake(
            lambda prediction, patches, mask: (
                ((prediction.square() - patches.square()).mean(-1) * mask).sum() / mask.sum()
            ),
            "You take the difference of the squares. The square of the difference is meant.",
        ),
        Mistake(
            lambda prediction, patches, mask: _errors(prediction * mask[:, :, None], patches).sum() / mask.sum(),
            "You mask the prediction alone, so that visible patches are compared with 0. Mask the error.",
        ),
        Mistake(
            lambda prediction, patches, mask: (_errors(prediction, patches) * mask).sum() / (mask.sum() + 1),
            "You add 1 to the number of covered patches. Some patch is always covered: divide by their number itself.",
        ),
    ),
    hints=(
        "First one error for each patch, (B, N): the mean of the squares over the last axis. Then multiply by the "
        "mask, so that visible patches add nothing.",
        "`error = (prediction - patches).square().mean(-1)`; then `(error * mask).sum() / mask.sum()`.",
    ),
    gradients=("prediction",),
    compare=tensor_difference,
)


# --- 06.4


def mae_forward(mae: "MAE", pictures: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A prediction for every patch (B, N, P) of pictures (B, 3, H, W), and the mask (B, N) of what was covered."""
    # The encoder sees the visible tokens alone
    tokens = mae.encoder.embed(pictures)  # (B, N, D)
    visible, mask, ids_restore = random_masking(tokens, mae.ratio, noise)
    visible = mae.encoder.norm(mae.encoder.transformer(visible))  # (B, V, D)
    # The decoder gets them, its mask token in every gap, each at its place
    x = mae.decoder.embed(visible)  # (B, V, d)
    gaps = mae.decoder.mask_token.expand(len(x), tokens.shape[1] - x.shape[1], -1)
    x = torch.cat([x, gaps], 1)  # (B, N, d)
    x = x.gather(1, ids_restore[:, :, None].expand(-1, -1, x.shape[2]))
    x = mae.decoder.transformer(x + mae.decoder.pos_embed)
    return mae.decoder.head(mae.decoder.norm(x)), mask


def _mae_cases(seed: int) -> list[tuple]:
    def case(seed: int, batch: int, ratio: float, size: int = 8) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        mae = MAE(ViT(8, 1, 2, size=size, patch=4, pool="mean", pos_embed="sincos"), ratio, width=12, heads=2)
        with torch.no_grad():  # larger than at the beginning of a training, so that every part matters
            for weight in mae.parameters():
                weight.copy_(0.4 * torch.randn(weight.shape, generator=generator))
        pictures = torch.rand(batch, 3, size, size, generator=generator)
        return mae.eval(), pictures, torch.rand(batch, (size // 4) ** 2, generator=generator)

    return [
        case(1, 1, 0.5),
        case(2, 2, 0.75, 12),
        case(3 + seed, 3, 0.5, 12),
        case(4 + seed, 2, 0.6, 16),
    ]


def _forward_with(
    *,
    leave: tuple[str, ...] = (),
    early: bool = False,
    wrong_way: bool = False,
    first: bool = False,
    zeros: bool = False,
) -> Any:
    """MAE's forward pass with something done otherwise: parts left out, positions too early, tokens in other places."""

    def forward(mae: MAE, pictures: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = mae.encoder.embed(pictures)
        if "covering" in leave:
            tokens = mae.encoder.transformer(tokens)
        x, mask, restore = random_masking(tokens, mae.ratio, noise)
        if "encoder" not in leave and "covering" not in leave:
            x = mae.encoder.transformer(x)
        x = mae.decoder.embed(x if "encoder norm" in leave else mae.encoder.norm(x))
        token = torch.zeros_like(mae.decoder.mask_token) if zeros else mae.decoder.mask_token
        gaps = token.expand(len(x), tokens.shape[1] - x.shape[1], -1)
        x = torch.cat([gaps, x] if first else [x, gaps], 1)
        if early:
            x = x + mae.decoder.pos_embed
        if "order" not in leave:
            x = _kept(x, restore.argsort(1) if wrong_way else restore)
        if not early and "positions" not in leave:
            x = x + mae.decoder.pos_embed
        if "decoder" not in leave:
            x = mae.decoder.transformer(x)
        if "decoder norm" not in leave:
            x = mae.decoder.norm(x)
        return mae.decoder.head(x), mask

    return forward


def _with_ratio(mae: MAE, pictures: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    mae.ratio, before = 0.75, mae.ratio
    try:
        return mae_forward(mae, pictures, noise)
    finally:
        mae.ratio = before


def _norm_first(mae: MAE, pictures: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    tokens = mae.encoder.embed(pictures)
    x, mask, restore = random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.transformer(mae.encoder.norm(x)))
    gaps = mae.decoder.mask_token.expand(len(x), tokens.shape[1] - x.shape[1], -1)
    x = _kept(torch.cat([x, gaps], 1), restore) + mae.decoder.pos_embed
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x))), mask


def _twice_placed(mae: MAE, pictures: torch.Tensor, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The encoder's positions once more, on top of those that embed has added."""
    assert mae.encoder.pos_embed is not None
    tokens = mae.encoder.embed(pictures) + mae.encoder.pos_embed
    x, mask, restore = random_masking(tokens, mae.ratio, noise)
    x = mae.decoder.embed(mae.encoder.norm(mae.encoder.transformer(x)))
    gaps = mae.decoder.mask_token.expand(len(x), tokens.shape[1] - x.shape[1], -1)
    x = _kept(torch.cat([x, gaps], 1), restore)
    return mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x + mae.decoder.pos_embed))), mask


FORWARD = Exercise(
    id="06.4",
    title="The whole of MAE",
    minutes=25,
    difficulty=3,
    reference=mae_forward,
    cases=_mae_cases,
    mistakes=(
        Mistake(
            _forward_with(leave=("covering",)),
            "Your encoder's blocks see all tokens, and the covered ones are taken away afterwards. By then every "
            "visible token has looked at them: take them away before `mae.encoder.transformer`.",
        ),
        Mistake(
            _forward_with(leave=("encoder",)),
            "Your visible tokens never go through `mae.encoder.transformer`.",
        ),
        Mistake(_forward_with(leave=("encoder norm",)), "The encoder's norm is missing: `mae.encoder.norm`."),
        Mistake(
            _norm_first,
            "You norm the tokens before the encoder's blocks. `mae.encoder.norm` comes after them.",
        ),
        Mistake(
            _forward_with(leave=("order",)),
            "The tokens stay in the shuffled order: first the visible ones, then the gaps. Bring each to its place "
            "with `ids_restore` before you add the positions.",
        ),
        Mistake(
            _forward_with(wrong_way=True),
            "You bring the tokens to their places with the shuffled order. `gather` needs, for each place in the "
            "picture, where its token stands in the list: that is `ids_restore`.",
        ),
        Mistake(
            _forward_with(early=True),
            "You add the decoder's positions while the tokens still stand in the shuffled order, so that each gets the "
            "position of another. First to their places, then the positions.",
        ),
        Mistake(
            _forward_with(leave=("positions",)),
            "The decoder's positions are missing. All mask tokens are then the same, and nothing says where they "
            "stand: add `mae.decoder.pos_embed`.",
        ),
        Mistake(
            _forward_with(first=True),
            "You put the mask tokens before the visible ones. `ids_restore` counts the visible ones first.",
        ),
        Mistake(
            _forward_with(zeros=True),
            "You fill the gaps with zeros. `mae.decoder.mask_token`, which is learned, belongs there.",
        ),
        Mistake(_forward_with(leave=("decoder",)), "The decoder's blocks are missing: `mae.decoder.transformer`."),
        Mistake(
            _forward_with(leave=("decoder norm",)),
            "The decoder's norm is missing: `mae.decoder.norm` before the head.",
        ),
        Mistake(
            lambda mae, pictures, noise: (
                (found := mae_forward(mae, pictures, noise))[0],
                ~found[1],
            ),
            "Your mask is the other way round: it is to be True where a patch was covered.",
        ),
        Mistake(
            lambda mae, pictures, noise: mae_forward(mae, pictures, torch.rand_like(noise)),
            "You draw noise of your own. Use what is given, so that everybody covers the same patches.",
        ),
        Mistake(
            _with_ratio,
            "You cover three quarters whatever happens. The share is `mae.ratio`.",
        ),
        Mistake(
            _twice_placed,
            "You add the encoder's positions once more. `mae.encoder.embed` has added them already.",
        ),
        Mistake(
            lambda mae, pictures, noise: mae_forward(mae, (pictures - 0.5) / 0.25, noise),
            "You standardize the pictures first. `mae.encoder.embed` does that by itself: hand over the pictures as "
            "they are.",
        ),
    ),
    hints=(
        "Seven steps: `mae.encoder.embed`; your `random_masking`; the encoder's blocks and norm on the visible tokens; "
        "`mae.decoder.embed`; mask tokens behind them (`expand`, `torch.cat`); `gather` with `ids_restore`; positions, "
        "blocks, norm and head of the decoder.",
        "`gaps = mae.decoder.mask_token.expand(B, N - V, -1)`, then `x = torch.cat([x, gaps], 1)` and "
        "`x = x.gather(1, ids_restore[:, :, None].expand(-1, -1, x.shape[2]))`. Now "
        "`mae.decoder.head(mae.decoder.norm(mae.decoder.transformer(x + mae.decoder.pos_embed)))`.",
    ),
    gradients=("pictures",),
    compare=tensor_difference,
)


EXERCISES = [MASKING, THROUGH, LOSS, FORWARD]

QUIZ = [
    Question(
        "You take MAE's features of whole pictures for a probe, and forget that the model still covers three quarters. "
        "What do you get?",
        (
            Option(
                "The same features: what is covered does not matter for the encoder.",
                False,
                "The encoder sees the visible patches alone, so it matters which those are.",
            ),
            Option(
                "Features that change from call to call, since each is made from another quarter of the picture.",
                True,
                "Nothing fails and the probe is merely worse, which is why it is so often overlooked. For features "
                "nothing is covered.",
            ),
            Option(
                "An error, since the positions no longer fit.",
                False,
                "Positions are added before tokens are taken away, so everything fits.",
            ),
        ),
    ),
    Question(
        "196 patches, 75 % covered. The matrix of attention scores in the encoder has how many entries, beside that of "
        "the whole picture?",
        (
            Option("A quarter.", False, "That is how many tokens are left. Each looks at each, so it is that squared."),
            Option(
                "A sixteenth.",
                True,
                "49 · 49 beside 196 · 196. The rest of a block shrinks to a quarter, as tokens do.",
            ),
            Option(
                "As many: mask tokens stand in for the others.",
                False,
                "In the decoder they do; the encoder never sees them.",
            ),
        ),
    ),
    Question(
        "Before any training, what is BEiT's loss with 8,192 codes?",
        (
            Option("About 0.7.", False, "That would be the natural logarithm of 2: a guess between two."),
            Option("About 9.", True, "All codes are about equally likely: the natural logarithm of 8,192 is 9.01."),
            Option(
                "About 13.", False, "That counts in bits: 8,192 is 2 to the 13th. The loss uses natural logarithms."
            ),
        ),
    ),
    Question(
        "You train a tokenizer with 1,024 codes. After an epoch 12 of them are used, and the loss still falls. What do "
        "you try first?",
        (
            Option(
                "Let the codes begin at vectors of real patches, and put unused ones there again from time to time.",
                True,
                "A code far from every vector is chosen by none and therefore never moved. That does not mend itself.",
            ),
            Option(
                "Train for longer.",
                False,
                "An unused code gets no gradient and no mean to move to, however long you wait.",
            ),
            Option(
                "Take 4,096 codes.",
                False,
                "The new ones are as far from the vectors as the unused ones are. More of them die.",
            ),
        ),
    ),
    Question(
        "Somebody shows you a painting by a model of normalized pixels: one patch was visible, and the whole bird is "
        "there. What do you ask?",
        (
            Option(
                "How long it was trained.",
                False,
                "Whatever the answer, no training tells where a bird sits from one patch.",
            ),
            Option(
                "Where the mean and the deviation of each covered patch came from.",
                True,
                "If from the truth, they alone show a small picture of the bird. The model has little to add.",
            ),
            Option("How large the decoder is.", False, "A larger decoder does not know more of what was covered."),
        ),
    ),
]
