# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 00 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch

from ._answer import right, wrong


# 00.1 · Read a pixel


@right("00.1")
def _(picture, x, y):
    return torch.stack([color[y][x] for color in picture])


@right("00.1")
def _(picture, x, y):
    height, width = picture.shape[1:]
    return picture.reshape(3, height * width)[:, width * y + x]


@right("00.1")
def _(picture, x, y):
    return picture.select(2, x).select(1, y)


@right("00.1")
def _(picture, x, y):
    row, column = torch.tensor([y]), torch.tensor([x])
    return picture.index_select(1, row).index_select(2, column).flatten()


@wrong("00.1", "x is used as the row and y as the column")
def _(picture, x, y):
    return picture[:, x, y]


@wrong("00.1", "x and y stand in the order of the arguments after the colors were moved last")
def _(picture, x, y):
    return picture.permute(1, 2, 0)[x, y]


@wrong("00.1", "the transpose swaps rows and columns, and y, x no longer fits")
def _(picture, x, y):
    return picture.transpose(1, 2)[:, y, x]


@wrong("00.1", "only the red number")
def _(picture, x, y):
    return picture[0, y, x]


@wrong("00.1", "the position is counted from 1")
def _(picture, x, y):
    return picture[:, y - 1, x - 1]


@wrong("00.1", "rows are counted from the bottom")
def _(picture, x, y):
    height = picture.shape[1]
    return picture[:, height - 1 - y, x]


@wrong("00.1", "slices keep the sides: (3, 1, 1)")
def _(picture, x, y):
    return picture[:, y : y + 1, x : x + 1]


@wrong("00.1", "the mean of the three colors")
def _(picture, x, y):
    return picture[:, y, x].mean()


@wrong("00.1", "a list of numbers in place of a tensor")
def _(picture, x, y):
    return [picture[c, y, x].item() for c in range(3)]


@wrong("00.1", "a scale of 0 to 255 in place of 0 to 1")
def _(picture, x, y):
    return picture[:, y, x] * 255


@wrong("00.1", "the colors come as blue, green, red")
def _(picture, x, y):
    return torch.stack([picture[2, y, x], picture[1, y, x], picture[0, y, x]])


@wrong("00.1", "the whole row, without its column")
def _(picture, x, y):
    return picture[:, y]


@wrong("00.1", "rows are as long as the picture is high: right for square pictures only")
def _(picture, x, y):
    _, height, width = picture.shape
    return picture.flatten(1)[:, y * height + x]


@wrong("00.1", "the color is printed, nothing is given back")
def _(picture, x, y):
    print(picture[:, y, x])


@wrong("00.1", "only two colors: the end of a range is left out")
def _(picture, x, y):
    return picture[0:2, y, x]


@wrong("00.1", "always the pixel of the text: row 12, column 13")
def _(picture, x, y):
    return picture[:, 12, 13]


@wrong("00.1", "the colors do not come first in this indexing: rows picked where colors are")
def _(picture, x, y):
    return picture[y, x, :]


# 00.2 · Measure the distance of two pictures


@right("00.2")
def _(a, b):
    return torch.dist(a, b) / math.sqrt(a.numel())


@right("00.2")
def _(a, b):
    gap = (a - b).flatten()
    return torch.sqrt(gap @ gap / len(gap))


@right("00.2")
def _(a, b):
    total = 0
    for color_a, color_b in zip(a, b):
        total = total + torch.square(color_a - color_b).mean()
    return (total / 3) ** 0.5


@right("00.2")
def _(a, b):
    return torch.einsum("chw,chw->", a - b, a - b).div(a.nelement()).sqrt()


@wrong("00.2", "the root is missing")
def _(a, b):
    return ((a - b) ** 2).mean()


@wrong("00.2", "the sum in place of the mean")
def _(a, b):
    return ((a - b) ** 2).sum().sqrt()


@wrong("00.2", "the mean of absolute differences")
def _(a, b):
    return (a - b).abs().mean()


@wrong("00.2", "the root is taken before the mean")
def _(a, b):
    return ((a - b) ** 2).sqrt().mean()


@wrong("00.2", "the mean is taken before the square, so that minus and plus cancel")
def _(a, b):
    return ((a - b).mean() ** 2).sqrt()


@wrong("00.2", "** 1 / 2 halves: the power comes before the division")
def _(a, b):
    return ((a - b) ** 2).mean() ** 1 / 2


@wrong("00.2", "pixels are counted, not numbers: the 3 is missing in N")
def _(a, b):
    _, height, width = a.shape
    return (((a - b) ** 2).sum() / (height * width)).sqrt()


@wrong("00.2", "N divides outside of the root")
def _(a, b):
    return ((a - b) ** 2).sum().sqrt() / a.numel()


@wrong("00.2", "one number for each color")
def _(a, b):
    return ((a - b) ** 2).mean(dim=(1, 2)).sqrt()


@wrong("00.2", "the mean over the pixels of a root for each pixel")
def _(a, b):
    return ((a - b) ** 2).mean(0).sqrt().mean()


@wrong("00.2", "the spread of the differences: their mean is taken away")
def _(a, b):
    return (a - b).std(unbiased=False)


@wrong("00.2", "the difference of squares in place of the square of the difference")
def _(a, b):
    return (a**2 - b**2).mean().abs().sqrt()


@wrong("00.2", "a Python float in place of a tensor")
def _(a, b):
    return math.sqrt(((a - b) ** 2).mean())


@wrong("00.2", "N is that of a picture of 32 by 32")
def _(a, b):
    return (((a - b) ** 2).sum() / (3 * 32 * 32)).sqrt()


@wrong("00.2", "the first picture is changed in place")
def _(a, b):
    a -= b
    return (a**2).mean().sqrt()


@wrong("00.2", "^ is not a power")
def _(a, b):
    return ((a - b) ^ 2).mean().sqrt()


@wrong("00.2", "an answer of shape (1, 1, 1): the sides are kept")
def _(a, b):
    return ((a - b) ** 2).mean(dim=(0, 1, 2), keepdim=True).sqrt()


@wrong("00.2", "times two in place of the square")
def _(a, b):
    return ((a - b) * 2).mean().abs().sqrt()


# 00.3 · Find the nearest picture


@right("00.3")
def _(query, gallery):
    return min(range(len(gallery)), key=lambda i: float((gallery[i] - query).square().sum()))


@right("00.3")
def _(query, gallery):
    return int(torch.cdist(query.reshape(1, -1), gallery.reshape(len(gallery), -1)).squeeze(0).argsort()[0])


@right("00.3")
def _(query, gallery):
    gaps = gallery - query
    return torch.einsum("nchw,nchw->n", gaps, gaps).neg().topk(1).indices.item()


@right("00.3")
def _(query, gallery):
    winner = 0
    for i in range(1, gallery.shape[0]):
        if torch.dist(gallery[i], query) < torch.dist(gallery[winner], query):
            winner = i
    return winner


@wrong("00.3", "the farthest picture")
def _(query, gallery):
    return ((gallery - query) ** 2).mean(dim=(1, 2, 3)).argmax().item()


@wrong("00.3", "the smallest distance in place of its position")
def _(query, gallery):
    return ((gallery - query) ** 2).mean(dim=(1, 2, 3)).sqrt().min().item()


@wrong("00.3", "the nearest picture itself in place of its position")
def _(query, gallery):
    distances = ((gallery - query) ** 2).mean(dim=(1, 2, 3))
    return gallery[distances.argmin()]


@right("00.3")
def _(query, gallery):
    return ((gallery - query) ** 2).mean(dim=(1, 2, 3)).argmin()


@wrong("00.3", "the position among all numbers of the gallery: no mean for each picture")
def _(query, gallery):
    return ((gallery - query) ** 2).argmin().item()


@wrong("00.3", "the colors are not taken together, so the position counts colors")
def _(query, gallery):
    return ((gallery - query) ** 2).mean(dim=(2, 3)).argmin().item()


@wrong("00.3", "no square: the darkest picture wins")
def _(query, gallery):
    return (gallery - query).mean(dim=(1, 2, 3)).argmin().item()


@wrong("00.3", "plus and minus cancel: the picture of the nearest brightness")
def _(query, gallery):
    return (gallery - query).mean(dim=(1, 2, 3)).abs().argmin().item()


@wrong("00.3", "absolute differences in place of squares: another distance")
def _(query, gallery):
    return (gallery - query).abs().mean(dim=(1, 2, 3)).argmin().item()


@wrong("00.3", "a root for each pixel before the mean: another distance")
def _(query, gallery):
    return (gallery - query).pow(2).sum(1).sqrt().mean(dim=(1, 2)).argmin().item()


@wrong("00.3", "the loop counts from 1")
def _(query, gallery):
    best, best_distance = 0, float("inf")
    for i, picture in enumerate(gallery, 1):
        distance = ((picture - query) ** 2).mean().sqrt()
        if distance < best_distance:
            best, best_distance = i, distance
    return best


@wrong("00.3", "the record is never lowered: the last picture nearer than the first wins")
def _(query, gallery):
    best = 0
    smallest = ((gallery[0] - query) ** 2).mean().sqrt()
    for i in range(1, len(gallery)):
        distance = ((gallery[i] - query) ** 2).mean().sqrt()
        if distance < smallest:
            best = i
    return best


@wrong("00.3", "the first picture is skipped, and all positions are one too small")
def _(query, gallery):
    distances = [((picture - query) ** 2).mean().sqrt().item() for picture in gallery[1:]]
    return distances.index(min(distances))


@wrong("00.3", "the last picture is never looked at")
def _(query, gallery):
    best, best_distance = 0, float("inf")
    for i in range(len(gallery) - 1):
        distance = ((gallery[i] - query) ** 2).mean().sqrt().item()
        if distance < best_distance:
            best, best_distance = i, distance
    return best


@wrong("00.3", "the smallest along the axis of one query: always 0")
def _(query, gallery):
    distances = torch.cdist(query.flatten()[None], gallery.flatten(1))
    return distances.argmin(dim=0)[0].item()


@wrong("00.3", "the largest dot product: bright pictures win")
def _(query, gallery):
    return (gallery.flatten(1) @ query.flatten()).argmax().item()


@wrong("00.3", "only the red numbers are compared")
def _(query, gallery):
    return ((gallery[:, 0] - query[0]) ** 2).mean(dim=(1, 2)).argmin().item()


@wrong("00.3", "the method does not exist: min_index")
def _(query, gallery):
    return ((gallery - query) ** 2).mean(dim=(1, 2, 3)).min_index()


# 00.4 · Count the bits


@right("00.4")
def _(counts):
    return torch.special.entr(counts / counts.sum()).sum() / math.log(2)


@right("00.4")
def _(counts):
    total = int(counts.sum())
    return sum(n / total * math.log2(total / n) for n in counts.tolist() if n)


@right("00.4")
def _(counts):
    n = counts[counts.nonzero().flatten()].double()
    return float(n.sum().log2() - (n * n.log2()).sum() / n.sum())


@right("00.4")
def _(counts):
    p = counts / counts.sum()
    return -torch.xlogy(p, p).sum() / torch.tensor(2.0).log()


@wrong("00.4", "0 times infinity: nan where an answer never turned up")
def _(counts):
    p = counts / counts.sum()
    return (p * torch.log2(1 / p)).sum()


@wrong("00.4", "the natural logarithm: not bits")
def _(counts):
    p = counts / counts.sum()
    p = p[p > 0]
    return (p * torch.log(1 / p)).sum()


@wrong("00.4", "the logarithm to base 10")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log10()).sum()


@wrong("00.4", "the minus is missing")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return (p * torch.log2(p)).sum()


@wrong("00.4", "the mean in place of the sum")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return (p * torch.log2(1 / p)).mean()


@wrong("00.4", "the surprises are added up without their shares")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return torch.log2(1 / p).sum()


@wrong("00.4", "every answer counts the same: the plain mean of the surprises")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return torch.log2(1 / p).mean()


@wrong("00.4", "the counts are not made into shares")
def _(counts):
    n = counts[counts > 0].float()
    return (n * torch.log2(1 / n)).sum()


@wrong("00.4", "the counts are divided by how many answers there are, not by their sum")
def _(counts):
    p = counts / len(counts)
    p = p[p > 0]
    return (p * torch.log2(1 / p)).sum()


@wrong("00.4", "a softmax of the counts in place of their shares")
def _(counts):
    p = counts.float().softmax(0)
    p = p[p > 0]
    return -(p * p.log2()).sum()


@wrong("00.4", "1 is added to every count, so what never turned up counts as seen")
def _(counts):
    p = (counts + 1) / (counts + 1).sum()
    return (p * torch.log2(1 / p)).sum()


@wrong("00.4", "too large a number is added inside the logarithm")
def _(counts):
    p = counts / counts.sum()
    return -(p * torch.log2(p + 0.01)).sum()


@wrong("00.4", "answers that turned up once are left out as well")
def _(counts):
    p = counts[counts > 1] / counts.sum()
    return (p * torch.log2(1 / p)).sum()


@wrong("00.4", "the logarithm of how many answers turned up: right only if all are equally likely")
def _(counts):
    return torch.log2((counts > 0).sum().float())


@wrong("00.4", "one number for each answer: the sum is missing")
def _(counts):
    p = counts / counts.sum()
    return torch.where(p > 0, -p * torch.log2(p), 0.0)


@wrong("00.4", "whole division makes all shares 0")
def _(counts):
    p = counts // counts.sum()
    p = p[p > 0].float()
    return (p * torch.log2(1 / p)).sum()


@wrong("00.4", "divided by the largest entropy: a share from 0 to 1, not bits")
def _(counts):
    p = counts[counts > 0] / counts.sum()
    return (p * torch.log2(1 / p)).sum() / math.log2(len(counts))


@wrong("00.4", "math.log2 takes no tensor of several numbers")
def _(counts):
    p = counts / counts.sum()
    return (p * math.log2(1 / p)).sum()
