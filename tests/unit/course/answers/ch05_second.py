# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 05 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# 05.1: effective_rank(z)


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.exp(torch.special.entr(p).sum())


@wrong("05.1", "squared singular values as shares")
def _(z):
    s = torch.linalg.svdvals(z).square()
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "the entropy itself: e to the entropy is missing")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.special.entr(p).sum().item()


@wrong("05.1", "0 · ln 0 gives nan where a singular value is 0")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.exp(-(p * p.log()).sum()).item()


@wrong("05.1", "the minus is missing: one over the rank")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.exp(torch.special.xlogy(p, p).sum()).item()


@wrong("05.1", "singular values are not divided by their sum")
def _(z):
    s = torch.linalg.svdvals(z)
    return torch.exp(torch.special.entr(s).sum()).item()


@wrong("05.1", "shares of the largest singular value, not of the sum")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.max()
    return torch.exp(torch.special.entr(p).sum()).item()


@wrong("05.1", "shares by softmax")
def _(z):
    p = torch.linalg.svdvals(z).softmax(0)
    return torch.exp(-(p * p.log()).sum()).item()


@wrong("05.1", "the mean is taken off, which the text leaves to the caller")
def _(z):
    s = torch.linalg.svdvals(z - z.mean(0))
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "entropy in bits, and then e to it")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    p = p[p > 0]
    return math.exp(-(p * p.log2()).sum().item())


@wrong("05.1", "2 to an entropy that was taken with the natural logarithm")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return 2 ** torch.special.entr(p).sum().item()


@wrong("05.1", "the mean of -p ln p in place of the sum")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return math.exp(torch.special.entr(p).mean())


@wrong("05.1", "counts singular values that are not 0: the rank of the matrix")
def _(z):
    return float(torch.linalg.matrix_rank(z))


@wrong("05.1", "the other effective rank: the squared sum over the sum of squares")
def _(z):
    s = torch.linalg.svdvals(z)
    return (s.sum() ** 2 / s.square().sum()).item()


@wrong("05.1", "rows are brought to length 1 first")
def _(z):
    s = torch.linalg.svdvals(F.normalize(z, dim=1))
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "singular values are divided by their norm, not by their sum")
def _(z):
    s = torch.linalg.svdvals(z)
    p = F.normalize(s, dim=0)
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "lengths of the columns in place of singular values")
def _(z):
    s = z.norm(dim=0)
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "raises unless z is square: eigenvalues of z")
def _(z):
    s = torch.linalg.eigvals(z).abs()
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@right("05.1")
def _(z):
    shares = F.normalize(torch.linalg.svdvals(z), p=1, dim=0).tolist()
    return math.exp(sum(-p * math.log(p) for p in shares if p > 0))


@right("05.1")
def _(z):
    s = torch.linalg.svd(z, full_matrices=False).S
    total = s.sum()
    return float(total * torch.exp(-torch.xlogy(s, s).sum() / total))


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    s = s[s > 0]
    return float(torch.distributions.Categorical(probs=s).perplexity())


@right("05.1")
def _(z):
    rank = 1.0
    s = torch.linalg.svdvals(z.double())
    for p in s / s.sum():
        rank *= float(p) ** -float(p) if p > 0 else 1.0
    return rank


# 05.2: variance_and_covariance(z)


@wrong("05.2", "the variance is divided by B, not by B - 1")
def _(z):
    B, D = z.shape
    std = torch.sqrt(z.var(0, unbiased=False) + 1e-4)
    c = torch.cov(z.T)
    return F.relu(1 - std).mean(), (c - c.diag().diag()).square().sum() / D


@wrong("05.2", "the covariances are divided by B, not by B - 1")
def _(z):
    B, D = z.shape
    v = F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean()
    x = z - z.mean(0)
    c = x.T @ x / B
    off = ~torch.eye(D, dtype=torch.bool, device=z.device)
    return v, c[off].square().sum() / D


@wrong("05.2", "the root is missing: 1 less the variance")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - (z.var(0) + 1e-4)).mean(), (c.square().sum() - c.diagonal().square().sum()) / z.shape[1]


@wrong("05.2", "the epsilon inside the root is missing")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - z.std(0)).mean(), c.fill_diagonal_(0).square().sum() / z.shape[1]


@wrong("05.2", "the epsilon stands outside the root")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - (z.std(0) + 1e-4)).mean(), (c - torch.diag(c.diag())).pow(2).sum() / z.shape[1]


@wrong("05.2", "no maximum with 0: deviations above 1 are rewarded")
def _(z):
    c = torch.cov(z.T)
    return (1 - torch.sqrt(z.var(0) + 1e-4)).mean(), (c - torch.diag(c.diag())).pow(2).sum() / z.shape[1]


@wrong("05.2", "the maximum with 0 is taken of the mean, so wide numbers make up for narrow ones")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4).mean()), (c - torch.diag(c.diag())).pow(2).sum() / z.shape[1]


@wrong("05.2", "the variance term is a sum over the numbers in place of a mean")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).sum(), (c - torch.diag(c.diag())).pow(2).sum() / z.shape[1]


@wrong("05.2", "the variance is taken along the numbers of a picture, not along the batch")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - torch.sqrt(z.var(1) + 1e-4)).mean(), (c - torch.diag(c.diag())).pow(2).sum() / z.shape[1]


@wrong("05.2", "the diagonal of the covariances is not taken out")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), c.pow(2).sum() / z.shape[1]


@wrong("05.2", "absolute covariances in place of squares")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), (c - torch.diag(c.diag())).abs().sum() / z.shape[1]


@wrong("05.2", "the mean over all pairs of numbers: divided by D (D - 1), not by D")
def _(z):
    c = torch.cov(z.T)
    off = ~torch.eye(z.shape[1], dtype=torch.bool, device=z.device)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), c[off].square().mean()


@wrong("05.2", "the covariance term is not divided by D")
def _(z):
    c = torch.cov(z.T)
    off = ~torch.eye(z.shape[1], dtype=torch.bool, device=z.device)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), c[off].square().sum()


@wrong("05.2", "each pair is counted once: only the upper triangle")
def _(z):
    c = torch.cov(z.T)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), c.triu(1).square().sum() / z.shape[1]


@wrong("05.2", "the mean is not taken off before the matrix product")
def _(z):
    B, D = z.shape
    c = z.T @ z / (B - 1)
    off = ~torch.eye(D, dtype=torch.bool, device=z.device)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), c[off].square().sum() / D


@wrong("05.2", "correlations in place of covariances")
def _(z):
    c = torch.corrcoef(z.T)
    off = ~torch.eye(z.shape[1], dtype=torch.bool, device=z.device)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), c[off].square().sum() / z.shape[1]


@wrong("05.2", "the sums are squared first and divided by B - 1 after that, so only once")
def _(z):
    B, D = z.shape
    x = z - z.mean(0)
    c = x.T @ x
    off = ~torch.eye(D, dtype=torch.bool, device=z.device)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), c[off].square().sum() / (B - 1) / D


@wrong("05.2", "torch.cov(z): covariances of pictures, since it takes rows for the variables")
def _(z):
    c = torch.cov(z)
    return F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean(), (c - torch.diag(c.diag())).pow(2).sum() / z.shape[1]


@right("05.2")
def _(z):
    B, D = z.shape
    x = z - z.mean(dim=0, keepdim=True)
    table = torch.einsum("bi,bj->ij", x, x) / (B - 1)
    deviations = (table.diagonal() + 0.0001).sqrt()
    return (1 - deviations).clamp(min=0).sum() / D, (table.square().sum() - table.diagonal().square().sum()) / D


@right("05.2")
def _(z):
    B, D = z.shape
    columns = [z[:, j] - z[:, j].sum() / B for j in range(D)]
    v, c = 0.0, 0.0
    for i in range(D):
        v = v + torch.relu(1 - ((columns[i] @ columns[i]) / (B - 1) + 1e-4) ** 0.5)
        for j in range(i):
            c = c + 2 * (columns[i] @ columns[j] / (B - 1)) ** 2
    return v / D, c / D


@right("05.2")
def _(z):
    D = z.size(1)
    spread = z.var(dim=0).add(1e-4).sqrt()
    shortfall = 1 - spread.clamp(max=1)
    table = torch.cov(z.T)
    return shortfall.mean(), 2 * table.tril(-1).pow(2).sum() / D


@right("05.2")
def _(z):
    table = torch.cov(z.mT)
    D = len(table)
    without = table.flatten()[:-1].view(D - 1, D + 1)[:, 1:]  # all but the diagonal
    return F.relu(1 - table.diagonal().add(1e-4).sqrt()).mean(), without.pow(2).sum() / D


# 05.3: slope(weight, one, two)


@wrong("05.3", "both embeddings move: the target is not detached")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, two @ w).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the first embedding stands still, and the second moves")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity((one @ w).detach(), two @ w).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the minus is missing: the slope of the cosine")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "sum over the pictures in place of the mean")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, two @ weight).sum()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "half the slope: the ½ of SimSiam's formula, which this loss does not have")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -0.5 * F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "SimSiam's whole symmetric loss: the second embedding moves in the other half")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    z1, z2 = one @ w, two @ w
    loss = -F.cosine_similarity(z1, z2.detach()).mean() / 2 - F.cosine_similarity(z2, z1.detach()).mean() / 2
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the dot product in place of the cosine: embeddings are not brought to length 1")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -((one @ w) * (two @ w).detach()).sum(1).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the target keeps its length: only the first embedding is brought to length 1")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -(F.normalize(one @ w, dim=1) * (two @ w).detach()).sum(1).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "cosines of columns over the batch, not of the embeddings of a picture")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach(), dim=0).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the tuple of torch.autograd.grad in place of the tensor in it")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)


@wrong("05.3", "the given weight is changed: it requires a gradient from now on")
def _(weight, one, two):
    weight.requires_grad_()
    loss = -F.cosine_similarity(one @ weight, (two @ weight).detach()).mean()
    return torch.autograd.grad(loss, weight)[0]


@wrong("05.3", "the slope of the loss with respect to the embeddings (B, E), not to the weight")
def _(weight, one, two):
    z1 = (one @ weight).requires_grad_()
    loss = -F.cosine_similarity(z1, two @ weight).mean()
    return torch.autograd.grad(loss, z1)[0]


@wrong("05.3", "by hand, and the length of the first embedding is taken for a constant")
def _(weight, one, two):
    z1, z2 = one @ weight, two @ weight
    target = F.normalize(z2, dim=1) / z1.norm(dim=1, keepdim=True)
    return -one.T @ target / len(one)


@wrong("05.3", "by hand, and not divided by the length of the first embedding")
def _(weight, one, two):
    u, v = F.normalize(one @ weight, dim=1), F.normalize(two @ weight, dim=1)
    cos = (u * v).sum(1, keepdim=True)
    return -one.T @ (v - cos * u) / len(one)


@wrong("05.3", "one cosine of the two mean embeddings, not the mean of the cosines")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    z1, z2 = one @ w, (two @ w).detach()
    loss = -F.cosine_similarity(z1.mean(0), z2.mean(0), dim=0)
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the squared distance of the raw embeddings in place of the cosine")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = F.mse_loss(one @ w, (two @ w).detach())
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the weight after a step down in place of the slope")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    loss.backward()
    return (w - w.grad).detach()


@wrong("05.3", "raises: the copy of the weight does not require a gradient")
def _(weight, one, two):
    w = weight.clone()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    loss.backward()
    return w.grad


@right("05.3")
def _(weight, one, two):
    z = one @ weight
    length = z.norm(dim=1, keepdim=True)
    u, v = z / length, F.normalize(two @ weight, dim=1)
    along = torch.einsum("be,be->b", u, v)[:, None] * u
    return torch.einsum("bd,be->de", one, (along - v) / length) / one.shape[0]


@right("05.3")
def _(weight, one, two):
    target = two @ weight.detach()
    return torch.func.grad(lambda w: -F.cosine_similarity(one @ w, target, dim=1).mean())(weight.detach())


@right("05.3")
def _(weight, one, two):
    total = torch.zeros_like(weight)
    for x, y in zip(one, two):
        w = weight.detach().clone().requires_grad_()
        with torch.no_grad():
            fixed = y @ w
        a = x @ w
        (-(a @ fixed) / (a.norm() * fixed.norm())).backward()
        total = total + w.grad
    return total / len(one)


@right("05.3")
def _(weight, one, two):
    layer = torch.nn.Linear(*weight.shape, bias=False, device=weight.device, dtype=weight.dtype)
    layer.weight.data = weight.detach().T.clone()
    distance = (F.normalize(layer(one), dim=-1) - F.normalize(layer(two), dim=-1).detach()).square().sum(-1)
    (distance / 2).mean().backward()  # 1 less the cosine: the same slope
    return layer.weight.grad.T


# 05.4: update_momentum(teacher, student, momentum)


@wrong("05.4", "teacher and student are exchanged: the share `momentum` is the student's")
def _(teacher, student, momentum):
    return [(1 - momentum) * t + momentum * s for t, s in zip(teacher, student)]


@wrong("05.4", "lerp with the momentum: the teacher goes that far towards the student")
def _(teacher, student, momentum):
    return [torch.lerp(t, s, momentum) for t, s in zip(teacher, student)]


@wrong("05.4", "the given weights of the teacher are changed in place")
def _(teacher, student, momentum):
    for t, s in zip(teacher, student):
        t.mul_(momentum).add_(s, alpha=1 - momentum)
    return teacher


@wrong("05.4", "the teacher's list is given new tensors, so the given list changes")
def _(teacher, student, momentum):
    for i in range(len(teacher)):
        teacher[i] = momentum * teacher[i] + (1 - momentum) * student[i]
    return teacher


@wrong("05.4", "changes the teacher in place and returns nothing")
def _(teacher, student, momentum):
    with torch.no_grad():
        for t, s in zip(teacher, student):
            t.copy_(momentum * t + (1 - momentum) * s)


@wrong("05.4", "the student comes in whole: 1 - momentum is missing")
def _(teacher, student, momentum):
    return [momentum * t + s for t, s in zip(teacher, student)]


@wrong("05.4", "the teacher stays whole: it is not multiplied by the momentum")
def _(teacher, student, momentum):
    return [t + (1 - momentum) * s for t, s in zip(teacher, student)]


@wrong("05.4", "returns within the loop: the first layer only")
def _(teacher, student, momentum):
    new = []
    for t, s in zip(teacher, student):
        new.append(momentum * t + (1 - momentum) * s)
        return new


@wrong("05.4", "two lists put one after the other in place of sums: twice as many layers")
def _(teacher, student, momentum):
    return [momentum * t for t in teacher] + [(1 - momentum) * s for s in student]


@wrong("05.4", "the last layer only: each round of the loop puts a new one in place of the last")
def _(teacher, student, momentum):
    for t, s in zip(teacher, student):
        new = momentum * t + (1 - momentum) * s
    return [new]


@wrong("05.4", "a fixed share of 0.99 in place of the given one")
def _(teacher, student, momentum):
    m = 0.99
    return [m * t + (1 - m) * s for t, s in zip(teacher, student)]


@wrong("05.4", "the student's share is taken off in place of added")
def _(teacher, student, momentum):
    return [momentum * t - (1 - momentum) * s for t, s in zip(teacher, student)]


@wrong("05.4", "a typo: both shares are of the teacher, so the student is not used")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * t for t, s in zip(teacher, student)]


@wrong("05.4", "momentum as an optimizer has it: the whole difference is added")
def _(teacher, student, momentum):
    return [momentum * t + (s - t) for t, s in zip(teacher, student)]


@wrong("05.4", "the mean of both in place of a share")
def _(teacher, student, momentum):
    return [(t + s) / 2 for t, s in zip(teacher, student)]


@wrong("05.4", "only matrices follow: biases stay the teacher's")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * s if t.dim() > 1 else t for t, s in zip(teacher, student)]


@wrong("05.4", "a generator in place of a list: it can be read only once")
def _(teacher, student, momentum):
    return (momentum * t + (1 - momentum) * s for t, s in zip(teacher, student))


@wrong("05.4", "raises: a list cannot be multiplied by a float")
def _(teacher, student, momentum):
    return momentum * teacher + (1 - momentum) * student


@right("05.4")
def _(teacher, student, momentum):
    shares = teacher[0].new_tensor([momentum, 1 - momentum])
    return [torch.tensordot(shares, torch.stack([t, s]), dims=1) for t, s in zip(teacher, student)]


@right("05.4")
def _(teacher, student, momentum):
    return list(map(lambda t, s: s + momentum * (t - s), teacher, student))


@right("05.4")
def _(teacher, student, momentum):
    new = [t.clone() for t in teacher]
    for n, s in zip(new, student):
        n *= momentum
        n += (1 - momentum) * s
    return new


@right("05.4")
def _(teacher, student, momentum):
    return list(torch._foreach_add(torch._foreach_mul(teacher, momentum), torch._foreach_mul(student, 1 - momentum)))


# 05.5: pair_loss(student, teacher, center, blunt, sharp)


@wrong("05.5", "the center is not taken off")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax(teacher / sharp, dim=1)
    return -(p * F.log_softmax(student / blunt, dim=1)).sum(1).mean()


@wrong("05.5", "the center is added in place of taken off")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher + center) / sharp, dim=1)
    return -(p * F.log_softmax(student / blunt, dim=1)).sum(1).mean()


@wrong("05.5", "the center is taken off after the division by the temperature")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax(teacher / sharp - center, dim=1)
    return -(p * F.log_softmax(student / blunt, dim=1)).sum(1).mean()


@wrong("05.5", "the center is taken off the student's scores too")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    return -(p * F.log_softmax((student - center) / blunt, dim=1)).sum(1).mean()


@wrong("05.5", "the batch's own mean in place of the given center")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - teacher.mean(0)) / sharp, dim=1)
    return -(p * F.log_softmax(student / blunt, dim=1)).sum(1).mean()


@wrong("05.5", "the two temperatures are exchanged")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / blunt, dim=1)
    return -(p * F.log_softmax(student / sharp, dim=1)).sum(1).mean()


@wrong("05.5", "the student's temperature is not used")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    return F.cross_entropy(student, p)


@wrong("05.5", "the student's temperature for both")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / blunt, dim=1)
    return F.cross_entropy(student / blunt, p)


@wrong("05.5", "scores are multiplied by the temperatures in place of divided")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) * sharp, dim=1)
    return F.cross_entropy(student * blunt, p)


@wrong("05.5", "a mean over the groups as well: K times too small")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    return -(p * F.log_softmax(student / blunt, dim=1)).mean()


@wrong("05.5", "a sum over the pictures in place of the mean")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    return -(p * F.log_softmax(student / blunt, dim=1)).sum()


@wrong("05.5", "the minus is missing")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    return (p * F.log_softmax(student / blunt, dim=1)).sum(1).mean()


@wrong("05.5", "the roles are exchanged: the logarithm is of the teacher's answer")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax(student / blunt, dim=1)
    return -(p * F.log_softmax((teacher - center) / sharp, dim=1)).sum(1).mean()


@wrong("05.5", "softmax over the pictures in place of the groups")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=0)
    return -(p * F.log_softmax(student / blunt, dim=0)).sum(1).mean()


@wrong("05.5", "the teacher's surest group as a label in place of its whole answer")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher - center) / sharp).argmax(1))


@wrong("05.5", "softmax before cross_entropy, which takes another one")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    return F.cross_entropy(F.softmax(student / blunt, dim=1), p)


@wrong("05.5", "the Kullback-Leibler divergence: the teacher's own entropy is taken off")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    return F.kl_div(F.log_softmax(student / blunt, dim=1), p, reduction="batchmean")


@wrong("05.5", "an epsilon inside the logarithm: groups that the student gives next to nothing cost too little")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher - center) / sharp, dim=1)
    q = F.softmax(student / blunt, dim=1)
    return -(p * torch.log(q + 1e-6)).sum(1).mean()


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(-1)
    s = student / blunt
    return (s.logsumexp(-1) - torch.einsum("bk,bk->b", p, s)).mean()


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    losses = []
    for s, t in zip(student, teacher):
        answer = torch.softmax((t - center) / sharp, dim=0)
        losses.append(-answer @ torch.log_softmax(s / blunt, dim=0))
    return torch.stack(losses).mean()


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    with torch.no_grad():
        p = torch.exp(F.log_softmax((teacher - center[None, :]) / sharp, dim=1))
    surprise = torch.logsumexp(student / blunt, dim=1, keepdim=True) - student / blunt
    return (p * surprise).sum() / student.shape[0]


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    p = torch.nn.Softmax(dim=1)(torch.sub(teacher, center).div(sharp)).detach()
    return torch.nn.CrossEntropyLoss()(student.div(blunt), p)
