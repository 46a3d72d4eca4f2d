# ruff: noqa
# pyright: basic
"""Answers to the exercises of chapter 00 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch
import torch.nn.functional as F

from ._answer import right, wrong


def distance(a, b):
    """What a student who has solved 00.2 may call in 00.3."""
    return ((a - b) ** 2).mean().sqrt()


# 00.1 · pixel_at(picture, x, y)


@wrong("00.1", "takes x for the row and y for the column")
def _(picture, x, y):
    return picture[:, x, y]


@wrong("00.1", "counts rows from the bottom")
def _(picture, x, y):
    height = picture.shape[1]
    return picture[:, height - 1 - y, x]


@wrong("00.1", "counts columns from the right")
def _(picture, x, y):
    return picture[:, y, -x - 1]


@wrong("00.1", "counts rows and columns from 1")
def _(picture, x, y):
    return picture[:, y - 1, x - 1]


@wrong("00.1", "reads one row too far down")
def _(picture, x, y):
    return picture[:, y : y + 2, x][:, -1]


@wrong("00.1", "has no place for the colors: y counts colors, x counts rows")
def _(picture, x, y):
    return picture[y, x]


@wrong("00.1", "the colon picks everything, so y and x then count colors and rows")
def _(picture, x, y):
    return picture[:][y][x]


@wrong("00.1", "looks for the colors on the last side")
def _(picture, x, y):
    return picture[y, x, :]


@wrong("00.1", "a whole row")
def _(picture, x, y):
    return picture[:, y]


@wrong("00.1", "a whole column")
def _(picture, x, y):
    return picture[:, :, x]


@wrong("00.1", "keeps two sides of length 1: (3, 1, 1)")
def _(picture, x, y):
    return picture[:, y : y + 1, x : x + 1]


@wrong("00.1", "keeps one side of length 1: (3, 1)")
def _(picture, x, y):
    return picture[:, [y], [x]]


@wrong("00.1", "adds a batch side: (1, 3)")
def _(picture, x, y):
    return picture[None, :, y, x]


@wrong("00.1", "only how much red")
def _(picture, x, y):
    return picture[0, y, x]


@wrong("00.1", "red and green, but no blue")
def _(picture, x, y):
    return picture[0:2, y, x]


@wrong("00.1", "the mean of the three colors, one gray number")
def _(picture, x, y):
    return picture[:, y, x].mean()


@wrong("00.1", "blue first, red last")
def _(picture, x, y):
    return picture[:, y, x].flip(0)


@wrong("00.1", "from 0 to 255 instead of 0 to 1")
def _(picture, x, y):
    return picture[:, y, x] * 255


@wrong("00.1", "whole numbers: nearly every color becomes 0")
def _(picture, x, y):
    return picture[:, y, x].int()


@wrong("00.1", "a list of numbers, not a tensor")
def _(picture, x, y):
    return [picture[c, y, x].item() for c in range(3)]


@wrong("00.1", "takes the height for the length of a row, right for square pictures only")
def _(picture, x, y):
    height = picture.shape[1]
    return picture.flatten(1)[:, y * height + x]


@wrong("00.1", "reshapes where the sides have to be permuted")
def _(picture, x, y):
    colors, height, width = picture.shape
    return picture.reshape(height, width, colors)[y, x]


@wrong("00.1", "permutes to width, height, colors and reads it as height, width, colors")
def _(picture, x, y):
    return picture.permute(2, 1, 0)[y, x]


@wrong("00.1", "the mean of a window around the pixel")
def _(picture, x, y):
    return picture[:, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].mean((1, 2))


@wrong("00.1", "raises: calls a method that tensors do not have")
def _(picture, x, y):
    return picture.getpixel((x, y))


@wrong("00.1", "raises: uses names that do not exist")
def _(picture, x, y):
    return picture[:, row, column]  # pyright: ignore[reportUndefinedVariable]


@wrong("00.1", "raises: gives the picture one index too many")
def _(picture, x, y):
    return picture[0, :, y, x]


@wrong("00.1", "always the pixel in the corner")
def _(picture, x, y):
    return picture[:, 0, 0]


@right("00.1")
def _(picture, x, y):
    return picture[:, y, x]


@right("00.1")
def _(picture, x, y):
    return picture[..., y, x]


@right("00.1")
def _(picture, x, y):
    return picture[:, y][:, x]


@right("00.1")
def _(picture, x, y):
    rows_first = picture.permute(1, 2, 0)
    return rows_first[y][x]


@right("00.1")
def _(picture, x, y):
    width = picture.shape[-1]
    return picture.flatten(1)[:, y * width + x]


@right("00.1")
def _(picture, x, y):
    return torch.stack([picture[c, y, x] for c in range(3)])


@right("00.1")
def _(picture, x, y):
    red, green, blue = picture
    return torch.stack((red[y, x], green[y, x], blue[y, x]))


@right("00.1")
def _(picture, x, y):
    return picture.transpose(1, 2)[:, x, y]


@right("00.1")
def _(picture, x, y):
    return picture.select(1, y).select(1, x)


@right("00.1")
def _(picture, x, y):
    return picture[:, y : y + 1, x : x + 1].flatten()


# 00.2 · pixel_distance(a, b)


@wrong("00.2", "no root")
def _(a, b):
    return ((a - b) ** 2).mean()


@wrong("00.2", "the sum where the mean belongs")
def _(a, b):
    return ((a - b) ** 2).sum().sqrt()


@wrong("00.2", "the length of the difference, not divided by the root of N")
def _(a, b):
    return torch.dist(a, b)


@wrong("00.2", "absolute values instead of squares, and no root")
def _(a, b):
    return (a - b).abs().mean()


@wrong("00.2", "absolute values instead of squares")
def _(a, b):
    return (a - b).abs().mean().sqrt()


@wrong("00.2", "the root before the mean")
def _(a, b):
    return ((a - b) ** 2).sqrt().mean()


@wrong("00.2", "the mean before the square, so plus and minus cancel")
def _(a, b):
    return ((a - b).mean() ** 2).sqrt()


@wrong("00.2", "no square at all: the root of a number that may be negative")
def _(a, b):
    return (a - b).mean().sqrt()


@wrong("00.2", "the difference of the squares, not the square of the difference")
def _(a, b):
    return (a**2 - b**2).mean().abs().sqrt()


@wrong("00.2", "adds the pictures")
def _(a, b):
    return ((a + b) ** 2).mean().sqrt()


@wrong("00.2", "times 2 where squared belongs")
def _(a, b):
    return ((a - b) * 2).abs().mean().sqrt()


@wrong("00.2", "divides by H·W and forgets the three colors")
def _(a, b):
    _, height, width = a.shape
    return (((a - b) ** 2).sum() / (height * width)).sqrt()


@wrong("00.2", "divides by the number of colors only")
def _(a, b):
    return (((a - b) ** 2).sum() / len(a)).sqrt()


@wrong("00.2", "divides by N after the root")
def _(a, b):
    return ((a - b) ** 2).sum().sqrt() / a.numel()


@wrong("00.2", "divides by N - 1")
def _(a, b):
    return (((a - b) ** 2).sum() / (a.numel() - 1)).sqrt()


@wrong("00.2", "takes the height for the width too: right for square pictures only")
def _(a, b):
    return (((a - b) ** 2).sum() / (3 * a.shape[1] ** 2)).sqrt()


@wrong("00.2", "the mean over colors only: a number for each pixel")
def _(a, b):
    return ((a - b) ** 2).mean(0).sqrt()


@wrong("00.2", "a number for each color")
def _(a, b):
    return ((a - b) ** 2).mean((1, 2)).sqrt()


@wrong("00.2", "a root for each color, then their mean")
def _(a, b):
    return ((a - b) ** 2).mean((1, 2)).sqrt().mean()


@wrong("00.2", "a root for each pixel, then their mean")
def _(a, b):
    return ((a - b) ** 2).mean(0).sqrt().mean()


@wrong("00.2", "red only")
def _(a, b):
    return ((a[0] - b[0]) ** 2).mean().sqrt()


@wrong("00.2", "compares gray pictures: colors are averaged before the difference")
def _(a, b):
    return ((a.mean(0) - b.mean(0)) ** 2).mean().sqrt()


@wrong("00.2", "the standard deviation, which takes the mean difference away")
def _(a, b):
    return (a - b).std(correction=0)


@wrong("00.2", "an epsilon under the root: equal pictures are not 0 apart")
def _(a, b):
    return (((a - b) ** 2).mean() + 1e-6).sqrt()


@wrong("00.2", "the largest difference instead of the mean one")
def _(a, b):
    return (a - b).abs().max()


@wrong("00.2", "the median of the squares instead of the mean")
def _(a, b):
    return ((a - b) ** 2).median().sqrt()


@wrong("00.2", "the angle between the pictures: gray and white are 0 apart")
def _(a, b):
    return 1 - F.cosine_similarity(a.flatten(), b.flatten(), dim=0)


@wrong("00.2", "divides by the size of the first picture")
def _(a, b):
    return ((a - b) ** 2).mean().sqrt() / (a**2).mean().sqrt()


@wrong("00.2", "on the scale from 0 to 255")
def _(a, b):
    return ((255 * a - 255 * b) ** 2).mean().sqrt()


@wrong("00.2", "a box of one number, not one number: (1,)")
def _(a, b):
    return ((a - b) ** 2).flatten().mean(0, keepdim=True).sqrt()


@wrong("00.2", "a Python float, which has no .item()")
def _(a, b):
    return math.sqrt(((a - b) ** 2).mean())


@wrong("00.2", "changes the first picture")
def _(a, b):
    a -= b
    return (a**2).mean().sqrt()


@wrong("00.2", "distances of all rows from all rows, then their mean")
def _(a, b):
    return torch.cdist(a, b).mean() / a.shape[-1] ** 0.5


@wrong("00.2", "raises: ^ where ** belongs")
def _(a, b):
    return ((a - b) ^ 2).mean().sqrt()


@wrong("00.2", "raises: a method that tensors do not have")
def _(a, b):
    return (a - b).squared().mean().sqrt()


@wrong("00.2", "raises: math.sqrt of a whole picture")
def _(a, b):
    root = math.sqrt((a - b) ** 2)
    return root / a.numel()


@wrong("00.2", "always 0")
def _(a, b):
    return torch.tensor(0.0)


@right("00.2")
def _(a, b):
    return ((a - b) ** 2).mean().sqrt()


@right("00.2")
def _(a, b):
    return (a - b).pow(2).mean() ** 0.5


@right("00.2")
def _(a, b):
    difference = a - b
    return torch.sqrt(torch.mean(difference * difference))


@right("00.2")
def _(a, b):
    return F.mse_loss(a, b).sqrt()


@right("00.2")
def _(a, b):
    return (a - b).norm() / a.numel() ** 0.5


@right("00.2")
def _(a, b):
    return torch.dist(a, b) / math.sqrt(a.numel())


@right("00.2")
def _(a, b):
    d = (b - a).flatten()
    return (d @ d / len(d)).sqrt()


@right("00.2")
def _(a, b):
    total = 0
    for color in range(3):
        total = total + ((a[color] - b[color]) ** 2).sum()
    colors, height, width = a.shape
    return (total / (colors * height * width)) ** 0.5


@right("00.2")
def _(a, b):
    d = a - b
    return (torch.einsum("chw,chw->", d, d) / d.numel()).sqrt()


@right("00.2")
def _(a, b):
    return (a - b).square().mean(2).mean(1).mean(0).sqrt()


@right("00.2")
def _(a, b):
    return (torch.cdist(a.reshape(1, -1), b.reshape(1, -1)) / a.numel() ** 0.5)[0, 0]


# 00.3 · nearest(query, gallery)


@wrong("00.3", "the farthest picture")
def _(query, gallery):
    return int(((gallery - query) ** 2).mean((1, 2, 3)).argmax())


@wrong("00.3", "the picture itself, not its position")
def _(query, gallery):
    return gallery[((gallery - query) ** 2).mean((1, 2, 3)).argmin()]


@wrong("00.3", "the smallest distance, not its position")
def _(query, gallery):
    return ((gallery - query) ** 2).mean((1, 2, 3)).sqrt().min().item()


@wrong("00.3", "the smallest distance made a whole number: nearly always 0")
def _(query, gallery):
    return int(((gallery - query) ** 2).mean((1, 2, 3)).sqrt().min())


@wrong("00.3", "neither squares nor absolute values: looks for the darkest picture")
def _(query, gallery):
    return int((gallery - query).mean((1, 2, 3)).argmin())


@wrong("00.3", "plus and minus cancel: looks for the same brightness")
def _(query, gallery):
    return int((gallery - query).mean((1, 2, 3)).abs().argmin())


@wrong("00.3", "compares the mean colors only")
def _(query, gallery):
    return int(((gallery.mean((2, 3)) - query.mean((1, 2))) ** 2).sum(1).argmin())


@wrong("00.3", "one distance to the whole gallery, so the smallest is always number 0")
def _(query, gallery):
    return int(distance(query, gallery).argmin())


@wrong("00.3", "the position of the smallest number among all numbers of all pictures")
def _(query, gallery):
    return int(((gallery - query) ** 2).argmin())


@wrong("00.3", "a position in the table of pictures and colors")
def _(query, gallery):
    return int(((gallery - query) ** 2).mean((2, 3)).argmin())


@wrong("00.3", "the mean over pictures: the position of a pixel")
def _(query, gallery):
    return int(((gallery - query) ** 2).flatten(1).mean(0).argmin())


@wrong("00.3", "a position for every pixel")
def _(query, gallery):
    return ((gallery - query) ** 2).argmin(0)


@wrong("00.3", "compares red only")
def _(query, gallery):
    return int(((gallery[:, 0] - query[0]) ** 2).mean((1, 2)).argmin())


@wrong("00.3", "compares gray pictures")
def _(query, gallery):
    return int(((gallery.mean(1) - query.mean(0)) ** 2).mean((1, 2)).argmin())


@wrong("00.3", "absolute differences, which have another nearest at times")
def _(query, gallery):
    return int((gallery - query).abs().mean((1, 2, 3)).argmin())


@wrong("00.3", "the largest difference of each picture decides")
def _(query, gallery):
    return int((gallery - query).abs().amax((1, 2, 3)).argmin())


@wrong("00.3", "the largest dot product: bright pictures win")
def _(query, gallery):
    return int((gallery * query).sum((1, 2, 3)).argmax())


@wrong("00.3", "the smallest angle instead of the smallest distance")
def _(query, gallery):
    return int(F.cosine_similarity(gallery.flatten(1), query.flatten()[None]).argmax())


@wrong("00.3", "takes the mean difference away, so overall brightness does not count")
def _(query, gallery):
    return int((gallery - query).flatten(1).std(1).argmin())


@wrong("00.3", "never looks at the last picture")
def _(query, gallery):
    return min(range(len(gallery) - 1), key=lambda i: distance(query, gallery[i]).item())


@wrong("00.3", "never looks at the first picture")
def _(query, gallery):
    best, least = 0, float("inf")
    for i in range(1, len(gallery)):
        d = distance(query, gallery[i]).item()
        if d < least:
            best, least = i, d
    return best


@wrong("00.3", "counts from 1")
def _(query, gallery):
    return int(((gallery - query) ** 2).mean((1, 2, 3)).argmin()) + 1


@wrong("00.3", "counts from the end")
def _(query, gallery):
    return int(((gallery - query) ** 2).mean((1, 2, 3)).flip(0).argmin())


@wrong("00.3", "the second nearest, as if the query were in the gallery")
def _(query, gallery):
    return int(((gallery - query) ** 2).mean((1, 2, 3)).argsort()[1])


@wrong("00.3", "all positions, nearest first")
def _(query, gallery):
    return ((gallery - query) ** 2).mean((1, 2, 3)).argsort()


@wrong("00.3", "does not keep the smallest distance: the last one nearer than the first wins")
def _(query, gallery):
    best, least = 0, distance(query, gallery[0])
    for i, picture in enumerate(gallery):
        if distance(query, picture) < least:
            best = i
    return best


@wrong("00.3", "starts from a distance of 0, which nothing is below")
def _(query, gallery):
    best, least = 0, 0.0
    for i, picture in enumerate(gallery):
        d = distance(query, picture)
        if d < least:
            best, least = i, d
    return best


@wrong("00.3", "stops at the first one that is nearer than the first picture")
def _(query, gallery):
    first = distance(query, gallery[0])
    for i, picture in enumerate(gallery):
        if distance(query, picture) < first:
            return i
    return 0


@wrong("00.3", "whole numbers from 0 to 255 that wrap around below 0")
def _(query, gallery):
    difference = (gallery * 255).byte() - (query * 255).byte()
    return int((difference.float() ** 2).mean((1, 2, 3)).argmin())


@wrong("00.3", "rounds to black and white before comparing")
def _(query, gallery):
    return int(((gallery.round() - query.round()) ** 2).mean((1, 2, 3)).argmin())


@wrong("00.3", "compares the upper left quarter only")
def _(query, gallery):
    h, w = query.shape[1] // 2, query.shape[2] // 2
    return int(((gallery[:, :, :h, :w] - query[:, :h, :w]) ** 2).mean((1, 2, 3)).argmin())


@wrong("00.3", "changes the gallery")
def _(query, gallery):
    gallery -= query
    return int((gallery**2).mean((1, 2, 3)).argmin())


@wrong("00.3", "a float, not an int")
def _(query, gallery):
    return float(((gallery - query) ** 2).mean((1, 2, 3)).argmin())


@wrong("00.3", "raises: enumerate is missing")
def _(query, gallery):
    best, least = 0, float("inf")
    for i, picture in gallery:
        if distance(query, picture) < least:
            best, least = i, distance(query, picture)
    return best


@wrong("00.3", "raises: a method that tensors do not have")
def _(query, gallery):
    return ((gallery - query) ** 2).mean((1, 2, 3)).index_min()


@wrong("00.3", "raises: ^ where ** belongs")
def _(query, gallery):
    return int(((gallery - query) ^ 2).mean((1, 2, 3)).argmin())


@wrong("00.3", "always 0")
def _(query, gallery):
    return 0


@right("00.3")
def _(query, gallery):
    return int(((gallery - query) ** 2).mean((1, 2, 3)).argmin())


@right("00.3")
def _(query, gallery):
    return (query[None] - gallery).flatten(1).pow(2).sum(1).sqrt().argmin().item()


@right("00.3")
def _(query, gallery):
    best, least = 0, float("inf")
    for i, picture in enumerate(gallery):
        d = distance(query, picture).item()
        if d < least:
            best, least = i, d
    return best


@right("00.3")
def _(query, gallery):
    return min(range(len(gallery)), key=lambda i: distance(query, gallery[i]).item())


@right("00.3")
def _(query, gallery):
    return torch.cdist(query.flatten()[None], gallery.flatten(1)).argmin().item()


@right("00.3")
def _(query, gallery):
    return int(torch.stack([distance(query, other) for other in gallery]).argmin())


@right("00.3")
def _(query, gallery):
    distances = [distance(other, query).item() for other in gallery]
    return distances.index(min(distances))


@right("00.3")
def _(query, gallery):
    return torch.linalg.vector_norm(gallery - query, dim=(1, 2, 3)).argsort()[0].item()


@right("00.3")
def _(query, gallery):
    difference = gallery - query
    return int(torch.einsum("nchw,nchw->n", difference, difference).min(0).indices)


@right("00.3")
def _(query, gallery):
    likeness = -F.mse_loss(gallery, query.expand_as(gallery), reduction="none").flatten(1).mean(1)
    return likeness.topk(1).indices.item()


@right("00.3")
def _(query, gallery):
    position, _ = min(enumerate(gallery), key=lambda pair: ((pair[1] - query) ** 2).sum().item())
    return position


# 00.4 · bits(counts)


@wrong("00.4", "an answer that never turned up makes it nan")
def _(counts):
    p = counts / counts.sum()
    return -(p * p.log2()).sum()


@wrong("00.4", "0 times infinity: an answer that never turned up makes it nan")
def _(counts):
    p = counts / counts.sum()
    return (p * (1 / p).log2()).sum()


@wrong("00.4", "the natural logarithm: not in bits")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log()).sum()


@wrong("00.4", "PyTorch's entropy, which is not in bits")
def _(counts):
    return torch.distributions.Categorical(probs=counts / counts.sum()).entropy()


@wrong("00.4", "logarithms to base 10")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log10()).sum()


@wrong("00.4", "the minus is missing")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return (p * p.log2()).sum()


@wrong("00.4", "the mean over answers where the sum belongs")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log2()).mean()


@wrong("00.4", "the surprises are not weighted: their plain mean")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return (1 / p).log2().mean()


@wrong("00.4", "the surprises are not weighted: their plain sum")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return -p.log2().sum()


@wrong("00.4", "not summed: a number for each answer")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return -p * p.log2()


@wrong("00.4", "counts are not made shares")
def _(counts):
    seen = counts[counts > 0].float()
    return (seen * (1 / seen).log2()).sum()


@wrong("00.4", "weights by the counts: the bits of all answers together")
def _(counts):
    seen = counts[counts > 0]
    return (seen * (seen.sum() / seen).log2()).sum()


@wrong("00.4", "divides by how many answers there are, not by how often they turned up")
def _(counts):
    p = counts[counts > 0] / len(counts)
    return -(p * p.log2()).sum()


@wrong("00.4", "divides by the largest count, not by the sum")
def _(counts):
    p = counts[counts > 0] / counts.max()
    return -(p * p.log2()).sum()


@wrong("00.4", "a softmax where counts are to be divided by their sum")
def _(counts):
    p = counts.float().softmax(0)
    p = p[p > 0]
    return -(p * p.log2()).sum()


@wrong("00.4", "whole division: every share becomes 0 or 1")
def _(counts):
    p = counts // counts.sum()
    p = p[p > 0]
    return -(p * p.log2()).sum()


@wrong("00.4", "adds 1 to every count")
def _(counts):
    p = (counts + 1) / (counts + 1).sum()
    return -(p * p.log2()).sum()


@wrong("00.4", "adds 0.1 to every count, as section 6 does")
def _(counts):
    p = (counts + 0.1) / (counts + 0.1).sum()
    return -(p * p.log2()).sum()


@wrong("00.4", "counts an answer that never turned up as one that turned up once")
def _(counts):
    counts = counts.clamp(min=1)
    p = counts / counts.sum()
    return -(p * p.log2()).sum()


@wrong("00.4", "an epsilon so large inside the logarithm that it changes the answer")
def _(counts):
    p = counts / counts.sum()
    return -(p * (p + 0.01).log2()).sum()


@wrong("00.4", "no share may be below 0.05 in the logarithm, so rare answers surprise too little")
def _(counts):
    p = counts / counts.sum()
    return (p * (1 / p.clamp(min=0.05)).log2()).sum()


@wrong("00.4", "turns nan into 0 after the sum: 0 bits as soon as one answer never turned up")
def _(counts):
    p = counts / counts.sum()
    return -(p * p.log2()).sum().nan_to_num()


@wrong("00.4", "drops answers that turned up once")
def _(counts):
    p = counts[counts > 1] / counts.sum()
    return -(p * p.log2()).sum()


@wrong("00.4", "drops the last answer")
def _(counts):
    p = counts / counts.sum()
    total = torch.tensor(0.0)
    for i in range(len(p) - 1):
        if p[i] > 0:
            total = total - p[i] * p[i].log2()
    return total


@wrong("00.4", "stops at the first answer that never turned up")
def _(counts):
    p = counts / counts.sum()
    total = torch.tensor(0.0)
    for share in p:
        if share == 0:
            break
        total = total - share * share.log2()
    return total


@wrong("00.4", "clamps the logarithms at 0, and they are all below: always 0")
def _(counts):
    p = counts / counts.sum()
    return -(p * p.log2().clamp(min=0)).sum()


@wrong("00.4", "takes all answers for equally likely")
def _(counts):
    return torch.tensor(float(len(counts))).log2()


@wrong("00.4", "takes all answers that turned up for equally likely")
def _(counts):
    return (counts > 0).sum().log2()


@wrong("00.4", "divides by the most bits there could be")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log2()).sum() / math.log2(max(len(counts), 2))


@wrong("00.4", "the surprise of the most common answer only")
def _(counts):
    return -(counts.max() / counts.sum()).log2()


@wrong("00.4", "the surprise of the rarest answer only")
def _(counts):
    return -(counts[counts > 0].min() / counts.sum()).log2()


@wrong("00.4", "two to the power of the entropy: a number of answers, not of bits")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return 2 ** -(p * p.log2()).sum()


@wrong("00.4", "how often two answers differ, not their entropy")
def _(counts):
    p = counts / counts.sum()
    return 1 - (p**2).sum()


@wrong("00.4", "also counts that each answer did not come")
def _(counts):
    p = counts / counts.sum()
    p = p[(p > 0) & (p < 1)]
    return -(p * p.log2() + (1 - p) * (1 - p).log2()).sum()


@wrong("00.4", "takes the counts for the answers and counts them again")
def _(counts):
    again = counts.long().bincount()
    p = again[again > 0] / again.sum()
    return -(p * p.log2()).sum()


@wrong("00.4", "equal counts are counted as one answer")
def _(counts):
    different = counts[counts > 0].unique()
    p = different / different.sum()
    return -(p * p.log2()).sum()


@wrong("00.4", "rounds up to whole bits")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    entropy = -(p * p.log2()).sum()
    return entropy.ceil()


@wrong("00.4", "raises: whole numbers cannot be divided in place")
def _(counts):
    p = counts.long()
    p /= p.sum()
    p = p[p > 0]
    return -(p * p.log2()).sum()


@wrong("00.4", "raises: math.log2 takes one number")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return sum(p * math.log2(1 / p))


@wrong("00.4", "raises: sum is not called")
def _(counts):
    p = counts / counts.sum
    return -(p * p.log2()).sum()


@wrong("00.4", "the example of the text, whatever comes in")
def _(counts):
    return torch.tensor(2.0)


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    p = p[p > 0]
    return -(p * p.log2()).sum()


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    return -torch.xlogy(p, p).sum() / math.log(2)


@right("00.4")
def _(counts):
    return torch.special.entr(counts / counts.sum()).sum() / math.log(2)


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    total = torch.tensor(0.0)
    for share in p:
        if share > 0:
            total = total + share * torch.log2(1 / share)
    return total


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    return -(p * p.log2()).nan_to_num().sum()


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    return -(p * torch.where(p > 0, p, 1).log2()).sum()


@right("00.4")
def _(counts):
    seen = counts[counts != 0].float()
    total = seen.sum()
    return total.log2() - (seen @ seen.log2()) / total


@right("00.4")
def _(counts):
    return torch.distributions.Categorical(probs=counts.float()).entropy() / math.log(2)


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    return (p * -torch.log2(p.clamp(min=1e-12))).sum()


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    return -(p * (p + 1e-12).log2()).sum()


@right("00.4")
def _(counts):
    log_p = counts.log().log_softmax(0)
    return -(log_p.exp() * log_p).nansum() / math.log(2)


@right("00.4")
def _(counts):
    whole = sum(counts.tolist())
    return torch.tensor(sum(n / whole * math.log2(whole / n) for n in counts.tolist() if n))
