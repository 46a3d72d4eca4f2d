# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 02 as students give them: right ones, and wrong ones with what is wrong."""

from collections import Counter

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# 02.1: cross_entropy(scores, labels)


@wrong("02.1", "the exponential of a large score overflows: nothing is subtracted first")
def _(scores, labels):
    p = scores.exp() / scores.exp().sum(1, keepdim=True)
    return -p[torch.arange(len(labels)), labels].log().mean()


@wrong("02.1", "the logarithm of a probability that has become 0 is infinite")
def _(scores, labels):
    p = scores.softmax(1).gather(1, labels[:, None])
    return -p.log().mean()


@wrong("02.1", "the largest score of the whole batch is subtracted, so rows far below it lose all their probability")
def _(scores, labels):
    shifted = scores - scores.max()
    log_sum = shifted.exp().sum(1).log()
    return (log_sum - shifted[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "the mean of each row is subtracted, not its largest score, so the exponential still overflows")
def _(scores, labels):
    shifted = scores - scores.mean(1, keepdim=True)
    log_p = shifted - shifted.exp().sum(1, keepdim=True).log()
    return -log_p.gather(1, labels[:, None]).mean()


@wrong("02.1", "a small number is added inside the logarithm, so a large surprise is cut off")
def _(scores, labels):
    p = torch.softmax(scores, dim=1)
    return -torch.log(p[range(len(labels)), labels] + 1e-8).mean()


@wrong("02.1", "the softmax runs down the batch, not over the classes")
def _(scores, labels):
    log_p = scores.log_softmax(dim=0)
    return -log_p[torch.arange(len(labels)), labels].mean()


@wrong("02.1", "the sum over the batch, not the mean")
def _(scores, labels):
    return -scores.log_softmax(1).gather(1, labels[:, None]).sum()


@wrong("02.1", "one number for each picture: the mean is missing")
def _(scores, labels):
    return scores.logsumexp(1) - scores[torch.arange(len(scores)), labels]


@wrong("02.1", "the minus is missing")
def _(scores, labels):
    return scores.log_softmax(1)[torch.arange(len(scores)), labels].mean()


@wrong("02.1", "the mean runs over all classes too, so the loss is C times too small")
def _(scores, labels):
    truth = F.one_hot(labels, scores.shape[1])
    return -(truth * scores.log_softmax(1)).mean()


@wrong("02.1", "the labels pick columns for every row: each picture is charged for everybody's label")
def _(scores, labels):
    return -scores.log_softmax(1)[:, labels].mean()


@wrong("02.1", "the logarithm of the mean probability, not the mean of the logarithms")
def _(scores, labels):
    p = scores.softmax(1).gather(1, labels[:, None])
    return -p.mean().log()


@wrong("02.1", "the surprise is counted in bits, not with the natural logarithm")
def _(scores, labels):
    shifted = scores - scores.max(1, keepdim=True).values
    p = shifted.exp() / shifted.exp().sum(1, keepdim=True)
    return -torch.log2(p[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "the largest score is subtracted for the sum only, not from the score of the right class")
def _(scores, labels):
    top = scores.amax(1, keepdim=True)
    log_sum = (scores - top).exp().sum(1).log()
    return (log_sum - scores.gather(1, labels[:, None])[:, 0]).mean()


@wrong("02.1", "a softmax of probabilities: the softmax is taken twice")
def _(scores, labels):
    p = F.softmax(scores, dim=1)
    return -F.log_softmax(p, dim=1).gather(1, labels[:, None]).mean()


@wrong("02.1", "a Python float, through which nothing can be learned")
def _(scores, labels):
    total = 0.0
    for row, label in zip(scores, labels):
        total += (row.logsumexp(0) - row[label]).item()
    return total / len(scores)


@wrong("02.1", "raises for most batches: the largest score of each row lacks its own dimension")
def _(scores, labels):
    shifted = scores - scores.max(dim=1).values
    return (shifted.exp().sum(1).log() - shifted[torch.arange(len(labels)), labels]).mean()


@wrong("02.1", "calls PyTorch's own cross-entropy")
def _(scores, labels):
    return torch.nn.CrossEntropyLoss()(scores, labels)


@right("02.1")
def _(scores, labels):
    return -torch.distributions.Categorical(logits=scores).log_prob(labels).mean()


@right("02.1")
def _(scores, labels):
    gaps = scores - torch.take_along_dim(scores, labels.unsqueeze(1), dim=1)
    return torch.logsumexp(gaps, dim=1).mean()


@right("02.1")
def _(scores, labels):
    truth = torch.eye(scores.shape[1], dtype=scores.dtype, device=scores.device)[labels]
    return -torch.einsum("bc,bc->", truth, scores.log_softmax(-1)) / scores.shape[0]


@right("02.1")
def _(scores, labels):
    surprises = []
    for row, label in zip(scores, labels):
        row = row - row.max().detach()
        surprises.append(row.exp().sum().log() - row[label])
    return sum(surprises) / len(surprises)


# 02.2: knn_label(query, gallery, labels, k)


@wrong("02.2", "nearest by distance, not by cosine")
def _(query, gallery, labels, k):
    distance = (gallery - query).norm(dim=1)
    nearest = distance.topk(k, largest=False).indices
    return labels[nearest].mode().values.item()


@wrong("02.2", "the plain dot product: long features win")
def _(query, gallery, labels, k):
    nearest = (gallery @ query).topk(k).indices
    return labels[nearest].mode().values.item()


@wrong("02.2", "the gallery is brought to length 1 down its columns, not along its rows")
def _(query, gallery, labels, k):
    similarity = F.normalize(gallery, dim=0) @ F.normalize(query, dim=0)
    return int(labels[similarity.topk(k).indices].mode().values)


@wrong("02.2", "divides by the squared lengths: the root is missing")
def _(query, gallery, labels, k):
    similarity = gallery @ query / ((gallery**2).sum(1) * (query**2).sum())
    return int(labels[similarity.topk(k).indices].mode().values)


@wrong("02.2", "the k farthest vote: the sorting goes from low to high")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None], dim=1)
    nearest = similarity.argsort()[:k]
    return int(torch.bincount(labels[nearest]).argmax())


@wrong("02.2", "opposite directions count as near: the sign of the cosine is dropped")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None]).abs()
    return int(torch.bincount(labels[similarity.topk(k).indices]).argmax())


@wrong("02.2", "only the nearest one is asked, not k")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(query[None], gallery)
    return int(labels[similarity.argmax()])


@wrong("02.2", "always five neighbors, whatever k is")
def _(query, gallery, labels, k):
    similarity = F.normalize(gallery, dim=1) @ F.normalize(query, dim=0)
    return int(labels[similarity.topk(5).indices].mode().values)


@wrong("02.2", "the nearest is left out, as if it were the query itself")
def _(query, gallery, labels, k):
    similarity = F.normalize(gallery, dim=1) @ F.normalize(query, dim=0)
    nearest = similarity.argsort(descending=True)[1 : k + 1]
    return int(labels[nearest].mode().values)


@wrong("02.2", "one neighbor too many votes")
def _(query, gallery, labels, k):
    similarity = F.normalize(gallery, dim=1) @ F.normalize(query, dim=0)
    nearest = similarity.argsort(descending=True)[: k + 1]
    return int(labels[nearest].mode().values)


@wrong("02.2", "the place of a neighbor in the gallery, not its label")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None])
    return int(similarity.topk(k).indices.mode().values)


@wrong("02.2", "the labels are taken in the order of the gallery, not of the neighbors")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None])
    similarity, order = similarity.sort(descending=True)
    return int(labels[:k].mode().values)


@wrong("02.2", "how many votes the winner has, not which label it is")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None])
    votes = labels[similarity.topk(k).indices].bincount()
    return int(votes.max())


@wrong("02.2", "the winner's place among the labels that got votes, not the label")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None])
    kinds, counts = labels[similarity.topk(k).indices].unique(return_counts=True)
    return int(counts.argmax())


@wrong("02.2", "counts tensors, no two of which are the same key, so the nearest always wins")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None])
    votes = Counter(labels[similarity.topk(k).indices])
    return int(votes.most_common(1)[0][0])


@wrong("02.2", "each vote is weighted by its cosine, so two near ones can beat three")
def _(query, gallery, labels, k):
    values, nearest = F.cosine_similarity(gallery, query[None]).topk(k)
    votes = torch.zeros(int(labels.max()) + 1).index_add_(0, labels[nearest], values)
    return int(votes.argmax())


@wrong("02.2", "the rounded mean of the labels, as if they were quantities")
def _(query, gallery, labels, k):
    similarity = F.cosine_similarity(gallery, query[None])
    return round(labels[similarity.topk(k).indices].float().mean().item())


@right("02.2")
def _(query, gallery, labels, k):
    similarity = F.normalize(gallery, dim=1) @ F.normalize(query, dim=0)
    return labels[similarity.topk(k).indices].mode().values


@right("02.2")
def _(query, gallery, labels, k):
    similarity = torch.einsum("nd,d->n", gallery, query) / torch.linalg.vector_norm(gallery, dim=-1)
    ranked = sorted(range(len(gallery)), key=lambda i: -similarity[i].item())
    return Counter(labels[i].item() for i in ranked[:k]).most_common(1)[0][0]


@right("02.2")
def _(query, gallery, labels, k):
    distance = (F.normalize(gallery, dim=1) - F.normalize(query, dim=0)).square().sum(1)  # the same order on the sphere
    votes = labels[distance.argsort()[:k]].tolist()
    return max(set(votes), key=votes.count)


@right("02.2")
def _(query, gallery, labels, k):
    angle = torch.arccos(F.cosine_similarity(gallery, query.expand_as(gallery), dim=1).double().clamp(-1, 1))
    near = labels[angle.topk(k, largest=False).indices]
    return int(near[(near[:, None] == near).sum(1).argmax()])


@right("02.2")
def _(query, gallery, labels, k):
    cosines = [(g @ query / (g.norm() * query.norm())).item() for g in gallery]
    pairs = sorted(zip(cosines, labels.tolist()), reverse=True)[:k]
    votes = {}
    for _, label in pairs:
        votes[label] = votes.get(label, 0) + 1
    return max(votes, key=votes.__getitem__)


# 02.3: path_targets(labels, finest, paths)


@wrong("02.3", "the finest level that is known is blanked too")
def _(labels, finest, paths):
    level = torch.arange(paths.shape[1])
    return torch.where(level > finest[:, None], paths[labels], -1)


@wrong("02.3", "the known levels are blanked and the unknown ones kept")
def _(labels, finest, paths):
    level = torch.arange(paths.shape[1])
    return torch.where(level < finest[:, None], paths[labels], -1)


@wrong("02.3", "keeps the levels up to finest, as if 0 were the coarsest")
def _(labels, finest, paths):
    targets = paths[labels]
    for i, f in enumerate(finest.tolist()):
        targets[i, f + 1 :] = -1
    return targets


@wrong("02.3", "0 where nothing is known, which is the name of a class")
def _(labels, finest, paths):
    known = torch.arange(paths.shape[1]) >= finest[:, None]
    return paths[labels] * known


@wrong("02.3", "-100 where nothing is known, not -1")
def _(labels, finest, paths):
    unknown = torch.arange(paths.shape[1]) < finest[:, None]
    return paths[labels].masked_fill(unknown, -100)


@wrong("02.3", "1 is taken from every class, not only where nothing is known")
def _(labels, finest, paths):
    known = (torch.arange(paths.shape[1]) >= finest[:, None]).long()
    return paths[labels] * known - 1


@wrong("02.3", "only the finest known level is kept; the coarser ones are known too")
def _(labels, finest, paths):
    targets = torch.full((len(labels), paths.shape[1]), -1)
    rows = torch.arange(len(labels))
    targets[rows, finest] = paths[labels, finest]
    return targets


@wrong("02.3", "only the level just below the finest is blanked, and for precise labels the last one")
def _(labels, finest, paths):
    targets = paths[labels]
    targets[torch.arange(len(labels)), finest - 1] = -1
    return targets


@wrong("02.3", "the thing is kept where only the realm is known")
def _(labels, finest, paths):
    targets = paths[labels]
    targets[finest == 1, 0] = -1
    targets[finest == 2, 1] = -1
    return targets


@wrong("02.3", "the whole path is blanked wherever the thing is not named")
def _(labels, finest, paths):
    targets = paths[labels]
    targets[finest > 0] = -1
    return targets


@wrong("02.3", "all annotators are taken to be as precise as the first")
def _(labels, finest, paths):
    targets = paths[labels].clone()
    targets[:, : finest[0]] = -1
    return targets


@wrong("02.3", "finest is ignored: the whole path is given")
def _(labels, finest, paths):
    return paths[labels]


@wrong("02.3", "the tree itself is written to, so later pictures of the same thing lose levels")
def _(labels, finest, paths):
    rows = []
    for label, f in zip(labels.tolist(), finest.tolist()):
        row = paths[label]
        row[:f] = -1
        rows.append(row)
    return torch.stack(rows)


@wrong("02.3", "the path of the picture's number in the batch, not of its label")
def _(labels, finest, paths):
    targets = torch.full((len(labels), paths.shape[1]), -1)
    for i in range(len(labels)):
        targets[i, finest[i] :] = paths[i, finest[i] :]
    return targets


@wrong("02.3", "the known part of the path is moved to the front")
def _(labels, finest, paths):
    targets = torch.full((len(labels), paths.shape[1]), -1)
    for i, (label, f) in enumerate(zip(labels.tolist(), finest.tolist())):
        known = paths[label, f:]
        targets[i, : len(known)] = known
    return targets


@wrong("02.3", "fractional numbers, where classes have to be whole")
def _(labels, finest, paths):
    targets = torch.ones(len(labels), paths.shape[1]) * -1
    for i, (label, f) in enumerate(zip(labels, finest)):
        targets[i, f:] = paths[label, f:].float()
    return targets


@wrong("02.3", "a list of lists, not a tensor")
def _(labels, finest, paths):
    return [
        [c if level >= f else -1 for level, c in enumerate(paths[label].tolist())]
        for label, f in zip(labels.tolist(), finest.tolist())
    ]


@wrong("02.3", "raises unless there are as many pictures as levels: finest lacks its second dimension")
def _(labels, finest, paths):
    return torch.where(torch.arange(paths.shape[1]) >= finest, paths[labels], -1)


@right("02.3")
def _(labels, finest, paths):
    unknown = torch.ones(paths.shape[1], paths.shape[1], dtype=torch.bool).tril(-1)  # row f: the levels below f
    return paths[labels].masked_fill(unknown[finest], -1)


@right("02.3")
def _(labels, finest, paths):
    known = (finest.unsqueeze(1) <= torch.arange(paths.size(1)).unsqueeze(0)).to(paths.dtype)
    return (paths.index_select(0, labels) + 1) * known - 1


@right("02.3")
def _(labels, finest, paths):
    columns = [paths[labels, level].where(finest <= level, -1) for level in range(paths.shape[1])]
    return torch.stack(columns, dim=1)


@right("02.3")
def _(labels, finest, paths):
    rows = []
    for label, f in zip(labels.tolist(), finest.tolist()):
        rows.append([-1] * f + paths[label].tolist()[f:])
    return torch.tensor(rows)


# 02.4: standardize(known, new)


def by_itself(x):
    return (x - x.mean(0)) / x.std(0, correction=0)


@wrong("02.4", "the new features are standardized by themselves")
def _(known, new):
    return by_itself(known), by_itself(new)


@wrong("02.4", "the mean and the spread are those of both sets together")
def _(known, new):
    both = torch.cat([known, new])
    mean, std = both.mean(0), both.std(0, correction=0)
    return (known - mean) / std, (new - mean) / std


@wrong("02.4", "the new features are divided by their own spread")
def _(known, new):
    mean = known.mean(0)
    return (known - mean) / known.std(0, correction=0), (new - mean) / new.std(0, correction=0)


@wrong("02.4", "the new features lose their own mean, not that of the known ones")
def _(known, new):
    std = known.std(0, correction=0)
    return (known - known.mean(0)) / std, (new - new.mean(0)) / std


@wrong("02.4", "both sets are measured with the ruler of the new features")
def _(known, new):
    mean, std = new.mean(0), new.std(0, correction=0)
    return (known - mean) / std, (new - mean) / std


@wrong("02.4", "the ruler for the new features is taken after the known ones are standardized already")
def _(known, new):
    known = (known - known.mean(0)) / known.std(0, correction=0)
    new = (new - known.mean(0)) / known.std(0, correction=0)
    return known, new


@wrong("02.4", "the spread is taken with correction=1, PyTorch's habit")
def _(known, new):
    mean, std = known.mean(0), known.std(0)
    return (known - mean) / std, (new - mean) / std


@wrong("02.4", "one mean and one spread for all features together")
def _(known, new):
    mean, std = known.mean(), known.std(correction=0)
    return (known - mean) / std, (new - mean) / std


@wrong("02.4", "each picture is standardized along its own features")
def _(known, new):
    def rows(x):
        return (x - x.mean(1, keepdim=True)) / x.std(1, correction=0, keepdim=True)

    return rows(known), rows(new)


@wrong("02.4", "divides by the variance: the root is missing")
def _(known, new):
    mean, var = known.mean(0), known.var(0, correction=0)
    return (known - mean) / var, (new - mean) / var


@wrong("02.4", "the spread is taken around zero, not around the mean")
def _(known, new):
    mean, std = known.mean(0), (known**2).mean(0).sqrt()
    return (known - mean) / std, (new - mean) / std


@wrong("02.4", "the parentheses are missing: only the mean is divided by the spread")
def _(known, new):
    mean, std = known.mean(0), known.std(0, correction=0)
    return known - mean / std, new - mean / std


@wrong("02.4", "the mean is subtracted, but nothing is divided by the spread")
def _(known, new):
    mean = known.mean(0)
    return known - mean, new - mean


@wrong("02.4", "the new features are left as they are")
def _(known, new):
    return by_itself(known), new


@wrong("02.4", "squeezes each feature between 0 and 1 by its lowest and highest value")
def _(known, new):
    low, high = known.amin(0), known.amax(0)
    return (known - low) / (high - low), (new - low) / (high - low)


@wrong("02.4", "writes over the features it was given")
def _(known, new):
    mean, std = known.mean(0), known.std(0, correction=0)
    known -= mean
    known /= std
    new -= mean
    new /= std
    return known, new


@wrong("02.4", "the pair is in the wrong order")
def _(known, new):
    mean, std = known.mean(0), known.std(0, correction=0)
    return (new - mean) / std, (known - mean) / std


@wrong("02.4", "raises: a tensor has no average")
def _(known, new):
    mean, std = known.average(0), known.std(0, correction=0)
    return (known - mean) / std, (new - mean) / std


@right("02.4")
def _(known, new):
    var, mean = torch.var_mean(known, dim=0, correction=0, keepdim=True)
    return tuple((x - mean) * var.rsqrt() for x in (known, new))


@right("02.4")
def _(known, new):
    mean = known.sum(0) / len(known)
    spread = ((known - mean).square().sum(0) / len(known)).sqrt()
    both = (torch.cat([known, new]) - mean) / spread
    return both[: len(known)], both[len(known) :]


@right("02.4")
def _(known, new):
    mean = torch.einsum("nd->d", known) / known.shape[0]
    std = torch.linalg.vector_norm(known - mean, dim=0) / known.shape[0] ** 0.5
    return (known - mean).div(std), (new - mean).div(std)


@right("02.4")
def _(known, new):
    a, b = torch.empty_like(known), torch.empty_like(new)
    for j in range(known.shape[1]):
        column = known[:, j]
        m, s = column.mean(), column.std(unbiased=False)
        a[:, j], b[:, j] = (column - m) / s, (new[:, j] - m) / s
    return a, b
