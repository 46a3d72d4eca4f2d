# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""More answers to the exercises of chapter 07 as students give them, by others than the first."""

import torch
import torch.nn.functional as F
from einops import reduce

from ._answer import right, wrong

# 07.1: distillation_loss(student, teacher, temperature)


@right("07.1")
def _(student, teacher, temperature):
    teacher = teacher.detach().clone()
    log_p, log_q = torch.log_softmax(torch.stack([teacher, student]) / temperature, dim=2)
    return torch.einsum("bc,bc->b", log_p.exp(), log_p - log_q).mean() * temperature**2


@right("07.1")
def _(student, teacher, temperature):
    with torch.no_grad():
        log_p = F.log_softmax(teacher / temperature, 1)
    log_q = F.log_softmax(student / temperature, 1)
    return reduce(log_p.exp() * (log_p - log_q), "b c -> b", "sum").mean().mul(temperature * temperature)


@right("07.1")
def _(student, teacher, temperature):
    p = torch.softmax(teacher.detach() / temperature, 1)
    log_q = torch.log_softmax(student / temperature, 1)
    # 0 · log 0 is 0 in xlogy
    return (torch.xlogy(p, p) - p * log_q).sum() * temperature**2 / student.size(0)


@wrong("07.1", "torch.distributions makes infinity of what becomes 0")
def _(student, teacher, temperature):
    kl = torch.distributions.kl_divergence(
        torch.distributions.Categorical(logits=teacher.detach() / temperature),
        torch.distributions.Categorical(logits=student / temperature),
    )
    return temperature**2 * kl.mean()


@right("07.1")
def _(student, teacher, temperature):
    t, s = teacher.detach().div(temperature), student.div(temperature)
    t, s = t - t.max(1, keepdim=True).values, s - s.max(1, keepdim=True).values
    log_p = t - t.exp().sum(1, keepdim=True).log()
    log_q = s - s.exp().sum(1, keepdim=True).log()
    return torch.mean(torch.sum(log_p.exp() * (log_p - log_q), dim=1)) * temperature**2


def _both(student, teacher, temperature):
    return (teacher.detach() / temperature).log_softmax(1), (student / temperature).log_softmax(1)


@wrong("07.1", "divided by T²")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() / temperature**2


@wrong("07.1", "^ in place of **")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature ^ 2


@wrong("07.1", "the mean over everything")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p.exp() * (log_p - log_q)).mean() * temperature**2


@wrong("07.1", "the sum over everything")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p.exp() * (log_p - log_q)).sum() * temperature**2


@wrong("07.1", "one number for each picture")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p.exp() * (log_p - log_q)).sum(1) * temperature**2


@wrong("07.1", "the teacher is not softened")
def _(student, teacher, temperature):
    log_p, log_q = teacher.detach().log_softmax(1), (student / temperature).log_softmax(1)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2


@wrong("07.1", "temperature multiplies the logits")
def _(student, teacher, temperature):
    log_p, log_q = (teacher.detach() * temperature).log_softmax(1), (student * temperature).log_softmax(1)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2


@wrong("07.1", "no temperature in the softmax")
def _(student, teacher, temperature):
    log_p, log_q = teacher.detach().log_softmax(1), student.log_softmax(1)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2


@wrong("07.1", "cross-entropy by hand, without T²")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return -(log_p.exp() * log_q).sum(1).mean()


@wrong("07.1", "p · log q with a plus, T²")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p.exp() * log_q).sum(1).mean() * temperature**2


@wrong("07.1", "softmax of kl_div's two arguments the other way: F.kl_div(log_p, q)")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return F.kl_div(log_p, log_q.exp(), reduction="batchmean") * temperature**2


@wrong("07.1", "log_target with the arguments exchanged")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return F.kl_div(log_p, log_q, reduction="batchmean", log_target=True) * temperature**2


@wrong("07.1", "the difference is not weighed")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p - log_q).sum(1).mean() * temperature**2


@wrong("07.1", "squared difference of the probabilities")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return F.mse_loss(log_q.exp(), log_p.exp()) * temperature**2


@wrong("07.1", "softmax with a small number in the logarithm")
def _(student, teacher, temperature):
    p, q = (x.exp() for x in _both(student, teacher, temperature))
    return (p * torch.log((p + 1e-8) / (q + 1e-8))).sum(1).mean() * temperature**2


@wrong("07.1", "softmax clamped before the logarithm")
def _(student, teacher, temperature):
    p, q = (x.exp() for x in _both(student, teacher, temperature))
    return (p * (p.clamp(min=1e-12).log() - q.clamp(min=1e-12).log())).sum(1).mean() * temperature**2


@wrong("07.1", "exp by hand: infinity for large logits")
def _(student, teacher, temperature):
    p, q = (teacher.detach()).exp(), student.exp()
    p, q = p ** (1 / temperature), q ** (1 / temperature)
    p, q = p / p.sum(1, keepdim=True), q / q.sum(1, keepdim=True)
    return (p * (p.log() - q.log())).sum(1).mean() * temperature**2


@wrong("07.1", "softmax over the wrong axis, 0, and the sum too")
def _(student, teacher, temperature):
    log_p, log_q = (teacher.detach() / temperature).log_softmax(0), (student / temperature).log_softmax(0)
    return (log_p.exp() * (log_p - log_q)).sum(0).mean() * temperature**2


@wrong("07.1", "the student's gradient is stopped by detaching both")
def _(student, teacher, temperature):
    log_p, log_q = _both(student.detach(), teacher, temperature)
    return (log_p.exp() * (log_p - log_q)).sum(1).mean() * temperature**2


@wrong("07.1", "KL of the joined batch: kl_div's mean and T²·B")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return F.kl_div(log_q, log_p, log_target=True, reduction="mean") * temperature**2 * len(student)


@wrong("07.1", "teacher's log is forgotten: p · (p − log q)")
def _(student, teacher, temperature):
    log_p, log_q = _both(student, teacher, temperature)
    return (log_p.exp() * (log_p.exp() - log_q)).sum(1).mean() * temperature**2


# 07.2: data2vec_targets(layers, top)


@right("07.2")
def _(layers, top):
    count = len(layers)
    normed = []
    for i in range(count - top, count):
        x = layers[i]
        normed.append(torch.nn.functional.layer_norm(x, normalized_shape=[x.size(-1)], eps=1e-5))
    return torch.mean(torch.stack(normed, dim=0), dim=0)


@right("07.2")
def _(layers, top):
    out = 0
    for x in reversed(layers[-top:]):
        std, mean = torch.std_mean(x, dim=-1, correction=0, keepdim=True)
        out = out + (x - mean) / (std + 1e-5) / top
    return out


@right("07.2")
def _(layers, top):
    chosen = torch.stack(layers)[-top:]
    var, mean = torch.var_mean(chosen, dim=3, unbiased=False, keepdim=True)
    return ((chosen - mean) / (var + 1e-5).sqrt()).mean(dim=0)


@right("07.2")
def _(layers, top):
    # As in fairseq: an instance norm of the transposed... each token taken for itself
    return sum(F.layer_norm(x.float(), (x.shape[2],)) for x in layers[-top:]).div(top)


@right("07.2")
def _(layers, top):
    B, N, D = layers[0].shape
    out = torch.zeros(B, N, D)
    for x in layers[-top:]:
        for b in range(B):
            for n in range(N):
                t = x[b, n]
                t = t - t.mean()
                out[b, n] += t / (t.square().mean() + 1e-5).sqrt() / top
    return out


def _ln(x):
    return F.layer_norm(x, x.shape[-1:])


@wrong("07.2", "index in place of a slice")
def _(layers, top):
    return _ln(layers[-top])


@wrong("07.2", "layers[top:]")
def _(layers, top):
    return torch.stack([_ln(x) for x in layers[top:]]).mean(0)


@wrong("07.2", "layers[-top + 1 :]")
def _(layers, top):
    return torch.stack([_ln(x) for x in layers[-top + 1 :]]).mean(0)


@wrong("07.2", "layers[-top:-1], which may be empty")
def _(layers, top):
    return torch.stack([_ln(x) for x in layers[-top:-1]]).mean(0)


@wrong("07.2", "divided by all blocks")
def _(layers, top):
    return sum(_ln(x) for x in layers[-top:]) / len(layers)


@wrong("07.2", "the stack comes back, without a mean")
def _(layers, top):
    return torch.stack([_ln(x) for x in layers[-top:]])


@wrong("07.2", "a list comes back")
def _(layers, top):
    return [_ln(x) for x in layers[-top:]]


@wrong("07.2", "cat in place of stack")
def _(layers, top):
    return torch.cat([_ln(x) for x in layers[-top:]]).mean(0)


@wrong("07.2", "the mean over all axes")
def _(layers, top):
    return torch.stack([_ln(x) for x in layers[-top:]]).mean()


@wrong("07.2", "the mean over the wrong axis of the stack")
def _(layers, top):
    return torch.stack([_ln(x) for x in layers[-top:]]).mean(1)


@wrong("07.2", "layer norm over the whole (N, D) of each picture, after the mean")
def _(layers, top):
    x = torch.stack(layers[-top:]).mean(0)
    return F.layer_norm(x, x.shape[1:])


@wrong("07.2", "over batch and tokens, as a batch norm")
def _(layers, top):
    out = []
    for x in layers[-top:]:
        flat = x.flatten(0, 1)
        out.append(((flat - flat.mean(0)) / (flat.var(0, correction=0) + 1e-5).sqrt()).view_as(x))
    return torch.stack(out).mean(0)


@wrong("07.2", "instance norm along the tokens, as fairseq's option has it")
def _(layers, top):
    return torch.stack([F.instance_norm(x.transpose(1, 2)).transpose(1, 2) for x in layers[-top:]]).mean(0)


@wrong("07.2", "mean off only")
def _(layers, top):
    return torch.stack([x - x.mean(-1, keepdim=True) for x in layers[-top:]]).mean(0)


@wrong("07.2", "divided by the variance")
def _(layers, top):
    out = [(x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, correction=0) + 1e-5) for x in layers[-top:]]
    return torch.stack(out).mean(0)


@wrong("07.2", "no ε: nan where all numbers are equal")
def _(layers, top):
    out = [(x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True, correction=0) for x in layers[-top:]]
    return torch.stack(out).mean(0)


@wrong("07.2", "a large ε")
def _(layers, top):
    return torch.stack([F.layer_norm(x, x.shape[-1:], eps=1e-1) for x in layers[-top:]]).mean(0)


@wrong("07.2", "the numbers are scaled to 0 … 1")
def _(layers, top):
    out = []
    for x in layers[-top:]:
        low, high = x.amin(-1, keepdim=True), x.amax(-1, keepdim=True)
        out.append((x - low) / (high - low + 1e-5))
    return torch.stack(out).mean(0)


@wrong("07.2", "the last `top` tokens in place of blocks")
def _(layers, top):
    return torch.stack([_ln(x[:, -top:]) for x in layers]).mean(0)


@wrong("07.2", "normalized over the stack")
def _(layers, top):
    x = torch.stack(layers[-top:])
    return ((x - x.mean(0)) / (x.var(0, correction=0) + 1e-5).sqrt()).mean(0)


# 07.3: data2vec_step(student, teacher, head, pictures, mask)


@right("07.3")
def _(student, teacher, head, pictures, mask):
    teacher.eval()
    with torch.no_grad():
        x = teacher.embed(pictures)
        layers = teacher.transformer.intermediate(x, [-2, -1])
        targets = (_ln(layers[0]) + _ln(layers[1])) / 2
    guess = head(student.tokens(pictures, mask=mask))
    return F.mse_loss(guess[mask], targets[mask])


@right("07.3")
def _(student, teacher, head, pictures, mask):
    one, two = teacher.intermediate(pictures, (-2, -1), False)
    targets = torch.stack([_ln(one), _ln(two)]).mean(0).detach()
    guess = F.linear(student.tokens(pictures, mask=mask), head.weight, head.bias)
    where = mask.unsqueeze(-1).expand_as(guess)
    return ((guess - targets) ** 2 * where).sum() / where.sum()


@right("07.3")
def _(student, teacher, head, pictures, mask):
    tokens = student.norm(student.transformer(student.embed(pictures, mask=mask)))
    picked = head(tokens[mask])  # the covered ones alone go through the head
    with torch.inference_mode():
        targets = torch.stack([_ln(x)[mask] for x in teacher.intermediate(pictures, range(-2, 0))]).mean(0)
    return (picked - targets.clone()).pow(2).mean()


@right("07.3")
def _(student, teacher, head, pictures, mask):
    targets = torch.stack([_ln(x) for x in teacher.intermediate(pictures, [1, 2], norm=False)]).mean(0).detach()
    error = reduce((head(student.tokens(pictures, mask=mask)) - targets).square(), "b n d -> b n", "mean")
    return torch.where(mask, error, torch.zeros_like(error)).sum() / mask.sum()


def _guess(student, head, pictures, mask):
    return head(student.tokens(pictures, mask=mask))


@torch.no_grad()
def _wanted(teacher, pictures, mask=None):
    return torch.stack([_ln(x) for x in teacher.intermediate(pictures, range(-2, 0), mask=mask)]).mean(0)


@wrong("07.3", "both see the covered picture, loss everywhere")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(_guess(student, head, pictures, mask), _wanted(teacher, pictures, mask))


@wrong("07.3", "the mask goes to the teacher in place of the student")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(head(student.tokens(pictures))[mask], _wanted(teacher, pictures, mask)[mask])


@wrong("07.3", "the student's mask is inverted")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(_guess(student, head, pictures, ~mask)[mask], _wanted(teacher, pictures)[mask])


@wrong("07.3", "teacher and student exchanged")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(_guess(teacher, head, pictures, mask)[mask], _wanted(student, pictures)[mask])


@wrong("07.3", "the student's prediction is detached and the teacher's is not")
def _(student, teacher, head, pictures, mask):
    targets = torch.stack([_ln(x) for x in teacher.intermediate(pictures, range(-2, 0))]).mean(0)
    return F.mse_loss(_guess(student, head, pictures, mask).detach()[mask], targets[mask])


@wrong("07.3", "targets are not normed")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = torch.stack(teacher.intermediate(pictures, range(-2, 0))).mean(0)
    return F.mse_loss(_guess(student, head, pictures, mask)[mask], targets[mask])


@wrong("07.3", "the first two blocks")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = torch.stack([_ln(x) for x in teacher.intermediate(pictures, range(2))]).mean(0)
    return F.mse_loss(_guess(student, head, pictures, mask)[mask], targets[mask])


@wrong("07.3", "all three blocks")
def _(student, teacher, head, pictures, mask):
    with torch.no_grad():
        targets = torch.stack([_ln(x) for x in teacher.intermediate(pictures, range(-3, 0))]).mean(0)
    return F.mse_loss(_guess(student, head, pictures, mask)[mask], targets[mask])


@wrong("07.3", "mean over each picture first")
def _(student, teacher, head, pictures, mask):
    error = (_guess(student, head, pictures, mask) - _wanted(teacher, pictures)).square().mean(-1)
    return ((error * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.3", "sum over D")
def _(student, teacher, head, pictures, mask):
    error = (_guess(student, head, pictures, mask) - _wanted(teacher, pictures)).square().sum(-1)
    return (error * mask).sum() / mask.sum()


@wrong("07.3", "divided by all patches")
def _(student, teacher, head, pictures, mask):
    error = (_guess(student, head, pictures, mask) - _wanted(teacher, pictures)).square().mean(-1)
    return (error * mask).mean()


@wrong("07.3", "the mask without an axis for D: raises")
def _(student, teacher, head, pictures, mask):
    error = (_guess(student, head, pictures, mask) - _wanted(teacher, pictures)).square()
    return (error * mask).sum() / mask.sum()


@wrong("07.3", "divided by covered patches alone, not by D")
def _(student, teacher, head, pictures, mask):
    error = (_guess(student, head, pictures, mask) - _wanted(teacher, pictures)).square()
    return (error * mask[..., None]).sum() / mask.sum()


@wrong("07.3", "covered inputs: prediction and targets are both multiplied by the mask, then the mean of all")
def _(student, teacher, head, pictures, mask):
    m = mask[..., None]
    return F.mse_loss(_guess(student, head, pictures, mask) * m, _wanted(teacher, pictures) * m)


@wrong("07.3", "cosine in place of the squared error")
def _(student, teacher, head, pictures, mask):
    guess, wanted = _guess(student, head, pictures, mask)[mask], _wanted(teacher, pictures)[mask]
    return 1 - F.cosine_similarity(guess, wanted, dim=-1).mean()


@wrong("07.3", "the prediction is normed too")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(_ln(_guess(student, head, pictures, mask))[mask], _wanted(teacher, pictures)[mask])


@wrong("07.3", "the error comes back patch by patch")
def _(student, teacher, head, pictures, mask):
    return (_guess(student, head, pictures, mask) - _wanted(teacher, pictures)).square().mean(-1)


@wrong("07.3", "features of the whole pictures in place of tokens: raises")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(head(student(pictures))[mask], _wanted(teacher, pictures)[mask])


@wrong("07.3", "the first token is left out, as if it were a class token: raises")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(_guess(student, head, pictures, mask)[:, 1:][mask], _wanted(teacher, pictures)[:, 1:][mask])


@wrong("07.3", "the root of the error")
def _(student, teacher, head, pictures, mask):
    return F.mse_loss(_guess(student, head, pictures, mask)[mask], _wanted(teacher, pictures)[mask]).sqrt()


@wrong("07.3", "targets are the student's own of the covered picture, with its gradient")
def _(student, teacher, head, pictures, mask):
    targets = torch.stack([_ln(x) for x in student.intermediate(pictures, range(-2, 0), mask=mask)]).mean(0)
    return F.mse_loss(_guess(student, head, pictures, mask)[mask], targets.detach()[mask])


# 07.4: ibot_loss(student, teacher, mask, center, student_temperature, teacher_temperature)


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    target = torch.softmax((teacher.detach() - center) / teacher_temperature, dim=2)
    log_q = torch.log_softmax(student / student_temperature, dim=2)
    ce = -torch.einsum("bnk,bnk->bn", target, log_q)
    return ce.masked_fill(~mask, 0).sum(1).div(mask.sum(1)).mean()


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    total = 0
    for s, t, m in zip(student, teacher.detach(), mask):
        target = ((t[m] - center) / teacher_temperature).softmax(1)
        total = total + F.cross_entropy(s[m] / student_temperature, target)
    return total / len(student)


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    target = ((teacher.detach() - center) / teacher_temperature).softmax(-1)
    ce = F.cross_entropy((student / student_temperature).mT, target.mT, reduction="none")
    ce = torch.where(mask, ce, torch.nan)
    return ce.nanmean(1).mean()


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    # the divergence and the entropy add up to the cross-entropy
    target = ((teacher - center) / teacher_temperature).softmax(-1).detach()
    log_q = F.log_softmax(student / student_temperature, -1)
    ce = F.kl_div(log_q, target, reduction="none").sum(-1) + torch.special.entr(target).sum(-1)
    return torch.stack([c[m].mean() for c, m in zip(ce, mask)]).mean()


@right("07.4")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    s, t = student / student_temperature, (teacher.detach() - center) / teacher_temperature
    p = (t - t.logsumexp(-1, keepdim=True)).exp()
    ce = s.logsumexp(-1) - (p * s).sum(-1)
    share = mask.float() / mask.float().sum(dim=1, keepdim=True)
    return (ce * share).sum(1).mean()


def _p(teacher, center, temperature):
    return ((teacher.detach() - center) / temperature).softmax(-1)


def _means(x, mask):
    return ((x * mask).sum(1) / mask.sum(1)).mean()


@wrong("07.4", "the sum over covered patches of each picture")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    ce = -(_p(teacher, center, teacher_temperature) * (student / student_temperature).log_softmax(-1)).sum(-1)
    return (ce * mask).sum(1).mean()


@wrong("07.4", "the sum over pictures")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    ce = -(_p(teacher, center, teacher_temperature) * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ((ce * mask).sum(1) / mask.sum(1)).sum()


@wrong("07.4", "one number for each picture")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    ce = -(_p(teacher, center, teacher_temperature) * (student / student_temperature).log_softmax(-1)).sum(-1)
    return (ce * mask).sum(1) / mask.sum(1)


@wrong("07.4", "visible patches of the batch")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    ce = -(_p(teacher, center, teacher_temperature) * (student / student_temperature).log_softmax(-1)).sum(-1)
    return ce[~mask].mean()


@wrong("07.4", "the student's temperature for both")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    ce = -(_p(teacher, center, student_temperature) * (student / student_temperature).log_softmax(-1)).sum(-1)
    return _means(ce, mask)


@wrong("07.4", "the teacher's temperature for both")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    ce = -(_p(teacher, center, teacher_temperature) * (student / teacher_temperature).log_softmax(-1)).sum(-1)
    return _means(ce, mask)


@wrong("07.4", "the student's temperature is forgotten")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    return _means(-(_p(teacher, center, teacher_temperature) * student.log_softmax(-1)).sum(-1), mask)


@wrong("07.4", "the teacher's temperature is forgotten")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    return _means(-(_p(teacher, center, 1) * (student / student_temperature).log_softmax(-1)).sum(-1), mask)


@wrong("07.4", "temperatures multiply")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    p = ((teacher.detach() - center) * teacher_temperature).softmax(-1)
    return _means(-(p * (student * student_temperature).log_softmax(-1)).sum(-1), mask)


@wrong("07.4", "the center is taken off both")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    log_q = ((student - center) / student_temperature).log_softmax(-1)
    return _means(-(_p(teacher, center, teacher_temperature) * log_q).sum(-1), mask)


@wrong("07.4", "the mean of the batch in place of the center")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    log_q = (student / student_temperature).log_softmax(-1)
    return _means(-(_p(teacher, teacher.mean((0, 1)), teacher_temperature) * log_q).sum(-1), mask)


@wrong("07.4", "a center as (B, N, 1): its mean, which the softmax does not see")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    log_q = (student / student_temperature).log_softmax(-1)
    return _means(-(_p(teacher, center.mean(), teacher_temperature) * log_q).sum(-1), mask)


@wrong("07.4", "log is forgotten")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    q = (student / student_temperature).softmax(-1)
    return _means(-(_p(teacher, center, teacher_temperature) * q).sum(-1), mask)


@wrong("07.4", "log_softmax of the teacher, softmax of the student")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    log_p = ((teacher.detach() - center) / teacher_temperature).log_softmax(-1)
    return _means(-((student / student_temperature).softmax(-1) * log_p).sum(-1), mask)


@wrong("07.4", "teacher and student are exchanged, the detach too")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    log_q = (teacher / student_temperature).log_softmax(-1)
    return _means(-(_p(student, center, teacher_temperature) * log_q).sum(-1), mask)


@wrong("07.4", "cross_entropy of probabilities: a softmax twice")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    q = (student / student_temperature).softmax(-1)
    ce = F.cross_entropy(q.mT, _p(teacher, center, teacher_temperature).mT, reduction="none")
    return _means(ce, mask)


@wrong("07.4", "scores of covered patches are put to 0 before the softmax, then the mean of all")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    m = mask[..., None]
    log_q = (student * m / student_temperature).log_softmax(-1)
    return -(_p(teacher * m, center, teacher_temperature) * log_q).sum(-1).mean()


@wrong("07.4", "argmax without the center")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    ce = F.cross_entropy((student / student_temperature).mT, teacher.argmax(-1), reduction="none")
    return _means(ce, mask)


@wrong("07.4", "all under no_grad")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    with torch.no_grad():
        log_q = (student / student_temperature).log_softmax(-1)
        return _means(-(_p(teacher, center, teacher_temperature) * log_q).sum(-1), mask)


@wrong("07.4", "the mean over patches before that over pictures, weighed by the batch: axis 0 first")
def _(student, teacher, mask, center, student_temperature, teacher_temperature):
    log_q = (student / student_temperature).log_softmax(-1)
    ce = -(_p(teacher, center, teacher_temperature) * log_q).sum(-1)
    return ((ce * mask).sum(0) / mask.sum(0).clamp(min=1)).mean()
