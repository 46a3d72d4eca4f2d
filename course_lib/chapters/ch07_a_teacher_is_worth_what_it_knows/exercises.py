"""Chapter 07, distillation and self-distillation: soft answers, data2vec's targets and its step, iBOT's loss."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.course.compare import tensor_difference
from course_lib.course.declare import Exercise, Mistake, Option, Question
from course_lib.nn import ViT

# --- 07.1


def distillation_loss(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """T² times the KL divergence of the student's softened answers from the teacher's, of logits (B, C) each, ()."""
    # The logarithms of both softened answers; the teacher does not learn
    log_p = (teacher.detach() / temperature).log_softmax(1)  # (B, C)
    log_q = (student / temperature).log_softmax(1)
    # What it costs to expect the student's answer where the teacher's is right
    divergence = (log_p.exp() * (log_p - log_q)).sum(1)  # (B,)
    # As strong at a high temperature as at a low one
    return divergence.mean() * temperature**2


def _soft_cases(seed: int) -> list[tuple]:
    generator, fixed = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(7)

    def case(batch: int, classes: int, temperature: float, chance: torch.Generator) -> tuple:
        student, teacher = 2 * torch.randn(2, batch, classes, generator=chance)
        return student, teacher, temperature

    alike = torch.tensor([[3.0, 1.0, -2.0]])
    large = torch.tensor([[200.0, -200.0, 0.0], [-50.0, 200.0, 100.0]])
    return [
        (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]]), 2.0),
        (alike, alike.clone(), 2.0),
        (large, torch.tensor([[-200.0, 150.0, 0.0], [200.0, 0.0, -200.0]]), 2.0),
        case(2, 3, 1.0, fixed),
        case(3, 4, 4.0, fixed),
        case(4, 3, 0.5, fixed),
        *[case(3 + i, 3 + i % 3 + i // 2, (1.5, 4.0, 3.0)[i % 3], generator) for i in range(6)],
    ]


def _kl(log_p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
    """The divergence of each row, (B,), of logarithms (B, C)."""
    return (log_p.exp() * (log_p - log_q)).sum(1)


def _logs(
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], power: float = 2, soft: str = "both", axis: int = 1
) -> Any:
    """A mistake from the logarithms of the teacher's and the student's answers, times T to a power."""

    def mistaken(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
        log_p = (teacher / (temperature if soft in ("both", "teacher") else 1)).log_softmax(axis)
        log_q = (student / (temperature if soft in ("both", "student") else 1)).log_softmax(axis)
        return loss(log_p, log_q) * temperature**power

    return mistaken


def _mean_kl(log_p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
    return _kl(log_p, log_q).mean()


def _back_kl(log_p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
    return _kl(log_q, log_p).mean()


def _cross(log_p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
    return -(log_p.exp() * log_q).sum(1).mean()


def _hard(log_p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
    return F.nll_loss(log_q, log_p.argmax(1))


_NO_SQUARE = "T² is missing: without it the gradient fades as the temperature rises."
_SUMMED = "You add up over the batch. Take the mean over the pictures, so that a larger batch pulls no harder."
_CLASSES = (
    "Your result is smaller by the number of classes, C. `F.kl_div` does that by itself: "
    '`reduction="batchmean"` adds up over the classes and divides by the pictures alone.'
)
_BACK = (
    "Your divergence goes the other way round: you weigh with the student's probabilities. Those of the teacher tell "
    "what is right: KL(p of the teacher, q of the student)."
)
_CROSS = (
    "That is the cross-entropy, as Hinton's paper has it. Its gradient is the same, but it is not 0 where both agree: "
    "take the teacher's own entropy off, which makes it the KL divergence."
)
_HARD = (
    "Only the teacher's most likely class counts, as if it were a label. Its whole answer is meant, with all its "
    "small probabilities."
)
_LOGS_WANTED = (
    "`F.kl_div` wants the *logarithms* of the student's probabilities as its first argument. You give the "
    "probabilities: use `log_softmax`."
)
_UNSOFT_STUDENT = "The student's logits are not divided by T. Both are softened alike."
_UNSOFT_TEACHER = "The teacher's logits are not divided by T. Both are softened alike."
_UNSOFT = "The logits are not divided by T: nobody's answers are softened."
_LOGITS = "You compare logits by their squared difference. The softened probabilities are to be compared, by KL."
_SHARES = "You compare probabilities by their squared difference. Compare them by their KL divergence."
_MINUS = "The sign is the other way round: this loss would push the student away from the teacher. log p less log q."

SOFT = Exercise(
    id="07.1",
    title="Soft answers",
    minutes=10,
    difficulty=2,
    reference=distillation_loss,
    cases=_soft_cases,
    mistakes=(
        Mistake(_logs(_mean_kl, 0), _NO_SQUARE),
        Mistake(_logs(_mean_kl, 1), "You multiply by T. It is to be T², since the gradient fades with its square."),
        Mistake(_logs(_mean_kl, -2), "You divide by T². Multiply by it: it brings back what the softening takes."),
        Mistake(_logs(_mean_kl, -1), "You divide by T. Multiply by T²: it brings back what the softening takes."),
        Mistake(_logs(lambda p, q: _mean_kl(p, q) / p.shape[1]), _CLASSES),
        Mistake(_logs(lambda p, q: _mean_kl(p, q) / p.shape[1], 0), f"{_CLASSES} And T² is missing."),
        Mistake(_logs(lambda p, q: _kl(p, q).sum()), _SUMMED),
        Mistake(_logs(lambda p, q: _kl(p, q).sum(), 0), f"{_SUMMED} And T² is missing."),
        Mistake(_logs(_back_kl), _BACK),
        Mistake(_logs(_back_kl, 0), f"{_BACK} And T² is missing."),
        Mistake(_logs(lambda p, q: _back_kl(p, q) / p.shape[1]), f"{_BACK} {_CLASSES}"),
        Mistake(
            _logs(lambda p, q: (_mean_kl(p, q) + _back_kl(p, q)) / 2),
            "You take the mean of both divergences, one each way. Only the student is to move: KL(p of the teacher, q "
            "of the student) alone.",
        ),
        Mistake(
            _logs(lambda p, q: _mean_kl(p, q) + _back_kl(p, q)),
            "You add up both divergences, one each way. One is asked for: KL(p of the teacher, q of the student).",
        ),
        Mistake(_logs(_mean_kl, soft="teacher"), _UNSOFT_STUDENT),
        Mistake(_logs(_mean_kl, 0, soft="teacher"), f"{_UNSOFT_STUDENT} And T² is missing."),
        Mistake(_logs(_mean_kl, soft="student"), _UNSOFT_TEACHER),
        Mistake(_logs(_mean_kl, 0, soft="student"), f"{_UNSOFT_TEACHER} And T² is missing."),
        Mistake(_logs(_mean_kl, soft="nobody"), _UNSOFT),
        Mistake(_logs(_mean_kl, 0, soft="nobody"), "The temperature makes no difference: divide the logits by it."),
        Mistake(
            lambda student, teacher, t: distillation_loss(student, teacher, 1 / t) * t**4,
            "You multiply the logits by T, which makes the answers sharper. Divide by it.",
        ),
        Mistake(
            lambda student, teacher, t: distillation_loss(student, teacher, t**2) / t**2,
            "You divide the logits by T². Divide them by T; T² comes at the end.",
        ),
        Mistake(
            lambda student, teacher, t: (
                _mean_kl(
                    (teacher.log_softmax(1).exp() / t).log_softmax(1), (student.log_softmax(1).exp() / t).log_softmax(1)
                )
                * t**2
            ),
            "You soften the probabilities, behind the softmax. It is the logits that are divided by T.",
        ),
        Mistake(
            lambda student, teacher, t: _mean_kl(teacher.log_softmax(1) / t, student.log_softmax(1) / t) * t**2,
            "You divide the logarithms of the probabilities by T. Then they add up to 1 no more: divide the logits, "
            "before the softmax.",
        ),
        Mistake(_logs(_cross), _CROSS),
        Mistake(_logs(_cross, 0), f"{_CROSS} And T² is missing."),
        Mistake(
            _logs(lambda p, q: -_cross(p, q)),
            "You add up p · log q alone. It should be p · (log p − log q).",
        ),
        Mistake(_logs(_hard), _HARD),
        Mistake(_logs(_hard, 0), f"{_HARD} And T² is missing."),
        Mistake(_logs(_hard, 0, soft="nobody"), f"{_HARD} And both answers are softened by T."),
        Mistake(
            _logs(_mean_kl, axis=0),
            "Your softmax runs over the batch. Each picture's answer is a distribution over the classes: axis 1.",
        ),
        Mistake(
            _logs(lambda p, q: _kl(p, q).sum() / p.shape[1], axis=0),
            "Your softmax runs over the batch, and so does your sum. Each picture's answer is a distribution over the "
            "classes, axis 1; the mean goes over the pictures.",
        ),
        Mistake(
            _logs(lambda p, q: F.kl_div(q.exp(), p.exp(), reduction="batchmean")),
            _LOGS_WANTED,
        ),
        Mistake(
            _logs(lambda p, q: F.kl_div(q.exp(), p.exp(), reduction="mean")),
            f'{_LOGS_WANTED} And `reduction="batchmean"` is needed.',
        ),
        Mistake(
            _logs(lambda p, q: F.kl_div(p.exp(), q.exp(), reduction="batchmean")),
            "You give `F.kl_div` two probabilities, the teacher's first. It wants the logarithms of the student's "
            "first, and then the teacher's probabilities.",
        ),
        Mistake(
            _logs(lambda p, q: F.kl_div(q, p, reduction="batchmean")),
            "nan comes out: `F.kl_div` is given logarithms where it wants probabilities. Its first argument is the "
            "student's logarithms, its second the teacher's *probabilities* (or logarithms, with `log_target=True`).",
        ),
        Mistake(
            _logs(lambda p, q: -(p.exp() * q.exp()).sum(1).mean()),
            "The logarithms are missing: it should be p · (log p − log q).",
        ),
        Mistake(_logs(lambda p, q: -_mean_kl(p, q)), _MINUS),
        Mistake(_logs(lambda p, q: -_mean_kl(p, q), 0), f"{_MINUS} And T² is missing."),
        Mistake(_logs(lambda p, q: -_back_kl(p, q)), f"{_BACK} And the sign is the other way round."),
        Mistake(
            _logs(lambda p, q: (p - q).sum(1).mean()),
            "The differences of the logarithms are not weighed. Each class counts by the teacher's probability for it: "
            "multiply by p.",
        ),
        Mistake(
            _logs(lambda p, q: (p.exp() * (p - q).abs()).sum(1).mean()),
            "You take the differences without their sign. They may cancel: that is what makes it 0 only where both "
            "agree, and never below.",
        ),
        Mistake(lambda student, teacher, t: F.mse_loss(student, teacher), _LOGITS),
        Mistake(lambda student, teacher, t: F.mse_loss(student / t, teacher / t), f"{_LOGITS} T² is missing too."),
        Mistake(_logs(lambda p, q: F.mse_loss(q.exp(), p.exp())), _SHARES),
        Mistake(_logs(lambda p, q: F.mse_loss(q.exp(), p.exp()), 0), f"{_SHARES} And T² is missing."),
        Mistake(
            _logs(lambda p, q: (p.exp() * (p.exp().log() - q.exp().log())).sum(1).mean()),
            "It is right as long as the logits are small. Where a probability is so small that it becomes 0, its "
            "logarithm is −∞ and nan comes out: take `log_softmax` in place of `softmax` and `log`.",
        ),
        Mistake(
            _logs(lambda p, q: (p.exp() * ((p.exp() + 1e-8).log() - (q.exp() + 1e-8).log())).sum(1).mean()),
            "A small number inside the logarithm changes the result where logits are large. `log_softmax` needs none.",
        ),
        Mistake(
            _logs(lambda p, q: _mean_kl(p, q.exp().log_softmax(1))),
            "The student's logits go through a softmax twice. `log_softmax` takes one by itself.",
        ),
        Mistake(
            _logs(lambda p, q: F.cross_entropy(q.exp(), p.exp())),
            "`F.cross_entropy` takes a softmax by itself, so the student's logits go through it twice. And it gives "
            "the cross-entropy: the KL divergence takes the teacher's entropy off.",
        ),
        Mistake(
            _logs(lambda p, q: (p.exp() * (p.exp() - q)).sum(1).mean()),
            "The logarithm of the teacher's probability is missing: it should be p · (log p − log q).",
        ),
        Mistake(
            _logs(_kl),
            "This is a loss for each picture. One number is needed: their mean.",
        ),
        Mistake(
            _logs(lambda p, q: p.exp() * (p - q)),
            "This is a number for each class of each picture. Add up over the classes, and take the mean over the "
            "pictures.",
        ),
        Mistake(
            _logs(lambda p, q: _mean_kl(p[:1], q[:1])),
            "Only the first picture counts: take the mean over all.",
        ),
    ),
    hints=(
        "Divide both logits by T, then `log_softmax(1)`: log p of the teacher (detached) and log q of the student. The "
        "divergence of one picture is the sum of p · (log p − log q) over its classes.",
        "`(log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2`. With the library's function it is "
        '`F.kl_div(log_q, log_p, reduction="batchmean", log_target=True) * temperature**2`.',
    ),
    gradients=("student", "teacher"),
    compare=tensor_difference,
)


# --- 07.2


def data2vec_targets(layers: list[torch.Tensor], top: int) -> torch.Tensor:
    """The mean of the last `top` layers (B, N, D) of a list, each token brought to mean 0 and variance 1 first."""
    # A layer norm without parameters, of each token by itself
    normalized = [F.layer_norm(tokens, tokens.shape[-1:]) for tokens in layers[-top:]]
    return torch.stack(normalized).mean(0)


def _layer_cases(seed: int) -> list[tuple]:
    generator, fixed = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(9)

    def case(depth: int, top: int, shape: tuple[int, int, int], chance: torch.Generator) -> tuple:
        # As in a network, the later, the larger; no mean is 0, and beside no variance does it matter where ε stands
        layers = []
        for i in range(depth):
            tokens = torch.randn(shape, generator=chance)
            tokens = 0.7 + tokens / (2 * tokens.std(-1, keepdim=True)).clamp(max=1)
            layers.append(4 * (i + 1) ** 2 * tokens)
        return layers, top

    constant = [torch.tensor([[[2.0, 0.0, 1.0], [4.0, 4.0, 4.0]]]), torch.tensor([[[0.0, 3.0, 9.0], [1.0, 2.0, 6.0]]])]
    return [
        ([torch.tensor([[[x, y]]]) for x, y in ((5.0, 4.0), (1.0, 3.0), (0.0, 40.0))], 2),
        ([torch.tensor([[[0.0, 1.0, 2.0]]]), torch.tensor([[[4.0, 0.0, 0.0]]]), torch.tensor([[[1.0, 9.0, 1.0]]])], 1),
        ([torch.tensor([[[1.0, 5.0, 3.0], [2.0, 0.0, 7.0]]]), *constant], 2),
        case(3, 2, (2, 3, 4), fixed),
        *[case(4 + i % 2, 2 + i % 3, (2 + i % 2, 3 + i, 3 + i % 3), generator) for i in range(5)],
    ]


def _normed(tokens: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(tokens, tokens.shape[-1:])


def _each(change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """A mistake in which each of the right layers is changed otherwise, and then the mean is taken."""
    return lambda layers, top: torch.stack([change(tokens) for tokens in layers[-top:]]).mean(0)


def _of_layers(choose: Callable[[list[torch.Tensor], int], list[torch.Tensor]]) -> Any:
    """A mistake that takes other layers."""
    return lambda layers, top: torch.stack([_normed(tokens) for tokens in choose(layers, top)]).mean(0)


def _along(tokens: torch.Tensor, axes: tuple[int, ...], correction: int = 0) -> torch.Tensor:
    """Mean 0 and variance 1 along some axes."""
    tokens = tokens - tokens.mean(axes, keepdim=True)
    return tokens / (tokens.var(axes, correction=correction, keepdim=True) + 1e-5).sqrt()


_FIRST = "You take the first blocks. The last `top` are meant, where attention has brought most of the picture in."
_UNBIASED = (
    "Your variance is divided by D − 1. A layer norm divides by D: `correction=0`, where you use `std` or `var`."
)

TARGETS = Exercise(
    id="07.2",
    title="What the teacher says: data2vec's targets",
    minutes=10,
    difficulty=2,
    reference=data2vec_targets,
    cases=_layer_cases,
    mistakes=(
        Mistake(
            lambda layers, top: _normed(torch.stack(layers[-top:]).mean(0)),
            "You norm after the mean. Then the block with the largest numbers counts the most: first norm each block, "
            "then take the mean.",
        ),
        Mistake(
            _each(lambda x: x),
            "You take the mean of the layers as they are. The block with the largest numbers counts the most there: "
            "norm each one first.",
        ),
        Mistake(
            lambda layers, top: torch.stack(layers[-top:]).sum(0),
            "You add up the layers as they are. Norm each one first, and then take the mean.",
        ),
        Mistake(_of_layers(lambda layers, top: layers[:top]), _FIRST),
        Mistake(
            _of_layers(lambda layers, top: layers[top:]),
            "You leave out the first `top` blocks and take the rest. The last `top` are meant: `layers[-top:]`.",
        ),
        Mistake(
            _of_layers(lambda layers, top: layers),
            "You take all blocks. Only the last `top` count: `layers[-top:]`.",
        ),
        Mistake(
            _of_layers(lambda layers, top: layers[-1:]),
            "You take the last block alone. The mean over the last `top` is meant: `layers[-top:]`.",
        ),
        Mistake(
            _of_layers(lambda layers, top: [layers[-top]]),
            "Only the block `layers[-top]` comes back. All from there to the end are meant, `layers[-top:]`. Or is the "
            "`return` inside the loop?",
        ),
        Mistake(
            _of_layers(lambda layers, top: layers[-top - 1 : -1]),
            "You are one block off: the last one is left out, and one before the others is taken. `layers[-top:]`.",
        ),
        Mistake(
            _of_layers(lambda layers, top: layers[-top - 1 :]),
            "You take one block too many. `layers[-top:]` gives just `top` of them.",
        ),
        Mistake(
            _of_layers(lambda layers, top: layers[-top:-1]),
            "The last block is left out: `layers[-top:-1]` ends before it. Leave out the −1: `layers[-top:]`.",
        ),
        Mistake(
            _of_layers(lambda layers, top: layers[-top + 1 :]),
            "You take one block too few (and, for `top = 1`, all of them). `layers[-top:]` gives just `top` of them.",
        ),
        Mistake(
            lambda layers, top: _normed(layers[-top]) / top,
            "Only the first of your blocks counts, divided by `top`. Is the `return` inside the loop?",
        ),
        Mistake(
            lambda layers, top: top * data2vec_targets(layers, top),
            "You add up the layers. Take their mean, so that the size of the targets does not follow `top`.",
        ),
        Mistake(
            lambda layers, top: top / len(layers) * data2vec_targets(layers, top),
            "You divide by the number of all blocks. Divide by `top`, the number of those that count.",
        ),
        Mistake(
            lambda layers, top: torch.stack([_normed(tokens) for tokens in layers[-top:]]).median(0).values,
            "You take the median over the blocks. The mean is meant.",
        ),
        Mistake(
            _each(lambda x: _along(x, (1,))),
            "You norm over the tokens of a picture. Each token is normed by itself, along its D numbers: the last "
            "axis.",
        ),
        Mistake(
            _each(lambda x: _along(x, (0,))),
            "You norm over the batch. Each token is normed by itself, along its D numbers: the last axis.",
        ),
        Mistake(
            _each(lambda x: _along(x, (1, 2))),
            "You norm over tokens and numbers together. Each token has a mean and a variance of its own, along the "
            "last axis.",
        ),
        Mistake(
            _each(lambda x: _along(x, (0, 1))),
            "You norm each of the D numbers over all tokens of the batch, as a batch norm does. A layer norm goes "
            "along the D numbers of each token.",
        ),
        Mistake(
            _each(lambda x: _along(x, (0, 1, 2))),
            "You take one mean and one variance of a whole layer. Each token has its own, along the last axis.",
        ),
        Mistake(
            lambda layers, top: _along(torch.stack(layers[-top:]), (0,)).mean(0),
            "You norm over the blocks: along that axis nothing but 0 is left of the mean. Norm along the D numbers of "
            "each token, the last axis.",
        ),
        Mistake(
            lambda layers, top: _along(torch.stack(layers[-top:]), (0, 3)).mean(0),
            "You norm over blocks and numbers together. Then the block with the largest numbers still counts the most: "
            "norm each block by itself.",
        ),
        Mistake(_each(lambda x: _along(x, (2,), correction=1)), _UNBIASED),
        Mistake(
            _each(lambda x: (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)),
            f"{_UNBIASED} And where all numbers of a token are equal, you divide by 0: add ε.",
        ),
        Mistake(
            _each(lambda x: (x - x.mean(-1, keepdim=True)) / x.std(-1, correction=0, keepdim=True)),
            "Where all numbers of a token are equal its variance is 0, and you divide by it. Add ε = 0.00001 to the "
            "variance, as `F.layer_norm` does.",
        ),
        Mistake(
            _each(lambda x: (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + 1e-5)),
            "You divide by the variance. Divide by its root, the standard deviation.",
        ),
        Mistake(
            _each(lambda x: (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + 1e-5)),
            f"You divide by the variance. Divide by its root, the standard deviation. {_UNBIASED}",
        ),
        Mistake(
            _each(lambda x: F.normalize(x, dim=-1)),
            "You bring each token to length 1. Asked for is mean 0 and variance 1, along its D numbers.",
        ),
        Mistake(
            _each(lambda x: F.normalize(x - x.mean(-1, keepdim=True), dim=-1)),
            "You bring each token to length 1 behind the mean. Asked for is variance 1: the root of D times as long.",
        ),
        Mistake(
            _each(lambda x: x / (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()),
            "You divide by the standard deviation, but the mean stays. Take it off first.",
        ),
        Mistake(
            _each(lambda x: x / (x.var(-1, keepdim=True) + 1e-5).sqrt()),
            f"You divide by the standard deviation, but the mean stays. Take it off first. {_UNBIASED}",
        ),
        Mistake(
            _each(lambda x: x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt()),
            "You divide by the root of the mean square (RMS norm), and the mean stays. Take it off first.",
        ),
        Mistake(
            _each(lambda x: x - x.mean(-1, keepdim=True)),
            "You take the mean off, but do not divide by the standard deviation.",
        ),
        Mistake(
            lambda layers, top: _normed(data2vec_targets(layers, top)),
            "You norm the mean once more at the end. Each block is normed, and then their mean is taken: that is all.",
        ),
        Mistake(_each(lambda x: x.softmax(-1)), "You take a softmax. Asked for is mean 0 and variance 1."),
        Mistake(
            lambda layers, top: torch.stack([_normed(tokens) for tokens in layers[-top:]]),
            "All `top` layers come back. One is needed, their mean: `.mean(0)` of the stack.",
        ),
        Mistake(
            lambda layers, top: torch.cat([_normed(tokens) for tokens in layers[-top:]], -1),
            "You put the layers side by side. Their mean is needed: `torch.stack(…).mean(0)`.",
        ),
        Mistake(
            lambda layers, top: torch.cat([_normed(tokens) for tokens in layers[-top:]]).mean(0, keepdim=True),
            "Your mean goes over the pictures too. `torch.stack` gives the blocks an axis of their own; `torch.cat` "
            "does not.",
        ),
        Mistake(
            lambda layers, top: [_normed(tokens) for tokens in layers[-top:]],
            "A list of layers comes back. One tensor is needed, their mean: `torch.stack(…).mean(0)`.",
        ),
        Mistake(
            lambda layers, top: torch.cat([_normed(tokens) for tokens in layers[-top:]]).mean(0),
            "Your mean goes over the pictures too: `torch.cat` puts the blocks behind each other in the batch. "
            "`torch.stack` gives them an axis of their own.",
        ),
        Mistake(
            lambda layers, top: torch.stack([_normed(tokens) for tokens in layers[-top:]]).mean(1),
            "Your mean goes over the pictures: axis 1 of the stack. The blocks are axis 0.",
        ),
        Mistake(
            lambda layers, top: torch.stack([_normed(tokens) for tokens in layers[-top:]]).mean(),
            "Your mean goes over everything, and leaves one number. Take it over the blocks alone: `.mean(0)` of the "
            "stack.",
        ),
        Mistake(
            lambda layers, top: data2vec_targets(layers, top).mean(1),
            "Your mean goes over the tokens too. Each patch has a target of its own: (B, N, D).",
        ),
    ),
    hints=(
        "`F.layer_norm(tokens, tokens.shape[-1:])` brings each token to mean 0 and variance 1, without parameters. Do "
        "that to each of `layers[-top:]`.",
        "`torch.stack([F.layer_norm(tokens, tokens.shape[-1:]) for tokens in layers[-top:]]).mean(0)`.",
    ),
)


# --- 07.3


def data2vec_step(
    student: "ViT", teacher: "ViT", head: "nn.Linear", pictures: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """The squared error () of what the student says of covered patches, beside the teacher's targets; mask (B, N)."""
    # The teacher sees whole pictures, and does not learn
    with torch.no_grad():
        layers = teacher.intermediate(pictures, range(-2, 0), norm=False)
        targets = data2vec_targets(layers, 2)  # (B, N, D)
    # The student sees mask tokens where patches are covered, and predicts
    prediction = head(student.tokens(pictures, mask=mask))  # (B, N, D)
    # Only the covered patches count
    error = (prediction - targets).square().mean(-1)  # (B, N)
    return (error * mask).sum() / mask.sum()


class _ViT(ViT):
    """A ViT of whose gradient the check asks as of a tensor's: it is that of a factor of 1 for each number of a token.

    With weights that ask for no gradient none reaches the factor either.
    """

    def __init__(self, **options: Any):
        super().__init__(8, 3, 2, patch=4, pool="mean", pos_embed="sincos", mask_token=True, **options)
        self.factor = torch.ones(self.width)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        super().requires_grad_(requires_grad)
        return self.factor.requires_grad_() if requires_grad else self

    def embed(self, *args: Any, **options: Any) -> torch.Tensor:
        x = super().embed(*args, **options)
        return x * self.factor if self.stem.weight.requires_grad else x


class _Linear(nn.Linear):
    """A linear layer of whose gradient the check asks as of a tensor's: it is that of its weight."""

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        super().requires_grad_(requires_grad)
        return self.weight if requires_grad else self


_ViT.__name__, _Linear.__name__ = "ViT", "Linear"  # as the check shows them


def _step_cases(seed: int) -> list[tuple]:
    def case(seed: int, batch: int, size: int) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        student, teacher, head = _ViT(size=size), _ViT(size=size), _Linear(8, 8)
        with torch.no_grad():  # larger than at the beginning of a training, so that every part matters
            for model in (student, teacher, head):
                for weight in model.parameters():
                    weight.copy_(0.4 * torch.randn(weight.shape, generator=generator))
        pictures = torch.rand(batch, 3, size, size, generator=generator)
        mask = torch.rand(batch, (size // 4) ** 2, generator=generator) < torch.linspace(0.3, 0.7, batch)[:, None]
        mask[:, 0], mask[:, 1] = True, False
        mask[0, 2] = False  # the first picture has fewer than the last
        mask[1:, 3] = True
        return student.eval(), teacher.eval(), head.eval(), pictures, mask

    return [case(1, 1, 8), case(2, 2, 8), case(3 + seed, 2, 12), case(4 + seed, 3, 12), case(5 + seed, 2, 16)]


def _mean_covered(error: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of errors (B, N, D) over a token, then over the covered ones."""
    return (error.mean(-1) * mask).sum() / mask.sum()


def _raw(student: "ViT", teacher: "ViT", pictures: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """The teacher's last two layers, as they are."""
    return teacher.intermediate(pictures, range(-2, 0), norm=False)


def _step(
    layers: Callable[..., list[torch.Tensor]] = _raw,
    targets: Callable[[list[torch.Tensor]], torch.Tensor] = lambda layers: data2vec_targets(layers, len(layers)),
    predict: Callable[..., torch.Tensor] = lambda student, head, x, mask: head(student.tokens(x, mask=mask)),
    loss: Callable[..., torch.Tensor] = lambda a, b, mask: _mean_covered((a - b).square(), mask),
) -> Any:
    """A mistake in which one part of the step is another: layers, targets, prediction or loss."""

    def step(
        student: "ViT", teacher: "ViT", head: "nn.Linear", pictures: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        wanted = targets(layers(student, teacher, pictures, mask))
        return loss(predict(student, head, pictures, mask), wanted, mask)

    return step


def _blocks(*blocks: int) -> Any:
    """A mistake in the blocks that count."""
    return _step(lambda student, teacher, x, mask: teacher.intermediate(x, blocks, norm=False))


_OWN = "The targets come from the student itself. Ask the teacher, which sees the whole picture."
_SEEN = "Your student sees the whole picture: give it the mask, `student.tokens(pictures, mask=mask)`."
_TOO_EASY = "Your teacher is given the mask too. It is to see the whole picture: it cannot teach what it does not see."
_ERROR = "The squared error is meant."

STEP = Exercise(
    id="07.3",
    title="A teacher that is yourself: one step of data2vec",
    minutes=20,
    difficulty=3,
    reference=data2vec_step,
    cases=_step_cases,
    mistakes=(
        Mistake(
            _step(lambda student, teacher, x, mask: teacher.intermediate(x, range(-2, 0), norm=False, mask=mask)),
            _TOO_EASY,
        ),
        Mistake(
            _step(lambda student, teacher, x, mask: teacher.intermediate(x, range(-2, 0), norm=False, mask=~mask)),
            "Your teacher is given the mask the other way round. It is to see the whole picture: give it none.",
        ),
        Mistake(
            _step(
                lambda student, teacher, x, mask: teacher.intermediate(x, range(-2, 0), norm=False, mask=mask),
                loss=lambda a, b, mask: (a - b).square().mean(),
            ),
            f"{_TOO_EASY} And your loss counts all patches: take the covered ones alone.",
        ),
        Mistake(_step(predict=lambda student, head, x, mask: head(student.tokens(x))), _SEEN),
        Mistake(
            _step(
                lambda student, teacher, x, mask: teacher.intermediate(x, range(-2, 0), norm=False, mask=mask),
                predict=lambda student, head, x, mask: head(student.tokens(x)),
            ),
            "The mask goes to the wrong one: your teacher sees a part, your student the whole. It is the student that "
            "has to guess.",
        ),
        Mistake(
            _step(predict=lambda student, head, x, mask: head(student.tokens(x, mask=~mask))),
            "Your student's mask is the other way round: it sees just the patches that it has to predict. The mask is "
            "True where a patch is covered, for `student.tokens` too.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b).square().mean()),
            "Your loss counts all patches. What the student sees is no guess: take the covered ones alone.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: _mean_covered((a - b).square(), ~mask)),
            "Your loss looks at the visible patches. The mask is True where a patch is covered, and those count.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b).square().mean(-1)[mask].sum()),
            "The errors are added up, but not divided by the number of covered patches.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: ((a - b).square().mean(-1) * mask).mean()),
            "You divide by the number of all patches. Divide by the number of covered ones: the others have no error.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b).square().sum(-1)[mask].mean()),
            "You add up the squared errors within a patch. Take their mean over its D numbers.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b).square()[mask].sum()),
            "The errors are added up, but neither divided by the D numbers of a patch nor by the covered patches.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (((a - b).square().mean(-1) * mask).sum(1) / mask.sum(1)).mean()),
            "You take a mean for each picture, and then the mean over pictures. Here all covered patches of the batch "
            "count the same: divide once, by their number.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b).square().mean(-1)),
            "These are the errors of all patches. One number is needed: the mean over the covered ones.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b).square().mean(-1) * mask),
            "These are the errors patch by patch. One number is needed: add them up and divide by the covered patches.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b).square().mean(-1)[mask]),
            "These are the errors of the covered patches. One number is needed: their mean.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: ((a - b).square().mean(-1) * mask).sum() / len(mask)),
            "You divide by the number of pictures. Divide by the number of covered patches.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: ((a * mask[..., None] - b).square()).sum(-1).sum() / mask.sum() / a.shape[2]),
            "You mask the prediction alone, so that visible patches are compared with 0. Mask the error.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: F.smooth_l1_loss(a[mask], b[mask])),
            f"You take the smooth L1 error. {_ERROR}",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: F.smooth_l1_loss(a[mask], b[mask], beta=2.0)),
            f"You take the smooth L1 error with β = 2, as the paper does for pictures. Here it is simpler: {_ERROR}",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: F.l1_loss(a[mask], b[mask])),
            f"You take the absolute error. {_ERROR}",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: F.mse_loss(a[mask], b[mask]).sqrt()),
            "You take the root at the end. The mean of the squares is meant.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: (a - b)[mask].norm(dim=-1).mean()),
            "You take the length of each patch's difference. The mean of the squares is meant, without a root.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: F.mse_loss(a[mask], b[mask]) / 2),
            "There is a factor of ½ before the square. Leave it out.",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: 1 - F.cosine_similarity(a[mask], b[mask], dim=-1).mean()),
            f"You take the cosine. {_ERROR}",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: -F.cosine_similarity(a[mask], b[mask], dim=-1).mean()),
            f"You take minus the cosine. {_ERROR}",
        ),
        Mistake(
            _step(loss=lambda a, b, mask: _mean_covered((_normed(a) - b).square(), mask)),
            "You norm the prediction as well. Only the targets are normed: the head can learn to say such numbers.",
        ),
        Mistake(
            _step(lambda student, teacher, x, mask: student.intermediate(x, range(-2, 0), norm=False)),
            _OWN,
        ),
        Mistake(
            _step(lambda student, teacher, x, mask: student.intermediate(x, range(-2, 0), norm=False, mask=mask)),
            f"{_OWN} And it is not masked.",
        ),
        Mistake(
            lambda student, teacher, head, x, mask: data2vec_step(teacher, student, head, x, mask),
            "Student and teacher are exchanged: the student predicts from the covered picture, and the teacher makes "
            "the targets from the whole one.",
        ),
        Mistake(
            lambda student, teacher, head, x, mask: data2vec_step(teacher, teacher, head, x, mask),
            "The prediction comes from the teacher too. It is the student that predicts, and learns.",
        ),
        Mistake(
            _step(predict=lambda student, head, x, mask: student.tokens(x, mask=mask)),
            "The head is missing: the prediction is `head(student.tokens(pictures, mask=mask))`.",
        ),
        Mistake(
            lambda student, teacher, head, x, mask: _step(
                targets=lambda layers: head(data2vec_targets(layers, 2)),
            )(student, teacher, head, x, mask),
            "The head is applied to the targets too. It belongs to the student alone.",
        ),
        Mistake(
            lambda student, teacher, head, x, mask: _step(
                targets=lambda layers: head(data2vec_targets(layers, 2)),
                predict=lambda student, head, x, mask: student.tokens(x, mask=mask),
            )(student, teacher, head, x, mask),
            "The head is applied to the targets in place of the prediction. It belongs to the student.",
        ),
        Mistake(
            lambda student, teacher, head, x, mask: _step(
                targets=lambda layers: data2vec_targets([head(tokens) for tokens in layers], 2),
            )(student, teacher, head, x, mask),
            "The head is applied to the teacher's layers too. It belongs to the student alone.",
        ),
        Mistake(
            _step(lambda student, teacher, x, mask: teacher.intermediate(x, range(-2, 0), norm=True)),
            "The teacher's layers have gone through its own norm, with its learned parameters: `norm=False`. "
            "`data2vec_targets` norms them, without parameters.",
        ),
        Mistake(
            _step(targets=lambda layers: torch.stack(layers).mean(0)),
            "The teacher's layers are not normed. `data2vec_targets(layers, 2)` does that, and takes their mean.",
        ),
        Mistake(
            _step(targets=lambda layers: _normed(torch.stack(layers).mean(0))),
            "You norm the mean of the layers. Norm each one first: `data2vec_targets(layers, 2)` does.",
        ),
        Mistake(_blocks(-1), "Your targets come from the last block alone. The last two are meant: `range(-2, 0)`."),
        Mistake(
            _blocks(-2), "Your targets come from the last block but one alone. The last two are meant: `range(-2, 0)`."
        ),
        Mistake(
            _blocks(0, 1, 2), "Your targets come from three blocks. The last two are meant: `range(-2, 0)`, top 2."
        ),
        Mistake(_blocks(0, 1), "Your targets come from the first two blocks. The last two are meant: `range(-2, 0)`."),
        Mistake(
            _step(lambda student, teacher, x, mask: [teacher.tokens(x)], lambda layers: layers[0]),
            "Your targets are the teacher's last tokens, behind its norm. They are made of its last two blocks: "
            "`teacher.intermediate`, and `data2vec_targets`.",
        ),
        Mistake(
            _step(lambda student, teacher, x, mask: [teacher.tokens(x)]),
            "Your targets are the teacher's last tokens, normed. They are made of its last *two* blocks: "
            "`teacher.intermediate(pictures, range(-2, 0), norm=False)`.",
        ),
        Mistake(
            _step(lambda student, teacher, x, mask: [student.embed(x)], lambda layers: layers[0]),
            "Your targets are tokens before the first block. The teacher's last two blocks make them.",
        ),
        Mistake(
            _step(
                predict=lambda student, head, x, mask: head(
                    student.intermediate(x, [-1], norm=False, mask=mask)[0],
                )
            ),
            "Your student's tokens have not gone through its last norm. `student.tokens` does that.",
        ),
        Mistake(
            _step(
                predict=lambda student, head, x, mask: head(
                    data2vec_targets(student.intermediate(x, range(-2, 0), norm=False, mask=mask), 2)
                )
            ),
            "You make the student's prediction of its last two blocks, as the targets are made. It is "
            "`head(student.tokens(pictures, mask=mask))`.",
        ),
        Mistake(
            lambda student, teacher, head, x, mask: data2vec_step(student, teacher, head, (x - 0.5) / 0.25, mask),
            "You standardize the pictures first. The models do that by themselves: hand over the pictures as they are.",
        ),
    ),
    hints=(
        "Four steps: the teacher's last two layers of the whole pictures, under `torch.no_grad()`; the targets, with "
        "your `data2vec_targets`; the prediction, `head` of the student's tokens, with the mask; the squared error, "
        "where it is covered, as MAE's loss had it.",
        "`layers = teacher.intermediate(pictures, range(-2, 0), norm=False)`, "
        "`prediction = head(student.tokens(pictures, mask=mask))`, and in the end, with `error` of shape (B, N), "
        "`(error * mask).sum() / mask.sum()`.",
    ),
    gradients=("student", "head", "teacher"),
    compare=tensor_difference,
)


# --- 07.4


def ibot_loss(
    student: torch.Tensor,
    teacher: torch.Tensor,
    mask: torch.Tensor,
    center: torch.Tensor,
    student_temperature: float,
    teacher_temperature: float,
) -> torch.Tensor:
    """Cross-entropy () of scores (B, N, K) where the mask (B, N) is True: a mean over each picture, then over all."""
    # The teacher's answers, centered and sharpened; the teacher does not learn
    teacher_probs = ((teacher.detach() - center) / teacher_temperature).softmax(-1)  # (B, N, K)
    # What the student's cost, patch by patch
    cross_entropy = -(teacher_probs * (student / student_temperature).log_softmax(-1)).sum(-1)  # (B, N)
    # The covered patches of each picture, then the pictures
    return ((cross_entropy * mask).sum(1) / mask.sum(1)).mean()


def _ibot_cases(seed: int) -> list[tuple]:
    generator, fixed = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(4)
    temperatures = ((0.1, 0.04), (0.2, 0.1), (0.5, 0.25))

    def case(batch: int, count: int, answers: int, at: int, chance: torch.Generator) -> tuple:
        student, teacher = 0.3 * torch.randn(2, batch, count, answers, generator=chance)
        # From one covered patch in the first picture to all but one in the last
        covered = torch.linspace(1, count - 1, batch).round() if batch > 1 else torch.tensor([2.0])
        mask = torch.rand(batch, count, generator=chance).argsort(1).argsort(1) < covered[:, None]
        return student, teacher, mask, 0.2 * torch.randn(answers, generator=chance), *temperatures[at]

    small = torch.tensor([[[0.0, 0.1], [0.3, 0.0]]]), torch.tensor([[[0.6, 0.0], [0.0, 0.2]]])
    return [
        (*small, torch.tensor([[True, False]]), torch.tensor([0.3, 0.0]), 0.5, 0.25),
        case(1, 4, 3, 0, fixed),
        case(2, 4, 3, 1, fixed),
        case(3, 5, 3, 2, fixed),
        *[case(3, 5 + i, 4 + i // 2, i % 3, generator) for i in range(5)],
    ]


def _charge(
    probs: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor] = lambda t, c, sharp: ((t - c) / sharp).softmax(
        -1
    ),
    logs: Callable[[torch.Tensor, float], torch.Tensor] = lambda s, blunt: (s / blunt).log_softmax(-1),
    cost: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = lambda p, log_q: -(p * log_q).sum(-1),
    mean: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = lambda x, mask: (
        (x * mask).sum(1) / mask.sum(1)
    ).mean(),
) -> Any:
    """A mistake in the teacher's answers, the student's logarithms, what they cost, or the mean over patches."""

    def loss(
        student: torch.Tensor,
        teacher: torch.Tensor,
        mask: torch.Tensor,
        center: torch.Tensor,
        blunt: float,
        sharp: float,
    ) -> torch.Tensor:
        return mean(cost(probs(teacher, center, sharp), logs(student, blunt)), mask)

    return loss


IBOT = Exercise(
    id="07.4",
    title="iBOT's loss",
    minutes=15,
    difficulty=2,
    reference=ibot_loss,
    cases=_ibot_cases,
    mistakes=(
        Mistake(
            _charge(mean=lambda x, mask: (x * mask).sum() / mask.sum()),
            "You take the mean over all covered patches of the batch at once. Then a picture of which much is covered "
            "counts for more: first the mean of each picture, then that of the pictures.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: x.mean()),
            "Your loss counts all patches. Take the covered ones alone: where the mask is True.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: ((x * ~mask).sum(1) / (~mask).sum(1)).mean()),
            "Your loss looks at the visible patches. The mask is True where a patch is covered, and those count.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: (x * ~mask).sum() / (~mask).sum()),
            "Your loss looks at the visible patches, of the whole batch at once. The covered ones count (the mask is "
            "True there), and each picture has its own mean.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: (x * mask).mean()),
            "You divide by N, the number of all patches. Divide by the number of covered ones, picture by picture.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: (x * mask).sum(1).mean()),
            "You add up over the covered patches of a picture. Divide by their number.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: (x * mask).sum()),
            "You add up over all covered patches. Take the mean of those of each picture, and then of the pictures.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: ((x * mask).sum(1) / mask.sum(1)).sum()),
            "You add up over the pictures. Take their mean.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: (x * mask).sum(1) / mask.sum(1)),
            "This is a loss for each picture. One number is needed: their mean.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: x[mask]),
            "These are the costs of the covered patches. One number is needed: the mean for each picture, and then "
            "over the pictures.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: x * mask),
            "These are the costs patch by patch. One number is needed: the mean over the covered ones of each picture, "
            "and then over the pictures.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: ((x * mask).sum(1) / (mask.sum(1) + 1)).mean()),
            "You add 1 to the number of covered patches. Some patch of each picture is covered: divide by their number "
            "itself.",
        ),
        Mistake(
            _charge(mean=lambda x, mask: ((x * mask).sum(0) / mask.sum(0).clamp(min=1)).mean()),
            "Your mean goes along the batch first. Take that over the patches of each picture first: axis 1.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: (t / sharp).softmax(-1)),
            "The center is not taken off. Without it, one answer may always win.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: ((t + c) / sharp).softmax(-1)),
            "You add the center. What the teacher always says should be taken *off*.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: (t / sharp - c).softmax(-1)),
            "You take the center off after dividing. It is the mean of the *scores*: first the center, then the "
            "temperature, on the difference.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: (t / sharp).softmax(-1) - c),
            "You take the center off the probabilities, behind the softmax. It is the mean of the *scores*, and is "
            "taken off those.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s - c, t, mask, c, blunt, sharp),
            "You take the center off the student's scores as well. Only the teacher's are centered; the student has to "
            "learn to say the result.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s - c, t, mask, 0 * c, blunt, sharp),
            "You take the center off the student's scores in place of the teacher's. It is the mean of what the "
            "teacher says.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: ((t - t.mean((0, 1))) / sharp).softmax(-1)),
            "You take off the mean of this batch. The center is given: it remembers earlier batches too.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s, t, mask, c, sharp, blunt),
            "The two temperatures are exchanged: the teacher's is the smaller one, so that its answers are sharper "
            "than the student's.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s, t, mask, c, blunt, blunt),
            "Teacher and student both have the student's temperature here. The teacher's is its own, and smaller.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s, t, mask, c, sharp, sharp),
            "Teacher and student both have the teacher's temperature here. The student's is its own, and larger.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s, t, mask, c, 1.0, sharp),
            "The student's scores are not divided by its temperature.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s, t, mask, c, blunt, 1.0),
            "The teacher's scores are not divided by its temperature: nothing sharpens its answers.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s, t, mask, c, 1.0, 1.0),
            "Nobody's scores are divided by a temperature.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s, t, mask, c, 1 / blunt, 1 / sharp),
            "You multiply by the temperatures, which makes the answers flatter. Divide by them.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: (
                ibot_loss(s, t, mask, c, blunt, sharp)
                - _charge(cost=lambda p, log_q: torch.special.entr(p).sum(-1))(s, t, mask, c, blunt, sharp)
            ),
            "That is the divergence (KL): the teacher's entropy is taken off. The cross-entropy is asked for, which "
            "keeps it.",
        ),
        Mistake(
            _charge(cost=lambda p, log_q: -(p * log_q).mean(-1)),
            "You take the mean over the K answers. Add them up: each is weighted by its probability already.",
        ),
        Mistake(
            _charge(
                lambda t, c, sharp: ((t - c) / sharp).softmax(1),
                lambda s, blunt: (s / blunt).log_softmax(1),
            ),
            "Your softmax runs over the patches. Each patch's answer is a distribution over K: the last axis.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: ((t - c) / sharp).softmax(1)),
            "The teacher's softmax runs over the patches. Each patch's answer is a distribution over K: the last axis.",
        ),
        Mistake(
            _charge(logs=lambda s, blunt: (s / blunt).log_softmax(1)),
            "The student's softmax runs over the patches. Each patch's answer is a distribution over K: the last axis.",
        ),
        Mistake(
            _charge(
                lambda t, c, sharp: ((t - c) / sharp).softmax(0),
                lambda s, blunt: (s / blunt).log_softmax(0),
            ),
            "Your softmax runs over the batch. Each patch's answer is a distribution over K: the last axis.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: F.one_hot((t - c).argmax(-1), t.shape[-1]).to(t.dtype)),
            "Only the teacher's most likely answer counts, as if it were a code of BEiT's. Its whole answer is meant, "
            "with all its probabilities.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: F.one_hot(t.argmax(-1), t.shape[-1]).to(t.dtype)),
            "Only the teacher's most likely answer counts, and the center is not taken off. Its whole answer is meant, "
            "with all its probabilities.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: (t - c) / sharp),
            "The teacher's scores are not made into probabilities: a softmax is missing.",
        ),
        Mistake(
            _charge(lambda t, c, sharp: ((t - c) / sharp).log_softmax(-1)),
            "The teacher gives logarithms here. Its probabilities are needed: `softmax`.",
        ),
        Mistake(
            _charge(logs=lambda s, blunt: (s / blunt).softmax(-1)),
            "The logarithm is missing: what is charged is minus the *logarithm* of the student's probability.",
        ),
        Mistake(
            _charge(logs=lambda s, blunt: s / blunt),
            "The student's scores are charged as they are. The logarithm of a softmax is missing: `log_softmax`.",
        ),
        Mistake(
            _charge(logs=lambda s, blunt: (s / blunt).softmax(-1).log_softmax(-1)),
            "The student's scores go through a softmax twice. `log_softmax` and `F.cross_entropy` take one by "
            "themselves.",
        ),
        Mistake(
            _charge(cost=lambda p, log_q: (p * log_q).sum(-1)),
            "The minus is missing: logarithms of probabilities are below 0, and a cost is above.",
        ),
        Mistake(
            _charge(cost=lambda p, log_q: (p - log_q.exp()).square().sum(-1)),
            "You take the squared difference of the answers. The cross-entropy is asked for.",
        ),
        Mistake(
            _charge(cost=lambda p, log_q: -(log_q.exp() * p.log()).sum(-1)),
            "Teacher and student are exchanged: the teacher's probabilities are what is expected, the student's "
            "logarithms are what is charged for it.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(t, s, mask, c, blunt, sharp),
            "Teacher and student are exchanged from the beginning: the teacher's scores are centered and give "
            "probabilities, the student's give logarithms.",
        ),
        Mistake(
            lambda s, t, mask, c, blunt, sharp: ibot_loss(s[:1], t[:1], mask[:1], c, blunt, sharp),
            "Only the first picture counts: take the mean over all.",
        ),
        Mistake(
            _charge(logs=lambda s, blunt: (s / blunt).log_softmax(-1) / blunt),
            "You divide by the student's temperature twice, before the softmax and behind it. Once is enough.",
        ),
    ),
    hints=(
        "For each patch as DINO's loss: the teacher's probabilities (detach, center off, divide, softmax over K) "
        "times the student's logarithms (`log_softmax`), added up over K, with a minus: (B, N). Then the means.",
        "With `cross_entropy` (B, N): `((cross_entropy * mask).sum(1) / mask.sum(1)).mean()`. The teacher's part is "
        "`((teacher.detach() - center) / teacher_temperature).softmax(-1)`.",
    ),
    gradients=("student", "teacher"),
    compare=tensor_difference,
)


EXERCISES = [SOFT, TARGETS, STEP, IBOT]

QUIZ = [
    Question(
        "You distill with a very high temperature, say T = 1,000, and with the factor T². What is the gradient like?",
        (
            Option(
                "Nearly 0: at such a temperature both say everything equally, so nothing is left to learn.",
                False,
                "The answers hardly differ, by about 1 / T, and the gradient fades with 1 / T². The factor T² brings "
                "just that back.",
            ),
            Option(
                "Like that of the label: only the teacher's most likely class counts.",
                False,
                "That is the other end, a temperature near 0, where the largest logit takes all.",
            ),
            Option(
                "Like that of the squared error of the logits, each less the mean of its picture's logits.",
                True,
                "For large T a softmax is nearly linear: (1 + (z − mean of z) / T) / C. What is left is the difference "
                "of the centered logits, so even the most unlikely classes count.",
            ),
        ),
    ),
    Question(
        "A teacher was trained without any picture of a clock, and has no such class. Its student learns from its "
        "answers alone, on pictures among which there are clocks. A probe on the student's features then finds clocks, "
        "well above chance. What does that show?",
        (
            Option(
                "The student must have had labels: what a teacher does not know cannot come from it.",
                False,
                "A teacher without a name for clocks still answers to them, and differently than to cups. The name is "
                "missing, not the difference. The probe brings the name.",
            ),
            Option(
                "That clocks look different to the teacher, perhaps. The same probe on an untrained student tells how "
                "much of it is owed to the teacher at all.",
                True,
                "To the teacher a clock is a mixture of the kinds it knows, and that may be told from others. But any "
                "network, even a random one, tells something apart: that is the floor.",
            ),
            Option(
                "That the teacher has learned clocks without being told.",
                False,
                "It saw none. It only says which of its own kinds a clock is like, and some of that can be read.",
            ),
        ),
    ),
    Question(
        "Your loss is KL plus the loss of the labels, and you have forgotten T². At T = 1 all is well. You set T = 8 "
        "and change nothing else. What happens?",
        (
            Option(
                "The teacher's part counts some 64 times less, and the student learns from the labels nearly alone.",
                True,
                "The gradient of the softened answers fades with the square of the temperature. A comparison of "
                "temperatures then compares shares of the labels.",
            ),
            Option(
                "Nothing: Adam divides by the size of the gradient anyway.",
                False,
                "It divides the sum of both gradients. How much of the sum comes from which loss it does not change.",
            ),
            Option(
                "The teacher's part counts 8 times more, since its answers say more.",
                False,
                "Softer answers show more of the unlikely classes, but differ by less. The gradient is smaller.",
            ),
        ),
    ),
    Question(
        "In section 3 one mean answer for each kind taught nearly as well as the teacher's answer to each picture. For "
        "which pictures would you expect the single answers to teach more?",
        (
            Option(
                "For pictures that show two things, of which the label names one.",
                True,
                "What else is in this very picture the teacher's answer to it may say. The mean over all pictures with "
                "this label says what is beside such things on average.",
            ),
            Option(
                "For ten times as many pictures of the same sort.",
                False,
                "That alone does not make pictures of a kind differ more from each other, and what is told of single "
                "pictures is only of use where they do.",
            ),
            Option(
                "For pictures that the teacher has learned from itself.",
                False,
                "There it is the surest, and its answers to pictures of one kind are the most alike.",
            ),
        ),
    ),
    Question(
        "You write `teacher = student` and forget the copy. After each step every weight of the teacher becomes "
        "0.99 times its own plus 0.01 times the student's. What do you train?",
        (
            Option(
                "The same as with a copy: the weights of both were equal at the beginning in any case.",
                False,
                "A copy stays behind when the student moves. That lag is all that makes the two different.",
            ),
            Option(
                "A student whose teacher is itself, as it is at this very step: momentum 0.",
                True,
                "There is one set of weights with two names, and 0.99 w + 0.01 w is w. Nothing raises; and should you "
                "freeze the teacher, the student is frozen with it.",
            ),
            Option(
                "A student whose weights shrink by a hundredth with each step.",
                False,
                "The hundredth that is taken off comes back from the student, which is the same tensor.",
            ),
        ),
    ),
]
