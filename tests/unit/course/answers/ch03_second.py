# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 03 as students give them: right ones, and wrong ones with what is wrong."""

from collections import Counter, defaultdict
from itertools import combinations, pairwise

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# 03.1: most_frequent_pair(words)


@wrong("03.1", "every word counts once, however often it occurs")
def _(words):
    counts = Counter()
    for pieces in words:
        counts.update(zip(pieces, pieces[1:]))
    return counts.most_common(1)[0][0]


@wrong("03.1", "a pair that occurs twice in one word is counted once")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in set(pairwise(pieces)):
            counts[pair] += often
    return max(counts, key=counts.__getitem__)


@wrong("03.1", "each word overwrites the count of the one before: = in place of +=")
def _(words):
    counts = {}
    for pieces, often in words.items():
        for pair in zip(pieces, pieces[1:]):
            counts[pair] = often
    return max(counts, key=counts.__getitem__)


@wrong("03.1", "the counting begins anew at every word, so only the last word counts")
def _(words):
    for pieces, often in words.items():
        counts = Counter()
        for pair in zip(pieces, pieces[1:]):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the last pair of each word is left out")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for i in range(len(pieces) - 2):
            counts[pieces[i], pieces[i + 1]] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the pair comes with its count")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return counts.most_common(1)[0]


@wrong("03.1", "how often the pair occurs, not the pair")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return max(counts.values())


@wrong("03.1", "the pair that is last in the alphabet: max compares the pairs, not their counts")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return max(counts)


@wrong("03.1", "the rarest pair: sorted from low to high")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return sorted(counts, key=lambda pair: counts[pair])[0]


@wrong("03.1", "the pair is glued together to one string")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for one, other in pairwise(pieces):
            counts[one + other] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the pair is a list, which is equal to no tuple")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return list(counts.most_common(1)[0][0])


@wrong("03.1", "pieces are torn into letters again")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        letters = "".join(pieces).replace("</w>", "")
        letters = [*letters[:-1], letters[-1] + "</w>"]
        for pair in zip(letters, letters[1:]):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the end of one word and the beginning of the next count as neighbors")
def _(words):
    row = [piece for pieces, often in words.items() for piece in list(pieces) * often]
    return Counter(pairwise(row)).most_common(1)[0][0]


@wrong("03.1", "any two pieces of a word count as a pair, neighbors or not")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in combinations(pieces, 2):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "a, b and b, a are counted as the same pair")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[tuple(sorted(pair))] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "only every second pair is counted")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for i in range(0, len(pieces) - 1, 2):
            counts[pieces[i], pieces[i + 1]] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the two most frequent single pieces, which need not be neighbors")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for piece in pieces:
            counts[piece] += often
    (one, _), (other, _) = counts.most_common(2)
    return one, other


@wrong("03.1", "raises: the loop runs past the end of the word")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for i in range(len(pieces)):
            counts[pieces[i], pieces[i + 1]] += often
    return counts.most_common(1)[0][0]


@right("03.1")
def _(words):
    each = [Counter({pair: n * often for pair, n in Counter(pairwise(w)).items()}) for w, often in words.items()]
    counts = sum(each, Counter())
    return max(counts, key=counts.__getitem__)


@right("03.1")
def _(words):
    every = {pair for pieces in words for pair in zip(pieces[:-1], pieces[1:])}

    def often(pair):
        return sum(n * sum(pieces[i : i + 2] == pair for i in range(len(pieces))) for pieces, n in words.items())

    return max(every, key=often)


@right("03.1")
def _(words):
    counts, best = defaultdict(int), None
    for pieces in words:
        previous = None
        for piece in pieces:
            if previous is not None:
                counts[previous, piece] += words[pieces]
            previous = piece
    for pair in counts:
        if best is None or counts[pair] > counts[best]:
            best = pair
    return best


@right("03.1")
def _(words):
    every_word = [pieces for pieces, often in words.items() for _ in range(often)]
    return Counter(pair for pieces in every_word for pair in pairwise(pieces)).most_common(1)[0][0]


# 03.2: contrast(image, text, scale)


@wrong("03.2", "only pictures look for their texts")
def _(image, text, scale):
    logits = scale * image @ text.T
    return F.cross_entropy(logits, torch.arange(len(image)))


@wrong("03.2", "only texts look for their pictures")
def _(image, text, scale):
    logits = scale * text @ image.T
    return F.cross_entropy(logits, torch.arange(len(image)))


@wrong("03.2", "the sum of both directions, not their mean")
def _(image, text, scale):
    logits = scale * image @ text.T
    labels = torch.arange(len(logits))
    return F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)


@wrong("03.2", "the sum over the batch, not the mean")
def _(image, text, scale):
    logits = scale * image @ text.T
    labels = torch.arange(len(logits))
    return sum(F.cross_entropy(table, labels, reduction="sum") for table in (logits, logits.T)) / 2


@wrong("03.2", "the same direction twice: the second table is not transposed")
def _(image, text, scale):
    logits = scale * image @ text.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits, labels)) / 2


@wrong("03.2", "the scale is missing")
def _(image, text, scale):
    logits = image @ text.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


@wrong("03.2", "divides by the scale, as if it were a temperature")
def _(image, text, scale):
    logits = image @ text.T / scale
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


@wrong("03.2", "the exponential of the scale, as if its logarithm were given")
def _(image, text, scale):
    logits = torch.exp(torch.as_tensor(scale)) * (image @ text.T)
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


@wrong("03.2", "the scale multiplies the loss, not the cosines")
def _(image, text, scale):
    logits = image @ text.T
    labels = torch.arange(len(logits))
    return scale * (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


@wrong("03.2", "only one of the two directions is scaled")
def _(image, text, scale):
    cosines = image @ text.T
    labels = torch.arange(len(cosines))
    return (F.cross_entropy(scale * cosines, labels) + F.cross_entropy(cosines.T, labels)) / 2


@wrong("03.2", "a softmax before cross_entropy, which takes one itself")
def _(image, text, scale):
    logits = scale * image @ text.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits.softmax(1), labels) + F.cross_entropy(logits.T.softmax(1), labels)) / 2


@wrong("03.2", "the right answer is missing from the sum below the line")
def _(image, text, scale):
    logits = scale * image @ text.T
    others = logits.masked_fill(torch.eye(len(logits), dtype=torch.bool), -torch.inf)
    own = logits.diagonal()
    return ((others.logsumexp(1) - own).mean() + (others.logsumexp(0) - own).mean()) / 2


@wrong("03.2", "one softmax over the whole table, not one for each row and column")
def _(image, text, scale):
    logits = scale * image @ text.T
    return (logits.flatten().logsumexp(0) - logits.diagonal()).mean()


@wrong("03.2", "the two tables are averaged before the loss, not the two losses")
def _(image, text, scale):
    logits = scale * image @ text.T
    logits = (logits + logits.T) / 2
    return F.cross_entropy(logits, torch.arange(len(logits)))


@wrong("03.2", "pictures are compared with pictures too, so each row has twice as many rivals")
def _(image, text, scale):
    b = len(image)
    both = torch.cat([image, text])
    logits = scale * both @ both.T
    logits = logits.masked_fill(torch.eye(2 * b, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(logits, torch.cat([torch.arange(b, 2 * b), torch.arange(b)]))


@wrong("03.2", "the exponential overflows at a scale of 100")
def _(image, text, scale):
    e = torch.exp(scale * image @ text.T)
    own = e.diagonal()
    return -((own / e.sum(1)).log().mean() + (own / e.sum(0)).log().mean()) / 2


@wrong("03.2", "nothing is learned by the text tower: its directions are detached")
def _(image, text, scale):
    logits = scale * image @ text.detach().T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


@wrong("03.2", "text is not transposed, which raises unless there are as many pairs as numbers in a direction")
def _(image, text, scale):
    logits = scale * image @ text
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


@right("03.2")
def _(image, text, scale):
    logits = torch.einsum("id,jd->ij", image, text) * scale
    both = torch.stack([logits, logits.mT])  # (2, B, B)
    return (both.logsumexp(-1) - both.diagonal(dim1=1, dim2=2)).mean()


@right("03.2")
def _(image, text, scale):
    logits = scale * image @ text.T
    return -(logits.log_softmax(0) + logits.log_softmax(1)).trace() / (2 * len(logits))


@right("03.2")
def _(image, text, scale):
    logits = scale * (image @ text.T)
    gaps = logits - logits.diagonal()[:, None]  # how far each text is ahead of the right one
    gaps_down = logits - logits.diagonal()
    return (gaps.logsumexp(1).mean() + gaps_down.logsumexp(0).mean()) / 2


@right("03.2")
def _(image, text, scale):
    losses = []
    for i in range(len(image)):
        target = torch.tensor([i], device=image.device)
        losses.append(F.cross_entropy(scale * (text @ image[i])[None], target))
        losses.append(F.cross_entropy(scale * (image @ text[i])[None], target))
    return torch.stack(losses).mean()


# 03.3: classify(images, prompts)


@wrong("03.3", "the mean is not brought back to length 1, so classes whose sentences agree win")
def _(images, prompts):
    return (images @ prompts.mean(0).T).argmax(1)


@wrong("03.3", "only the first sentence of each class is used")
def _(images, prompts):
    return (images @ prompts[0].T).argmax(1)


@wrong("03.3", "the best sentence decides, not the mean of all")
def _(images, prompts):
    cosines = torch.einsum("nd,pcd->pnc", images, prompts)
    return cosines.amax(0).argmax(1)


@wrong("03.3", "each sentence names the picture by itself, and the majority wins")
def _(images, prompts):
    votes = torch.stack([(images @ sentence.T).argmax(1) for sentence in prompts])
    return votes.mode(0).values


@wrong("03.3", "a softmax for each sentence, and the mean of the probabilities")
def _(images, prompts):
    return torch.stack([(100 * images @ p.T).softmax(1) for p in prompts]).mean(0).argmax(1)


@wrong("03.3", "the mean runs over the classes, so the answer is the number of a sentence")
def _(images, prompts):
    directions = F.normalize(prompts.mean(1), dim=-1)
    return (images @ directions.T).argmax(1)


@wrong("03.3", "length 1 down the classes, not along each direction")
def _(images, prompts):
    directions = F.normalize(prompts.mean(0), dim=0)
    return (images @ directions.T).argmax(1)


@wrong("03.3", "length 1 is made before the mean, where it is already, and not after")
def _(images, prompts):
    directions = F.normalize(prompts, dim=-1).mean(0)
    return (images @ directions.T).argmax(1)


@wrong("03.3", "divides by the length of the whole table, not of each direction")
def _(images, prompts):
    directions = prompts.mean(0)
    directions = directions / directions.norm()
    return (images @ directions.T).argmax(1)


@wrong("03.3", "divides by the squared length: the root is missing")
def _(images, prompts):
    mean = prompts.mean(0)
    directions = mean / (mean * mean).sum(1, keepdim=True)
    return (images @ directions.T).argmax(1)


@wrong("03.3", "P and C are mixed up: reshaped where they should be exchanged")
def _(images, prompts):
    p, c, d = prompts.shape
    directions = F.normalize(prompts.reshape(c, p, d).mean(1), dim=1)
    return (images @ directions.T).argmax(1)


@wrong("03.3", "the number of the best sentence, not of its class")
def _(images, prompts):
    sentences = prompts.flatten(0, 1)
    return (images @ sentences.T).argmax(1)


@wrong("03.3", "the nearest by distance to means that are shorter than 1")
def _(images, prompts):
    return torch.cdist(images, prompts.mean(0)).argmin(1)


@wrong("03.3", "the class that fits worst")
def _(images, prompts):
    directions = F.normalize(prompts.mean(0), dim=1)
    return (images @ directions.T).argmin(1)


@wrong("03.3", "the best picture of each class, not the best class of each picture")
def _(images, prompts):
    directions = F.normalize(prompts.mean(0), dim=1)
    return (images @ directions.T).argmax(0)


@wrong("03.3", "the largest cosine itself, not its class")
def _(images, prompts):
    directions = F.normalize(prompts.mean(0), dim=1)
    return (images @ directions.T).amax(1)


@wrong("03.3", "a probability for each class, not the class")
def _(images, prompts):
    directions = F.normalize(prompts.mean(0), dim=1)
    return (images @ directions.T).softmax(1)


@wrong("03.3", "raises unless C is D: with three dimensions .T does not exchange the last two")
def _(images, prompts):
    return (images @ prompts.T).mean(0).argmax(1)


@right("03.3")
def _(images, prompts):
    total = torch.einsum("pcd->cd", prompts)
    return torch.einsum("nd,cd,c->nc", images, total, total.norm(dim=1).reciprocal()).argmax(-1)


@right("03.3")
def _(images, prompts):
    directions = F.normalize(prompts.mean(0), dim=1)
    return torch.cdist(images, directions, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)


@right("03.3")
def _(images, prompts):
    mean = prompts.sum(dim=0) / len(prompts)
    return F.cosine_similarity(images[:, None], mean[None], dim=-1).max(dim=1).indices


@right("03.3")
def _(images, prompts):
    classes = [prompts[:, c].mean(0) for c in range(prompts.shape[1])]
    classes = [direction / direction.norm() for direction in classes]
    return torch.tensor([max(range(len(classes)), key=lambda c: float(x @ classes[c])) for x in images])


# 03.4: recall_at(similarity, k)


@wrong("03.4", "looks down the columns, not along the rows")
def _(similarity, k):
    top = similarity.topk(k, dim=0).indices
    return (top == torch.arange(len(similarity))).any(0).float().mean().item()


@wrong("03.4", "the k lowest, not the k highest")
def _(similarity, k):
    top = similarity.argsort(1)[:, :k]
    return (top == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "only the first answer counts, whatever k is")
def _(similarity, k):
    return (similarity.argmax(1) == torch.arange(len(similarity))).float().mean().item()


@wrong("03.4", "always the first five, whatever k is")
def _(similarity, k):
    top = similarity.topk(min(5, len(similarity)), dim=1).indices
    return (top == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "one place too many: at most k answers may be better, where fewer than k should")
def _(similarity, k):
    better = (similarity > similarity.diagonal()[:, None]).sum(1)
    return (better <= k).float().mean().item()


@wrong("03.4", "one place too few: the right answer counts among those better than itself")
def _(similarity, k):
    better = (similarity >= similarity.diagonal()[:, None]).sum(1)
    return (better < k).float().mean().item()


@wrong("03.4", "right only when it stands exactly at place k")
def _(similarity, k):
    kth = similarity.argsort(1, descending=True)[:, k - 1]
    return (kth == torch.arange(len(similarity))).float().mean().item()


@wrong("03.4", "what stands at place i of the sorted row, not at which place i stands")
def _(similarity, k):
    places = similarity.argsort(1, descending=True)
    return (places.diagonal() < k).float().mean().item()


@wrong("03.4", "the right answer is compared with its column: the new dimension is on the wrong side")
def _(similarity, k):
    better = (similarity > similarity.diagonal()).sum(1)
    return (better < k).float().mean().item()


@wrong("03.4", "the right answer is looked for at place 0 of every row")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices
    return (top == 0).any(1).float().mean().item()


@wrong("03.4", "the best is left out, as if it were the question itself")
def _(similarity, k):
    top = similarity.argsort(1, descending=True)[:, 1 : k + 1]
    return (top == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "i is looked for in the answers to all questions")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices
    return sum(i in top for i in range(len(similarity))) / len(similarity)


@wrong("03.4", "the mean runs over the k places too, so the share is k times too small")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices
    return (top == torch.arange(len(similarity))[:, None]).float().mean().item()


@wrong("03.4", "how many, not which share")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices
    return float((top == torch.arange(len(similarity))[:, None]).any(1).sum())


@wrong("03.4", "percent, not a share")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices.tolist()
    return 100 * sum(i in row for i, row in enumerate(top)) / len(top)


@wrong("03.4", "rounded to two digits")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices.tolist()
    return round(sum(i in row for i, row in enumerate(top)) / len(top), 2)


@right("03.4")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices
    return (top == torch.arange(len(similarity))[:, None]).any(1).float().mean()


@wrong("03.4", "raises unless k is 1 or N: the right answers lack their own column")
def _(similarity, k):
    top = similarity.topk(k, dim=1).indices
    return (top == torch.arange(len(similarity))).any(1).float().mean().item()


@right("03.4")
def _(similarity, k):
    found = torch.zeros_like(similarity).scatter(1, similarity.topk(k, dim=1).indices, 1.0)
    return found.trace().item() / len(similarity)


@right("03.4")
def _(similarity, k):
    rank = similarity.argsort(dim=1, descending=True).argsort(dim=1).diagonal()
    return (rank < k).double().mean().item()


@right("03.4")
def _(similarity, k):
    rows = similarity.tolist()
    ordered = [sorted(range(len(row)), key=row.__getitem__, reverse=True)[:k] for row in rows]
    return len([i for i, best in enumerate(ordered) if i in best]) / len(rows)


@right("03.4")
def _(similarity, k):
    hits = 0
    for i, row in enumerate(similarity):
        hits += int((row > row[i]).sum()) < k
    return hits / similarity.shape[0]


# 03.5: yes_or_no(image, text, scale, bias)


@wrong("03.5", "the mean over all B² pairs: divided by B too often")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).mean()


@wrong("03.5", "the sum over the batch: not divided by B")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum()


@wrong("03.5", "the minus is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "the bias is multiplied by the scale too")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * scale * (image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "z does not turn the sign of the bias: the parentheses are missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * scale * (image @ text.T) + bias).sum() / len(image)


@wrong("03.5", "the bias is subtracted")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T - bias)).sum() / len(image)


@wrong("03.5", "the bias is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * scale * (image @ text.T)).sum() / len(image)


@wrong("03.5", "the scale is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "divides by the scale, as if it were a temperature")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (image @ text.T / scale + bias)).sum() / len(image)


@wrong("03.5", "z is turned round: the pairs that belong together are pushed apart")
def _(image, text, scale, bias):
    z = 1 - 2 * torch.eye(len(image))
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "z is 0 for the wrong pairs, not -1, so nothing pushes them apart")
def _(image, text, scale, bias):
    z = torch.eye(len(image))
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "only the right pairs are asked")
def _(image, text, scale, bias):
    own = scale * (image * text).sum(1) + bias
    return -F.logsigmoid(own).mean()


@wrong("03.5", "each wrong pair is counted in one direction only")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).triu().sum() / len(image)


@wrong("03.5", "right and wrong pairs are averaged apart, so the many wrong ones count no more than the few right ones")
def _(image, text, scale, bias):
    logits = scale * image @ text.T + bias
    own = torch.eye(len(image), dtype=torch.bool)
    return -F.logsigmoid(logits[own]).mean() - F.logsigmoid(-logits[~own]).mean()


@wrong("03.5", "the logarithm of a sigmoid that has become 0 is infinite")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -torch.log(torch.sigmoid(z * (scale * image @ text.T + bias))).sum() / len(image)


@wrong("03.5", "the exponential overflows where a sure answer is wrong")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return torch.log(1 + torch.exp(-z * (scale * image @ text.T + bias))).sum() / len(image)


@wrong("03.5", "a row for each picture: summed over the texts, but not over the batch")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum(1)


@wrong("03.5", "raises: truth values cannot be subtracted")
def _(image, text, scale, bias):
    own = torch.eye(len(image), dtype=torch.bool)
    z = own - ~own
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@right("03.5")
def _(image, text, scale, bias):
    logits = scale * image @ text.T + bias
    return F.softplus(logits).sum() / len(image) - logits.trace() / len(image)


@right("03.5")
def _(image, text, scale, bias):
    logits = torch.einsum("id,jd->ij", image, text) * scale + bias
    truth = torch.eye(len(logits), dtype=logits.dtype, device=logits.device)
    return F.binary_cross_entropy_with_logits(logits, truth, reduction="none").sum(1).mean()


@right("03.5")
def _(image, text, scale, bias):
    logits = scale * image @ text.T + bias
    z = torch.full_like(logits.detach(), -1).fill_diagonal_(1)
    return torch.logaddexp(torch.zeros_like(logits), -z * logits).sum() / len(logits)


@right("03.5")
def _(image, text, scale, bias):
    total = 0
    for i, u in enumerate(image):
        for j, v in enumerate(text):
            score = scale * (u @ v) + bias
            total = total - F.logsigmoid(score if i == j else -score)
    return total / len(image)
