# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 04 as students give them: right ones, and wrong ones with what is wrong."""

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# 04.1: triplet(anchor, positive, negative, margin)


@wrong("04.1", "squared distances: the root is missing")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).square().sum(1)
    far = (anchor - negative).square().sum(1)
    return F.relu(near - far + margin).mean()


@wrong("04.1", "no maximum with 0: easy triplets count as negative losses")
def _(anchor, positive, negative, margin):
    return ((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "the maximum with 0 is taken after the mean, so easy triplets make up for hard ones")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).norm(dim=1).mean()
    far = (anchor - negative).norm(dim=1).mean()
    return F.relu(near - far + margin)


@wrong("04.1", "sum over the batch in place of the mean")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).sum()


@wrong("04.1", "the margin is taken off in place of added")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) - margin).mean()


@wrong("04.1", "positive and negative are exchanged: it wants the negative to be nearer")
def _(anchor, positive, negative, margin):
    d_pos = (anchor - positive).norm(dim=1)
    d_neg = (anchor - negative).norm(dim=1)
    return F.relu(d_neg - d_pos + margin).mean()


@wrong("04.1", "the margin stands outside the maximum")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1)).mean() + margin


@wrong("04.1", "norms along the batch in place of along the numbers of an embedding")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=0) - (anchor - negative).norm(dim=0) + margin).mean()


@wrong("04.1", "one norm for the whole batch in place of one for each row")
def _(anchor, positive, negative, margin):
    return F.relu(torch.norm(anchor - positive) - torch.norm(anchor - negative) + margin)


@wrong("04.1", "sums of absolute differences in place of the Euclidean norm")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).abs().sum(1)
    far = (anchor - negative).abs().sum(1)
    return (near - far + margin).clamp(min=0).mean()


@wrong("04.1", "the root of the mean of squares, not of their sum: distances are too small by the root of D")
def _(anchor, positive, negative, margin):
    near = (anchor - positive).square().mean(1).sqrt()
    far = (anchor - negative).square().mean(1).sqrt()
    return (near - far + margin).clamp(min=0).mean()


@wrong("04.1", "the negative's distance is measured from the positive, not from the anchor")
def _(anchor, positive, negative, margin):
    return F.relu((anchor - positive).norm(dim=1) - (positive - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "PyTorch's loss with its own margin of 1 in place of the given one")
def _(anchor, positive, negative, margin):
    return F.triplet_margin_loss(anchor, positive, negative)


@wrong("04.1", "distances of directions: embeddings are brought to length 1, which nobody asked for")
def _(anchor, positive, negative, margin):
    anchor, positive, negative = (F.normalize(x, dim=1) for x in (anchor, positive, negative))
    return F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin).mean()


@wrong("04.1", "the mean over those triplets only whose loss is not 0")
def _(anchor, positive, negative, margin):
    losses = F.relu((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin)
    return losses[losses > 0].mean()


@wrong("04.1", "built from Python numbers: no gradient flows to the embeddings")
def _(anchor, positive, negative, margin):
    total = 0.0
    for a, p, n in zip(anchor, positive, negative):
        total += max(0.0, (a - p).norm().item() - (a - n).norm().item() + margin)
    return torch.tensor(total / len(anchor))


@wrong("04.1", "one loss for each triplet in place of their mean")
def _(anchor, positive, negative, margin):
    return torch.clamp(torch.norm(anchor - positive, dim=1) - torch.norm(anchor - negative, dim=1) + margin, min=0)


@wrong("04.1", "raises: torch.max of a number and a tensor")
def _(anchor, positive, negative, margin):
    difference = (anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1)
    return torch.max(0, difference + margin).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    losses = []
    for a, p, n in zip(anchor, positive, negative):
        gap = torch.dist(a, p) - torch.dist(a, n) + margin
        losses.append(torch.maximum(gap, torch.zeros_like(gap)))
    return sum(losses) / len(losses)


@right("04.1")
def _(anchor, positive, negative, margin):
    near, far = torch.linalg.vector_norm(anchor - torch.stack([positive, negative]), dim=-1)
    gap = near - far + margin
    return torch.where(gap > 0, gap, 0.0).mean()


@right("04.1")
def _(anchor, positive, negative, margin):
    gap = (positive - anchor).norm(dim=-1, keepdim=True) - (negative - anchor).norm(dim=-1, keepdim=True) + margin
    return (gap * (gap > 0)).sum() / anchor.shape[0]


@right("04.1")
def _(anchor, positive, negative, margin):
    gap = margin + F.pairwise_distance(anchor, positive, eps=0) - F.pairwise_distance(anchor, negative, eps=0)
    return ((gap + gap.abs()) / 2).mean()


# 04.2: contrast_views(z1, z2, temperature)


@wrong("04.2", "a view is compared with itself too: the diagonal is not taken out")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    targets = torch.arange(len(z), device=z.device).roll(len(z1))
    return F.cross_entropy(z @ z.T / temperature, targets)


@wrong("04.2", "the diagonal is set to 0 before the softmax, so a view still counts itself with e to the 0")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = z @ z.T / temperature
    sim = sim * (1 - torch.eye(2 * B, device=z.device))
    targets = torch.cat([torch.arange(B, 2 * B), torch.arange(B)]).to(z.device)
    return F.cross_entropy(sim, targets)


@wrong("04.2", "the diagonal is masked with -1e-9, a typo for -1e9")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(2 * B, dtype=torch.bool, device=z.device), -1e-9)
    return F.cross_entropy(sim, torch.arange(2 * B, device=z.device).roll(B))


@wrong("04.2", "embeddings are not brought to length 1")
def _(z1, z2, temperature):
    z = torch.cat([z1, z2])
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, torch.arange(len(z), device=z.device).roll(len(z1)))


@wrong("04.2", "normalized along the batch: columns have length 1, not rows")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=0)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, torch.arange(len(z), device=z.device).roll(len(z1)))


@wrong("04.2", "CLIP's loss: other views of the same side are missing from the sum")
def _(z1, z2, temperature):
    z1, z2 = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    logits = z1 @ z2.T / temperature
    targets = torch.arange(len(z1), device=z1.device)
    return (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets)) / 2


@wrong("04.2", "only the first views look for their partners")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(2 * B, dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim[:B], torch.arange(B, 2 * B, device=z.device))


@wrong("04.2", "cosines are multiplied by the temperature in place of divided")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T * temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, torch.arange(len(z), device=z.device).roll(len(z1)))


@wrong("04.2", "the partner is missing from the denominator")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = z @ z.T / temperature
    partner = torch.arange(2 * B, device=z.device).roll(B)
    rows = torch.arange(2 * B, device=z.device)
    positive = sim[rows, partner]
    mask = torch.eye(2 * B, dtype=torch.bool, device=z.device)
    mask[rows, partner] = True
    return (sim.masked_fill(mask, float("-inf")).logsumexp(1) - positive).mean()


@wrong("04.2", "summed over the views in place of the mean")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, torch.arange(len(z), device=z.device).roll(len(z1)), reduction="sum")


@wrong("04.2", "the sum over all 2B views is divided by B, the number of pictures")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(2 * B, dtype=torch.bool, device=z.device), float("-inf"))
    first = F.cross_entropy(sim[:B], torch.arange(B, 2 * B, device=z.device))
    second = F.cross_entropy(sim[B:], torch.arange(B, device=z.device))
    return first + second


@wrong(
    "04.2",
    "partners are taken to be neighboring rows, 0 and 1, 2 and 3, but the views are stacked one list after the other",
)
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    i = torch.arange(len(z), device=z.device)
    return F.cross_entropy(sim, i + 1 - 2 * (i % 2))


@wrong("04.2", "softmax before cross_entropy, which takes another one")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim.softmax(dim=1), torch.arange(len(z), device=z.device).roll(len(z1)))


@wrong("04.2", "the temperature is not used")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, torch.arange(len(z), device=z.device).roll(len(z1)))


@wrong("04.2", "the partner is always three rows on: right for a batch of three pictures only")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, (torch.arange(len(z), device=z.device) + 3) % len(z))


@wrong("04.2", "the mean of the others stands under the fraction in place of their sum")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    e = torch.exp(z @ z.T / temperature)
    off = ~torch.eye(2 * B, dtype=torch.bool, device=z.device)
    below = e[off].reshape(2 * B, 2 * B - 1).mean(1)
    above = torch.exp((z * z.roll(B, 0)).sum(1) / temperature)
    return -torch.log(above / below).mean()


@wrong("04.2", "the second views are detached: no gradient flows to z2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2.detach()]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, torch.arange(len(z), device=z.device).roll(len(z1)))


@wrong("04.2", "raises: the lists are joined side by side, so there are only B rows, and targets beyond them")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2], dim=1), dim=1)
    sim = z @ z.T / temperature
    sim = sim.masked_fill(torch.eye(2 * len(z1), dtype=torch.bool, device=z.device), float("-inf"))
    return F.cross_entropy(sim, torch.arange(2 * len(z1), device=z.device).roll(len(z1)))


@right("04.2")
def _(z1, z2, temperature):
    z1, z2 = F.normalize(z1, dim=1), F.normalize(z2, dim=1)
    B = z1.shape[0]
    itself = torch.eye(B, dtype=torch.bool, device=z1.device)
    same1 = (z1 @ z1.T / temperature).masked_fill(itself, -torch.inf)
    same2 = (z2 @ z2.T / temperature).masked_fill(itself, -torch.inf)
    cross = z1 @ z2.T / temperature
    i = torch.arange(B, device=z1.device)
    first = F.cross_entropy(torch.cat([cross, same1], dim=1), i)
    second = F.cross_entropy(torch.cat([cross.T, same2], dim=1), i)
    return (first + second) / 2


@right("04.2")
def _(z1, z2, temperature):
    z = torch.cat([z1, z2])
    n = len(z)
    losses = []
    for i in range(n):
        others = [k for k in range(n) if k != i]
        scores = F.cosine_similarity(z[i : i + 1], z[others], dim=1) / temperature
        partner = others.index((i + n // 2) % n)
        losses.append(scores.logsumexp(0) - scores[partner])
    return torch.stack(losses).mean()


@right("04.2")
def _(z1, z2, temperature):
    B = len(z1)
    z = F.normalize(torch.stack([z1, z2], dim=1).flatten(0, 1), dim=1)  # views 0 and 1 are partners, 2 and 3
    logits = z @ z.T / temperature - 1e6 * torch.eye(2 * B, device=z.device)
    i = torch.arange(2 * B, device=z.device)
    return -logits.log_softmax(1)[i, i ^ 1].mean()


@right("04.2")
def _(z1, z2, temperature):
    z = F.normalize(torch.cat([z1, z2]), dim=1)
    n = len(z)
    # the diagonal falls away when the flattened table, less its last number, is cut into rows of n + 1
    others = (z @ z.T).flatten()[1:].view(n - 1, n + 1)[:, :-1].reshape(n, n - 1) / temperature
    pulls = torch.einsum("id,id->i", z, torch.roll(z, n // 2, dims=0)) / temperature
    return (torch.logsumexp(others, 1) - pulls).mean()


# 04.3: evenness(z)


@wrong("04.3", "pairs of a row with itself are counted too")
def _(z):
    return torch.cdist(z, z).square().mul(-2).exp().mean().log()


@wrong("04.3", "distances are not squared")
def _(z):
    return torch.pdist(z).mul(-2).exp().mean().log()


@wrong("04.3", "logarithm and mean are exchanged, so that only the mean of -2 d² is left")
def _(z):
    return torch.pdist(z).pow(2).mul(-2).exp().log().mean()


@wrong("04.3", "the logarithm is missing")
def _(z):
    return torch.exp(-2 * torch.pdist(z) ** 2).mean()


@wrong("04.3", "the factor 2 is missing")
def _(z):
    return torch.exp(-(torch.pdist(z) ** 2)).mean().log()


@wrong("04.3", "each pair is counted once, but the sum is divided by N (N - 1)")
def _(z):
    N = len(z)
    return (torch.exp(-2 * torch.pdist(z) ** 2).sum() / (N * (N - 1))).log()


@wrong("04.3", "the diagonal is set to 0, and still the sum is divided by N²")
def _(z):
    e = torch.exp(-2 * (2 - 2 * z @ z.T))
    e = e * (1 - torch.eye(len(z), device=z.device))
    return e.mean().log()


@wrong("04.3", "1 - cosine is taken for the squared distance, which is twice as much")
def _(z):
    off = ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    d2 = 1 - z @ z.T
    return torch.exp(-2 * d2[off]).mean().log()


@wrong("04.3", "cosines in place of squared distances")
def _(z):
    off = ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    return torch.exp(-2 * (z @ z.T)[off]).mean().log()


@wrong("04.3", "sum in place of the mean")
def _(z):
    return torch.exp(-2 * torch.pdist(z).square()).sum().log()


@wrong("04.3", "only neighboring rows are compared")
def _(z):
    d2 = (z[1:] - z[:-1]).square().sum(1)
    return torch.exp(-2 * d2).mean().log()


@wrong("04.3", "the upper triangle with the diagonal in it: each row counts as a pair with itself")
def _(z):
    i, j = torch.triu_indices(len(z), len(z))
    d2 = (z[i] - z[j]).square().sum(1)
    return torch.exp(-2 * d2).mean().log()


@wrong("04.3", "a Python number in place of a tensor of shape ()")
def _(z):
    return torch.exp(-2 * torch.pdist(z).square()).mean().log().item()


@wrong("04.3", "the logarithm is taken for each row, and the mean after it")
def _(z):
    N = len(z)
    off = ~torch.eye(N, dtype=torch.bool, device=z.device)
    e = torch.exp(-2 * (2 - 2 * z @ z.T))[off].reshape(N, N - 1)
    return e.mean(1).log().mean()


@wrong("04.3", "the mean over the D numbers in place of the sum: squared distances are D times too small")
def _(z):
    i, j = torch.triu_indices(len(z), len(z), 1)
    d2 = (z[i] - z[j]).square().mean(1)
    return torch.exp(-2 * d2).mean().log()


@wrong(
    "04.3", "pairs at distance 0 are left out, also those of two different rows that are the same: nan after a collapse"
)
def _(z):
    d2 = (z[:, None] - z[None]).square().sum(-1)
    return torch.exp(-2 * d2[d2 > 0]).mean().log()


@wrong("04.3", "the minus is lost: far pairs count most")
def _(z):
    return torch.exp(2 * torch.pdist(z) ** 2).mean().log()


@wrong("04.3", "raises: ^ for **")
def _(z):
    return torch.exp(-2 * torch.pdist(z) ^ 2).mean().log()


@right("04.3")
def _(z):
    N = len(z)
    total = z.new_zeros(())
    for i in range(N):
        for j in range(i):
            total = total + torch.exp(-2 * (z[i] - z[j]).square().sum())
    return torch.log(2 * total / (N * (N - 1)))


@right("04.3")
def _(z):
    pairs = torch.combinations(torch.arange(len(z), device=z.device), 2)
    a, b = z[pairs].unbind(1)
    d2 = torch.einsum("pd,pd->p", a - b, a - b)
    return torch.logsumexp(-2 * d2, 0) - torch.log(torch.tensor(float(len(d2)), device=z.device))


@right("04.3")
def _(z):
    N = len(z)
    turned = [
        torch.exp(-2 * (z - z.roll(k, 0)).square().sum(1)) for k in range(1, N)
    ]  # each row with the k-th before it
    return torch.stack(turned).mean().log()


@right("04.3")
def _(z):
    N = z.shape[0]
    everything = torch.exp(-2 * (z.unsqueeze(0) - z.unsqueeze(1)).pow(2).sum(dim=2)).sum()
    return torch.log((everything - N) / (N * N - N))


# 04.4: enqueue(queue, queue_ptr, keys)


@wrong("04.4", "writes into the given queue")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    queue[(queue_ptr + torch.arange(B, device=queue.device)) % K] = keys
    return queue, (queue_ptr + B) % K


@wrong("04.4", "queue[:] is no copy but a view: the given queue changes too")
def _(queue, queue_ptr, keys):
    new = queue[:]
    for i in range(len(keys)):
        new[(queue_ptr + i) % len(queue)] = keys[i]
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "the next place does not go round")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    for i, key in enumerate(keys):
        new[(queue_ptr + i) % len(queue)] = key
    return new, queue_ptr + len(keys)


@wrong("04.4", "the next place is K, not 0, when the keys end just at the end of the queue")
def _(queue, queue_ptr, keys):
    K = len(queue)
    new = queue.clone()
    for i, key in enumerate(keys):
        new[(queue_ptr + i) % K] = key
    queue_ptr = queue_ptr + len(keys)
    if queue_ptr > K:
        queue_ptr = queue_ptr - K
    return new, queue_ptr


@wrong("04.4", "the place stays where it was")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(torch.arange(len(keys), device=queue.device) + queue_ptr) % len(queue)] = keys
    return new, queue_ptr


@wrong("04.4", "the place goes on by one, not by the number of keys")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(torch.arange(len(keys), device=queue.device) + queue_ptr) % len(queue)] = keys
    return new, (queue_ptr + 1) % len(queue)


@wrong("04.4", "keys that reach beyond the end are dropped")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    end = min(queue_ptr + len(keys), len(queue))
    new[queue_ptr:end] = keys[: end - queue_ptr]
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "after the end the first keys are written once more, in place of those that are left")
def _(queue, queue_ptr, keys):
    K, B = queue.shape[0], keys.shape[0]
    new = queue.clone()
    fits = min(B, K - queue_ptr)
    new[queue_ptr : queue_ptr + fits] = keys[:fits]
    new[: B - fits] = keys[: B - fits]
    return new, (queue_ptr + B) % K


@wrong("04.4", "keys that do not fit before the end are all written at the beginning")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    if queue_ptr + len(keys) > len(queue):
        queue_ptr = 0
    new[queue_ptr : queue_ptr + len(keys)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "the queue is shifted: the oldest rows fall out in front, and the place is not used")
def _(queue, queue_ptr, keys):
    new = torch.cat([queue[len(keys) :], keys])
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "off by one: the first key goes to the place after queue_ptr")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    for i, key in enumerate(keys, start=1):
        new[(queue_ptr + i) % len(queue)] = key
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "goes round after as many places as there are new keys, not at the end of the queue")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    for i, key in enumerate(keys):
        new[(queue_ptr + i) % len(keys)] = key
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "the remainder by K - 1: the last place is never used")
def _(queue, queue_ptr, keys):
    last = len(queue) - 1
    new = queue.clone()
    for i, key in enumerate(keys):
        new[(queue_ptr + i) % last] = key
    return new, (queue_ptr + len(keys)) % last


@wrong("04.4", "the new queue starts empty: keys that should stay become zeros")
def _(queue, queue_ptr, keys):
    new = torch.zeros_like(queue)
    new[(torch.arange(len(keys), device=queue.device) + queue_ptr) % len(queue)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "returns the queue alone, without the next place")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(torch.arange(len(keys), device=queue.device) + queue_ptr) % len(queue)] = keys
    return new


@wrong("04.4", "keys are written in reverse order")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(torch.arange(len(keys), device=queue.device) + queue_ptr) % len(queue)] = keys.flip(0)
    return new, (queue_ptr + len(keys)) % len(queue)


@wrong("04.4", "queue and place are returned in exchanged order")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[(torch.arange(len(keys), device=queue.device) + queue_ptr) % len(queue)] = keys
    return (queue_ptr + len(keys)) % len(queue), new


@wrong("04.4", "raises where the keys reach beyond the end: a slice does not go round")
def _(queue, queue_ptr, keys):
    new = queue.clone()
    new[queue_ptr : queue_ptr + len(keys)] = keys
    return new, (queue_ptr + len(keys)) % len(queue)


@right("04.4")
def _(queue, queue_ptr, keys):
    turned = queue.roll(-queue_ptr, 0)  # so that the place is the first row
    new = torch.cat([keys, turned[len(keys) :]]).roll(queue_ptr, 0)
    return new, (queue_ptr + len(keys)) % len(queue)


@right("04.4")
def _(queue, queue_ptr, keys):
    K, B = queue.shape[0], keys.shape[0]
    over = max(0, queue_ptr + B - K)
    first, rest = keys[: B - over], keys[B - over :]
    new = torch.cat([rest, queue[over:queue_ptr], first, queue[queue_ptr + B :]])
    return new, over if queue_ptr + B >= K else queue_ptr + B


@right("04.4")
def _(queue, queue_ptr, keys):
    K, B = len(queue), len(keys)
    rows = [keys[(k - queue_ptr) % K] if (k - queue_ptr) % K < B else queue[k] for k in range(K)]
    return torch.stack(rows), divmod(queue_ptr + B, K)[1]


@right("04.4")
def _(queue, queue_ptr, keys):
    at = torch.remainder(torch.arange(queue_ptr, queue_ptr + len(keys), device=queue.device), len(queue))
    return queue.index_copy(0, at, keys), (queue_ptr + keys.size(0)) % queue.size(0)
