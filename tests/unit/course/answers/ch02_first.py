# pyright: basic
# ruff: noqa
"""Answers to the exercises of chapter 02 as students give them: right ones, and wrong ones with what is wrong."""

import math
from collections import Counter

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# ---------------------------------------------------------------------------------------------------------------------
# 02.1 · cross-entropy
# ---------------------------------------------------------------------------------------------------------------------


@right("02.1")
def _(scores, labels):
    shifted = scores - scores.max(dim=1, keepdim=True).values
    log_sum = shifted.exp().sum(dim=1).log()
    right_scores = shifted[torch.arange(len(labels)), labels]
    return (log_sum - right_scores).mean()


@right("02.1")
def _(scores, labels):
    return (scores.logsumexp(1) - scores.gather(1, labels[:, None])[:, 0]).mean()


@right("02.1")
def _(scores, labels):
    return -scores.log_softmax(1).gather(1, labels.unsqueeze(1)).mean()


@right("02.1")
def _(scores, labels):
    truth = F.one_hot(labels, scores.shape[1])
    return -(truth * scores.log_softmax(dim=-1)).sum() / len(scores)


@right("02.1")
def _(scores, labels):
    surprises = []
    for row, label in zip(scores, labels):
        row = row - row.max()
        surprises.append(row.exp().sum().log() - row[label])
    return torch.stack(surprises).mean()


@right("02.1")
def _(scores, labels):
    total = 0
    for i in range(scores.shape[0]):
        highest = scores[i].amax().detach()
        total = total + highest + torch.log(torch.exp(scores[i] - highest).sum()) - scores[i, labels[i]]
    return total / scores.shape[0]


@right("02.1")
def _(scores, labels):
    # The surprise is ln of the sum of e to the power of how much each class is above the right one.
    ahead = scores - scores.gather(1, labels.view(-1, 1))
    return torch.logsumexp(ahead, dim=1).mean()


@right("02.1")
def _(scores, labels):
    highest = scores.amax(1, keepdim=True)
    log_p = scores - highest - (scores - highest).exp().sum(1, keepdim=True).log()
    chosen = torch.arange(scores.shape[1], device=scores.device) == labels[:, None]
    return -log_p[chosen].mean()


@right("02.1")
def _(scores, labels):
    log_p = F.log_softmax(scores, dim=1)
    return -torch.einsum("bc,bc->", log_p, F.one_hot(labels, scores.size(1)).to(log_p)) / scores.size(0)


@right("02.1")
def _(scores, labels):
    picked = torch.take_along_dim(scores, labels[:, None], dim=1).squeeze(1)
    return torch.sub(torch.logsumexp(scores, -1), picked).sum().div(labels.numel())


@wrong("02.1", "exponentials of large scores overflow: the largest score is not subtracted")
def _(scores, labels):
    p = scores.exp() / scores.exp().sum(1, keepdim=True)
    return -p[torch.arange(len(labels)), labels].log().mean()


@wrong("02.1", "takes the logarithm of a softmax that may be 0, so a sure mistake costs infinitely much")
def _(scores, labels):
    p = scores.softmax(1)
    return -p[torch.arange(len(labels)), labels].log().mean()


@wrong("02.1", "an epsilon inside the logarithm caps the surprise of a sure mistake at 18")
def _(scores, labels):
    p = scores.softmax(1)
    return -(p.gather(1, labels[:, None]) + 1e-8).log().mean()


@wrong("02.1", "clamps the probability, so a sure mistake has no slope")
def _(scores, labels):
    p = scores.softmax(1).gather(1, labels[:, None]).clamp(min=1e-7)
    return -p.log().mean()


@wrong("02.1", "subtracts the largest score of the whole batch, so a row far below it underflows")
def _(scores, labels):
    shifted = scores - scores.max()
    return (shifted.exp().sum(1).log() - shifted[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "subtracts the largest score of each column in place of each row")
def _(scores, labels):
    shifted = scores - scores.max(0).values
    return (shifted.exp().sum(1).log() - shifted[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "subtracts the largest score from the sum only, not from the right score")
def _(scores, labels):
    shifted = scores - scores.max(1, keepdim=True).values
    return (shifted.exp().sum(1).log() - scores[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "subtracts the mean of each row, which leaves exponents that overflow")
def _(scores, labels):
    shifted = scores - scores.mean(1, keepdim=True)
    return (shifted.exp().sum(1).log() - shifted[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "clamps the scores at 80 in place of subtracting the largest")
def _(scores, labels):
    safe = scores.clamp(max=80)
    return (safe.exp().sum(1).log() - safe[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "the softmax runs over the batch in place of the classes")
def _(scores, labels):
    return -scores.log_softmax(0)[torch.arange(len(labels)), labels].mean()


@wrong("02.1", "the sum of the batch in place of the mean")
def _(scores, labels):
    return (scores.logsumexp(1) - scores[torch.arange(len(labels)), labels]).sum()


@wrong("02.1", "the mean over all B · C cells of the one-hot table, which is C times too small")
def _(scores, labels):
    return -(F.one_hot(labels, scores.shape[1]) * scores.log_softmax(1)).mean()


@wrong("02.1", "the minus sign is missing")
def _(scores, labels):
    return scores.log_softmax(1)[torch.arange(len(labels)), labels].mean()


@wrong("02.1", "counts in bits: the logarithm to base 2")
def _(scores, labels):
    return -scores.log_softmax(1)[torch.arange(len(labels)), labels].mean() / math.log(2)


@wrong("02.1", "scores[:, labels] picks every label for every row")
def _(scores, labels):
    return -scores.log_softmax(1)[:, labels].mean()


@wrong("02.1", "the logarithm of the mean probability, not the mean of the logarithms")
def _(scores, labels):
    p = scores.softmax(1)[torch.arange(len(labels)), labels]
    return -p.mean().log()


@wrong("02.1", "one minus the probability: no logarithm")
def _(scores, labels):
    return (1 - scores.softmax(1)[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "one surprise for each picture: the mean is missing")
def _(scores, labels):
    return scores.logsumexp(1) - scores[torch.arange(len(labels)), labels]


@wrong("02.1", "a Python float, through which nothing can be learned")
def _(scores, labels):
    return -scores.log_softmax(1)[torch.arange(len(labels)), labels].mean().item()


@wrong("02.1", "computed in NumPy from detached scores: no gradient")
def _(scores, labels):
    s = scores.detach().cpu().numpy()
    s = s - s.max(axis=1, keepdims=True)
    import numpy as np

    loss = np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(s)), labels.cpu().numpy()]
    return torch.tensor(loss.mean())


@wrong("02.1", "the gradient does not go through the sum: other classes are not pushed down")
def _(scores, labels):
    with torch.no_grad():
        log_sum = scores.logsumexp(1)
    return (log_sum - scores[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "subtracts the largest score in place, and so changes the caller's scores")
def _(scores, labels):
    scores -= scores.detach().max(1, keepdim=True).values
    return (scores.exp().sum(1).log() - scores[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "softmax twice: probabilities are taken for scores")
def _(scores, labels):
    return F.nll_loss(scores.softmax(1).log_softmax(1), labels)


@wrong("02.1", "the softmax is missing: the mean of minus the right score alone")
def _(scores, labels):
    return -scores[torch.arange(len(labels)), labels].mean()


@wrong("02.1", "the right class is missing from the sum below")
def _(scores, labels):
    at = torch.arange(len(labels))
    others = scores.masked_fill(F.one_hot(labels, scores.shape[1]).bool(), -torch.inf)
    return (others.logsumexp(1) - scores[at, labels]).mean()


@wrong("02.1", "the first picture only")
def _(scores, labels):
    return scores[0].logsumexp(0) - scores[0, labels[0]]


@wrong("02.1", "counts the labels from 1")
def _(scores, labels):
    return -scores.log_softmax(1)[torch.arange(len(labels)), labels - 1].mean()


@wrong("02.1", "the surprise of the most likely class, not of the label")
def _(scores, labels):
    return -scores.log_softmax(1).amax(1).mean()


@wrong("02.1", "shape (1,) in place of ()")
def _(scores, labels):
    return -scores.log_softmax(1).gather(1, labels[:, None]).mean(0)


@wrong("02.1", "fits only if the largest class occurs in the batch: one_hot is not told how many classes there are")
def _(scores, labels):
    return -(F.one_hot(labels) * scores.log_softmax(1)).sum(1).mean()


@wrong("02.1", "works for four classes only")
def _(scores, labels):
    a, b, c, d = scores.log_softmax(1).unbind(1)
    return -torch.stack([a, b, c, d], 1).gather(1, labels[:, None]).mean()


@wrong("02.1", "each class asked yes or no by a sigmoid in place of one softmax for all")
def _(scores, labels):
    truth = F.one_hot(labels, scores.shape[1]).to(scores)
    return F.binary_cross_entropy_with_logits(scores, truth, reduction="sum") / len(scores)


@wrong("02.1", "a typing error: ^ in place of ** raises")
def _(scores, labels):
    p = math.e ^ scores
    p = p / p.sum(1, keepdim=True)
    return -p[torch.arange(len(labels)), labels].log().mean()


@wrong("02.1", "an attribute that tensors do not have: log_sum_exp raises")
def _(scores, labels):
    return (scores.log_sum_exp(1) - scores[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "forgets that max gives values and indices, and raises")
def _(scores, labels):
    shifted = scores - scores.max(1, keepdim=True)
    return (shifted.exp().sum(1).log() - shifted[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "calls F.cross_entropy, which the exercise forbids")
def _(scores, labels):
    return F.cross_entropy(scores, labels)


@wrong("02.1", "calls F.cross_entropy by its other name")
def _(scores, labels):
    return torch.nn.CrossEntropyLoss()(scores, labels)


# ---------------------------------------------------------------------------------------------------------------------
# 02.2 · the vote of the neighbors
# ---------------------------------------------------------------------------------------------------------------------


@right("02.2")
def _(query, gallery, labels, k):
    cosines = F.normalize(gallery, dim=1) @ F.normalize(query, dim=0)
    nearest = cosines.topk(k).indices
    return labels[nearest].bincount().argmax().item()


@right("02.2")
def _(query, gallery, labels, k):
    cosines = F.cosine_similarity(query[None], gallery, dim=1)
    votes = labels[cosines.argsort(descending=True)[:k]].tolist()
    return Counter(votes).most_common(1)[0][0]


@right("02.2")
def _(query, gallery, labels, k):
    # The length of the query is the same for all, so the order does not depend on it.
    cosines = gallery @ query / gallery.norm(dim=1)
    return int(labels[cosines.topk(k).indices].mode().values)


@right("02.2")
def _(query, gallery, labels, k):
    # Between directions, the nearest by distance is the nearest by angle.
    q, g = F.normalize(query, dim=-1), F.normalize(gallery, dim=-1)
    distances = (g - q).square().sum(1)
    votes = labels[distances.topk(k, largest=False).indices].tolist()
    return max(set(votes), key=votes.count)


@right("02.2")
def _(query, gallery, labels, k):
    found = []
    for row, label in zip(gallery, labels):
        cosine = (row * query).sum() / (row.norm() * query.norm())
        found.append((cosine.item(), label.item()))
    found.sort(key=lambda pair: pair[0], reverse=True)
    count = {}
    for _, label in found[:k]:
        count[label] = count.get(label, 0) + 1
    return max(count, key=lambda key: count[key])


@right("02.2")
def _(query, gallery, labels, k):
    cosines = torch.einsum("nd,d->n", gallery, query) / torch.linalg.vector_norm(gallery, dim=-1)
    order = sorted(range(len(cosines)), key=lambda i: -float(cosines[i]))
    kinds, counts = labels[order[:k]].unique(return_counts=True)
    return kinds[counts.argmax()].item()


@right("02.2")
def _(query, gallery, labels, k):
    unit = gallery / gallery.square().sum(1, keepdim=True).sqrt()
    nearest = (unit @ (query / query.norm())).topk(k, sorted=False).indices
    votes = F.one_hot(labels[nearest]).sum(0)
    return int(votes.argmax())


@right("02.2")
def _(query, gallery, labels, k):
    angles = torch.acos(F.cosine_similarity(gallery, query.expand_as(gallery)).clamp(-1, 1).double())
    nearest = angles.sort(stable=True).indices[:k]
    votes = [labels[i].item() for i in nearest]
    best = votes[0]
    for label in votes:
        if votes.count(label) > votes.count(best):
            best = label
    return best


@right("02.2")
def _(query, gallery, labels, k):
    cosines = (F.normalize(query[None], dim=1) @ F.normalize(gallery, dim=1).T).squeeze(0)
    voters = labels[cosines.sort(descending=True).indices[:k]]
    return max(voters.tolist(), key=lambda label: (voters == label).sum().item())


@wrong("02.2", "the dot product without normalizing: long rows of the gallery win")
def _(query, gallery, labels, k):
    return labels[(gallery @ query).topk(k).indices].bincount().argmax().item()


@wrong("02.2", "normalizes the query only")
def _(query, gallery, labels, k):
    return labels[(gallery @ F.normalize(query, dim=0)).topk(k).indices].bincount().argmax().item()


@wrong("02.2", "normalizes the columns of the gallery in place of its rows")
def _(query, gallery, labels, k):
    cosines = F.normalize(gallery, dim=0) @ F.normalize(query, dim=0)
    return labels[cosines.topk(k).indices].bincount().argmax().item()


@wrong("02.2", "divides by the length of the whole gallery, not by that of each row")
def _(query, gallery, labels, k):
    cosines = gallery @ query / (gallery.norm() * query.norm())
    return labels[cosines.topk(k).indices].bincount().argmax().item()


@wrong("02.2", "divides by the square of each length: the root is missing")
def _(query, gallery, labels, k):
    cosines = gallery @ query / gallery.square().sum(1)
    return labels[cosines.topk(k).indices].bincount().argmax().item()


@wrong("02.2", "multiplies by the lengths in place of dividing by them")
def _(query, gallery, labels, k):
    cosines = gallery @ query / query.norm() * gallery.norm(dim=1)
    return labels[cosines.topk(k).indices].bincount().argmax().item()


@wrong("02.2", "Euclidean distance in place of the cosine")
def _(query, gallery, labels, k):
    distances = (gallery - query).norm(dim=1)
    return labels[distances.topk(k, largest=False).indices].bincount().argmax().item()


@wrong("02.2", "the k farthest: sorts the cosines upward")
def _(query, gallery, labels, k):
    cosines = F.cosine_similarity(gallery, query[None])
    return labels[cosines.argsort()[:k]].bincount().argmax().item()


@wrong("02.2", "the sign of the cosine is lost: what points the opposite way counts as near")
def _(query, gallery, labels, k):
    cosines = F.cosine_similarity(gallery, query[None]).abs()
    return labels[cosines.topk(k).indices].bincount().argmax().item()


@wrong("02.2", "the nearest alone: k is not used")
def _(query, gallery, labels, k):
    return labels[F.cosine_similarity(gallery, query[None]).argmax()].item()


@wrong("02.2", "always five neighbors, whatever k is")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(min(5, len(gallery))).indices
    return labels[nearest].bincount().argmax().item()


@wrong("02.2", "leaves out the nearest, as if it were the query itself")
def _(query, gallery, labels, k):
    order = F.cosine_similarity(gallery, query[None]).argsort(descending=True)
    return labels[order[1 : k + 1]].bincount().argmax().item()


@wrong("02.2", "one neighbor too many")
def _(query, gallery, labels, k):
    order = F.cosine_similarity(gallery, query[None]).argsort(descending=True)
    return labels[order[: k + 1]].bincount().argmax().item()


@wrong("02.2", "one neighbor too few")
def _(query, gallery, labels, k):
    order = F.cosine_similarity(gallery, query[None]).argsort(descending=True)
    return labels[order[: max(1, k - 1)]].bincount().argmax().item()


@wrong("02.2", "the k-th neighbor alone, not the vote of the first k")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return labels[nearest[-1]].item()


@wrong("02.2", "the index of a neighbor in place of its label")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return nearest.mode().values.item()


@wrong("02.2", "how many voted for the winner, not who it is")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return labels[nearest].bincount().max().item()


@wrong("02.2", "the mean of the labels, rounded, as if labels were amounts")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return round(labels[nearest].float().mean().item())


@wrong("02.2", "the median of the labels, as if labels were amounts")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return labels[nearest].median().item()


@wrong("02.2", "the largest label among the neighbors: max without a key")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return max(labels[nearest].tolist())


@wrong("02.2", "votes are weighted by the cosine")
def _(query, gallery, labels, k):
    cosines, nearest = F.cosine_similarity(gallery, query[None]).topk(k)
    votes = torch.zeros(int(labels.max()) + 1).index_add(0, labels[nearest], cosines.float())
    return votes.argmax().item()


@wrong("02.2", "counts tensors, each of which is a key of its own, so the nearest always wins")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return Counter(labels[nearest]).most_common(1)[0][0].item()


@wrong("02.2", "the most frequent label of the whole gallery: the neighbors are not used")
def _(query, gallery, labels, k):
    return labels.bincount().argmax().item()


@wrong("02.2", "the position among the distinct labels in place of the label")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    kinds, counts = labels[nearest].unique(return_counts=True)
    return counts.argmax().item()


@wrong("02.2", "a label with its count in place of the label")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return Counter(labels[nearest].tolist()).most_common(1)[0]


@right("02.2")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return labels[nearest].mode().values


@wrong("02.2", "a float in place of an int")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k).indices
    return labels[nearest].float().mode().values.item()


@wrong("02.2", "normalizes in place, and so changes the caller's gallery")
def _(query, gallery, labels, k):
    gallery /= gallery.norm(dim=1, keepdim=True)
    return labels[(gallery @ query).topk(k).indices].bincount().argmax().item()


@wrong("02.2", "the label with the fewest votes among the neighbors")
def _(query, gallery, labels, k):
    votes = labels[F.cosine_similarity(gallery, query[None]).topk(k).indices].tolist()
    return Counter(votes).most_common()[-1][0]


@wrong("02.2", "wants more than half of the votes, else gives the label of the nearest")
def _(query, gallery, labels, k):
    votes = labels[F.cosine_similarity(gallery, query[None]).topk(k).indices].tolist()
    label, often = Counter(votes).most_common(1)[0]
    return label if often > k / 2 else votes[0]


@wrong("02.2", "the mean cosine with each label's pictures, not a vote of the nearest")
def _(query, gallery, labels, k):
    cosines = F.cosine_similarity(gallery, query[None])
    return max(labels.unique().tolist(), key=lambda label: cosines[labels == label].mean().item())


@wrong("02.2", "normalizes the query along an axis that it does not have, and raises")
def _(query, gallery, labels, k):
    cosines = F.normalize(gallery, dim=1) @ F.normalize(query, dim=1)
    return labels[cosines.topk(k).indices].bincount().argmax().item()


@wrong("02.2", "indexes with what topk gives, values and indices, and raises")
def _(query, gallery, labels, k):
    nearest = F.cosine_similarity(gallery, query[None]).topk(k)
    return labels[nearest].bincount().argmax().item()


@wrong("02.2", "a constant")
def _(query, gallery, labels, k):
    return 0


# ---------------------------------------------------------------------------------------------------------------------
# 02.3 · labels as paths
# ---------------------------------------------------------------------------------------------------------------------


@right("02.3")
def _(labels, finest, paths):
    level = torch.arange(paths.shape[1])
    return torch.where(level >= finest[:, None], paths[labels], -1)


@right("02.3")
def _(labels, finest, paths):
    targets = paths[labels].clone()
    for level in range(paths.shape[1]):
        targets[finest > level, level] = -1
    return targets


@right("02.3")
def _(labels, finest, paths):
    rows = []
    for label, f in zip(labels.tolist(), finest.tolist()):
        path = paths[label].tolist()
        rows.append([-1] * f + path[f:])
    return torch.tensor(rows)


@right("02.3")
def _(labels, finest, paths):
    unknown = torch.arange(paths.shape[1]).expand(len(labels), -1) < finest.unsqueeze(1)
    return paths[labels].masked_fill(unknown, -1)


@right("02.3")
def _(labels, finest, paths):
    known = (finest[:, None] <= torch.arange(paths.shape[1])).long()
    return paths[labels] * known - (1 - known)


@right("02.3")
def _(labels, finest, paths):
    out = torch.full((len(labels), paths.shape[1]), -1)
    for i in range(len(labels)):
        out[i, int(finest[i]) :] = paths[labels[i], int(finest[i]) :]
    return out


@right("02.3")
def _(labels, finest, paths):
    columns = [torch.where(finest <= k, paths[labels, k], -1) for k in range(paths.shape[1])]
    return torch.stack(columns, dim=1)


@right("02.3")
def _(labels, finest, paths):
    # One mask for each precision: a row of ones from that level upward.
    masks = torch.ones(paths.shape[1], paths.shape[1], dtype=torch.bool).triu()
    targets = paths.index_select(0, labels)
    targets[~masks[finest]] = -1
    return targets


@right("02.3")
def _(labels, finest, paths):
    targets = paths.gather(0, labels[:, None].expand(-1, paths.shape[1]))
    return (targets + 1) * (torch.arange(paths.shape[1])[None] >= finest[:, None]) - 1


@wrong("02.3", "off by one: the level that the annotator named is unknown too")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) > finest[:, None], paths[labels], -1)


@wrong("02.3", "off by one: one level finer than the annotator named stays known")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest[:, None] - 1, paths[labels], -1)


@wrong("02.3", "the wrong way round: finer levels are known, coarser ones are not")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) <= finest[:, None], paths[labels], -1)


@wrong("02.3", "only the level that was named is known, the coarser ones are not")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) == finest[:, None], paths[labels], -1)


@wrong("02.3", "only the level that was named is unknown")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) != finest[:, None], paths[labels], -1)


@wrong("02.3", "reads finest as the number of known levels, counted from the thing")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) < finest[:, None], paths[labels], -1)


@wrong("02.3", "reads finest as the number of known levels, counted from the realm")
def _(labels, finest, paths):
    levels = paths.shape[1]
    return torch.where(torch.arange(levels) >= levels - finest[:, None], paths[labels], -1)


@wrong("02.3", "0, which is a class, where nothing is known")
def _(labels, finest, paths):
    return paths[labels] * (torch.arange(paths.shape[1]) >= finest[:, None])


@wrong("02.3", "−100 in place of −1 where nothing is known")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest[:, None], paths[labels], -100)


@wrong("02.3", "nothing is masked: every level counts as known")
def _(labels, finest, paths):
    return paths[labels]


@wrong("02.3", "only the thing is masked, the family never")
def _(labels, finest, paths):
    targets = paths[labels].clone()
    targets[finest > 0, 0] = -1
    return targets


@wrong("02.3", "masks the thing or the family, not both, where only the realm is known")
def _(labels, finest, paths):
    targets = paths[labels].clone()
    targets[finest == 1, 0] = -1
    targets[finest == 2, 1] = -1
    return targets


@wrong("02.3", "a row that is named precisely loses all: [-0:] is the whole row")
def _(labels, finest, paths):
    targets = paths[labels].flip(1)
    for i, f in enumerate(finest.tolist()):
        targets[i, -f:] = -1
    return targets.flip(1)


@wrong("02.3", "the levels in the wrong order: the realm first")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest[:, None], paths[labels], -1).flip(1)


@wrong("02.3", "transposed: (levels, B)")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1])[:, None] >= finest, paths[labels].T, -1)


@wrong("02.3", "the paths of the first B things, not of the labels")
def _(labels, finest, paths):
    known = torch.arange(paths.shape[1]) >= finest[:, None]
    return torch.where(known, paths[torch.arange(len(labels)) % len(paths)], -1)


@wrong("02.3", "looks up the path of the precision in place of that of the label")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest[:, None], paths[finest], -1)


@wrong("02.3", "the thing's own number at every level")
def _(labels, finest, paths):
    known = torch.arange(paths.shape[1]) >= finest[:, None]
    return torch.where(known, labels[:, None].expand(-1, paths.shape[1]), -1)


@wrong("02.3", "one class a picture, that of the finest known level: (B,)")
def _(labels, finest, paths):
    return paths[labels, finest]


@wrong("02.3", "the precision of the first label for all of them")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest[0], paths[labels], -1)


@wrong("02.3", "floats in place of whole numbers, which no loss takes as classes")
def _(labels, finest, paths):
    targets = torch.full((len(labels), paths.shape[1]), -1.0)
    for i, f in enumerate(finest.tolist()):
        targets[i, f:] = paths[labels[i], f:].float()
    return targets


@wrong("02.3", "writes −1 into the table of paths: a row of it is a view")
def _(labels, finest, paths):
    rows = []
    for label, f in zip(labels, finest.tolist()):
        row = paths[label.item()]
        row[:f] = -1
        rows.append(row)
    return torch.stack(rows)


@wrong("02.3", "writes −1 into the caller's labels")
def _(labels, finest, paths):
    targets = torch.where(torch.arange(paths.shape[1]) >= finest[:, None], paths[labels], -1)
    labels[finest > 0] = -1
    targets[:, 0] = labels
    return targets


@wrong("02.3", "works for three levels only")
def _(labels, finest, paths):
    thing, family, realm = paths[labels].unbind(1)
    thing = torch.where(finest > 0, -1, thing)
    family = torch.where(finest > 1, -1, family)
    return torch.stack([thing, family, realm], dim=1)


@wrong("02.3", "compares level and precision without a new axis, which fits only for as many labels as levels")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest, paths[labels], -1)


@wrong("02.3", "a list of lists in place of a tensor")
def _(labels, finest, paths):
    return [[-1] * f + paths[label].tolist()[f:] for label, f in zip(labels.tolist(), finest.tolist())]


@wrong("02.3", "drops the unknown levels, so the known ones slide to the left")
def _(labels, finest, paths):
    levels = paths.shape[1]
    rows = [paths[label].tolist()[f:] for label, f in zip(labels.tolist(), finest.tolist())]
    return torch.tensor([row + [-1] * (levels - len(row)) for row in rows])


@wrong("02.3", "subtracts 1 from everything")
def _(labels, finest, paths):
    return paths[labels] * (torch.arange(paths.shape[1]) >= finest[:, None]) - 1


@wrong("02.3", "does not use the paths: guesses that five neighboring things make a family")
def _(labels, finest, paths):
    path = torch.stack([labels // 5**k for k in range(paths.shape[1])], dim=1)
    return torch.where(torch.arange(paths.shape[1]) >= finest[:, None], path, -1)


@wrong("02.3", "calls the table as if it were a function, and raises")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest[:, None], paths(labels), -1)


@wrong("02.3", "a method that tensors do not have: mask_fill raises")
def _(labels, finest, paths):
    return paths[labels].mask_fill(torch.arange(paths.shape[1]) < finest[:, None], -1)


@wrong("02.3", "a constant: nothing is ever known")
def _(labels, finest, paths):
    return torch.full((len(labels), paths.shape[1]), -1)


# ---------------------------------------------------------------------------------------------------------------------
# 02.4 · standardizing without a leak
# ---------------------------------------------------------------------------------------------------------------------


@right("02.4")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    return (known - mean) / spread, (new - mean) / spread


@right("02.4")
def _(known, new):
    spread, mean = torch.std_mean(known, dim=0, correction=0, keepdim=True)
    return tuple((x - mean) / spread for x in (known, new))


@right("02.4")
def _(known, new):
    mean = known.sum(0) / len(known)
    variance = ((known - mean) ** 2).sum(0) / len(known)
    return (known - mean) / variance.sqrt(), (new - mean) / variance.sqrt()


@right("02.4")
def _(known, new):
    variance, mean = torch.var_mean(known, 0, correction=0)
    return (known - mean) * variance.rsqrt(), (new - mean) * variance.rsqrt()


@right("02.4")
def _(known, new):
    ruler = (known.mean(dim=0, keepdim=True), known.std(dim=0, unbiased=False, keepdim=True))

    def measure(x):
        return (x - ruler[0]) / ruler[1]

    return measure(known), measure(new)


@right("02.4")
def _(known, new):
    mean, variance = known.mean(0), known.var(0, correction=0)
    return F.batch_norm(known, mean, variance, eps=0.0), F.batch_norm(new, mean, variance, eps=0.0)


@right("02.4")
def _(known, new):
    known_columns, new_columns = [], []
    for d in range(known.shape[1]):
        mean = known[:, d].mean()
        spread = (known[:, d] - mean).square().mean().sqrt()
        known_columns.append((known[:, d] - mean) / spread)
        new_columns.append((new[:, d] - mean) / spread)
    return torch.stack(known_columns, dim=1), torch.stack(new_columns, dim=1)


@right("02.4")
def _(known, new):
    both = torch.cat([known, new])
    n = len(known)
    both = (both - both[:n].mean(0)) / both[:n].std(0, correction=0)
    return both[:n], both[n:]


@right("02.4")
def _(known, new):
    centered = known - known.mean(0)
    spread = torch.linalg.vector_norm(centered, dim=0) / len(known) ** 0.5
    return centered / spread, (new - known.mean(0)).div(spread)


@wrong("02.4", "the new features are standardized by themselves")
def _(known, new):
    return tuple((x - x.mean(0)) / x.std(0, correction=0) for x in (known, new))


@wrong("02.4", "mean and spread of both sets together: the new features have a say")
def _(known, new):
    both = torch.cat([known, new])
    mean, spread = both.mean(0), both.std(0, correction=0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "the new features lose their own mean")
def _(known, new):
    spread = known.std(0, correction=0)
    return (known - known.mean(0)) / spread, (new - new.mean(0)) / spread


@wrong("02.4", "the new features are divided by their own spread")
def _(known, new):
    mean = known.mean(0)
    return (known - mean) / known.std(0, correction=0), (new - mean) / new.std(0, correction=0)


@wrong("02.4", "both sets are measured with the ruler of the new one")
def _(known, new):
    mean, spread = new.mean(0), new.std(0, correction=0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "the new features stay as they are")
def _(known, new):
    return (known - known.mean(0)) / known.std(0, correction=0), new


@wrong("02.4", "overwrites the known features first, so the new ones meet a mean of 0 and a spread of 1")
def _(known, new):
    known = (known - known.mean(0)) / known.std(0, correction=0)
    new = (new - known.mean(0)) / known.std(0, correction=0)
    return known, new


@wrong("02.4", "the spread with N − 1 below, which is the default of std")
def _(known, new):
    mean, spread = known.mean(0), known.std(0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "N − 1 below for the known set, N for the new one")
def _(known, new):
    mean = known.mean(0)
    return (known - mean) / known.std(0), (new - mean) / known.std(0, correction=0)


@wrong("02.4", "each picture by its own mean and spread: along the features in place of the pictures")
def _(known, new):
    return tuple((x - x.mean(1, keepdim=True)) / x.std(1, correction=0, keepdim=True) for x in (known, new))


@wrong("02.4", "one mean and one spread for all features together")
def _(known, new):
    mean, spread = known.mean(), known.std(correction=0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "one spread for all features together, though each has its own mean")
def _(known, new):
    mean, spread = known.mean(0), known.std(correction=0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "divides by the variance: the root is missing")
def _(known, new):
    mean, variance = known.mean(0), known.var(0, correction=0)
    return (known - mean) / variance, (new - mean) / variance


@wrong("02.4", "divides by the root of the spread: one root too many")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    return (known - mean) / spread.sqrt(), (new - mean) / spread.sqrt()


@wrong("02.4", "multiplies by the spread")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    return (known - mean) * spread, (new - mean) * spread


@wrong("02.4", "the mean is not subtracted")
def _(known, new):
    spread = known.std(0, correction=0)
    return known / spread, new / spread


@wrong("02.4", "only subtracts the mean")
def _(known, new):
    return known - known.mean(0), new - known.mean(0)


@wrong("02.4", "brackets are missing: only the mean is divided by the spread")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    return known - mean / spread, new - mean / spread


@wrong("02.4", "adds the mean in place of subtracting it")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    return (known + mean) / spread, (new + mean) / spread


@wrong("02.4", "the spread around 0, not around the mean")
def _(known, new):
    mean, spread = known.mean(0), known.square().mean(0).sqrt()
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "the mean distance from the mean as the spread")
def _(known, new):
    mean = known.mean(0)
    spread = (known - mean).abs().mean(0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "from the lowest to the highest value as the spread")
def _(known, new):
    mean, spread = known.mean(0), known.amax(0) - known.amin(0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "squeezes into 0 to 1 in place of standardizing")
def _(known, new):
    low, high = known.amin(0), known.amax(0)
    return (known - low) / (high - low), (new - low) / (high - low)


@wrong("02.4", "the median in place of the mean")
def _(known, new):
    middle, spread = known.median(0).values, known.std(0, correction=0)
    return (known - middle) / spread, (new - middle) / spread


@wrong("02.4", "brings each picture to length 1")
def _(known, new):
    return F.normalize(known, dim=1), F.normalize(new, dim=1)


@wrong("02.4", "adds 1 to the spread against a division by 0")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0) + 1
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "keeps the spread above 0.1, which features with a smaller one do not survive")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0).clamp(min=0.1)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "swapped: the new features first")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    return (new - mean) / spread, (known - mean) / spread


@wrong("02.4", "the known features only, not a pair")
def _(known, new):
    return (known - known.mean(0)) / known.std(0, correction=0)


@wrong("02.4", "one tensor of both sets in place of a pair")
def _(known, new):
    return (torch.cat([known, new]) - known.mean(0)) / known.std(0, correction=0)


@wrong("02.4", "subtracts and divides in place, and so changes the caller's features")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    known -= mean
    known /= spread
    new -= mean
    new /= spread
    return known, new


@wrong("02.4", "stacks the two sets, which fits only if they are equally large")
def _(known, new):
    both = torch.stack([known, new])
    known, new = (both - known.mean(0)) / known.std(0, correction=0)
    return known, new


@wrong("02.4", "the means of only as many known pictures as there are new ones")
def _(known, new):
    some = known[: len(new)]
    mean, spread = some.mean(0), some.std(0, correction=0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "gives back half precision in place of the precision of the features")
def _(known, new):
    mean, spread = known.mean(0), known.std(0, correction=0)
    return ((known - mean) / spread).half(), ((new - mean) / spread).half()


@wrong("02.4", "a typing error: ^ in place of ** raises")
def _(known, new):
    mean = known.mean(0)
    spread = ((known - mean) ^ 2).mean(0).sqrt()
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "a method that tensors do not have: stdev raises")
def _(known, new):
    mean, spread = known.mean(0), known.stdev(0)
    return (known - mean) / spread, (new - mean) / spread


@wrong("02.4", "constants: all features 0")
def _(known, new):
    return torch.zeros_like(known), torch.zeros_like(new)
