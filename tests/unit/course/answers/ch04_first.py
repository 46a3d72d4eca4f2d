# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# ruff: noqa
"""Answers to the exercises of chapter 04 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# 04.1: the triplet loss


@right("04.1")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).norm(dim=1)
    far = (anchor - negative).norm(dim=1)
    return F.relu(near - far + margin).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    d_pos = ((anchor - positive) ** 2).sum(1).sqrt()
    d_neg = ((anchor - negative) ** 2).sum(1).sqrt()
    return torch.clamp(d_pos - d_neg + margin, min=0).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    losses = []
    for a, p, n in zip(anchor, positive, negative):
        losses.append(torch.relu(torch.dist(a, p) - torch.dist(a, n) + margin))
    return torch.stack(losses).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    gap = torch.linalg.vector_norm(anchor - positive, dim=-1) - torch.linalg.vector_norm(anchor - negative, dim=-1)
    return torch.maximum(gap + margin, torch.zeros_like(gap)).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    near = F.pairwise_distance(anchor, positive, eps=0)
    far = F.pairwise_distance(anchor, negative, eps=0)
    loss = near - far + margin
    return torch.where(loss > 0, loss, torch.zeros_like(loss)).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    p, n = positive - anchor, negative - anchor
    near, far = torch.einsum("bd,bd->b", p, p).sqrt(), torch.einsum("bd,bd->b", n, n).sqrt()
    return (near + margin - far).clamp_min(0).sum() / anchor.shape[0]


@right("04.1")
def _(anchor, positive, negative, margin):
    d = (anchor - torch.stack([positive, negative])).norm(dim=-1, keepdim=True)  # (2, B, 1)
    loss = d[0] - d[1] + margin
    return (loss * (loss > 0)).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    total = 0
    B = len(anchor)
    for i in range(B):
        loss = torch.norm(anchor[i] - positive[i]) - torch.norm(anchor[i] - negative[i]) + margin
        total = total + torch.max(loss, 0 * loss)
    return total / B


@right("04.1")
def _(anchor, positive, negative, margin):
    x = (anchor - positive).norm(2, 1) - (anchor - negative).norm(2, 1) + margin
    return ((x + x.abs()) / 2).mean()


@wrong("04.1", "compares squared distances: the root is missing")
def _(anchor, positive, negative, margin):
    near = ((anchor - positive) ** 2).sum(1)
    far = ((anchor - negative) ** 2).sum(1)
    return F.relu(near - far + margin).mean()


@wrong("04.1", "cuts at 0 after the mean, so easy triplets make up for hard ones")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).norm(dim=1)
    far = (anchor - negative).norm(dim=1)
    return F.relu((near - far + margin).mean())


@wrong("04.1", "does not cut at 0 at all")
def _(anchor, positive, negative, margin):
    return ((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "positive and negative change places")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).norm(dim=1)
    far = (anchor - negative).norm(dim=1)
    return F.relu(far - near + margin).mean()


@wrong("04.1", "takes the margin off in place of adding it")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).norm(dim=1)
    far = (anchor - negative).norm(dim=1)
    return F.relu(near - far - margin).mean()


@wrong("04.1", "forgets the margin")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1)).mean()


@wrong("04.1", "adds the margin after the cut at 0")
def _(anchor, positive, negative, margin):
    return (F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1)) + margin).mean()


@wrong("04.1", "takes norms along the batch, not along the embedding")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).norm(dim=0)
    far = (anchor - negative).norm(dim=0)
    return F.relu(near - far + margin).mean()


@wrong("04.1", "one norm for the whole batch")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm() - (anchor - negative).norm() + margin)


@wrong("04.1", "the sum over the batch, not the mean")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).sum()


@wrong("04.1", "one loss for each row, without the mean")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin)


@wrong("04.1", "the mean over those triplets only whose loss is above 0")
def _(anchor, positive, negative, margin):
    loss = (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin
    active = loss[loss > 0]
    return active.mean() if len(active) else loss.new_zeros(())


@wrong("04.1", "adds up absolute differences (the L1 distance)")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).abs().sum(1)
    far = (anchor - negative).abs().sum(1)
    return F.relu(near - far + margin).mean()


@wrong("04.1", "the root of the mean square, not of the sum of squares")
def _(anchor, positive, negative, margin):
    near = ((anchor - positive) ** 2).mean(1).sqrt()
    far = ((anchor - negative) ** 2).mean(1).sqrt()
    return F.relu(near - far + margin).mean()


@wrong("04.1", "measures the negative's distance from the positive, not from the anchor")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).norm(dim=1)
    far = (positive - negative).norm(dim=1)
    return F.relu(near - far + margin).mean()


@wrong("04.1", "differences of lengths, not lengths of differences")
def _(anchor, positive, negative, margin):
    near = (anchor.norm(dim=1) - positive.norm(dim=1)).abs()
    far = (anchor.norm(dim=1) - negative.norm(dim=1)).abs()
    return F.relu(near - far + margin).mean()


@wrong("04.1", "brings embeddings to length 1 first")
def _(anchor, positive, negative, margin):
    anchor, positive, negative = (F.normalize(x, dim=1) for x in (anchor, positive, negative))
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "cosines in place of distances")
def _(anchor, positive, negative, margin):
    near = 1 - F.cosine_similarity(anchor, positive)
    far = 1 - F.cosine_similarity(anchor, negative)
    return F.relu(near - far + margin).mean()


@wrong("04.1", "a soft bend (softplus) in place of the cut at 0")
def _(anchor, positive, negative, margin):
    return F.softplus((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "cuts at 0 from the wrong side")
def _(anchor, positive, negative, margin):
    return torch.clamp((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin, max=0).mean()


@wrong("04.1", "the absolute value in place of the cut at 0")
def _(anchor, positive, negative, margin):
    return ((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).abs().mean()


@wrong("04.1", "cuts at the margin, not at 0")
def _(anchor, positive, negative, margin):
    return torch.clamp((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1), min=margin).mean()


@wrong("04.1", "looks at the first triplet only")
def _(anchor, positive, negative, margin):
    return F.relu((anchor[0] - positive[0]).norm() - (anchor[0] - negative[0]).norm() + margin)


@wrong("04.1", "compares every anchor with every positive and negative, not row with row")
def _(anchor, positive, negative, margin):
    near = (anchor[:, None] - positive[None]).norm(dim=-1)
    far = (anchor[:, None] - negative[None]).norm(dim=-1)
    return F.relu(near - far + margin).mean()


@wrong("04.1", "lets the hardest triplet decide, the maximum over the batch")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).max()


@wrong("04.1", "the margin is fixed at 0.5, whatever is asked for")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + 0.5).mean()


@wrong("04.1", "a Python float, not a tensor of shape ()")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean().item()


@wrong("04.1", "writes the power as ^, which tensors of floats do not know")
def _(anchor, positive, negative, margin):
    near = ((anchor - positive) ^ 2).sum(1).sqrt()
    far = ((anchor - negative) ^ 2).sum(1).sqrt()
    return F.relu(near - far + margin).mean()


@wrong("04.1", "Python's max of 0 and a whole batch, which is ambiguous")
def _(anchor, positive, negative, margin):
    return max(0, (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "torch.max of a Python number and a tensor, which torch does not take")
def _(anchor, positive, negative, margin):
    return torch.max(0, (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "always 0")
def _(anchor, positive, negative, margin):
    return torch.zeros(())


# 04.2: NT-Xent


@right("04.2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = z @ z.T / temperature
    scores = scores.masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    partner = torch.arange(len(z), device=z.device).roll(len(z1))
    return F.cross_entropy(scores, partner)


@right("04.2")
def _(z1, z2, temperature):
    B = z1.shape[0]
    z = torch.cat([z1, z2])
    z = z / z.norm(dim=1, keepdim=True)
    logits = torch.einsum("id,kd->ik", z, z) / temperature
    logits = logits - torch.diag(torch.full((2 * B,), 1e9, dtype=z.dtype, device=z.device))
    positives = torch.cat([logits.diagonal(B), logits.diagonal(-B)])
    return (logits.logsumexp(1) - positives).mean()


@right("04.2")
def _(z1, z2, temperature):
    z = [F.normalize(row, dim=0) for row in (*z1, *z2)]
    total, n = 0, len(z)
    for i in range(n):
        partner = (i + n // 2) % n
        others = torch.stack([z[i] @ z[k] / temperature for k in range(n) if k != i])
        total = total + torch.logsumexp(others, 0) - z[i] @ z[partner] / temperature
    return total / n


@right("04.2")
def _(z1, z2, temperature):
    a, b = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    B = len(a)
    off = torch.eye(B, dtype=torch.bool, device=a.device)
    ab = a @ b.T / temperature
    aa = (a @ a.T / temperature).masked_fill(off, -torch.inf)
    bb = (b @ b.T / temperature).masked_fill(off, -torch.inf)
    t = torch.arange(B, device=a.device)
    return (F.cross_entropy(torch.cat([ab, aa], 1), t) + F.cross_entropy(torch.cat([ab.T, bb], 1), t)) / 2


@right("04.2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat((z1, z2), dim=0), dim=-1)
    n = z.shape[0]
    s = z.mm(z.t()) / temperature
    s.fill_diagonal_(-torch.inf)
    logp = F.log_softmax(s, dim=1)
    i = torch.arange(n)
    return -logp[i, (i + n // 2) % n].mean()


@right("04.2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    n = len(z)
    keep = ~torch.eye(n, dtype=torch.bool, device=z.device)
    others = (z @ z.T / temperature)[keep].view(n, n - 1)  # without itself
    B = n // 2
    target = torch.cat([torch.arange(B) + B - 1, torch.arange(B)]).to(z.device)
    return F.cross_entropy(others, target)


@right("04.2")
def _(z1, z2, temperature):
    z = F.normalize(torch.stack([z1, z2], 1).flatten(0, 1), dim=1)  # partners side by side
    s = z @ z.T / temperature + torch.diag(torch.full((len(z),), -torch.inf, dtype=z.dtype, device=z.device))
    return F.cross_entropy(s, torch.arange(len(z), device=z.device) ^ 1)


@right("04.2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    cos = F.cosine_similarity(z[:, None], z[None], dim=-1)
    shifted = (cos - 1) / temperature
    weights = shifted.exp() * (1 - torch.eye(len(z), dtype=z.dtype, device=z.device))
    pull = (F.cosine_similarity(z1, z2) - 1) / temperature
    return weights.sum(1).log().mean() - pull.mean()


@right("04.2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    similarity = z @ z.T
    mask = torch.eye(2 * len(z1), device=z.device).bool()
    similarity = torch.where(mask, torch.full_like(similarity, -1e4), similarity) / temperature
    partner = torch.cat([torch.arange(len(z1)) + len(z1), torch.arange(len(z1))]).to(z.device)
    each = F.cross_entropy(similarity, partner, reduction="none")
    return each.sum() / (2 * len(z1))


@wrong("04.2", "does not bring embeddings to length 1")
def _(z1, z2, temperature):
    z = torch.cat([z1, z2])
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "the view itself is left in the sum")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    return F.cross_entropy(z @ z.T / temperature, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "the partner is missing from the denominator")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    n, B = len(z), len(z1)
    s = z @ z.T / temperature
    i = torch.arange(n)
    j = i.roll(B)
    negatives = s.clone()
    negatives[i, i] = -torch.inf
    negatives[i, j] = -torch.inf
    return (negatives.logsumexp(1) - s[i, j]).mean()


@wrong("04.2", "multiplies by the temperature in place of dividing")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T * temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "forgets the temperature")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "first views look among second views only, and second views never ask")
def _(z1, z2, temperature):
    a, b = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    return F.cross_entropy(a @ b.T / temperature, torch.arange(len(a)))


@wrong("04.2", "CLIP's loss: the other views of the same list are missing from the sum")
def _(z1, z2, temperature):
    a, b = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    s = a @ b.T / temperature
    t = torch.arange(len(a))
    return (F.cross_entropy(s, t) + F.cross_entropy(s.T, t)) / 2


@wrong("04.2", "the mean over the first views only")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores[:B], torch.arange(B) + B)


@wrong("04.2", "the sum over views, not the mean")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)), reduction="sum")


@wrong("04.2", "divides by B where there are 2B views")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)), reduction="sum") / len(z1)


@wrong("04.2", "normalizes along the batch, not along the embedding")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=0)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "takes neighboring rows of the list for partners (0 and 1, 2 and 3)")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)) ^ 1)


@wrong("04.2", "the partner's place is one too far")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    n = len(z)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, (torch.arange(n) + n // 2 + 1) % n)


@wrong("04.2", "puts 0 where a view meets itself: e to the 0 still counts as 1")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(0)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "gives a view itself the score −1 / τ, which still counts")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T).fill_diagonal_(-1) / temperature
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "takes a cosine of −2 for itself, which still counts at high temperatures")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    cosines = (z @ z.T).fill_diagonal_(-2)
    return F.cross_entropy(cosines / temperature, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "a softmax before cross_entropy, which makes one itself")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores.softmax(1), torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "divides by the root of the temperature")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature**0.5).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "divides both factors by the temperature, so by its square")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1) / temperature
    scores = (z @ z.T).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "divides by the temperature before bringing to length 1, where it is lost again")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]) / temperature, dim=1)
    scores = (z @ z.T).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "minus the squared distance in place of the cosine, which halves the temperature")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (-(z[:, None] - z[None]).square().sum(-1) / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "the minus sign is missing")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    logp = (z @ z.T / temperature).fill_diagonal_(-torch.inf).log_softmax(1)
    i = torch.arange(len(z))
    return logp[i, i.roll(len(z1))].mean()


@wrong("04.2", "a logarithm to base 2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    p = (z @ z.T / temperature).fill_diagonal_(-torch.inf).softmax(1)
    i = torch.arange(len(z))
    return -p[i, i.roll(len(z1))].log2().mean()


@wrong("04.2", "the mean in place of the sum in the denominator")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    s = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    i = torch.arange(len(z))
    return (s.logsumexp(1) - math.log(len(z) - 1) - s[i, i.roll(len(z1))]).mean()


@wrong("04.2", "the logarithm of the mean share, not the mean of the logarithms")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    p = (z @ z.T / temperature).fill_diagonal_(-torch.inf).softmax(1)
    i = torch.arange(len(z))
    return -p[i, i.roll(len(z1))].mean().log()


@wrong("04.2", "brings only the first views to length 1")
def _(z1, z2, temperature):
    z = torch.cat([F.normalize(z1, dim=1), z2])
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "places of partners written down for three pictures only")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.tensor([3, 4, 5, 0, 1, 2]))


@wrong("04.2", "a Python float, not a tensor of shape ()")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1))).item()


@wrong("04.2", "one loss for each view, without the mean")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)), reduction="none")


@wrong("04.2", "the temperature is fixed at 0.5, whatever is asked for")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / 0.5).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "brings the given embeddings to length 1 in place, which changes the input")
def _(z1, z2, temperature):
    z1 /= z1.norm(dim=1, keepdim=True)
    z2 /= z2.norm(dim=1, keepdim=True)
    z = torch.cat([z1, z2])
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "puts the two views beside each other, not below, so that tables do not fit the targets")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2], dim=1), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(2 * len(z1)).roll(len(z1)))


@wrong("04.2", "calls cat on two tensors without a list, which is an error")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat(z1, z2), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "misspells normalize, which is an error")
def _(z1, z2, temperature):
    z = F.normalise(torch.cat([z1, z2]), dim=1)
    scores = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z1)))


@wrong("04.2", "always the loss of a blind guess, whatever the embeddings are")
def _(z1, z2, temperature):
    return torch.tensor(math.log(2 * len(z1) - 1)) + 0 * (z1.sum() + z2.sum())


# 04.3: uniformity


@right("04.3")
def _(z):
    return F.pdist(z).square().mul(-2).exp().mean().log()


@right("04.3")
def _(z):
    d2 = (z[:, None] - z[None]).square().sum(-1)
    off = ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    return torch.exp(-2 * d2[off]).mean().log()


@right("04.3")
def _(z):
    cosines = z @ z.T
    i, j = torch.triu_indices(len(z), len(z), 1)
    return (-2 * (2 - 2 * cosines[i, j])).exp().mean().log()


@right("04.3")
def _(z):
    N = len(z)
    total = 0
    for i in range(N):
        for j in range(N):
            if i != j:
                total = total + torch.exp(-2 * ((z[i] - z[j]) ** 2).sum())
    return torch.log(total / (N * (N - 1)))


@right("04.3")
def _(z):
    n = z.shape[0]
    d2 = ((z.unsqueeze(1) - z.unsqueeze(0)) ** 2).sum(dim=2)
    e = (-2 * d2).exp()
    return (2 * e.triu(1).sum() / (n**2 - n)).log()


@right("04.3")
def _(z):
    pairs = torch.combinations(torch.arange(len(z), device=z.device))
    d = (z[pairs[:, 0]] - z[pairs[:, 1]]).norm(dim=1)
    return torch.logsumexp(-2 * d**2, dim=0) - math.log(len(pairs))


@right("04.3")
def _(z):
    gram = torch.einsum("id,jd->ij", z, z)
    scores = (4 * gram - 4).masked_fill(torch.eye(len(z), device=z.device).bool(), -torch.inf)
    return scores.flatten().logsumexp(0) - math.log(len(z) * (len(z) - 1))


@right("04.3")
def _(z):
    values = [torch.exp(-2 * torch.dist(z[i], z[j]) ** 2) for i in range(len(z)) for j in range(i)]
    return sum(values).div(len(values)).log()


@right("04.3")
def _(z):
    # each row against the list moved on by 1, 2, …: that is every pair, twice
    moved = torch.stack([z.roll(s, 0) for s in range(1, len(z))])
    return torch.log(torch.mean(torch.exp(-2.0 * torch.sum((z - moved) ** 2, dim=-1))))


@wrong("04.3", "each row is paired with itself too")
def _(z):
    return (z[:, None] - z[None]).square().sum(-1).mul(-2).exp().mean().log()


@wrong("04.3", "the mean of the logarithms, not the logarithm of the mean")
def _(z):
    return F.pdist(z).square().mul(-2).exp().log().mean()


@wrong("04.3", "the logarithm is missing")
def _(z):
    return F.pdist(z).square().mul(-2).exp().mean()


@wrong("04.3", "the factor 2 is missing")
def _(z):
    return F.pdist(z).square().neg().exp().mean().log()


@wrong("04.3", "the distance is not squared")
def _(z):
    return (-2 * F.pdist(z)).exp().mean().log()


@wrong("04.3", "the minus sign in the exponent is missing")
def _(z):
    return (2 * F.pdist(z).square()).exp().mean().log()


@wrong("04.3", "1 − cosine in place of the squared distance, which is twice that")
def _(z):
    i, j = torch.triu_indices(len(z), len(z), 1)
    return (-2 * (1 - (z @ z.T)[i, j])).exp().mean().log()


@wrong("04.3", "cosines in place of squared distances")
def _(z):
    i, j = torch.triu_indices(len(z), len(z), 1)
    return (-2 * (z @ z.T)[i, j]).exp().mean().log()


@wrong("04.3", "the sum over pairs, not the mean")
def _(z):
    return F.pdist(z).square().mul(-2).exp().sum().log()


@wrong("04.3", "leaves the diagonal out of the sum, and yet divides by N²")
def _(z):
    e = (z[:, None] - z[None]).square().sum(-1).mul(-2).exp()
    off = 1 - torch.eye(len(z))
    return (e * off).mean().log()


@wrong("04.3", "counts each pair once, and divides as if it were counted twice")
def _(z):
    N = len(z)
    return (F.pdist(z).square().mul(-2).exp().sum() / (N * (N - 1))).log()


@wrong("04.3", "the upper triangle with the diagonal")
def _(z):
    e = (z[:, None] - z[None]).square().sum(-1).mul(-2).exp()
    i, j = torch.triu_indices(len(z), len(z))
    return e[i, j].mean().log()


@wrong("04.3", "the mean over the whole table after triu, so over zeros as well")
def _(z):
    e = (z[:, None] - z[None]).square().sum(-1).mul(-2).exp()
    return e.triu(1).mean().log()


@wrong("04.3", "only pairs of rows that follow each other")
def _(z):
    return (z[1:] - z[:-1]).square().sum(1).mul(-2).exp().mean().log()


@wrong("04.3", "only pairs with the first row")
def _(z):
    return (z[1:] - z[0]).square().sum(1).mul(-2).exp().mean().log()


@wrong("04.3", "a logarithm to base 10")
def _(z):
    return F.pdist(z).square().mul(-2).exp().mean().log10()


@wrong("04.3", "a logarithm to base 2")
def _(z):
    return F.pdist(z).square().mul(-2).exp().mean().log2()


@wrong("04.3", "log1p, the logarithm of one more")
def _(z):
    return F.pdist(z).square().mul(-2).exp().mean().log1p()


@wrong("04.3", "adds up absolute differences (the L1 distance)")
def _(z):
    return F.pdist(z, p=1).square().mul(-2).exp().mean().log()


@wrong("04.3", "the mean over the numbers of the embedding, not the sum, in the squared distance")
def _(z):
    i, j = torch.triu_indices(len(z), len(z), 1)
    return (z[i] - z[j]).square().mean(1).mul(-2).exp().mean().log()


@wrong("04.3", "compares columns, not rows")
def _(z):
    return F.pdist(z.T.contiguous()).square().mul(-2).exp().mean().log()


@wrong("04.3", "squares the mean distance")
def _(z):
    return F.pdist(z).mean().square().mul(-2).exp().log()


@wrong("04.3", "leaves out all pairs at distance 0, not only a row with itself: nan if all are the same")
def _(z):
    d2 = (z[:, None] - z[None]).square().sum(-1)
    return torch.exp(-2 * d2[d2 > 0]).mean().log()


@wrong("04.3", "the sign is turned: high where embeddings lie evenly")
def _(z):
    return -F.pdist(z).square().mul(-2).exp().mean().log()


@wrong("04.3", "the factor 2 stands before the logarithm, not in the exponent")
def _(z):
    return 2 * F.pdist(z).square().neg().exp().mean().log()


@wrong("04.3", "squares −2 along with the distance")
def _(z):
    return (-2 * F.pdist(z)).square().neg().exp().mean().log()


@wrong("04.3", "a Python float, not a tensor")
def _(z):
    return math.log(F.pdist(z).square().mul(-2).exp().mean().item())


@wrong("04.3", "one number for each row, not one for all")
def _(z):
    e = (z[:, None] - z[None]).square().sum(-1).mul(-2).exp()
    return ((e.sum(1) - 1) / (len(z) - 1)).log()


@wrong("04.3", "the mean of the rows' logarithms, not the logarithm of the mean over all pairs")
def _(z):
    e = (z[:, None] - z[None]).square().sum(-1).mul(-2).exp()
    return ((e.sum(1) - 1) / (len(z) - 1)).log().mean()


@wrong("04.3", "a small number inside the logarithm that is not small beside e to the −4")
def _(z):
    return (F.pdist(z).square().mul(-2).exp().mean() + 0.01).log()


@wrong("04.3", "writes the power as ^, which tensors of floats do not know")
def _(z):
    return torch.exp(-2 * F.pdist(z) ^ 2).mean().log()


@wrong("04.3", "math.exp of a whole tensor, which is an error")
def _(z):
    d = F.pdist(z)
    return math.log(math.exp(-2 * d**2).mean())


@wrong("04.3", "always −4, the value at right angles")
def _(z):
    return torch.tensor(-4.0)


# 04.4: the queue


@right("04.4")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    queue = queue.clone()
    queue[(queue_ptr + torch.arange(B)) % K] = keys
    return queue, (queue_ptr + B) % K


@right("04.4")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    for i in range(keys.shape[0]):
        new[queue_ptr] = keys[i]
        queue_ptr = (queue_ptr + 1) % queue.shape[0]
    return new, queue_ptr


@right("04.4")
def _(queue, queue_ptr, keys):
    K = len(queue)
    turned = queue.roll(-queue_ptr, 0)  # the oldest first
    turned = torch.cat([keys, turned[len(keys) :]])
    return turned.roll(queue_ptr, 0), (queue_ptr + len(keys)) % K


@right("04.4")
def _(queue, queue_ptr, keys):
    K, B = queue.size(0), keys.size(0)
    room = min(B, K - queue_ptr)
    new = queue.clone()
    new[queue_ptr : queue_ptr + room] = keys[:room]
    new[: B - room] = keys[room:]
    end = queue_ptr + B
    return new, end if end < K else end - K


@right("04.4")
def _(queue, queue_ptr, keys):
    rows = list(queue)
    for i, key in enumerate(keys):
        rows[(queue_ptr + i) % len(rows)] = key
    return torch.stack(rows), (queue_ptr + len(keys)) % len(rows)


@right("04.4")
def _(queue, queue_ptr, keys):
    places = torch.remainder(torch.arange(queue_ptr, queue_ptr + len(keys)), len(queue)).to(queue.device)
    return queue.index_copy(0, places, keys), (queue_ptr + len(keys)) % len(queue)


@right("04.4")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    end = queue_ptr + B
    if end <= K:
        new = torch.cat([queue[:queue_ptr], keys, queue[end:]])
    else:
        over = end - K
        new = torch.cat([keys[B - over :], queue[over:queue_ptr], keys[: B - over]])
    return new, end % K


@right("04.4")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    age = (torch.arange(K, device=queue.device) - queue_ptr) % K  # which new key a place gets, if there is one
    return torch.where((age < B)[:, None], keys[age.clamp(max=B - 1)], queue), (queue_ptr + B) % K


@right("04.4")
def _(queue, queue_ptr, keys):
    K, D = queue.shape
    twice = torch.cat([queue, queue])
    twice[queue_ptr : queue_ptr + len(keys)] = keys
    beyond = max(0, queue_ptr + len(keys) - K)
    return torch.cat([twice[K : K + beyond], twice[beyond:K]]), (queue_ptr + len(keys)) % K


@wrong("04.4", "changes the given queue")
def _(queue, queue_ptr, keys):
    queue[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return queue, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "queue[:] is the same memory, so the given queue is changed")
def _(queue, queue_ptr, keys):
    new = queue[:]
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "detach shares memory, so the given queue is changed")
def _(queue, queue_ptr, keys):
    new = queue.detach()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "does not go round: fails if keys reach beyond the end")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[queue_ptr : queue_ptr + len(keys)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "keys that reach beyond the end are dropped")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    end = min(queue_ptr + len(keys), len(queue))
    new[queue_ptr:end] = keys[: end - queue_ptr]
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "starts at the beginning if not all keys fit before the end")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    if queue_ptr + len(keys) > len(queue):
        queue_ptr = 0
    new[queue_ptr : queue_ptr + len(keys)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "the next place does not go round")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, queue_ptr + len(keys)


@wrong("04.4", "the next place is K, not 0, when the last key just fits")
def _(queue, queue_ptr, keys):
    K = len(queue)
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % K] = keys
    end = queue_ptr + len(keys)
    return new, end - K if end > K else end


@wrong("04.4", "the next place is set to 0 whenever the end is passed")
def _(queue, queue_ptr, keys):
    K = len(queue)
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % K] = keys
    end = queue_ptr + len(keys)
    return new, 0 if end >= K else end


@wrong("04.4", "the next place is that of the last key, not the one behind it")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys) - 1) % len(queue)


@wrong("04.4", "the next place is one too far")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys) + 1) % len(queue)


@wrong("04.4", "moves on by one place, not by the number of keys")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + 1) % len(queue)


@wrong("04.4", "gives back the old place")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, queue_ptr


@wrong("04.4", "the next place goes round at B, not at K")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(keys)


@wrong("04.4", "the next place goes round at D, the length of a key")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % queue.shape[1]


@wrong("04.4", "goes round at K − 1, so the last place is never written")
def _(queue, queue_ptr, keys):
    K = len(queue)
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % (K - 1)] = keys
    return new, (queue_ptr + len(keys)) % K


@wrong("04.4", "writes from the place after queue_ptr on")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + 1 + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "always writes from place 0 on")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[: len(keys)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "writes backwards from queue_ptr")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr - torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "writes the keys in turned order")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys.flip(0)
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "at the beginning goes on with the first keys again, not with those that are left")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    new = queue.clone()
    room = min(B, K - queue_ptr)
    new[queue_ptr : queue_ptr + room] = keys[:room]
    new[: B - room] = keys[: B - room]
    return new, (queue_ptr + B) % K


@wrong("04.4", "writes the last keys at the end, and the first ones at the beginning")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    new = queue.clone()
    room = min(B, K - queue_ptr)
    new[queue_ptr : queue_ptr + room] = keys[B - room :]
    new[: B - room] = keys[: B - room]
    return new, (queue_ptr + B) % K


@wrong("04.4", "appends and cuts the front off, so that keys change their places")
def _(queue, queue_ptr, keys):
    K = len(queue)
    return torch.cat([queue, keys])[-K:], (queue_ptr + len(keys)) % K


@wrong("04.4", "puts the new keys in front and pushes all others on")
def _(queue, queue_ptr, keys):
    K = len(queue)
    return torch.cat([keys, queue])[:K], (queue_ptr + len(keys)) % K


@wrong("04.4", "inserts the keys, so that the queue grows")
def _(queue, queue_ptr, keys):
    new = torch.cat([queue[:queue_ptr], keys, queue[queue_ptr:]])
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "the old keys are gone: begins with zeros")
def _(queue, queue_ptr, keys):
    new = torch.zeros_like(queue)
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "adds new keys to old ones")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] += keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "writes the first key only")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[queue_ptr] = keys[0]
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "the pair is turned round: the place first, then the queue")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return (queue_ptr + len(keys)) % len(queue), new


@wrong("04.4", "gives back the queue only")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new


@wrong("04.4", "fails when the last key just fits, since keys[-0:] is all of them")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    new = queue.clone()
    over = queue_ptr + B - K
    if over < 0:
        new[queue_ptr : queue_ptr + B] = keys
    else:
        new[queue_ptr:] = keys[: B - over]
        new[:over] = keys[-over:]
    return new, (queue_ptr + B) % K


@wrong("04.4", "drops the key at the seam: one too few before the end")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    new = queue.clone()
    for i in range(B):
        place = queue_ptr + i
        if place < K - 1:
            new[place] = keys[i]
        elif place >= K:
            new[place - K] = keys[i]
    return new, (queue_ptr + B) % K


@wrong("04.4", "takes copies as lists have them: tensors have no copy, which is an error")
def _(queue, queue_ptr, keys):
    new = queue.copy()
    new[(queue_ptr + torch.arange(len(keys))) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "append is no method of a tensor, which is an error")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    for key in keys:
        new.append(key)
    return new[-len(queue) :], (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "changes nothing: the queue as it was")
def _(queue, queue_ptr, keys):
    return queue.clone(), (queue_ptr + len(keys)) % len(queue)
