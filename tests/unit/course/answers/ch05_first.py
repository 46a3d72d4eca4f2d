# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportUndefinedVariable=false
# ruff: noqa
"""Answers to the exercises of chapter 05 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# 05.1: the effective rank


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.exp(-torch.xlogy(p, p).sum()).item()


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    p = p[p > 0]
    return math.exp(-(p * p.log()).sum().item())


@right("05.1")
def _(z):
    p = F.normalize(torch.linalg.svdvals(z), p=1, dim=0)
    return float(torch.special.entr(p).sum().exp())


@right("05.1")
def _(z):
    s = torch.linalg.svd(z, full_matrices=False).S
    p = s / s.sum()
    return float((-(p * p.clamp_min(1e-30).log()).sum()).exp())


@right("05.1")
def _(z):
    singular_values = torch.linalg.svdvals(z).tolist()
    total = sum(singular_values)
    entropy = 0.0
    for s in singular_values:
        if s > 0:
            entropy -= s / total * math.log(s / total)
    return math.exp(entropy)


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z.T)  # the same ones
    p = s / s.sum()
    return 2 ** -float((p * (p + 1e-20).log2()).sum())


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    total = s.sum()
    # entropy = ln(total) − Σ s ln(s) / total
    return float(total / torch.exp(torch.special.xlogy(s, s).sum() / total))


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    p = torch.einsum("k,->k", s, 1 / s.sum())
    terms = torch.where(p > 0, -p * torch.log(torch.where(p > 0, p, torch.ones_like(p))), torch.zeros_like(p))
    return terms.sum().exp().item()


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.prod(p**-p).item()


@wrong("05.1", "the entropy itself, not e to it")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return -torch.xlogy(p, p).sum().item()


@wrong("05.1", "the minus sign is missing, which gives 1 / rank")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.xlogy(p, p).sum().exp().item()


@wrong("05.1", "nan where a singular value is 0: 0 times the logarithm of 0")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return math.exp(-(p * p.log()).sum().item())


@wrong("05.1", "shares of the squared singular values")
def _(z):
    s = torch.linalg.svdvals(z) ** 2
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "eigenvalues of the table zᵀz, which are the squares of the singular values")
def _(z):
    values = torch.linalg.eigvalsh(z.T @ z).clamp(min=0)
    p = values / values.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "takes the mean off, which was not asked for")
def _(z):
    s = torch.linalg.svdvals(z - z.mean(0))
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "brings the rows to length 1, which was not asked for")
def _(z):
    s = torch.linalg.svdvals(F.normalize(z, dim=1))
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "standardizes the columns, which was not asked for")
def _(z):
    s = torch.linalg.svdvals((z - z.mean(0)) / (z.std(0) + 1e-6))
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "a softmax of the singular values in place of their shares")
def _(z):
    p = torch.linalg.svdvals(z).softmax(0)
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "does not turn the singular values into shares")
def _(z):
    s = torch.linalg.svdvals(z)
    return torch.special.entr(s).sum().exp().item()


@wrong("05.1", "divides by the largest singular value, not by the sum")
def _(z):
    s = torch.linalg.svdvals(z)
    return torch.special.entr(s / s.max()).sum().exp().item()


@wrong("05.1", "divides by the length of the list of singular values (the root of the sum of squares)")
def _(z):
    s = torch.linalg.svdvals(z)
    return torch.special.entr(s / s.norm()).sum().exp().item()


@wrong("05.1", "e to an entropy in bits")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return math.exp(torch.special.entr(p).sum().item() / math.log(2))


@wrong("05.1", "2 to an entropy in nats")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return 2 ** torch.special.entr(p).sum().item()


@wrong("05.1", "the mean of the terms of the entropy, not their sum")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.special.entr(p).mean().exp().item()


@wrong("05.1", "e to each term, and then the sum")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.special.entr(p).exp().sum().item()


@wrong("05.1", "the algebraic rank, which counts every direction that is not exactly 0")
def _(z):
    return float(torch.linalg.matrix_rank(z))


@wrong("05.1", "counts the singular values above a hundredth of the largest")
def _(z):
    s = torch.linalg.svdvals(z)
    return float((s > 0.01 * s.max()).sum())


@wrong("05.1", "another measure: the square of the sum over the sum of squares")
def _(z):
    s = torch.linalg.svdvals(z)
    return (s.sum() ** 2 / (s**2).sum()).item()


@wrong("05.1", "one over the sum of squared shares, another measure (of order 2)")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return 1 / p.square().sum().item()


@wrong("05.1", "the logarithm of 1 + p in place of that of p")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return math.exp(-(p * p.log1p()).sum().item())


@wrong("05.1", "a small number inside the logarithm that is not small beside a share")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return math.exp(-(p * (p + 0.01).log()).sum().item())


@wrong("05.1", "a small number beside the sum that is not small if all is nearly collapsed")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / (s.sum() + 1e-3)
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "drops the singular values below 0.001, although only shares should count")
def _(z):
    s = torch.linalg.svdvals(z)
    s = s[s > 1e-3]
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "rounds to a whole number")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return float(round(torch.special.entr(p).sum().exp().item()))


@wrong("05.1", "the entropy as a share of the highest possible one")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.special.entr(p).sum().item() / math.log(len(p))


@wrong("05.1", "deviations of the columns in place of singular values")
def _(z):
    s = z.std(0)
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "leaves the strongest direction out")
def _(z):
    s = torch.linalg.svdvals(z)[1:]
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@right("05.1")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return torch.special.entr(p).sum().exp()


@wrong("05.1", "takes eigenvalues of z itself, which only a square table has")
def _(z):
    s = torch.linalg.eigvals(z).abs()
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "math.log of a whole tensor, which is an error")
def _(z):
    s = torch.linalg.svdvals(z)
    p = s / s.sum()
    return math.exp(-sum(p * math.log(p)))


@wrong("05.1", "svdvals is not a function of torch itself, which is an error")
def _(z):
    s = torch.svdvals(z)
    p = s / s.sum()
    return torch.special.entr(p).sum().exp().item()


@wrong("05.1", "always the number of columns")
def _(z):
    return float(z.shape[1])


# 05.2: VICReg's terms


@right("05.2")
def _(z):
    B, D = z.shape
    centered = z - z.mean(0)
    cov = centered.T @ centered / (B - 1)
    variance = F.relu(1 - (cov.diagonal() + 1e-4).sqrt()).mean()
    off = ~torch.eye(D, dtype=torch.bool, device=z.device)
    return variance, cov[off].square().sum() / D


@right("05.2")
def _(z):
    D = z.shape[1]
    v = torch.clamp(1 - torch.sqrt(z.var(dim=0) + 0.0001), min=0).mean()
    cov = torch.cov(z.T)
    c = (cov.pow(2).sum() - cov.diagonal().pow(2).sum()) / D
    return v, c


@right("05.2")
def _(z):
    B, D = z.shape
    mean = z.sum(0) / B
    v, c = 0, 0
    for i in range(D):
        x = z[:, i] - mean[i]
        std = ((x * x).sum() / (B - 1) + 1e-4) ** 0.5
        v = v + torch.relu(1 - std) / D
        for j in range(D):
            if j != i:
                c = c + ((x * (z[:, j] - mean[j])).sum() / (B - 1)) ** 2 / D
    return v, c


@right("05.2")
def _(z):
    x = z - z.mean(dim=0, keepdim=True)
    cov = torch.einsum("bi,bj->ij", x, x) / (len(z) - 1)
    std = (z.var(0, unbiased=True) + 1e-4).sqrt()
    v = torch.where(std < 1, 1 - std, torch.zeros_like(std)).sum() / len(std)
    return v, 2 * cov.triu(1).square().sum() / z.shape[1]


@right("05.2")
def _(z):
    n, d = z.size()
    std = torch.sqrt(torch.var(z, dim=0, correction=1) + 1e-4)
    z = z - z.mean(0)
    cov = (z.transpose(0, 1) @ z) / (n - 1)
    no_diagonal = cov * (1 - torch.eye(d, dtype=z.dtype, device=z.device))
    return torch.mean(F.relu(1 - std)), torch.sum(no_diagonal**2) / d


@right("05.2")
def _(z):
    cov = torch.cov(z.T)
    var = torch.diagonal(cov)
    gap = 1 - (var + 1e-4).sqrt()
    cov = cov - torch.diag(var)
    return ((gap + gap.abs()) / 2).mean(), cov.square().sum(1).mean()


@right("05.2")
def _(z):
    B, D = z.shape
    cov = torch.cov(z.T, correction=1)
    rest = cov.masked_fill(torch.eye(D, device=z.device).bool(), 0)
    var = z.square().mean(0) - z.mean(0).square()
    return (1 - (var.clamp_min(0) * B / (B - 1) + 1e-4).sqrt()).clamp_min(0).mean(), (rest * rest).sum() / D


@right("05.2")
def _(z):
    D = z.shape[1]
    x = (z - z.mean(0)) / math.sqrt(len(z) - 1)
    variance = x.square().sum(0)
    i, j = torch.triu_indices(D, D, offset=1)
    pairs = (x[:, i] * x[:, j]).sum(0)
    return F.threshold(1 - (variance + 1e-4).sqrt(), 0, 0).mean(), 2 * pairs.square().sum() / D


@right("05.2")
def _(z):
    eps = 1e-4
    columns = z.unbind(1)
    moved = [c - c.mean() for c in columns]
    table = torch.stack([torch.stack([(a * b).sum() for b in moved]) for a in moved]) / (len(z) - 1)
    v = sum(F.relu(1 - torch.sqrt(table[k, k] + eps)) for k in range(len(table))) / len(table)
    c = (table.square() - torch.diag(table.diagonal().square())).sum() / len(table)
    return v, c


@wrong("05.2", "ε is missing under the root")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - z.var(0).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "ε is added to the deviation, outside the root")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.std(0) + 1e-4)).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "ε is squared, as if it stood on the deviation")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4**2).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "the root is missing: compares the variance with 1")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4)).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "does not cut at 0: large deviations are rewarded")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return (1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "cuts at 0 after the mean")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt().mean()), cov[off].square().sum() / len(cov)


@wrong("05.2", "the sign in the hinge is turned: punishes deviations above 1")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu((z.var(0) + 1e-4).sqrt() - 1).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "squares the hinge")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).square().mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "the variance term is a sum over the numbers, not their mean")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).sum(), cov[off].square().sum() / len(cov)


@wrong("05.2", "the biased variance: divides by B")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0, correction=0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "the biased covariance: divides by B")
def _(z):
    x = z - z.mean(0)
    cov = x.T @ x / len(z)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "variances along each embedding, not over the batch")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(1) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "one variance for all numbers together")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var() + 1e-4).sqrt()), cov[off].square().sum() / len(cov)


@wrong("05.2", "the diagonal is left in the covariance term")
def _(z):
    cov = torch.cov(z.T)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov.square().sum() / len(cov)


@wrong("05.2", "each pair is counted once")
def _(z):
    cov = torch.cov(z.T)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov.triu(1).square().sum() / len(cov)


@wrong("05.2", "covariances are not squared, so that signs cancel")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].sum() / len(cov)


@wrong("05.2", "absolute covariances, not squared ones")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].abs().sum() / len(cov)


@wrong("05.2", "the square of the sum of covariances, not the sum of squares")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].sum().square() / len(cov)


@wrong("05.2", "the mean of the squared covariances: divides by D (D − 1), not by D")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().mean()


@wrong("05.2", "divides the covariance term by D²")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / cov.numel()


@wrong("05.2", "the covariance term is not divided by D")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum()


@wrong("05.2", "divides the covariance term by B, the number of pictures, not by D")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(z)


@wrong("05.2", "does not take the mean off before the covariance")
def _(z):
    cov = z.T @ z / (len(z) - 1)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "takes the mean of each embedding off, not that of the batch")
def _(z):
    x = z - z.mean(1, keepdim=True)
    cov = x.T @ x / (len(z) - 1)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "correlations in place of covariances")
def _(z):
    cor = torch.corrcoef(z.T)
    off = ~torch.eye(len(cor), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cor[off].square().sum() / len(cor)


@wrong("05.2", "covariances of pictures, not of numbers: cov wants variables in rows")
def _(z):
    cov = torch.cov(z)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / z.shape[1]


@wrong("05.2", "takes the list of variances off every row of the table, not only off the diagonal")
def _(z):
    cov = torch.cov(z.T)
    cov = cov - cov.diagonal()
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov.square().sum() / len(cov)


@wrong("05.2", "takes 1 off the diagonal, as if every variance were 1")
def _(z):
    cov = torch.cov(z.T)
    rest = cov - torch.eye(len(cov))
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), rest.square().sum() / len(cov)


@wrong("05.2", "only neighboring numbers are compared")
def _(z):
    cov = torch.cov(z.T)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), 2 * cov.diagonal(1).square().sum() / len(cov)


@wrong("05.2", "the two terms change places")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return cov[off].square().sum() / len(cov), F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean()


@wrong("05.2", "adds the two terms up, in place of returning both")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean() + cov[off].square().sum() / len(cov)


@wrong("05.2", "takes the mean off the given tensor in place, which changes the input")
def _(z):
    D = z.shape[1]
    v = F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean()
    z -= z.mean(0)
    cov = z.T @ z / (len(z) - 1)
    off = ~torch.eye(D, dtype=torch.bool)
    return v, cov[off].square().sum() / D


@wrong("05.2", "multiplies the terms by the weights of the loss already")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return 25 * F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "Python floats, not tensors of shape ()")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean().item(), (cov[off].square().sum() / len(cov)).item()


@wrong("05.2", "one variance term for each number, without the mean")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()), cov[off].square().sum() / len(cov)


@wrong("05.2", "forgets to transpose: matrix sizes fit only if B is D")
def _(z):
    x = z - z.mean(0)
    cov = x @ x / (len(z) - 1)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "writes the power as ^, which tensors of floats do not know")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov), dtype=torch.bool)
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), (cov[off] ^ 2).sum() / len(cov)


@wrong("05.2", "turns a table of floats round with ~, which is an error")
def _(z):
    cov = torch.cov(z.T)
    off = ~torch.eye(len(cov))
    return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean(), cov[off].square().sum() / len(cov)


@wrong("05.2", "always 0 and 0")
def _(z):
    return z.new_zeros(()), z.new_zeros(())


# 05.3: the slope with a target that stands still


@right("05.3")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach(), dim=1).mean()
    return torch.autograd.grad(loss, w)[0]


@right("05.3")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, two @ weight.detach()).mean()
    (grad,) = torch.autograd.grad(loss, w)
    return grad


@right("05.3")
def _(weight, one, two):
    w = weight.detach().clone().requires_grad_(True)
    with torch.no_grad():
        target = F.normalize(two @ w, dim=1)
    loss = -(F.normalize(one @ w, dim=1) * target).sum(1).mean()
    loss.backward()
    return w.grad


@right("05.3")
def _(weight, one, two):
    # by hand: the slope of −cos(a, b) with respect to a is (cos · â − b̂) / |a|
    a, b = one @ weight, two @ weight
    length = a.norm(dim=1, keepdim=True)
    a_hat, b_hat = a / length, b / b.norm(dim=1, keepdim=True)
    cos = (a_hat * b_hat).sum(1, keepdim=True)
    return one.T @ ((cos * a_hat - b_hat) / length) / len(one)


@right("05.3")
def _(weight, one, two):
    target = (two @ weight).detach()

    def loss(w):
        return -F.cosine_similarity(one @ w, target, dim=-1).mean()

    return torch.func.grad(loss)(weight)


@right("05.3")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    total = 0
    for x, y in zip(one, two):
        a, b = x @ w, (y @ w).detach()
        total = total - (a @ b) / (a.norm() * b.norm())
    return torch.autograd.grad(total / len(one), w)[0]


@right("05.3")
def _(weight, one, two):
    moving, still = weight.clone().requires_grad_(), weight.clone().detach()
    a = torch.einsum("bd,de->be", one, moving)
    b = torch.einsum("bd,de->be", two, still)
    cos = torch.einsum("be,be->b", a, b) / (a.square().sum(1) * b.square().sum(1)).sqrt()
    return torch.autograd.grad(cos.sum().neg().div(len(one)), [moving])[0]


@right("05.3")
def _(weight, one, two):
    grads = []
    for x, y in zip(one, two):
        a, b = x @ weight, y @ weight
        u, v = a / a.norm(), b / b.norm()
        g = -(v - (u @ v) * u) / a.norm()
        grads.append(torch.outer(x, g))
    return torch.stack(grads).mean(0)


@right("05.3")
def _(weight, one, two):
    w = torch.nn.Parameter(weight.detach().clone())
    a, b = F.normalize(one @ w, dim=-1), F.normalize(two @ w, dim=-1).detach()
    # for length 1: −cos = |a − b|² / 2 − 1
    ((a - b).pow(2).sum(-1) / 2 - 1).mean().backward()
    return w.grad.clone()


@wrong("05.3", "both embeddings move")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, two @ w).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "half the slope with both moving, which is not the slope with one standing still")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, two @ w).mean()
    return torch.autograd.grad(loss, w)[0] / 2


@wrong("05.3", "the first embedding stands still in place of the second")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity((one @ w).detach(), two @ w).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the minus sign is missing")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the sum over the pictures, not the mean")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).sum()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "cosines along the batch, not along the embedding")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach(), dim=0).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the bare dot product, lengths are not taken out")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -(one @ w * (two @ w).detach()).sum(1).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "only the target is brought to length 1")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -(one @ w * F.normalize(two @ w, dim=1).detach()).sum(1).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "only the moving side is brought to length 1")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -(F.normalize(one @ w, dim=1) * (two @ w).detach()).sum(1).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the length of the moving embedding stands still as well")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    a, b = one @ w, (two @ w).detach()
    loss = -((a / a.norm(dim=1, keepdim=True).detach()) * (b / b.norm(dim=1, keepdim=True))).sum(1).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the cosine of the mean embeddings, not the mean of the cosines")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity((one @ w).mean(0), (two @ w).mean(0).detach(), dim=0)
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "one cosine of the two whole tables")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity((one @ w).flatten(), (two @ w).detach().flatten(), dim=0)
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the first picture only")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one[:1] @ w, (two[:1] @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the squared distance of directions, 2 − 2 cos, whose slope is twice as steep")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    a, b = F.normalize(one @ w, dim=1), F.normalize(two @ w, dim=1).detach()
    return torch.autograd.grad((a - b).square().sum(1).mean(), w)[0]


@wrong("05.3", "the mean squared difference in place of the cosine")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    return torch.autograd.grad(F.mse_loss(one @ w, (two @ w).detach()), w)[0]


@wrong("05.3", "divides by the number of all embedding numbers, not of pictures")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -(F.normalize(one @ w, dim=1) * F.normalize(two @ w, dim=1).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "takes the mean twice")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0] / len(one)


@wrong("05.3", "squares the cosine")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).square().mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "1 / 2 before each of two cosines: SimSiam's whole loss, both ways")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    z1, z2 = one @ w, two @ w
    loss = -(F.cosine_similarity(z1, z2.detach()).mean() + F.cosine_similarity(z2, z1.detach()).mean()) / 2
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "the slope lies across: (E, D)")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0].T


@wrong("05.3", "the pair that autograd.grad gives, not the tensor in it")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)


@wrong("05.3", "the loss, not its slope")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    return -F.cosine_similarity(one @ w, (two @ w).detach()).mean()


@wrong("05.3", "the slope with respect to the embeddings, not to the weight")
def _(weight, one, two):
    z = (one @ weight).detach().requires_grad_()
    loss = -F.cosine_similarity(z, (two @ weight).detach()).mean()
    return torch.autograd.grad(loss, z)[0]


@wrong("05.3", "the weight after a step, not the slope")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return weight - torch.autograd.grad(loss, w)[0]


@wrong("05.3", "collects slopes in the given weight: the second call adds to what the first has returned")
def _(weight, one, two):
    weight.requires_grad_()
    loss = -F.cosine_similarity(one @ weight, (two @ weight).detach()).mean()
    loss.backward()
    return weight.grad


@wrong("05.3", "the target is the next picture's embedding: rows are shifted")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach().roll(1, 0)).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "one view stands on both sides: the second is never used")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (one @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "every picture is compared with every other, not row with row")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    a, b = F.normalize(one @ w, dim=1), F.normalize(two @ w, dim=1).detach()
    return torch.autograd.grad(-(a @ b.T).mean(), w)[0]


@wrong("05.3", "by hand, without the part that keeps the length: only −target / length")
def _(weight, one, two):
    a, b = one @ weight, F.normalize(two @ weight, dim=1)
    return -one.T @ (b / a.norm(dim=1, keepdim=True)) / len(one)


@wrong("05.3", "by hand, with the first picture where the second belongs in the last product")
def _(weight, one, two):
    a, b = one @ weight, two @ weight
    u, v = F.normalize(a, dim=1), F.normalize(b, dim=1)
    g = ((u * v).sum(1, keepdim=True) * u - v) / a.norm(dim=1, keepdim=True)
    return two.T @ g / len(one)


@wrong("05.3", "by hand, not divided by the length of the embedding")
def _(weight, one, two):
    u, v = F.normalize(one @ weight, dim=1), F.normalize(two @ weight, dim=1)
    return one.T @ ((u * v).sum(1, keepdim=True) * u - v) / len(one)


@wrong("05.3", "the weight needs no gradient here, so torch has nothing to go back through: an error")
def _(weight, one, two):
    w = weight.clone()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "detaches both sides, so that nothing depends on the weight: an error")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity((one @ w).detach(), (two @ w).detach()).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "a slope of one number for each picture: autograd wants a single loss, an error")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach())
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "detach without its brackets: an error")
def _(weight, one, two):
    w = weight.clone().requires_grad_()
    loss = -F.cosine_similarity(one @ w, (two @ w).detach).mean()
    return torch.autograd.grad(loss, w)[0]


@wrong("05.3", "always 0")
def _(weight, one, two):
    return torch.zeros_like(weight)


# 05.4: a slow teacher


@right("05.4")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * s for t, s in zip(teacher, student)]


@right("05.4")
def _(teacher, student, momentum):
    return [t.lerp(s, 1 - momentum) for t, s in zip(teacher, student, strict=True)]


@right("05.4")
def _(teacher, student, momentum):
    new = []
    for i in range(len(teacher)):
        new.append(teacher[i] * momentum + student[i] * (1 - momentum))
    return new


@right("05.4")
def _(teacher, student, momentum):
    return [t + (1 - momentum) * (s - t) for t, s in zip(teacher, student)]


@right("05.4")
def _(teacher, student, momentum):
    rest = 1 - momentum
    return list(map(lambda t, s: t.mul(momentum).add(s, alpha=rest), teacher, student))


@right("05.4")
def _(teacher, student, momentum):
    updated = [t.clone() for t in teacher]
    for u, s in zip(updated, student):
        u.mul_(momentum).add_(s.detach() * (1 - momentum))
    return updated


@right("05.4")
def _(teacher, student, momentum):
    return [s - momentum * (s - t) for s, t in zip(student, teacher)]


@right("05.4")
def _(teacher, student, momentum):
    return [torch.lerp(s, t, momentum) for t, s in zip(teacher, student)]


@right("05.4")
def _(teacher, student, momentum):
    shares = torch.tensor([momentum, 1 - momentum])
    return [torch.einsum("k,k...->...", shares.to(t), torch.stack([t, s])) for t, s in zip(teacher, student)]


@wrong("05.4", "the shares change places: the student's gets `momentum`")
def _(teacher, student, momentum):
    return [(1 - momentum) * t + momentum * s for t, s in zip(teacher, student)]


@wrong("05.4", "lerp from the teacher by `momentum`: nearly all is the student")
def _(teacher, student, momentum):
    return [torch.lerp(t, s, momentum) for t, s in zip(teacher, student)]


@wrong("05.4", "moves from the teacher by `momentum`, not by the rest")
def _(teacher, student, momentum):
    return [t + momentum * (s - t) for t, s in zip(teacher, student)]


@wrong("05.4", "adds the whole student: weights grow")
def _(teacher, student, momentum):
    return [momentum * t + s for t, s in zip(teacher, student)]


@wrong("05.4", "keeps the whole teacher, and adds the student's share")
def _(teacher, student, momentum):
    return [t + (1 - momentum) * s for t, s in zip(teacher, student)]


@wrong("05.4", "takes the student's share off in place of adding it")
def _(teacher, student, momentum):
    return [momentum * t - (1 - momentum) * s for t, s in zip(teacher, student)]


@wrong("05.4", "moves away from the student")
def _(teacher, student, momentum):
    return [t - (1 - momentum) * (s - t) for t, s in zip(teacher, student)]


@wrong("05.4", "brackets are missing: 1 − momentum · student")
def _(teacher, student, momentum):
    return [momentum * t + 1 - momentum * s for t, s in zip(teacher, student)]


@wrong("05.4", "both shares are `momentum`")
def _(teacher, student, momentum):
    return [momentum * t + momentum * s for t, s in zip(teacher, student)]


@wrong("05.4", "both shares go to the teacher")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * t for t, s in zip(teacher, student)]


@wrong("05.4", "the mean of both, whatever `momentum` is")
def _(teacher, student, momentum):
    return [(t + s) / 2 for t, s in zip(teacher, student)]


@wrong("05.4", "a fixed momentum of 0.99")
def _(teacher, student, momentum):
    return [0.99 * t + 0.01 * s for t, s in zip(teacher, student)]


@wrong("05.4", "squares the momentum")
def _(teacher, student, momentum):
    return [momentum**2 * t + (1 - momentum**2) * s for t, s in zip(teacher, student)]


@wrong("05.4", "makes two steps in place of one")
def _(teacher, student, momentum):
    once = [momentum * t + (1 - momentum) * s for t, s in zip(teacher, student)]
    return [momentum * t + (1 - momentum) * s for t, s in zip(once, student)]


@wrong("05.4", "changes the teacher's tensors in place")
def _(teacher, student, momentum):
    for t, s in zip(teacher, student):
        t.mul_(momentum).add_((1 - momentum) * s)
    return teacher


@wrong("05.4", "*= changes the teacher's tensors, though the list is new")
def _(teacher, student, momentum):
    new = []
    for t, s in zip(teacher, student):
        t *= momentum
        t += (1 - momentum) * s
        new.append(t)
    return new


@wrong("05.4", "puts new tensors into the given list")
def _(teacher, student, momentum):
    for i, s in enumerate(student):
        teacher[i] = momentum * teacher[i] + (1 - momentum) * s
    return teacher


@wrong("05.4", "a copy of the list still holds the same tensors, which are changed")
def _(teacher, student, momentum):
    new = list(teacher)
    for t, s in zip(new, student):
        t.lerp_(s, 1 - momentum)
    return new


@wrong("05.4", "changes the student's tensors in place")
def _(teacher, student, momentum):
    return [s.mul_(1 - momentum).add_(momentum * t) for t, s in zip(teacher, student)]


@wrong("05.4", "returns inside the loop: the first layer only")
def _(teacher, student, momentum):
    for t, s in zip(teacher, student):
        return [momentum * t + (1 - momentum) * s]


@wrong("05.4", "a tensor, not a list: the first layer's")
def _(teacher, student, momentum):
    return momentum * teacher[0] + (1 - momentum) * student[0]


@wrong("05.4", "leaves the last layer out")
def _(teacher, student, momentum):
    return [momentum * teacher[i] + (1 - momentum) * student[i] for i in range(len(teacher) - 1)]


@wrong("05.4", "pairs the layers the wrong way round, from behind")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * s for t, s in zip(teacher, reversed(student))]


@wrong("05.4", "a generator, which can be gone through only once, not a list")
def _(teacher, student, momentum):
    return (momentum * t + (1 - momentum) * s for t, s in zip(teacher, student))


@wrong("05.4", "stacks layers to one tensor: fails if they differ in shape")
def _(teacher, student, momentum):
    return momentum * torch.stack(teacher) + (1 - momentum) * torch.stack(student)


@wrong("05.4", "one long flat list of weights, the shapes are lost")
def _(teacher, student, momentum):
    flat = [torch.cat([x.flatten() for x in weights]) for weights in (teacher, student)]
    return momentum * flat[0] + (1 - momentum) * flat[1]


@wrong("05.4", "every layer is moved to the mean of the student's layer, one number")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * s.mean() for t, s in zip(teacher, student)]


@wrong("05.4", "lists (biases) are copied from the student, only matrices are averaged")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * s if t.dim() > 1 else s.clone() for t, s in zip(teacher, student)]


@wrong("05.4", "lists (biases) of the teacher stay as they are, only matrices are averaged")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum) * s if t.dim() > 1 else t.clone() for t, s in zip(teacher, student)]


@wrong("05.4", "takes the whole student beside the teacher's share, and divides by 1 + momentum")
def _(teacher, student, momentum):
    return [(momentum * t + s) / (1 + momentum) for t, s in zip(teacher, student)]


@wrong("05.4", "a geometric mean of absolute weights, which loses their signs")
def _(teacher, student, momentum):
    return [t.abs() ** momentum * s.abs() ** (1 - momentum) for t, s in zip(teacher, student)]


@wrong("05.4", "lists are multiplied by a float, which is an error")
def _(teacher, student, momentum):
    return momentum * teacher + (1 - momentum) * student


@wrong("05.4", "a name that does not exist, which is an error")
def _(teacher, student, momentum):
    return [m * t + (1 - m) * s for t, s in zip(teacher, student)]


@wrong("05.4", "1 − momentum is called like a function, which is an error")
def _(teacher, student, momentum):
    return [momentum * t + (1 - momentum)(s) for t, s in zip(teacher, student)]


@wrong("05.4", "the student's weights, nothing is averaged")
def _(teacher, student, momentum):
    return [s.clone() for s in student]


@wrong("05.4", "the teacher's weights, nothing is averaged")
def _(teacher, student, momentum):
    return [t.clone() for t in teacher]


# 05.5: DINO's loss of one pair


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    target = ((teacher - center) / sharp).softmax(-1)
    return -(target * (student / blunt).log_softmax(-1)).sum(-1).mean()


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    target = F.softmax((teacher - center) / sharp, dim=1).detach()
    return F.cross_entropy(student / blunt, target)


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    s = student / blunt
    log_p = s - s.logsumexp(dim=1, keepdim=True)
    with torch.no_grad():
        p = torch.softmax((teacher - center[None]) / sharp, dim=1)
    return -torch.einsum("bk,bk->", p, log_p) / len(student)


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    total = 0
    for s, t in zip(student, teacher):
        p = torch.softmax((t - center) / sharp, dim=0)
        total = total - (p * torch.log_softmax(s / blunt, dim=0)).sum()
    return total / len(student)


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    p = F.softmax((teacher.detach() - center) / sharp, dim=-1)
    s = student / blunt
    # the shares of p add up to 1
    return (torch.logsumexp(s, dim=-1) - (p * s).sum(dim=-1)).mean()


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1).detach()
    entropy = torch.special.entr(p).sum(1).mean()
    return F.kl_div(F.log_softmax(student / blunt, 1), p, reduction="batchmean") + entropy


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    scores = (teacher - center).div(sharp)
    scores = scores - scores.max(dim=1, keepdim=True).values
    p = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
    log_q = torch.nn.LogSoftmax(dim=1)(student / blunt)
    return torch.bmm(p[:, None], log_q[:, :, None]).squeeze().neg().mean()


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    p = (teacher / sharp - center / sharp).softmax(1).detach()
    q = F.log_softmax(student / blunt, dim=1)
    return -(p @ q.T).trace() / student.shape[0]


@right("05.5")
def _(student, teacher, center, blunt, sharp):
    B, K = student.shape
    p = ((teacher - center.expand(B, K)) / sharp).log_softmax(1).exp()
    return -F.log_softmax(student / blunt, 1).mul(p).mean() * K


@wrong("05.5", "the center is forgotten")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, (teacher / sharp).softmax(1))


@wrong("05.5", "the center is added in place of taken off")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher + center) / sharp).softmax(1))


@wrong("05.5", "the center is taken off the student, not the teacher")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy((student - center) / blunt, (teacher / sharp).softmax(1))


@wrong("05.5", "the center is taken off both")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy((student - center) / blunt, ((teacher - center) / sharp).softmax(1))


@wrong("05.5", "the center is taken off after dividing by the temperature")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, (teacher / sharp - center).softmax(1))


@wrong("05.5", "the center is taken off the answers, behind the softmax")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, (teacher / sharp).softmax(1) - center)


@wrong("05.5", "a center of its own: this batch's mean, not the given one")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher - teacher.mean(0)) / sharp).softmax(1))


@wrong("05.5", "the mean of the center, one number, which a softmax does not see")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher - center.mean()) / sharp).softmax(1))


@wrong("05.5", "the temperatures change places")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / sharp, ((teacher - center) / blunt).softmax(1))


@wrong("05.5", "the sharp temperature for both")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / sharp, ((teacher - center) / sharp).softmax(1))


@wrong("05.5", "the blunt temperature for both")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher - center) / blunt).softmax(1))


@wrong("05.5", "multiplies by the temperatures in place of dividing")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student * blunt, ((teacher - center) * sharp).softmax(1))


@wrong("05.5", "no temperature for the student")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student, ((teacher - center) / sharp).softmax(1))


@wrong("05.5", "no temperature for the teacher")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, (teacher - center).softmax(1))


@wrong("05.5", "temperatures fixed at 0.1 and 0.04, whatever is given")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / 0.1, ((teacher - center) / 0.04).softmax(1))


@wrong("05.5", "student and teacher change places in the cross-entropy")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy((teacher - center) / sharp, (student / blunt).softmax(1))


@wrong("05.5", "the divergence (KL), without the teacher's entropy")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return F.kl_div((student / blunt).log_softmax(1), p, reduction="batchmean")


@wrong("05.5", "a softmax before cross_entropy, which makes one itself")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy((student / blunt).softmax(1), ((teacher - center) / sharp).softmax(1))


@wrong("05.5", "the teacher's scores without a softmax")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, (teacher - center) / sharp)


@wrong("05.5", "the teacher's most likely group in place of its whole answer")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, (teacher - center).argmax(1))


@wrong("05.5", "softmax over the pictures, not over the groups")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(0)
    return -(p * (student / blunt).log_softmax(0)).sum(1).mean()


@wrong("05.5", "the teacher's softmax goes over the pictures")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(0)
    return -(p * (student / blunt).log_softmax(1)).sum(1).mean()


@wrong("05.5", "the minus sign is missing")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return (p * (student / blunt).log_softmax(1)).sum(1).mean()


@wrong("05.5", "the mean over the groups too, not their sum")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p * (student / blunt).log_softmax(1)).mean()


@wrong("05.5", "the sum over the pictures, not the mean")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher - center) / sharp).softmax(1), reduction="sum")


@wrong("05.5", "one loss for each picture, without the mean")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p * (student / blunt).log_softmax(1)).sum(1)


@wrong("05.5", "the logarithm is missing")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p * (student / blunt).softmax(1)).sum(1).mean()


@wrong("05.5", "a logarithm to base 2")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p * (student / blunt).log_softmax(1)).sum(1).mean() / math.log(2)


@wrong("05.5", "the squared difference of the answers in place of the cross-entropy")
def _(student, teacher, center, blunt, sharp):
    return F.mse_loss((student / blunt).softmax(1), ((teacher - center) / sharp).softmax(1))


@wrong("05.5", "a small number inside the logarithm that is not small beside a share")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p * ((student / blunt).softmax(1) + 1e-3).log()).sum(1).mean()


@wrong("05.5", "the mean answer of the batch on either side, not picture by picture")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1).mean(0)
    return -(p * (student / blunt).log_softmax(1).mean(0)).sum()


@wrong("05.5", "the first picture only")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher[0] - center) / sharp).softmax(0)
    return -(p * (student[0] / blunt).log_softmax(0)).sum()


@wrong("05.5", "asks both ways: the teacher must say what the student says too")
def _(student, teacher, center, blunt, sharp):
    s, t = student / blunt, (teacher - center) / sharp
    return (F.cross_entropy(s, t.softmax(1)) + F.cross_entropy(t, s.softmax(1))) / 2


@wrong("05.5", "brings the scores to length 1 first")
def _(student, teacher, center, blunt, sharp):
    student, teacher = F.normalize(student, dim=1), F.normalize(teacher, dim=1)
    return F.cross_entropy(student / blunt, ((teacher - center) / sharp).softmax(1))


@wrong("05.5", "divides the student's scores in place, which changes the input")
def _(student, teacher, center, blunt, sharp):
    student /= blunt
    return F.cross_entropy(student, ((teacher - center) / sharp).softmax(1))


@wrong("05.5", "takes the center off the teacher's scores in place, which changes the input")
def _(student, teacher, center, blunt, sharp):
    teacher -= center
    return F.cross_entropy(student / blunt, (teacher / sharp).softmax(1))


@wrong("05.5", "moves the given center along with this batch, which changes the input")
def _(student, teacher, center, blunt, sharp):
    loss = F.cross_entropy(student / blunt, ((teacher - center) / sharp).softmax(1))
    center.mul_(0.9).add_(0.1 * teacher.mean(0))
    return loss


@wrong("05.5", "a Python float, not a tensor of shape ()")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher - center) / sharp).softmax(1)).item()


@wrong("05.5", "compares every picture's answer with every other's, not row with row")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p @ (student / blunt).log_softmax(1).T).mean()


@wrong("05.5", "math.log of a whole tensor, which is an error")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p * math.log((student / blunt).softmax(1))).sum(1).mean()


@wrong("05.5", "a misspelled method, which is an error")
def _(student, teacher, center, blunt, sharp):
    p = ((teacher - center) / sharp).softmax(1)
    return -(p * (student / blunt).logsoftmax(1)).sum(1).mean()


@wrong("05.5", "the center is turned to a column, which does not fit the scores")
def _(student, teacher, center, blunt, sharp):
    return F.cross_entropy(student / blunt, ((teacher - center[:, None]) / sharp).softmax(1))


@wrong("05.5", "always the loss of a teacher and a student that say all groups alike, ln K")
def _(student, teacher, center, blunt, sharp):
    return torch.tensor(math.log(student.shape[1])) + 0 * student.sum()
