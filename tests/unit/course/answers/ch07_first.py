# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 07 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import einsum, rearrange, reduce, repeat

from ._answer import right, wrong


def _targets(layers, top):
    """What 07.2 makes, as 07.3 calls it."""
    return sum(F.layer_norm(x, x.shape[-1:]) for x in layers[-top:]) / top


# 07.1: distillation_loss(student, teacher, temperature)


@right("07.1")
def _(student, teacher, temperature):
    log_q = F.log_softmax(student / temperature, dim=1)
    p = F.softmax(teacher.detach() / temperature, dim=1)
    return F.kl_div(log_q, p, reduction="batchmean") * temperature**2


@right("07.1")
def _(student, teacher, temperature):
    log_q = F.log_softmax(student / temperature, dim=-1)
    log_p = F.log_softmax(teacher / temperature, dim=-1).detach()
    return temperature**2 * F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)


@right("07.1")
def _(student, teacher, temperature):
    with torch.no_grad():
        p = (teacher / temperature).softmax(1)
        entropy = torch.special.entr(p).sum(1)
    cross = F.cross_entropy(student / temperature, p, reduction="none")
    return (cross - entropy).mean() * temperature**2


@right("07.1")
def _(student, teacher, temperature):
    T = temperature
    total = 0.0
    for s, t in zip(student, teacher.detach()):
        lp, lq = (t / T).log_softmax(0), (s / T).log_softmax(0)
        total = total + (lp.exp() * (lp - lq)).sum()
    return total / len(student) * T * T


@right("07.1")
def _(student, teacher, temperature):
    logp = teacher.detach() / temperature - torch.logsumexp(teacher.detach() / temperature, 1, keepdim=True)
    logq = student / temperature - torch.logsumexp(student / temperature, 1, keepdim=True)
    return einsum(logp.exp(), logp - logq, "b c, b c ->") / student.shape[0] * temperature**2


@wrong("07.1", "T² is forgotten")
def _(student, teacher, temperature):
    p = F.softmax(teacher.detach() / temperature, dim=1)
    return F.kl_div(F.log_softmax(student / temperature, dim=1), p, reduction="batchmean")


@wrong("07.1", "T in place of T²")
def _(student, teacher, temperature):
    p = F.softmax(teacher.detach() / temperature, dim=1)
    return F.kl_div(F.log_softmax(student / temperature, dim=1), p, reduction="batchmean") * temperature


@wrong("07.1", "kl_div's default reduction")
def _(student, teacher, temperature):
    p = F.softmax(teacher.detach() / temperature, dim=1)
    return F.kl_div(F.log_softmax(student / temperature, dim=1), p) * temperature**2


@wrong("07.1", "reduction sum")
def _(student, teacher, temperature):
    p = F.softmax(teacher.detach() / temperature, dim=1)
    return F.kl_div(F.log_softmax(student / temperature, dim=1), p, reduction="sum") * temperature**2


@wrong("07.1", "student's probabilities in place of logs for kl_div")
def _(student, teacher, temperature):
    p = F.softmax(teacher.detach() / temperature, dim=1)
    q = F.softmax(student / temperature, dim=1)
    return F.kl_div(q, p, reduction="batchmean") * temperature**2


@wrong("07.1", "kl_div's arguments exchanged")
def _(student, teacher, temperature):
    p = F.softmax(teacher.detach() / temperature, dim=1)
    log_q = F.log_softmax(student / temperature, dim=1)
    return F.kl_div(p, log_q, reduction="batchmean") * temperature**2


@wrong("07.1", "log of the teacher without log_target")
def _(student, teacher, temperature):
    log_p = F.log_softmax(teacher.detach() / temperature, dim=1)
    log_q = F.log_softmax(student / temperature, dim=1)
    return F.kl_div(log_q, log_p, reduction="batchmean") * temperature**2


@wrong("07.1", "KL the other way round: the student's probabilities weigh")
def _(student, teacher, temperature):
    log_p = F.log_softmax(teacher.detach() / temperature, dim=1)
    log_q = F.log_softmax(student / temperature, dim=1)
    return (log_q.exp() * (log_q - log_p)).sum(1).mean() * temperature**2


@wrong("07.1", "a gradient reaches the teacher")
def _(student, teacher, temperature):
    log_p = (teacher / temperature).log_softmax(1)
    log_q = (student / temperature).log_softmax(1)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2


@wrong("07.1", "no gradient reaches the student: all of it under no_grad")
def _(student, teacher, temperature):
    with torch.no_grad():
        log_p = (teacher / temperature).log_softmax(1)
        log_q = (student / temperature).log_softmax(1)
        return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2


@wrong("07.1", "cross-entropy, T² and all")
def _(student, teacher, temperature):
    p = (teacher.detach() / temperature).softmax(1)
    return F.cross_entropy(student / temperature, p) * temperature**2


@wrong("07.1", "cross-entropy with the teacher's hard labels")
def _(student, teacher, temperature):
    return F.cross_entropy(student / temperature, teacher.argmax(1)) * temperature**2


@wrong("07.1", "student is not softened")
def _(student, teacher, temperature):
    p = (teacher.detach() / temperature).softmax(1)
    return F.kl_div(student.log_softmax(1), p, reduction="batchmean") * temperature**2


@wrong("07.1", "log of a softmax: nan for large logits")
def _(student, teacher, temperature):
    p = (teacher.detach() / temperature).softmax(1)
    q = (student / temperature).softmax(1)
    return (p * (p / q).log()).sum(1).mean() * temperature**2


@wrong("07.1", "log of a softmax inside kl_div: nan or infinity for large logits")
def _(student, teacher, temperature):
    p = (teacher.detach() / temperature).softmax(1)
    q = (student / temperature).softmax(1)
    return F.kl_div(q.log(), p, reduction="batchmean") * temperature**2


@wrong("07.1", "softmax along the batch")
def _(student, teacher, temperature):
    log_p = (teacher.detach() / temperature).log_softmax(0)
    log_q = (student / temperature).log_softmax(0)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2


@wrong("07.1", "squared error of logits")
def _(student, teacher, temperature):
    return ((student - teacher.detach()) ** 2).mean()


@wrong("07.1", "minus sign: log q − log p")
def _(student, teacher, temperature):
    log_p = (teacher.detach() / temperature).log_softmax(1)
    log_q = (student / temperature).log_softmax(1)
    return (log_p.exp() * (log_q - log_p)).sum(1).mean() * temperature**2


@wrong("07.1", "a plain number comes back")
def _(student, teacher, temperature):
    log_p = (teacher.detach() / temperature).log_softmax(1)
    log_q = (student / temperature).log_softmax(1)
    return ((log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2).item()


# 07.2: data2vec_targets(layers, top)


@right("07.2")
def _(layers, top):
    D = layers[0].shape[-1]
    return torch.stack([F.layer_norm(x, (D,)) for x in layers[-top:]]).mean(dim=0)


@right("07.2")
def _(layers, top):
    x = torch.stack(layers[-top:])
    return F.layer_norm(x, x.shape[-1:]).mean(0)


@right("07.2")
def _(layers, top):
    total = torch.zeros_like(layers[-1])
    for x in layers[len(layers) - top :]:
        mean = x.mean(-1, keepdim=True)
        var = x.var(-1, keepdim=True, unbiased=False)
        total = total + (x - mean) / torch.sqrt(var + 1e-5)
    return total / top


@right("07.2")
def _(layers, top):
    norm = nn.LayerNorm(layers[0].shape[-1], elementwise_affine=False)
    return sum(norm(x) for x in layers[-top:]) / top


@right("07.2")
def _(layers, top):
    x = rearrange(layers[-top:], "k b n d -> k b n d")
    x = x - reduce(x, "k b n d -> k b n 1", "mean")
    x = x * torch.rsqrt(reduce(x**2, "k b n d -> k b n 1", "mean") + 1e-5)
    return reduce(x, "k b n d -> b n d", "mean")


@wrong("07.2", "the mean first, then the norm")
def _(layers, top):
    x = sum(layers[-top:]) / top
    return F.layer_norm(x, x.shape[-1:])


@wrong("07.2", "the sum first, then the norm: hardly another thing than the mean")
def _(layers, top):
    x = sum(layers[-top:])
    return F.layer_norm(x, x.shape[-1:])


@wrong("07.2", "no norm")
def _(layers, top):
    return torch.stack(layers[-top:]).mean(0)


@wrong("07.2", "the first blocks")
def _(layers, top):
    return torch.stack([F.layer_norm(x, x.shape[-1:]) for x in layers[:top]]).mean(0)


@wrong("07.2", "all blocks")
def _(layers, top):
    return torch.stack([F.layer_norm(x, x.shape[-1:]) for x in layers]).mean(0)


@wrong("07.2", "the last block alone")
def _(layers, top):
    return F.layer_norm(layers[-1], layers[-1].shape[-1:])


@wrong("07.2", "the sum over blocks")
def _(layers, top):
    return torch.stack([F.layer_norm(x, x.shape[-1:]) for x in layers[-top:]]).sum(0)


@wrong("07.2", "std with D − 1")
def _(layers, top):
    return torch.stack([(x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-5) for x in layers[-top:]]).mean(
        0
    )


@wrong("07.2", "std with D − 1 and no ε")
def _(layers, top):
    out = [(x - x.mean(dim=2, keepdim=True)) / x.std(dim=2, keepdim=True) for x in layers[-top:]]
    return torch.stack(out).mean(0)


@wrong("07.2", "normalized along the tokens")
def _(layers, top):
    out = [(x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, correction=0) + 1e-5).sqrt() for x in layers[-top:]]
    return torch.stack(out).mean(0)


@wrong("07.2", "layer norm over tokens and numbers")
def _(layers, top):
    return torch.stack([F.layer_norm(x, x.shape[1:]) for x in layers[-top:]]).mean(0)


@wrong("07.2", "length 1")
def _(layers, top):
    return torch.stack([F.normalize(x, dim=-1) for x in layers[-top:]]).mean(0)


@wrong("07.2", "divided by std, the mean is left")
def _(layers, top):
    return torch.stack([x / (x.var(-1, keepdim=True, correction=0) + 1e-5).sqrt() for x in layers[-top:]]).mean(0)


@wrong("07.2", "once more normed at the end")
def _(layers, top):
    x = torch.stack([F.layer_norm(x, x.shape[-1:]) for x in layers[-top:]]).mean(0)
    return F.layer_norm(x, x.shape[-1:])


@wrong("07.2", "one block off")
def _(layers, top):
    return torch.stack([F.layer_norm(x, x.shape[-1:]) for x in layers[-top - 1 : -1]]).mean(0)


@wrong("07.2", "return inside the loop")
def _(layers, top):
    total = 0
    for x in layers[-top:]:
        total = total + F.layer_norm(x, x.shape[-1:])
        return total / top


@wrong("07.2", "writes into the layers")
def _(layers, top):
    for x in layers[-top:]:
        x -= x.mean(-1, keepdim=True)
        x /= (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return torch.stack(layers[-top:]).mean(0)


@wrong("07.2", "the list is shortened in place")
def _(layers, top):
    while len(layers) > top:
        layers.pop(0)
    return torch.stack([F.layer_norm(x, x.shape[-1:]) for x in layers]).mean(0)


# 07.3: data2vec_step(student, teacher, head, pictures, mask)


@right("07.3")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = _targets(teacher.intermediate(pictures, range(-2, 0), norm=False), 2)
    prediction = head(student.tokens(pictures, mask=mask))
    return F.mse_loss(prediction[mask], targets[mask])


@right("07.3")
def _(student, teacher, head, pictures, mask):
    layers = teacher.intermediate(pictures, [-2, -1])
    targets = _targets(layers, 2).detach()
    error = ((head(student.tokens(pictures, mask=mask)) - targets) ** 2).mean(dim=2)
    return (error * mask.float()).sum() / mask.float().sum()


@right("07.3")
def _(student, teacher, head, pictures, mask):
    # All of the teacher's layers; the last two count
    layers = [x.detach() for x in teacher.intermediate(pictures, range(3), norm=False)]
    prediction = head(student.tokens(pictures, None, mask))
    return (prediction - _targets(layers, 2)).square().mean(-1)[mask].mean()


@right("07.3")
def _(student, teacher, head, pictures, mask):
    # Picture by picture, patch by patch
    targets = _targets(teacher.intermediate(pictures, range(-2, 0)), 2).detach()
    prediction = head(student.tokens(pictures, mask=mask))
    errors = []
    for b in range(len(pictures)):
        for n in range(mask.shape[1]):
            if mask[b, n]:
                errors.append(((prediction[b, n] - targets[b, n]) ** 2).mean())
    return torch.stack(errors).mean()


@right("07.3")
def _(student, teacher, head, pictures, mask):
    # The teacher is frozen in place of a detach
    for weight in teacher.parameters():
        weight.requires_grad = False
    targets = _targets(teacher.intermediate(pictures, range(-2, 0), norm=False), 2)
    return F.mse_loss(head(student.tokens(pictures, mask=mask))[mask], targets[mask])


def _parts(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = _targets(teacher.intermediate(pictures, range(-2, 0)), 2)
    return head(student.tokens(pictures, mask=mask)), targets


@wrong("07.3", "the teacher is given the mask")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = _targets(teacher.intermediate(pictures, range(-2, 0), norm=False, mask=mask), 2)
    return F.mse_loss(head(student.tokens(pictures, mask=mask))[mask], targets[mask])


@wrong("07.3", "the student sees everything")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = _targets(teacher.intermediate(pictures, range(-2, 0), norm=False), 2)
    return F.mse_loss(head(student.tokens(pictures))[mask], targets[mask])


@wrong("07.3", "loss over all patches")
def _(student, teacher, head, pictures, mask):
    prediction, targets = _parts(student, teacher, head, pictures, mask)
    return F.mse_loss(prediction, targets)


@wrong("07.3", "loss over visible patches")
def _(student, teacher, head, pictures, mask):
    prediction, targets = _parts(student, teacher, head, pictures, mask)
    return F.mse_loss(prediction[~mask], targets[~mask])


@wrong("07.3", "a gradient reaches the teacher")
def _(student, teacher, head, pictures, mask):
    targets = _targets(teacher.intermediate(pictures, range(-2, 0), norm=False), 2)
    return F.mse_loss(head(student.tokens(pictures, mask=mask))[mask], targets[mask])


@wrong("07.3", "the student's tokens are detached: the head alone learns")
def _(student, teacher, head, pictures, mask):
    targets = _parts(student, teacher, head, pictures, mask)[1]
    return F.mse_loss(head(student.tokens(pictures, mask=mask).detach())[mask], targets[mask])


@wrong("07.3", "everything under no_grad")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        prediction, targets = _parts(student, teacher, head, pictures, mask)
        return F.mse_loss(prediction[mask], targets[mask])


@wrong("07.3", "targets of the student itself")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = _targets(student.intermediate(pictures, range(-2, 0), norm=False), 2)
    return F.mse_loss(head(student.tokens(pictures, mask=mask))[mask], targets[mask])


@wrong("07.3", "no head")
def _(student, teacher, head, pictures, mask):
    targets = _parts(student, teacher, head, pictures, mask)[1]
    return F.mse_loss(student.tokens(pictures, mask=mask)[mask], targets[mask])


@wrong("07.3", "head on the targets too")
def _(student, teacher, head, pictures, mask):
    prediction, targets = _parts(student, teacher, head, pictures, mask)
    return F.mse_loss(prediction[mask], head(targets).detach()[mask])


@wrong("07.3", "norm=True")
def _(student, teacher, head, pictures, mask):
    prediction = _parts(student, teacher, head, pictures, mask)[0]
    with torch.no_grad():
        targets = _targets(teacher.intermediate(pictures, range(-2, 0), norm=True), 2)
    return F.mse_loss(prediction[mask], targets[mask])


@wrong("07.3", "only the last block")
def _(student, teacher, head, pictures, mask):
    prediction = _parts(student, teacher, head, pictures, mask)[0]
    with torch.no_grad():
        targets = _targets(teacher.intermediate(pictures, [-1]), 1)
    return F.mse_loss(prediction[mask], targets[mask])


@wrong("07.3", "top=1 of the two layers")
def _(student, teacher, head, pictures, mask):
    prediction = _parts(student, teacher, head, pictures, mask)[0]
    with torch.no_grad():
        targets = _targets(teacher.intermediate(pictures, range(-2, 0)), 1)
    return F.mse_loss(prediction[mask], targets[mask])


@wrong("07.3", "teacher.tokens as targets")
def _(student, teacher, head, pictures, mask):
    prediction = _parts(student, teacher, head, pictures, mask)[0]
    with torch.no_grad():
        targets = teacher.tokens(pictures)
    return F.mse_loss(prediction[mask], targets[mask])


@wrong("07.3", "reduction sum")
def _(student, teacher, head, pictures, mask):
    prediction, targets = _parts(student, teacher, head, pictures, mask)
    return F.mse_loss(prediction[mask], targets[mask], reduction="sum")


@wrong("07.3", "smooth L1, as in the paper")
def _(student, teacher, head, pictures, mask):
    prediction, targets = _parts(student, teacher, head, pictures, mask)
    return F.smooth_l1_loss(prediction[mask], targets[mask])


@wrong("07.3", "absolute error")
def _(student, teacher, head, pictures, mask):
    prediction, targets = _parts(student, teacher, head, pictures, mask)
    return (prediction - targets).abs()[mask].mean()


@wrong("07.3", "mask is given in the place of keep, which raises")
def _(student, teacher, head, pictures, mask):
    targets = _parts(student, teacher, head, pictures, mask)[1]
    return F.mse_loss(head(student.tokens(pictures, mask))[mask], targets[mask])


# 07.4: ibot_loss(student, teacher, mask, center, student_temperature, teacher_temperature)


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = F.softmax((teacher - center) / teacher_temperature, dim=-1).detach()
    log_q = F.log_softmax(student / student_temperature, dim=-1)
    loss = torch.sum(-p * log_q, dim=-1)
    loss = torch.sum(loss * mask.float(), dim=-1) / mask.sum(dim=-1).clamp(min=1.0)
    return loss.mean()


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    with torch.no_grad():
        p = ((teacher - center) / teacher_temperature).softmax(2)
    log_q = (student / student_temperature).log_softmax(2)
    losses = []
    for b in range(len(mask)):
        losses.append(-(p[b, mask[b]] * log_q[b, mask[b]]).sum(-1).mean())
    return sum(losses) / len(losses)


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = F.cross_entropy(
        rearrange(student / student_temperature, "b n k -> (b n) k"),
        rearrange(p, "b n k -> (b n) k"),
        reduction="none",
    )
    ce = rearrange(ce, "(b n) -> b n", b=len(mask))
    weights = mask / mask.sum(1, keepdim=True)
    return (ce * weights).sum() / len(mask)


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    # As in the published code: one long list of covered patches, each with a weight
    s, t = student[mask], teacher[mask].detach()
    weight = (1 / mask.sum(-1)).unsqueeze(-1).expand_as(mask)[mask]
    loss = -torch.sum(
        F.softmax((t - center) / teacher_temperature, -1) * F.log_softmax(s / student_temperature, -1), -1
    )
    return (loss * weight).sum() / mask.shape[0]


@wrong("07.4", "one mean over all covered patches")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ce[mask].mean()


@wrong("07.4", "all patches")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ce.mean()


@wrong("07.4", "visible patches, picture by picture")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return torch.stack([c[~m].mean() for c, m in zip(ce, mask)]).mean()


@wrong("07.4", "without the center")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = (teacher.detach() / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "center added")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() + center) / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "center off after the temperature")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = (teacher.detach() / teacher_temperature - center).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "temperatures exchanged")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / student_temperature).softmax(-1)
    ce = -(p * (student / teacher_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "teacher not detached")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher - center) / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "the student is detached, not the teacher")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher - center) / teacher_temperature).softmax(-1)
    ce = -(p * (student.detach() / student_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "KL divergence")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    kl = F.kl_div((student / student_temperature).log_softmax(-1), p, reduction="none").sum(-1)
    return ((kl * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "mean over K")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).mean(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "softmax along axis 1, the patches")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(1)
    ce = -(p * (student / student_temperature).log_softmax(1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "divided by N")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = -(p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return (ce * mask).mean()


@wrong("07.4", "argmax of the teacher")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    code = (teacher - center).argmax(-1)
    ce = F.cross_entropy((student / student_temperature).transpose(1, 2), code, reduction="none")
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "minus forgotten")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = (p * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "cross_entropy of (B, N, K) as it is: the patches are taken for classes")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    return F.cross_entropy(student / student_temperature, p)


@wrong("07.4", "cross_entropy of boolean-picked rows: a single mean")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    return F.cross_entropy(student[mask] / student_temperature, p[mask])
