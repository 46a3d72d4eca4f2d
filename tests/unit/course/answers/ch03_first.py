# pyright: basic
# ruff: noqa
"""Answers to the exercises of chapter 03 as students give them: right ones, and wrong ones with what is wrong."""

from collections import Counter, defaultdict
from itertools import combinations, pairwise

import torch
import torch.nn.functional as F

from ._answer import right, wrong

# ---------------------------------------------------------------------------------------------------------------------
# 03.1 · the pair to merge
# ---------------------------------------------------------------------------------------------------------------------


@right("03.1")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in zip(pieces, pieces[1:]):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@right("03.1")
def _(words):
    counts = {}
    for pieces in words:
        for i in range(len(pieces) - 1):
            pair = (pieces[i], pieces[i + 1])
            counts[pair] = counts.get(pair, 0) + words[pieces]
    return max(counts, key=lambda key: counts[key])


@right("03.1")
def _(words):
    counts = defaultdict(int)
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    best, _ = max(counts.items(), key=lambda item: item[1])
    return best


@right("03.1")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        inside = Counter(pairwise(pieces))
        counts.update({pair: often * times for pair, times in inside.items()})
    return counts.most_common()[0][0]


@right("03.1")
def _(words):
    counts = {}
    for pieces, often in words.items():
        before = None
        for piece in pieces:
            if before is not None:
                counts.setdefault((before, piece), []).append(often)
            before = piece
    return sorted(counts, key=lambda pair: sum(counts[pair]), reverse=True)[0]


@right("03.1")
def _(words):
    pairs = {pair for pieces in words for pair in pairwise(pieces)}

    def total(pair):
        return sum(often * sum(both == pair for both in pairwise(pieces)) for pieces, often in words.items())

    return max(pairs, key=total)


@right("03.1")
def _(words):
    return Counter(
        pair for pieces, often in words.items() for pair in pairwise(pieces) for _ in range(often)
    ).most_common(1)[0][0]


@right("03.1")
def _(words):
    counts = sum(
        (Counter({p: n * list(pairwise(w)).count(p) for p in pairwise(w)}) for w, n in words.items()), Counter()
    )
    best = None
    for pair, often in counts.items():
        if best is None or often > counts[best]:
            best = pair
    return best


@right("03.1")
def _(words):
    counts = {}
    for pieces, often in words.items():
        for i, (left, right_piece) in enumerate(zip(pieces[:-1], pieces[1:], strict=True)):
            counts.setdefault(left, Counter())[right_piece] += often
    return max(((a, b) for a in counts for b in counts[a]), key=lambda pair: counts[pair[0]][pair[1]])


@wrong("03.1", "each word counts once, however often it occurs")
def _(words):
    counts = Counter()
    for pieces in words:
        counts.update(pairwise(pieces))
    return counts.most_common(1)[0][0]


@wrong("03.1", "a pair that occurs twice in a word counts once: set of pairs")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in set(pairwise(pieces)):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the last word overwrites the count of those before: = in place of +=")
def _(words):
    counts = {}
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] = often
    return max(counts, key=lambda key: counts[key])


@wrong("03.1", "the last pair of each word is left out")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for i in range(len(pieces) - 2):
            counts[pieces[i], pieces[i + 1]] += often
    return counts.most_common(1)[0][0] if counts else None


@wrong("03.1", "the first pair of each word is left out")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for i in range(1, len(pieces) - 1):
            counts[pieces[i], pieces[i + 1]] += often
    return counts.most_common(1)[0][0] if counts else None


@wrong("03.1", "only the first pair of each word is counted")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        if len(pieces) > 1:
            counts[pieces[:2]] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "cuts each word into twos: every second pair is never seen")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in zip(pieces[::2], pieces[1::2]):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "all pairs of a word, neighbors or not")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in combinations(pieces, 2):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "pieces with one between them in place of neighbors")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in zip(pieces, pieces[2:]):
            counts[pair] += often
    return counts.most_common(1)[0][0] if counts else None


@wrong("03.1", "the order within a pair is lost: sorted by the alphabet")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[tuple(sorted(pair))] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the pair the wrong way round")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for first, second in pairwise(pieces):
            counts[second, first] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "the rarest pair in place of the most frequent")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return counts.most_common()[-1][0]


@wrong("03.1", "the second most frequent pair")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return counts.most_common(2)[-1][0]


@wrong("03.1", "the last pair by the alphabet: max without a key")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return max(counts)


@wrong("03.1", "the pair that was met first, not the most frequent")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return next(iter(counts))


@wrong("03.1", "the pair with its count in place of the pair")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return counts.most_common(1)[0]


@wrong("03.1", "the count in place of the pair")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return max(counts.values())


@wrong("03.1", "a list of one pair in place of the pair")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return [pair for pair, _ in counts.most_common(1)]


@wrong("03.1", "the merged piece, one string, in place of the pair")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return "".join(counts.most_common(1)[0][0])


@wrong("03.1", "a list in place of a tuple, which no pair of pieces equals")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
    return list(counts.most_common(1)[0][0])


@wrong("03.1", "counts by what the merged piece looks like: a, bc and ab, c are the same to it")
def _(words):
    counts, pairs = Counter(), {}
    for pieces, often in words.items():
        for a, b in pairwise(pieces):
            counts[a + b] += often
            pairs.setdefault(a + b, (a, b))
    return pairs[counts.most_common(1)[0][0]]


@wrong("03.1", "cuts words into letters again: pieces of several letters are not seen")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        letters = list("".join(pieces).removesuffix("</w>"))
        letters[-1] += "</w>"
        for pair in pairwise(letters):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "pairs across the border of two words")
def _(words):
    counts = Counter()
    row = [piece for pieces, often in words.items() for _ in range(often) for piece in pieces]
    counts.update(pairwise(row))
    return counts.most_common(1)[0][0]


@wrong("03.1", "pairs with the end of a word are left out")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for a, b in pairwise(pieces):
            if not b.endswith("</w>"):
                counts[a, b] += often
    return counts.most_common(1)[0][0] if counts else None


@wrong("03.1", "the mark of the end is cut off the pieces")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for a, b in pairwise(pieces):
            counts[a, b.removesuffix("</w>")] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "a pair of the most frequent word only")
def _(words):
    longest = [pieces for pieces in words if len(pieces) > 1]
    pieces = max(longest, key=words.get)
    return Counter(pairwise(pieces)).most_common(1)[0][0]


@wrong("03.1", "the most frequent piece and what follows it most often")
def _(words):
    follow, single = {}, Counter()
    for pieces, often in words.items():
        for a, b in pairwise(pieces):
            follow.setdefault(a, Counter())[b] += often
            single[a] += often
    first = single.most_common(1)[0][0]
    return first, follow[first].most_common(1)[0][0]


@wrong("03.1", "the two most frequent pieces, neighbors or not")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for piece in pieces:
            counts[piece] += often
    (a, _), (b, _) = counts.most_common(2)
    return a, b


@wrong("03.1", "the largest count in one word, not the sum over the words")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] = max(counts[pair], often)
    return counts.most_common(1)[0][0]


@wrong("03.1", "weighs a pair by the length of the word")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often * len(pieces)
    return counts.most_common(1)[0][0]


@wrong("03.1", "shares the count of a word among its pairs")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often / (len(pieces) - 1)
    return counts.most_common(1)[0][0]


@wrong("03.1", "empties the caller's table of words")
def _(words):
    counts = Counter()
    while words:
        pieces, often = words.popitem()
        for pair in pairwise(pieces):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "raises at a word that is whole already: it has no second piece")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        counts[pieces[0], pieces[1]] += often
        for pair in pairwise(pieces[1:]):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "returns within the loop: after the first word")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for pair in pairwise(pieces):
            counts[pair] += often
        return counts.most_common(1)[0][0]


@wrong("03.1", "goes over the words without their counts, and raises")
def _(words):
    counts = Counter()
    for pieces, often in words:
        for pair in pairwise(pieces):
            counts[pair] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "runs past the end of the word, and raises")
def _(words):
    counts = Counter()
    for pieces, often in words.items():
        for i in range(len(pieces)):
            counts[pieces[i], pieces[i + 1]] += often
    return counts.most_common(1)[0][0]


@wrong("03.1", "a constant, the pair of the example in the text")
def _(words):
    return ("c", "a")


# ---------------------------------------------------------------------------------------------------------------------
# 03.2 · CLIP's loss
# ---------------------------------------------------------------------------------------------------------------------


@right("03.2")
def _(image, text, scale):
    table = scale * image @ text.T
    answers = torch.arange(len(image), device=image.device)
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@right("03.2")
def _(image, text, scale):
    table = scale * image @ text.T
    return (table.logsumexp(1) + table.logsumexp(0) - 2 * table.diagonal()).mean() / 2


@right("03.2")
def _(image, text, scale):
    table = torch.einsum("id,jd->ij", image, text) * scale
    rows, columns = table.log_softmax(dim=1), table.log_softmax(dim=0)
    return -0.5 * (rows.diagonal().mean() + columns.diagonal().mean())


@right("03.2")
def _(image, text, scale):
    losses = []
    for i in range(len(image)):
        row = scale * (text @ image[i])
        column = scale * (image @ text[i])
        losses += [row.logsumexp(0) - row[i], column.logsumexp(0) - column[i]]
    return torch.stack(losses).mean()


@right("03.2")
def _(image, text, scale):
    table = scale * (image @ text.transpose(0, 1))
    answers = torch.arange(table.shape[0]).to(table.device)
    return F.cross_entropy(torch.cat([table, table.T]), answers.repeat(2))


@right("03.2")
def _(image, text, scale):
    table = scale * image @ text.mT
    truth = torch.eye(len(table), dtype=table.dtype, device=table.device)
    return (F.cross_entropy(table, truth) + F.cross_entropy(table.mT, truth)) / 2


@right("03.2")
def _(image, text, scale):
    def one_way(queries, keys):
        scores = scale * (queries[:, None] * keys[None]).sum(-1)
        scores = scores - scores.amax(1, keepdim=True).detach()
        return -(scores.diagonal() - scores.exp().sum(1).log()).mean()

    return torch.stack([one_way(image, text), one_way(text, image)]).mean()


@right("03.2")
def _(image, text, scale):
    table = image @ text.T * scale
    right_scores = (image * text).sum(1, keepdim=True) * scale
    # How far every rival is ahead of the right answer, 0 for itself.
    of_images = torch.logsumexp(table - right_scores, dim=1)
    of_texts = torch.logsumexp(table.T - right_scores, dim=1)
    return torch.cat([of_images, of_texts]).mean()


@right("03.2")
def _(image, text, scale):
    table = F.linear(image, text) * scale
    n = table.size(0)
    return -(table.log_softmax(1).trace() + table.log_softmax(0).trace()) / (2 * n)


@right("03.2")
def _(image, text, scale):
    table = scale * (image @ text.T)
    log_p = torch.stack([table.log_softmax(-1), table.T.log_softmax(-1)])
    return F.nll_loss(log_p.flatten(0, 1), torch.cat(2 * [torch.arange(len(table), device=table.device)]))


@wrong("03.2", "one direction only: pictures look for texts")
def _(image, text, scale):
    return F.cross_entropy(scale * image @ text.T, torch.arange(len(image)))


@wrong("03.2", "one direction only: texts look for pictures")
def _(image, text, scale):
    return F.cross_entropy(scale * text @ image.T, torch.arange(len(image)))


@wrong("03.2", "the same direction twice: the table is not transposed")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table, answers)) / 2


@wrong("03.2", "the sum of the two directions in place of their mean")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image))
    return F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)


@wrong("03.2", "brackets are missing: only the second direction is halved")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image))
    return F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers) / 2


@wrong("03.2", "the sum over the batch in place of the mean")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers, reduction="sum") + F.cross_entropy(table.T, answers, reduction="sum")) / 2


@wrong("03.2", "one loss for each pair: the mean over the batch is missing")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers, reduction="none") + F.cross_entropy(table.T, answers, reduction="none")) / 2


@wrong("03.2", "the scale is missing")
def _(image, text, scale):
    table, answers = image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "divides by the scale as if it were the temperature")
def _(image, text, scale):
    table, answers = image @ text.T / scale, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "scales both towers, so the cosines are multiplied by the square of the scale")
def _(image, text, scale):
    table, answers = (scale * image) @ (scale * text).T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "multiplies the loss by the scale, not the cosines")
def _(image, text, scale):
    table, answers = image @ text.T, torch.arange(len(image))
    return scale * (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "the scale in one direction only")
def _(image, text, scale):
    table, answers = image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(scale * table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "takes the scale for its logarithm")
def _(image, text, scale):
    table, answers = torch.as_tensor(scale).exp() * (image @ text.T), torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "the scale is detached, so it cannot be learned")
def _(image, text, scale):
    table, answers = torch.as_tensor(scale).detach() * image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "softmax before cross_entropy, which takes one itself")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table.softmax(1), answers) + F.cross_entropy(table.T.softmax(1), answers)) / 2


@wrong("03.2", "the right answer is column 0 in every row")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.zeros(len(image), dtype=torch.long)
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "the right answer is counted from the end")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image)).flip(0)
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "compares pictures with pictures")
def _(image, text, scale):
    table, answers = scale * image @ image.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "pictures among pictures and texts among texts")
def _(image, text, scale):
    answers = torch.arange(len(image))
    return (F.cross_entropy(scale * image @ image.T, answers) + F.cross_entropy(scale * text @ text.T, answers)) / 2


@wrong("03.2", "a table of numbers by numbers, (D, D), in place of pictures by texts")
def _(image, text, scale):
    table = scale * image.T @ text
    answers = torch.arange(len(table))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "e to the power of scaled cosines overflows at a scale of 100")
def _(image, text, scale):
    table = (scale * image @ text.T).exp()
    right_answers = table.diagonal()
    return -((right_answers / table.sum(1)).log() + (right_answers / table.sum(0)).log()).mean() / 2


@wrong(
    "03.2", "takes the logarithm of a softmax that may be 0: infinite for a pair that does not fit at a scale of 100"
)
def _(image, text, scale):
    table = scale * image @ text.T
    return -(table.softmax(1).diagonal().log() + table.softmax(0).diagonal().log()).mean() / 2


@wrong("03.2", "an epsilon inside the logarithm caps the loss of a pair that does not fit")
def _(image, text, scale):
    table = scale * image @ text.T
    return -((table.softmax(1).diagonal() + 1e-6).log() + (table.softmax(0).diagonal() + 1e-6).log()).mean() / 2


@wrong("03.2", "the right answer is missing from the sum below")
def _(image, text, scale):
    table = scale * image @ text.T
    others = table.masked_fill(torch.eye(len(table), dtype=torch.bool), -torch.inf)
    return (others.logsumexp(1) + others.logsumexp(0) - 2 * table.diagonal()).mean() / 2


@wrong("03.2", "one softmax over the whole table in place of one for each row and column")
def _(image, text, scale):
    table = scale * image @ text.T
    return -table.flatten().log_softmax(0).view_as(table).diagonal().mean()


@wrong("03.2", "one sum below for both directions: row and column together")
def _(image, text, scale):
    table = scale * image @ text.T
    both = torch.cat([table, table.T], dim=1)
    return (both.logsumexp(1) - table.diagonal()).mean()


@wrong("03.2", "all cells of the log-softmax in place of the diagonal")
def _(image, text, scale):
    table = scale * image @ text.T
    return -(table.log_softmax(1).mean() + table.log_softmax(0).mean()) / 2


@wrong("03.2", "the minus sign is missing")
def _(image, text, scale):
    table = scale * image @ text.T
    return (table.log_softmax(1).diagonal().mean() + table.log_softmax(0).diagonal().mean()) / 2


@wrong("03.2", "the logarithm of the mean probability, not the mean of the logarithms")
def _(image, text, scale):
    table = scale * image @ text.T
    return -(table.softmax(1).diagonal().mean().log() + table.softmax(0).diagonal().mean().log()) / 2


@wrong("03.2", "only pulls each pair together: no softmax, nothing to tell apart")
def _(image, text, scale):
    return scale * (1 - (image * text).sum(1)).mean()


@wrong("03.2", "squared distances in place of cosines, which doubles the scale")
def _(image, text, scale):
    table, answers = -scale * (image[:, None] - text).square().sum(-1), torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "the sign of the cosine is lost")
def _(image, text, scale):
    table, answers = scale * (image @ text.T).abs(), torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "the texts are detached: their tower learns nothing")
def _(image, text, scale):
    table, answers = scale * image @ text.detach().T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "each direction trains one tower only: the other is detached")
def _(image, text, scale):
    answers = torch.arange(len(image))
    of_images = F.cross_entropy(scale * image @ text.detach().T, answers)
    return (of_images + F.cross_entropy(scale * text @ image.detach().T, answers)) / 2


@wrong("03.2", "a Python float, through which nothing can be learned")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)).item() / 2


@wrong("03.2", "brings the columns to length 1, which mixes the pictures of the batch")
def _(image, text, scale):
    table, answers = scale * F.normalize(image, dim=0) @ F.normalize(text, dim=0).T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "multiplies the pictures by the scale in place, and so changes the caller's directions")
def _(image, text, scale):
    image *= scale
    table, answers = image @ text.T, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "works for five pairs only")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.tensor([0, 1, 2, 3, 4])
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "the loss of the first pair only")
def _(image, text, scale):
    table = scale * image @ text.T
    return -(table.log_softmax(1)[0, 0] + table.log_softmax(0)[0, 0]) / 2


@wrong("03.2", "divides by the root of D too, as attention does")
def _(image, text, scale):
    table, answers = scale * image @ text.T / image.shape[1] ** 0.5, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "a sigmoid for each pair, which is another loss")
def _(image, text, scale):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T)).sum() / len(image)


@wrong("03.2", "the transpose is missing, so the two do not fit, and it raises")
def _(image, text, scale):
    table, answers = scale * image @ text, torch.arange(len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "floats where cross_entropy wants whole numbers, and it raises")
def _(image, text, scale):
    table, answers = scale * image @ text.T, torch.linspace(0, len(image) - 1, len(image))
    return (F.cross_entropy(table, answers) + F.cross_entropy(table.T, answers)) / 2


@wrong("03.2", "the towers are not used: the loss of a blind guess")
def _(image, text, scale):
    return torch.tensor(float(len(image))).log() + 0 * (image.sum() + text.sum()) * scale


# ---------------------------------------------------------------------------------------------------------------------
# 03.3 · a classifier made of sentences
# ---------------------------------------------------------------------------------------------------------------------


@right("03.3")
def _(images, prompts):
    classes = F.normalize(prompts.mean(0), dim=-1)
    return (images @ classes.T).argmax(1)


@right("03.3")
def _(images, prompts):
    classes = prompts.mean(dim=0)
    classes = classes / classes.norm(dim=1, keepdim=True)
    return torch.einsum("nd,cd->nc", images, classes).argmax(dim=-1)


@right("03.3")
def _(images, prompts):
    # The length of the mean is all that matters, so the sum does as well.
    return F.cosine_similarity(images[:, None], prompts.sum(0)[None], dim=-1).max(1).indices


@right("03.3")
def _(images, prompts):
    classes = torch.stack([F.normalize(prompts[:, c].mean(0), dim=0) for c in range(prompts.shape[1])])
    return torch.tensor([int((classes @ image).argmax()) for image in images])


@right("03.3")
def _(images, prompts):
    mean = prompts.mean(0)
    scores = torch.einsum("nd,pcd->nc", images, prompts) / len(prompts) / mean.norm(dim=-1)
    return scores.topk(1, dim=1).indices[:, 0]


@right("03.3")
def _(images, prompts):
    classes = prompts.permute(1, 0, 2).mean(dim=1)
    classes = classes / classes.square().sum(-1, keepdim=True).sqrt()
    return (F.normalize(images, dim=-1) @ classes.T).softmax(1).argmax(1)


@right("03.3")
def _(images, prompts):
    classes = F.normalize(torch.mean(prompts, 0), p=2, dim=1)
    # All directions have length 1, so the best fit is the nearest.
    distances = (F.normalize(images, dim=1)[:, None] - classes).square().sum(-1)
    return distances.argmin(dim=1)


@right("03.3")
def _(images, prompts):
    total = torch.zeros_like(prompts[0])
    for sentence in prompts:
        total = total + sentence
    return torch.argmax(F.linear(images, F.normalize(total, dim=1)), dim=1)


@right("03.3")
def _(images, prompts):
    classes = F.normalize(prompts.mean(0), dim=-1)
    found = []
    for image in images:
        scores = [float(image @ direction) for direction in classes]
        found.append(scores.index(max(scores)))
    return torch.tensor(found)


@wrong("03.3", "the mean is not brought back to length 1, so classes whose sentences agree win")
def _(images, prompts):
    return (images @ prompts.mean(0).T).argmax(1)


@wrong("03.3", "the mean of the cosines with each sentence, which is a mean direction that is not brought to length 1")
def _(images, prompts):
    return torch.einsum("nd,pcd->npc", images, prompts).mean(1).argmax(1)


@wrong("03.3", "each sentence brought to length 1, but not their mean")
def _(images, prompts):
    return (images @ F.normalize(prompts, dim=-1).mean(0).T).argmax(1)


@wrong("03.3", "normalizes along the classes in place of the numbers")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=0).T).argmax(1)


@wrong("03.3", "normalizes by the length of all classes together, which changes nothing")
def _(images, prompts):
    classes = prompts.mean(0)
    return (images @ (classes / classes.norm()).T).argmax(1)


@wrong("03.3", "divides by the sum of absolute values in place of the length")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), p=1, dim=-1).T).argmax(1)


@wrong("03.3", "divides by the square of the length: the root is missing")
def _(images, prompts):
    classes = prompts.mean(0)
    return (images @ (classes / classes.square().sum(1, keepdim=True)).T).argmax(1)


@wrong("03.3", "brings the pictures to length 1 in place of the classes")
def _(images, prompts):
    return (F.normalize(images, dim=-1) @ prompts.mean(0).T).argmax(1)


@wrong("03.3", "subtracts the mean class before normalizing")
def _(images, prompts):
    classes = prompts.mean(0)
    return (images @ F.normalize(classes - classes.mean(0), dim=-1).T).argmax(1)


@wrong("03.3", "the distance to a mean that is shorter than 1")
def _(images, prompts):
    return torch.cdist(images, prompts.mean(0)).argmin(1)


@wrong("03.3", "the first sentence only")
def _(images, prompts):
    return (images @ prompts[0].T).argmax(1)


@wrong("03.3", "the last sentence only")
def _(images, prompts):
    return (images @ prompts[-1].T).argmax(1)


@wrong("03.3", "the mean over the classes in place of the sentences")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(1), dim=-1).T).argmax(1)


@wrong("03.3", "the best sentence of each class in place of the mean")
def _(images, prompts):
    return torch.einsum("nd,pcd->npc", images, prompts).amax(1).argmax(1)


@wrong("03.3", "the worst sentence of each class in place of the mean")
def _(images, prompts):
    return torch.einsum("nd,pcd->npc", images, prompts).amin(1).argmax(1)


@wrong("03.3", "the sentences vote in place of being averaged")
def _(images, prompts):
    return torch.einsum("nd,pcd->npc", images, prompts).argmax(2).mode(1).values


@wrong("03.3", "the mean of softmaxes in place of the mean of directions")
def _(images, prompts):
    return torch.einsum("nd,pcd->npc", 40 * images, prompts).softmax(2).mean(1).argmax(1)


@wrong("03.3", "the median of the directions in place of their mean")
def _(images, prompts):
    return (images @ F.normalize(prompts.median(0).values, dim=-1).T).argmax(1)


@wrong("03.3", "the largest number of all sentences in each place, not the mean")
def _(images, prompts):
    return (images @ F.normalize(prompts.amax(0), dim=-1).T).argmax(1)


@wrong("03.3", "reshapes where axes should be exchanged, so sentences of different classes are mixed")
def _(images, prompts):
    P, C, D = prompts.shape
    return (images @ F.normalize(prompts.reshape(C, P, D).mean(1), dim=-1).T).argmax(1)


@wrong("03.3", "the class that fits worst: argmin")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).argmin(1)


@wrong("03.3", "the sign of the cosine is lost")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).abs().argmax(1)


@wrong("03.3", "the picture that fits each class best, (C,)")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).argmax(0)


@wrong("03.3", "one number for the whole table: argmax without an axis")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).argmax()


@wrong("03.3", "the highest cosine in place of the class")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).amax(1)


@wrong("03.3", "the scores of all classes in place of the class")
def _(images, prompts):
    return images @ F.normalize(prompts.mean(0), dim=-1).T


@wrong("03.3", "values and indices, not the indices alone")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).max(1)


@wrong("03.3", "shape (N, 1) in place of (N,)")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).argmax(1, keepdim=True)


@wrong("03.3", "the number of a sentence, not of a class")
def _(images, prompts):
    return (images @ prompts.flatten(0, 1).T).argmax(1)


@wrong("03.3", "the class of the best single sentence")
def _(images, prompts):
    return (images @ prompts.flatten(0, 1).T).argmax(1) % prompts.shape[1]


@wrong("03.3", "sentences and classes in the wrong order: divides where the rest is needed")
def _(images, prompts):
    return (images @ prompts.flatten(0, 1).T).argmax(1) // prompts.shape[0]


@wrong("03.3", "counts the classes from 1")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).argmax(1) + 1


@wrong("03.3", "floats in place of whole numbers, which index nothing")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).argmax(1).float()


@wrong("03.3", "a list in place of a tensor")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1).T).argmax(1).tolist()


@wrong("03.3", "the first picture only")
def _(images, prompts):
    return (F.normalize(prompts.mean(0), dim=-1) @ images[0]).argmax(0)


@wrong("03.3", "adds the sentences up in place, and so changes the caller's first one")
def _(images, prompts):
    total = prompts[0]
    for sentence in prompts[1:]:
        total += sentence
    return (images @ F.normalize(total, dim=-1).T).argmax(1)


@wrong("03.3", "the root of the number of sentences, as if it were the length of their sum")
def _(images, prompts):
    return (images @ (prompts.sum(0) / len(prompts) ** 0.5).T).argmax(1)


@wrong("03.3", "the transpose is missing, so the two do not fit, and it raises")
def _(images, prompts):
    return (images @ F.normalize(prompts.mean(0), dim=-1)).argmax(1)


@wrong("03.3", "a function that PyTorch does not have: normalise raises")
def _(images, prompts):
    return (images @ prompts.mean(0).normalise(dim=-1).T).argmax(1)


@wrong("03.3", "a constant: class 0 for every picture")
def _(images, prompts):
    return torch.zeros(len(images), dtype=torch.long)


# ---------------------------------------------------------------------------------------------------------------------
# 03.4 · recall among the first k
# ---------------------------------------------------------------------------------------------------------------------


@right("03.4")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    own = torch.arange(len(similarity), device=similarity.device)[:, None]
    return (found == own).any(1).float().mean().item()


@right("03.4")
def _(similarity, k):
    better = (similarity > similarity.diagonal()[:, None]).sum(1)
    return (better < k).double().mean().item()


@right("03.4")
def _(similarity, k):
    hits = 0
    for i, row in enumerate(similarity):
        if i in row.topk(k).indices.tolist():
            hits += 1
    return hits / len(similarity)


@right("03.4")
def _(similarity, k):
    order = similarity.argsort(dim=1, descending=True)[:, :k]
    return sum(i in row for i, row in enumerate(order.tolist())) / len(similarity)


@right("03.4")
def _(similarity, k):
    # Sorting the order gives each place its rank.
    rank = similarity.argsort(1, descending=True).argsort(1).diagonal()
    return float((rank < k).float().mean())


@right("03.4")
def _(similarity, k):
    kth = similarity.sort(dim=1, descending=True).values[:, k - 1]
    return (similarity.diagonal() >= kth).sum().item() / similarity.shape[0]


@right("03.4")
def _(similarity, k):
    hits = torch.zeros_like(similarity).scatter(1, similarity.topk(k).indices, 1.0)
    return (hits.trace() / len(similarity)).item()


@right("03.4")
def _(similarity, k):
    n = len(similarity)
    ranks = [sorted(range(n), key=row.__getitem__, reverse=True).index(i) for i, row in enumerate(similarity.tolist())]
    return sum(rank < k for rank in ranks) / n


@right("03.4")
def _(similarity, k):
    n = similarity.size(0)
    rank = 1 + (similarity > similarity.diag().unsqueeze(1)).long().sum(dim=1)
    return torch.count_nonzero(rank <= k).item() / n


@wrong("03.4", "looks down the columns in place of along the rows")
def _(similarity, k):
    found = similarity.topk(k, dim=0).indices
    return (found == torch.arange(len(similarity))).any(0).float().mean().item()


@wrong("03.4", "compares ranks along the columns")
def _(similarity, k):
    better = (similarity > similarity.diagonal()).sum(0)
    return (better < k).float().mean().item()


@wrong("03.4", "compares with the right score of the column, not of the row: a new axis is missing")
def _(similarity, k):
    better = (similarity > similarity.diagonal()).sum(1)
    return (better < k).float().mean().item()


@wrong("03.4", "off by one: one place too many")
def _(similarity, k):
    better = (similarity > similarity.diagonal()[:, None]).sum(1)
    return (better <= k).float().mean().item()


@wrong("03.4", "off by one: one place too few")
def _(similarity, k):
    rank = 1 + (similarity > similarity.diagonal()[:, None]).sum(1)
    return (rank < k).float().mean().item()


@wrong("03.4", "the right answer counts as better than itself: >= in place of >")
def _(similarity, k):
    better = (similarity >= similarity.diagonal()[:, None]).sum(1)
    return (better < k).float().mean().item()


@wrong("03.4", "the right answer must be above the k-th highest, not among the first k")
def _(similarity, k):
    kth = similarity.topk(k, dim=1).values[:, -1]
    return (similarity.diagonal() > kth).float().mean().item()


@wrong("03.4", "exactly at place k, not among the first k")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices[:, -1]
    return (found == torch.arange(len(similarity))).float().mean().item()


@wrong("03.4", "always the first place: k is not used")
def _(similarity, k):
    return (similarity.argmax(1) == torch.arange(len(similarity))).float().mean().item()


@wrong("03.4", "always among the first five: k is not used")
def _(similarity, k):
    found = similarity.topk(min(5, len(similarity)), dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "the k lowest in place of the k highest")
def _(similarity, k):
    found = similarity.topk(k, dim=1, largest=False).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "sorts upward and takes the first k")
def _(similarity, k):
    found = similarity.argsort(1)[:, :k]
    return (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "the number of hits in place of their share")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return float((found == torch.arange(len(similarity))[:, None]).any(1).sum())


@wrong("03.4", "divides by k too: precision in place of recall")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).float().mean().item()


@wrong("03.4", "divides by k in place of the number of questions")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).sum().item() / k


@wrong("03.4", "in percent")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return 100 * (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@right("03.4")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).float().mean()


@wrong("03.4", "hit or miss for each row: the mean is missing")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).float()


@wrong("03.4", "a whole number: divides with //")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).sum().item() // len(similarity)


@wrong("03.4", "reads the order as ranks: argsort once says who stands at place i, not at which place i stands")
def _(similarity, k):
    return (similarity.argsort(1, descending=True).diagonal() < k).float().mean().item()


@wrong("03.4", "any runs over the questions in place of the places")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(0).float().mean().item()


@wrong("03.4", "a hit counts whichever question found it, not only the i-th")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return torch.isin(torch.arange(len(similarity)), found).float().mean().item()


@wrong("03.4", "the right answer of every row is place 0")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == 0).any(1).float().mean().item()


@wrong("03.4", "the highest values in place of their places")
def _(similarity, k):
    found = similarity.topk(k, dim=1).values
    return (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "the k highest of the whole table in place of each row")
def _(similarity, k):
    found = similarity.flatten().topk(k).indices
    own = torch.arange(len(similarity)) * (len(similarity) + 1)
    return torch.isin(own, found).float().mean().item()


@wrong("03.4", "the first k questions only")
def _(similarity, k):
    found = similarity[:k].topk(k, dim=1).indices
    return (found == torch.arange(len(found))[:, None]).any(1).float().mean().item()


@wrong("03.4", "searches among the first k places only, not among all")
def _(similarity, k):
    return (similarity[:, :k].argmax(1) == torch.arange(len(similarity))).float().mean().item()


@wrong("03.4", "the size of the score, whatever its sign")
def _(similarity, k):
    found = similarity.abs().topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "both directions together: the mean of rows and columns")
def _(similarity, k):
    own = torch.arange(len(similarity))[:, None]
    rows, columns = similarity.topk(k, dim=1).indices, similarity.T.topk(k, dim=1).indices
    return ((rows == own).any(1).float().mean().item() + (columns == own).any(1).float().mean().item()) / 2


@wrong("03.4", "the share that is missed in place of the share that is found")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return 1 - (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "the mean of the recalls up to k")
def _(similarity, k):
    rank = (similarity > similarity.diagonal()[:, None]).sum(1)
    return sum((rank < i).float().mean().item() for i in range(1, k + 1)) / k


@wrong("03.4", "a hit at a later place counts less: 1 over its rank")
def _(similarity, k):
    rank = 1 + (similarity > similarity.diagonal()[:, None]).sum(1)
    return ((rank <= k) / rank).mean().item()


@wrong("03.4", "crosses out the answers it has found, in the caller's own table")
def _(similarity, k):
    hit = torch.zeros(len(similarity), dtype=torch.bool)
    for _ in range(k):
        best = similarity.argmax(1)
        hit |= best == torch.arange(len(similarity))
        similarity[torch.arange(len(similarity)), best] = -torch.inf
    return hit.float().mean().item()


@wrong("03.4", "works for a hundred questions only: a number is written into the code")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).sum().item() / 100


@wrong("03.4", "compares a table (N, k) with a row (N,), and raises unless k is 1 or N")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))).any(1).float().mean().item()


@wrong("03.4", "the mean of true and false, which raises")
def _(similarity, k):
    found = similarity.topk(k, dim=1).indices
    return (found == torch.arange(len(similarity))[:, None]).any(1).mean().item()


@wrong("03.4", "forgets that topk gives values and indices, and raises")
def _(similarity, k):
    found = similarity.topk(k, dim=1)
    return (found == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


@wrong("03.4", "a constant: everything is found")
def _(similarity, k):
    return 1.0


# ---------------------------------------------------------------------------------------------------------------------
# 03.5 · SigLIP's loss
# ---------------------------------------------------------------------------------------------------------------------


@right("03.5")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image), dtype=image.dtype, device=image.device) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@right("03.5")
def _(image, text, scale, bias):
    scores = scale * image @ text.T + bias
    truth = torch.eye(len(scores)).to(scores)
    return F.binary_cross_entropy_with_logits(scores, truth, reduction="sum") / len(scores)


@right("03.5")
def _(image, text, scale, bias):
    # ln(1 + e^x) for a no, ln(1 + e^-x) for a yes, which is ln(1 + e^x) - x.
    scores = scale * torch.einsum("id,jd->ij", image, text) + bias
    return (F.softplus(scores).sum() - scores.trace()) / len(scores)


@right("03.5")
def _(image, text, scale, bias):
    total = 0
    for i in range(len(image)):
        for j in range(len(text)):
            score = scale * (image[i] @ text[j]) + bias
            total = total - F.logsigmoid(score if i == j else -score)
    return total / len(image)


@right("03.5")
def _(image, text, scale, bias):
    scores = scale * image @ text.mT + bias
    same = torch.eye(scores.shape[0], dtype=torch.bool, device=scores.device)
    return F.softplus(torch.where(same, -scores, scores)).sum(1).mean()


@right("03.5")
def _(image, text, scale, bias):
    scores = (image @ text.T) * scale + bias
    z = -torch.ones_like(scores)
    z.fill_diagonal_(1)
    wrong_way = -z * scores
    return torch.logaddexp(wrong_way, torch.zeros_like(wrong_way)).mean(0).sum()


@right("03.5")
def _(image, text, scale, bias):
    scores = F.linear(image, text) * scale + bias
    same = torch.eye(len(scores), dtype=torch.bool)
    yes, no = F.logsigmoid(scores[same]), F.logsigmoid(-scores[~same])
    return -(yes.sum() + no.sum()) / same.sum()


@right("03.5")
def _(image, text, scale, bias):
    z = torch.where(torch.arange(len(image))[:, None] == torch.arange(len(text)), 1.0, -1.0).to(image)
    x = z * (scale * (image[:, None] * text).sum(-1) + bias)
    # The same as ln(1 + e^-x), and no exponent is above 0.
    return ((-x).clamp(min=0) + torch.log1p(torch.exp(-x.abs()))).sum().div(len(image))


@right("03.5")
def _(image, text, scale, bias):
    scores = scale * image @ text.T + bias
    everything_no = -F.logsigmoid(-scores).sum()
    diagonal = scores.diagonal()
    corrected = everything_no + F.logsigmoid(-diagonal).sum() - F.logsigmoid(diagonal).sum()
    return corrected / scores.size(0)


@wrong("03.5", "the mean over all B² pairs, not the sum divided by B")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).mean()


@wrong("03.5", "the sum over all pairs: not divided by B")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum()


@wrong("03.5", "one loss for each picture: the mean is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum(1)


@wrong("03.5", "divides by D in place of B")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / image.shape[1]


@wrong("03.5", "divides by 2 B, as if there were two directions")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / (2 * len(image))


@wrong("03.5", "the minus sign is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "z is turned round: −1 for what belongs together")
def _(image, text, scale, bias):
    z = 1 - 2 * torch.eye(len(image))
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "z is 1 and 0 in place of 1 and −1")
def _(image, text, scale, bias):
    z = torch.eye(len(image))
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "z is 0 and −1: the pairs that belong together are asked nothing")
def _(image, text, scale, bias):
    z = torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "the answer to every pair is yes: z is missing")
def _(image, text, scale, bias):
    return -F.logsigmoid(scale * image @ text.T + bias).sum() / len(image)


@wrong("03.5", "z outside the logarithm")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -(z * F.logsigmoid(scale * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "the bias inside the scale: s (u · v + b)")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * (image @ text.T + bias))).sum() / len(image)


@wrong("03.5", "the bias outside the brackets: z does not turn it round")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T) + bias).sum() / len(image)


@wrong("03.5", "the bias is subtracted")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T - bias)).sum() / len(image)


@wrong("03.5", "the bias is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T)).sum() / len(image)


@wrong("03.5", "the bias for the wrong pairs only")
def _(image, text, scale, bias):
    same = torch.eye(len(image))
    return -F.logsigmoid((2 * same - 1) * (scale * image @ text.T + bias * (1 - same))).sum() / len(image)


@wrong("03.5", "the scale is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "divides by the scale as if it were the temperature")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (image @ text.T / scale + bias)).sum() / len(image)


@wrong("03.5", "takes the scale for its logarithm")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (torch.as_tensor(scale).exp() * (image @ text.T) + bias)).sum() / len(image)


@wrong("03.5", "the logarithm of a sigmoid that may be 0: infinite for a sure mistake")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -torch.sigmoid(z * (scale * image @ text.T + bias)).log().sum() / len(image)


@wrong("03.5", "ln(1 + e^-x) as it stands: e to the power of a large score overflows")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return torch.log(1 + torch.exp(-z * (scale * image @ text.T + bias))).sum() / len(image)


@wrong("03.5", "an epsilon inside the logarithm caps the loss of a sure mistake")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -(torch.sigmoid(z * (scale * image @ text.T + bias)) + 1e-8).log().sum() / len(image)


@wrong("03.5", "one minus the probability: no logarithm")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return (1 - torch.sigmoid(z * (scale * image @ text.T + bias))).sum() / len(image)


@wrong("03.5", "only the pairs that belong together")
def _(image, text, scale, bias):
    return -F.logsigmoid(scale * (image * text).sum(1) + bias).mean()


@wrong("03.5", "only the pairs that do not belong together")
def _(image, text, scale, bias):
    scores = scale * image @ text.T + bias
    return -F.logsigmoid(-scores[~torch.eye(len(scores), dtype=torch.bool)]).sum() / len(scores)


@wrong("03.5", "each pair once: the lower left half of the table is missing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).triu().sum() / len(image)


@wrong("03.5", "the mean of yes plus the mean of no, so that both weigh the same")
def _(image, text, scale, bias):
    scores, same = scale * image @ text.T + bias, torch.eye(len(image), dtype=torch.bool)
    return -(F.logsigmoid(scores[same]).mean() + F.logsigmoid(-scores[~same]).mean())


@wrong("03.5", "compares pictures with pictures")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ image.T + bias)).sum() / len(image)


@wrong("03.5", "a table of numbers by numbers, (D, D), in place of pictures by texts")
def _(image, text, scale, bias):
    z = 2 * torch.eye(image.shape[1]) - 1
    return -F.logsigmoid(z * (scale * image.T @ text + bias)).sum() / len(image)


@wrong("03.5", "a softmax for each row in place of a sigmoid for each pair")
def _(image, text, scale, bias):
    return F.cross_entropy(scale * image @ text.T + bias, torch.arange(len(image)))


@wrong("03.5", "the logarithm to base 2")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / len(image) / torch.tensor(2.0).log()


@wrong("03.5", "a sigmoid before the loss, which takes one itself")
def _(image, text, scale, bias):
    scores = torch.sigmoid(scale * image @ text.T + bias)
    return F.binary_cross_entropy_with_logits(scores, torch.eye(len(scores)), reduction="sum") / len(scores)


@wrong("03.5", "the texts are detached: their tower learns nothing")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.detach().T + bias)).sum() / len(image)


@wrong("03.5", "the bias is detached, so it cannot be learned")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + torch.as_tensor(bias).detach())).sum() / len(image)


@wrong("03.5", "the scale is detached, so it cannot be learned")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (torch.as_tensor(scale).detach() * image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "a Python float, through which nothing can be learned")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum().item() / len(image)


@wrong("03.5", "works for five pairs only")
def _(image, text, scale, bias):
    z = 2 * torch.eye(5) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + bias)).sum() / 5


@wrong("03.5", "the squared distance in place of the cosine")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (bias - scale * (image[:, None] - text).square().sum(-1))).sum() / len(image)


@wrong("03.5", "multiplies the pictures by the scale in place, and so changes the caller's directions")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    image *= scale
    return -F.logsigmoid(z * (image @ text.T + bias)).sum() / len(image)


@wrong("03.5", "never lets the bias rise above −10, where SigLIP begins")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text.T + torch.as_tensor(bias).clamp(max=-10.0))).sum() / len(image)


@wrong("03.5", "the transpose is missing, so the two do not fit, and it raises")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(z * (scale * image @ text + bias)).sum() / len(image)


@wrong("03.5", "a method that tensors do not have: logsigmoid raises")
def _(image, text, scale, bias):
    z = 2 * torch.eye(len(image)) - 1
    return -(z * (scale * image @ text.T + bias)).logsigmoid().sum() / len(image)


@wrong("03.5", "the towers are not used: a constant")
def _(image, text, scale, bias):
    return torch.tensor(0.0) * (image.sum() + text.sum()) * scale + 0.0 * bias + 1.0
