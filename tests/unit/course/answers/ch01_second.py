# ruff: noqa
# pyright: basic, reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportOperatorIssue=false, reportArgumentType=false, reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false, reportReturnType=false
"""Answers to the exercises of chapter 01 as students give them: right ones, and wrong ones with what is wrong."""

import math

import torch
import torch.nn.functional as F
from einops import rearrange

from ._answer import right, wrong


# 01.1 · A convolution is a matrix product


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    places = (picture.shape[1] - k + 1, picture.shape[2] - k + 1)
    return F.fold((filters.flatten(1) @ F.unfold(picture[None], k)[0])[None], places, 1)[0]


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    windows = picture.unfold(1, k, 1).unfold(2, k, 1)  # (C, H', W', k, k)
    return (filters[:, :, None, None] * windows).sum((1, 4, 5))


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    height, width = picture.shape[1] - k + 1, picture.shape[2] - k + 1
    answer = 0
    for u in range(k):
        for v in range(k):
            answer = answer + torch.einsum(
                "fc,chw->fhw", filters[:, :, u, v], picture[:, u : u + height, v : v + width]
            )
    return answer


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    columns = F.unfold(picture[None], k)[0]
    maps = columns.T @ filters.flatten(1).T
    return rearrange(maps, "(h w) f -> f h w", h=picture.shape[1] - k + 1)


@wrong("01.1", "height and width are swapped: right for square pictures only")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    return (filters.flatten(1) @ F.unfold(picture[None], k)[0]).view(-1, width - k + 1, height - k + 1)


@wrong("01.1", "the places are not brought back to rows and columns")
def _(picture, filters):
    k = filters.shape[-1]
    return filters.flatten(1) @ F.unfold(picture[None], k)[0]


@wrong("01.1", "the filters are turned round")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flip(2, 3).flatten(1) @ windows).view(len(filters), height - k + 1, width - k + 1)


@wrong("01.1", "the places come first in the product, and the reshape mixes them with the filters")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    maps = F.unfold(picture[None], k)[0].T @ filters.flatten(1).T
    return maps.reshape(len(filters), height - k + 1, width - k + 1)


@wrong("01.1", "the filters are flattened with the color last")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    matrix = rearrange(filters, "f c u v -> f (u v c)")
    return (matrix @ F.unfold(picture[None], k)[0]).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "the filters are reshaped to columns in a way that mixes them up")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    matrix = filters.reshape(-1, len(filters))
    return (matrix.T @ F.unfold(picture[None], k)[0]).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "rows and columns of each filter are swapped")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    matrix = filters.transpose(2, 3).flatten(1)
    return (matrix @ F.unfold(picture[None], k)[0]).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "zeros are added around, so that the maps keep the size of the picture")
def _(picture, filters):
    k = filters.shape[-1]
    windows = F.unfold(picture[None], k, padding=k // 2)[0]
    return (filters.flatten(1) @ windows).view(len(filters), *picture.shape[1:])


@wrong("01.1", "windows side by side: the stride is k")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    windows = F.unfold(picture[None], k, stride=k)[0]
    return (filters.flatten(1) @ windows).view(len(filters), height // k, width // k)


@wrong("01.1", "calls conv2d, which the text rules out")
def _(picture, filters):
    return F.conv2d(picture[None], filters)[0]


@wrong("01.1", "a batch of one is left in front")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    return (filters.flatten(1) @ F.unfold(picture[None], k)).view(1, -1, height - k + 1, width - k + 1)


@wrong("01.1", "the loop leaves out the last row and the last column of places")
def _(picture, filters):
    number, _, k, _ = filters.shape
    _, height, width = picture.shape
    answer = torch.zeros(number, height - k + 1, width - k + 1)
    for i in range(height - k):
        for j in range(width - k):
            answer[:, i, j] = filters.flatten(1) @ picture[:, i : i + k, j : j + k].flatten()
    return answer


@wrong("01.1", "the mean over the window in place of the sum")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    windows = F.unfold(picture[None], k)[0]
    maps = torch.stack([(one.flatten()[:, None] * windows).mean(0) for one in filters])
    return maps.view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "the colors are added up before the product, in picture and filters")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    windows = F.unfold(picture.sum(0, keepdim=True)[None], k)[0]
    return (filters.sum(1).flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "only the first color is looked at")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    windows = F.unfold(picture[:1][None], k)[0]
    return (filters[:, 0].flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "only the first filter is used")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    return (filters[0].flatten() @ F.unfold(picture[None], k)[0]).view(1, height - k + 1, width - k + 1)


@wrong("01.1", "the answer is bent: negative numbers become 0")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    maps = filters.flatten(1) @ F.unfold(picture[None], k)[0]
    return maps.view(-1, height - k + 1, width - k + 1).relu()


@wrong("01.1", "the reshape forgets the + 1, and its numbers do not fit")
def _(picture, filters):
    k = filters.shape[-1]
    _, height, width = picture.shape
    return (filters.flatten(1) @ F.unfold(picture[None], k)[0]).view(len(filters), height - k, width - k)


# 01.2 · How far can it see?


@right("01.2")
def _(layers):
    field = 1
    for i, (kernel, _) in enumerate(layers):
        field += (kernel - 1) * math.prod(stride for _, stride in layers[:i])
    return field


@right("01.2")
def _(layers):
    first, last = 0, 0
    for kernel, stride in layers[::-1]:
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1


@right("01.2")
def _(layers):
    def seen(numbers, rest):
        if not rest:
            return numbers
        kernel, stride = rest[-1]
        return seen((numbers - 1) * stride + kernel, rest[:-1])

    return seen(1, list(layers))


@right("01.2")
def _(layers):
    pixels = {0}
    for kernel, stride in reversed(layers):
        pixels = {stride * i + u for i in pixels for u in (0, kernel - 1)}
    return max(pixels) + 1


@wrong("01.2", "the strides are ignored")
def _(layers):
    return 1 + sum(kernel - 1 for kernel, stride in layers)


@wrong("01.2", "the count begins at 0 in place of 1")
def _(layers):
    field, step = 0, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "a layer's own stride already widens its own window")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field


@wrong("01.2", "each layer adds its whole kernel, not one less")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += kernel * step
        step *= stride
    return field


@wrong("01.2", "goes from last to first with the rule for first to last")
def _(layers):
    field, step = 1, 1
    for kernel, stride in reversed(layers):
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "goes from first to last with the rule for last to first")
def _(layers):
    field = 1
    for kernel, stride in layers:
        field = (field - 1) * stride + kernel
    return field


@wrong("01.2", "the strides are added up, not multiplied")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step += stride - 1
    return field


@wrong("01.2", "only the stride of the layer just below counts")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step = stride
    return field


@wrong("01.2", "each layer's own stride in place of the product of those below")
def _(layers):
    field = 1
    for kernel, stride in layers:
        field += (kernel - 1) * stride
    return field


@wrong("01.2", "the kernels are added up")
def _(layers):
    return sum(kernel for kernel, _ in layers)


@wrong("01.2", "the kernels are multiplied")
def _(layers):
    field = 1
    for kernel, _ in layers:
        field *= kernel
    return field


@wrong("01.2", "only one side of the middle is counted")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += kernel // 2 * step
        step *= stride
    return field


@wrong("01.2", "twice half of the kernel: right for odd kernels only")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += 2 * (kernel // 2) * step
        step *= stride
    return field


@wrong("01.2", "every stride above 1 counts as 2")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        if stride > 1:
            step *= 2
    return field


@wrong("01.2", "the stride of the first layer is forgotten")
def _(layers):
    field, step = layers[0][0], 1
    for kernel, stride in layers[1:]:
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "the pixels of the whole square, not along one side")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field**2


@wrong("01.2", "the answer is given back after the first layer")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
        return field


@wrong("01.2", "the list of layers is turned round in place")
def _(layers):
    layers.reverse()
    field = 1
    for kernel, stride in layers:
        field = (field - 1) * stride + kernel
    return field


# 01.3 · Cut a picture into patches


@right("01.3")
def _(pictures, patch):
    return F.pixel_unshuffle(pictures, patch).flatten(2).transpose(1, 2)


@right("01.3")
def _(pictures, patch):
    rows = torch.stack(pictures.split(patch, dim=2), 1)  # (B, h, 3, p, W)
    squares = torch.stack(rows.split(patch, dim=4), 2)  # (B, h, w, 3, p, p)
    return squares.flatten(3).flatten(1, 2)


@right("01.3")
def _(pictures, patch):
    number, colors, height, width = pictures.shape
    cut = pictures.view(number, colors, height // patch, patch, width // patch, patch)
    return torch.einsum("bchpwq->bhwcpq", cut).reshape(number, -1, colors * patch * patch)


@right("01.3")
def _(pictures, patch):
    corners = [(y, x) for y in range(0, pictures.shape[2], patch) for x in range(0, pictures.shape[3], patch)]
    return torch.stack([pictures[:, :, y : y + patch, x : x + patch].flatten(1) for y, x in corners], dim=1)


@wrong("01.3", "the patches go column by column")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (w h) (c p q)", p=patch, q=patch)


@wrong("01.3", "the color comes last in each patch")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (p q c)", p=patch, q=patch)


@wrong("01.3", "each square is read column by column")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c q p)", p=patch, q=patch)


@wrong("01.3", "the axes are split the wrong way round: far pixels end up in one patch")
def _(pictures, patch):
    return rearrange(pictures, "b c (p h) (q w) -> b (h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "patch is used as the number of patches along a side, not as their size")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", h=patch, w=patch)


@wrong("01.3", "a plain reshape cuts rows of pixels, not squares")
def _(pictures, patch):
    return pictures.reshape(len(pictures), -1, 3 * patch * patch)


@wrong("01.3", "patches are columns, not rows: the transpose is missing")
def _(pictures, patch):
    return F.unfold(pictures, patch, stride=patch)


@wrong("01.3", "the windows overlap: the stride is 1")
def _(pictures, patch):
    return F.unfold(pictures, patch).transpose(1, 2)


@wrong("01.3", "the windows are reshaped where they should be transposed")
def _(pictures, patch):
    return F.unfold(pictures, patch, stride=patch).reshape(len(pictures), -1, 3 * patch * patch)


@wrong("01.3", "the color stays in front of the places: patches of one color are put together in threes")
def _(pictures, patch):
    squares = pictures.unfold(2, patch, patch).unfold(3, patch, patch)  # (B, 3, h, w, p, p)
    return squares.reshape(len(pictures), -1, 3 * patch * patch)


@wrong("01.3", "each color has its own patches")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (c h w) (p q)", p=patch, q=patch)


@wrong("01.3", "the squares are not flattened")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) c p q", p=patch, q=patch)


@wrong("01.3", "the pictures of the batch are run together")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> (b h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "the last row and the last column of patches are left out")
def _(pictures, patch):
    patches = []
    for y in range(0, pictures.shape[2] - patch, patch):
        for x in range(0, pictures.shape[3] - patch, patch):
            patches.append(pictures[:, :, y : y + patch, x : x + patch].flatten(1))
    return torch.stack(patches, 1)


@wrong("01.3", "height and width are swapped in the split: right for square pictures only")
def _(pictures, patch):
    number, colors, height, width = pictures.shape
    cut = pictures.reshape(number, colors, width // patch, patch, height // patch, patch)
    return cut.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


@wrong("01.3", "the patches are stacked along the batch: (N, B, 3 * patch * patch)")
def _(pictures, patch):
    _, _, height, width = pictures.shape
    patches = []
    for y in range(0, height, patch):
        for x in range(0, width, patch):
            patches.append(pictures[:, :, y : y + patch, x : x + patch].flatten(1))
    return torch.stack(patches)


@wrong("01.3", "the patches are always 8 by 8, whatever was asked for")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", p=8, q=8)


@wrong("01.3", "only one of the two sides of a patch is given, and einops cannot find the other")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", p=patch)


# 01.4 · Attention


@right("01.4")
def _(q, k, v):
    scores = q @ k.T / math.sqrt(k.shape[1])
    return (scores - scores.logsumexp(1, keepdim=True)).exp() @ v


@right("01.4")
def _(q, k, v):
    return torch.stack([(k @ one * len(one) ** -0.5).softmax(0) @ v for one in q])


@right("01.4")
def _(q, k, v):
    scores = torch.einsum("md,nd->mn", k, q) * q.shape[1] ** -0.5
    return torch.einsum("mn,me->ne", F.softmax(scores, dim=0), v)


@right("01.4")
def _(q, k, v):
    scores = q.mm(k.t()).div(q.size(1) ** 0.5)
    weights = (scores - scores.amax(1, keepdim=True)).exp()
    return weights.mm(v) / weights.sum(1, keepdim=True)


@wrong("01.4", "the scores are not divided")
def _(q, k, v):
    return (q @ k.T).softmax(-1) @ v


@wrong("01.4", "divided by D in place of its root")
def _(q, k, v):
    return (q @ k.T / q.shape[-1]).softmax(-1) @ v


@wrong("01.4", "** 1 / 2 is not the root: divided by D and then by 2")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 1 / 2).softmax(-1) @ v


@wrong("01.4", "the root of the number of queries")
def _(q, k, v):
    return (q @ k.T / len(q) ** 0.5).softmax(-1) @ v


@wrong("01.4", "the root of the number of keys")
def _(q, k, v):
    return (q @ k.T / k.shape[0] ** 0.5).softmax(-1) @ v


@wrong("01.4", "the root of the width of the values")
def _(q, k, v):
    return (q @ k.T / v.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "the softmax runs over the queries")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(0) @ v


@wrong("01.4", "one softmax over the whole table")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    return scores.flatten().softmax(0).view_as(scores) @ v


@wrong("01.4", "the exponential of large scores overflows to nan")
def _(q, k, v):
    weights = (q @ k.T / q.shape[-1] ** 0.5).exp()
    return weights / weights.sum(1, keepdim=True) @ v


@wrong("01.4", "the largest of all scores is taken away: rows far below it become 0 / 0")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    weights = (scores - scores.max()).exp()
    return weights / weights.sum(1, keepdim=True) @ v


@wrong("01.4", "the division comes after the softmax")
def _(q, k, v):
    return (q @ k.T).softmax(-1) / q.shape[-1] ** 0.5 @ v


@wrong("01.4", "times the root in place of divided by it")
def _(q, k, v):
    return (q @ k.T * q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "queries and keys are each divided by the root, which is D together")
def _(q, k, v):
    root = q.shape[-1] ** 0.5
    return ((q / root) @ (k / root).T).softmax(-1) @ v


@wrong("01.4", "the scores themselves are the weights: no softmax")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5) @ v


@wrong("01.4", "a sigmoid in place of the softmax: the weights do not add up to 1")
def _(q, k, v):
    return torch.sigmoid(q @ k.T / q.shape[-1] ** 0.5) @ v


@wrong("01.4", "the exponentials are not divided by their sum")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    return (scores - scores.amax(1, keepdim=True)).exp() @ v


@wrong("01.4", "the width of the lesson's tokens, 24, in place of D")
def _(q, k, v):
    return (q @ k.T / 24**0.5).softmax(-1) @ v


@wrong("01.4", "the keys are not transposed: the tables do not fit")
def _(q, k, v):
    return (q @ k / q.shape[-1] ** 0.5).softmax(-1) @ v
