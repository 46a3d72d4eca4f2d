# ruff: noqa
# pyright: basic
"""Answers to the exercises of chapter 01 as students give them: right ones, and wrong ones with what is wrong."""

import math
from functools import reduce

import torch
import torch.nn.functional as F
from einops import rearrange

from ._answer import right, wrong

# 01.1 · convolve(picture, filters)


@wrong("01.1", "turns the filters round")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flip(2, 3).flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "rows and columns of the filters swapped")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.mT.flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "rows and columns of the windows swapped")
def _(picture, filters):
    k = filters.shape[-1]
    windows = picture.unfold(1, k, 1).unfold(2, k, 1)
    return torch.einsum("fcuv,chwvu->fhw", filters, windows)


@wrong("01.1", "flattens the filters with the colors last")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.permute(0, 2, 3, 1).flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "width before height when the maps are shaped")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) @ windows).view(-1, width - k + 1, height - k + 1)


@wrong("01.1", "the maps come out with rows and columns swapped")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) @ windows).view(-1, height - k + 1, width - k + 1).mT


@wrong("01.1", "takes the square root of the number of places for the side: square pictures only")
def _(picture, filters):
    windows = F.unfold(picture[None], filters.shape[-1])[0]
    side = int(windows.shape[1] ** 0.5)
    return (filters.flatten(1) @ windows).view(len(filters), side, side)


@wrong("01.1", "takes the number of colors for the size of the window")
def _(picture, filters):
    k, (_, height, width) = filters.shape[1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "windows of 3 x 3, whatever the filters are")
def _(picture, filters):
    _, height, width = picture.shape
    windows = F.unfold(picture[None], 3)[0]
    return (filters.flatten(1) @ windows).view(-1, height - 2, width - 2)


@wrong("01.1", "three colors, whatever the picture has")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0].view(3, k * k, -1)
    weights = filters.view(-1, 3, k * k)
    maps = weights[:, 0] @ windows[0] + weights[:, 1] @ windows[1] + weights[:, 2] @ windows[2]
    return maps.view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "pads with zeros, so the maps are as large as the picture")
def _(picture, filters):
    k = filters.shape[-1]
    windows = F.unfold(picture[None], k, padding=k // 2)[0]
    maps = filters.flatten(1) @ windows
    return maps.view(len(filters), picture.shape[1] + 2 * (k // 2) - k + 1, -1)


@wrong("01.1", "windows side by side instead of one at every pixel")
def _(picture, filters):
    k = filters.shape[-1]
    windows = F.unfold(picture[None], k, stride=k)[0]
    return (filters.flatten(1) @ windows).view(len(filters), picture.shape[1] // k, picture.shape[2] // k)


@wrong("01.1", "steps of two pixels")
def _(picture, filters):
    k = filters.shape[-1]
    windows = F.unfold(picture[None], k, stride=2)[0]
    return (filters.flatten(1) @ windows).view(len(filters), (picture.shape[1] - k) // 2 + 1, -1)


@wrong("01.1", "leaves out the last row and the last column of places")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None, :, :-1, :-1], k)[0]
    return (filters.flatten(1) @ windows).view(-1, height - k, width - k)


@wrong("01.1", "the mean over the window instead of the sum")
def _(picture, filters):
    k, (colors, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) @ windows / (colors * k * k)).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "the mean over colors instead of the sum")
def _(picture, filters):
    windows = picture.unfold(1, filters.shape[-1], 1).unfold(2, filters.shape[-1], 1)
    return torch.einsum("fcuv,chwuv->fchw", filters, windows).mean(1)


@wrong("01.1", "the largest product in the window instead of the sum")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    products = filters.flatten(1)[:, :, None] * windows
    return products.amax(1).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "a map for each color, not summed")
def _(picture, filters):
    windows = picture.unfold(1, filters.shape[-1], 1).unfold(2, filters.shape[-1], 1)
    return torch.einsum("fcuv,chwuv->fchw", filters, windows)


@wrong("01.1", "sums colors of picture and of filters before the product")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture.sum(0)[None, None], k)[0]
    return (filters.sum(1).flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "the first color only")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None, :1], k)[0]
    return (filters[:, 0].flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "the first filter only")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters[0].flatten() @ windows).view(height - k + 1, width - k + 1)


@wrong("01.1", "the maps of all filters added up")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) @ windows).sum(0).view(height - k + 1, width - k + 1)


@wrong("01.1", "keeps the batch side: (1, F, H - k + 1, W - k + 1)")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)
    return (filters.flatten(1) @ windows).view(1, -1, height - k + 1, width - k + 1)


@wrong("01.1", "the places are left in one row: (F, places)")
def _(picture, filters):
    return filters.flatten(1) @ F.unfold(picture[None], filters.shape[-1])[0]


@wrong("01.1", "filters last: (H - k + 1, W - k + 1, F)")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (windows.T @ filters.flatten(1).T).view(height - k + 1, width - k + 1, -1)


@wrong("01.1", "shapes (places, F) as if it were (F, places)")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (windows.T @ filters.flatten(1).T).reshape(len(filters), height - k + 1, width - k + 1)


@wrong("01.1", "reshapes the windows where they have to be transposed")
def _(picture, filters):
    k, (colors, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0].reshape(-1, colors * k * k)
    return (windows @ filters.flatten(1).T).T.reshape(-1, height - k + 1, width - k + 1)


@wrong("01.1", "negative numbers become 0")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) @ windows).relu().view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "takes the mean of each filter away first")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    weights = filters.flatten(1)
    weights = weights - weights.mean(1, keepdim=True)
    return (weights @ F.unfold(picture[None], k)[0]).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "the filters are stretched to length 1")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    weights = F.normalize(filters.flatten(1), dim=1)
    return (weights @ F.unfold(picture[None], k)[0]).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "raises: * where @ belongs")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) * windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "raises: shapes the maps as large as the picture")
def _(picture, filters):
    windows = F.unfold(picture[None], filters.shape[-1])[0]
    return (filters.flatten(1) @ windows).view(len(filters), *picture.shape[1:])


@wrong("01.1", "raises: filters are not flattened")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters @ windows).view(-1, height - k + 1, width - k + 1)


@wrong("01.1", "calls F.conv2d, which the exercise forbids")
def _(picture, filters):
    return F.conv2d(picture[None], filters)[0]


@wrong("01.1", "all zeros")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    return torch.zeros(len(filters), height - k + 1, width - k + 1)


@right("01.1")
def _(picture, filters):
    k, (_, height, width) = filters.shape[-1], picture.shape
    windows = F.unfold(picture[None], k)[0]
    return (filters.flatten(1) @ windows).view(-1, height - k + 1, width - k + 1)


@right("01.1")
def _(picture, filters):
    number, _, k, _ = filters.shape
    height, width = picture.shape[1] - k + 1, picture.shape[2] - k + 1
    windows = F.unfold(picture.unsqueeze(0), kernel_size=(k, k)).squeeze(0)
    return torch.mm(filters.reshape(number, -1), windows).reshape(number, height, width)


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    windows = picture.unfold(1, k, 1).unfold(2, k, 1)
    return torch.einsum("fcuv,chwuv->fhw", filters, windows)


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    windows = picture.unfold(1, k, 1).unfold(2, k, 1)
    return torch.tensordot(filters, windows.permute(0, 3, 4, 1, 2), dims=3)


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    windows = F.unfold(picture[None], k)[0]
    places_first = windows.T @ filters.flatten(1).T
    return places_first.T.reshape(len(filters), picture.shape[1] - k + 1, -1)


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    size = (picture.shape[1] - k + 1, picture.shape[2] - k + 1)
    maps = filters.flatten(1) @ F.unfold(picture[None], k)
    return F.fold(maps, size, 1)[0]


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    maps = F.linear(F.unfold(picture[None], k)[0].T, filters.flatten(1))
    return rearrange(maps, "(h w) f -> f h w", h=picture.shape[1] - k + 1)


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    height, width = picture.shape[1] - k + 1, picture.shape[2] - k + 1
    rows = []
    for c in range(picture.shape[0]):
        for u in range(k):
            for v in range(k):
                rows.append(picture[c, u : u + height, v : v + width].flatten())
    return (filters.flatten(1) @ torch.stack(rows)).view(-1, height, width)


@right("01.1")
def _(picture, filters):
    k = filters.shape[-1]
    maps = torch.einsum("fk,kp->fp", filters.flatten(1), F.unfold(picture[None], k)[0])
    return maps.unflatten(1, (picture.shape[-2] - k + 1, picture.shape[-1] - k + 1))


# 01.2 · receptive_field(layers)


@wrong("01.2", "starts from no pixel at all")
def _(layers):
    field, step = 0, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "strides are left out")
def _(layers):
    field = 1
    for kernel, _ in layers:
        field += kernel - 1
    return field


@wrong("01.2", "the stride of a layer counts for that layer already, not only for those above")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field


@wrong("01.2", "adds the whole kernel, not one less")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += kernel * step
        step *= stride
    return field


@wrong("01.2", "adds the whole kernel from 0 on")
def _(layers):
    field, step = 0, 1
    for kernel, stride in layers:
        field += kernel * step
        step *= stride
    return field


@wrong("01.2", "each layer's own stride only, not the product of those below")
def _(layers):
    field = 1
    for kernel, stride in layers:
        field += (kernel - 1) * stride
    return field


@wrong("01.2", "the stride of the layer just below only, not the product")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step = stride
    return field


@wrong("01.2", "adds strides up instead of multiplying them")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step += stride - 1
    return field


@wrong("01.2", "the sum of all strides so far, the 1 included")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step += stride
    return field


@wrong("01.2", "walks from the last layer to the first with the rule for first to last")
def _(layers):
    field, step = 1, 1
    for kernel, stride in reversed(layers):
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "walks from the first layer to the last with the rule for last to first")
def _(layers):
    field = 1
    for kernel, stride in layers:
        field = (field - 1) * stride + kernel
    return field


@wrong("01.2", "from last to first, but field · stride instead of (field - 1) · stride")
def _(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = field * stride + kernel
    return field


@wrong("01.2", "from last to first, with kernel - 1 where kernel - stride belongs")
def _(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = field * stride + kernel - 1
    return field


@wrong("01.2", "from last to first, and begins with 0 numbers at the top")
def _(layers):
    field = 0
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


@wrong("01.2", "multiplies the kernels")
def _(layers):
    return math.prod(kernel for kernel, _ in layers)


@wrong("01.2", "adds the kernels up")
def _(layers):
    return sum(kernel for kernel, _ in layers)


@wrong("01.2", "the largest kernel")
def _(layers):
    return max(kernel for kernel, _ in layers)


@wrong("01.2", "every layer adds 2: right for kernels of 3 without strides only")
def _(layers):
    return 2 * len(layers) + 1


@wrong("01.2", "takes every kernel for 3")
def _(layers):
    field, step = 1, 1
    for _, stride in layers:
        field += 2 * step
        step *= stride
    return field


@wrong("01.2", "one side of the window only")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += kernel // 2 * step
        step *= stride
    return field


@wrong("01.2", "twice the half kernel, which is one too many for even kernels")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += 2 * (kernel // 2) * step
        step *= stride
    return field


@wrong("01.2", "takes every stride above 1 for 2")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        if stride > 1:
            step *= 2
    return field


@wrong("01.2", "starts with the first kernel and forgets the first stride")
def _(layers):
    field, step = layers[0][0], 1
    for kernel, stride in layers[1:]:
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "the last layer is left out")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers[:-1]:
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "the first layer is left out")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers[1:]:
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "takes stride for kernel and kernel for stride")
def _(layers):
    field, step = 1, 1
    for stride, kernel in layers:
        field += (kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "all strides widen all layers")
def _(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers) * math.prod(stride for _, stride in layers)


@wrong("01.2", "returns from inside the loop, after the first layer")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
        return field


@wrong("01.2", "=+ where += belongs")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field = +(kernel - 1) * step
        step *= stride
    return field


@wrong("01.2", "the product of the strides instead of the field")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return step


@wrong("01.2", "pixels of the square instead of pixels along a side")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field**2


@wrong("01.2", "a number for each layer instead of the one at the top")
def _(layers):
    fields, step = [1], 1
    for kernel, stride in layers:
        fields.append(fields[-1] + (kernel - 1) * step)
        step *= stride
    return fields[1:]


@wrong("01.2", "never more than 32 pixels")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field = min(field + (kernel - 1) * step, 32)
        step *= stride
    return field


@wrong("01.2", "empties the list of layers")
def _(layers):
    field = 1
    while layers:
        kernel, stride = layers.pop()
        field = (field - 1) * stride + kernel
    return field


@wrong("01.2", "prints the number and gives nothing back")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    print(field)


@wrong("01.2", "raises: treats a pair as an object with names")
def _(layers):
    field, step = 1, 1
    for layer in layers:
        field += (layer.kernel - 1) * step
        step *= layer.stride
    return field


@wrong("01.2", "raises: the name of the variable is misspelled")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * steps  # pyright: ignore[reportUndefinedVariable]
        step *= stride
    return field


@wrong("01.2", "raises: loops over a number")
def _(layers):
    field, step = 1, 1
    for i in len(layers):  # pyright: ignore[reportGeneralTypeIssues]
        field += (layers[i][0] - 1) * step
        step *= layers[i][1]
    return field


@wrong("01.2", "the number of the notebook's own stack, whatever comes in")
def _(layers):
    return 21


@right("01.2")
def _(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field


@right("01.2")
def _(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


@right("01.2")
def _(layers):
    field = 1
    for kernel, stride in layers[::-1]:
        field = field * stride + kernel - stride
    return field


@right("01.2")
def _(layers):
    return 1 + sum((layers[i][0] - 1) * math.prod(s for _, s in layers[:i]) for i in range(len(layers)))


@right("01.2")
def _(layers):
    low = high = 0
    for kernel, stride in reversed(layers):
        low, high = low * stride, high * stride + kernel - 1
    return high - low + 1


@right("01.2")
def _(layers):
    return reduce(lambda field, layer: (field - 1) * layer[1] + layer[0], reversed(layers), 1)


@right("01.2")
def _(layers):
    def below(rest):
        if not rest:
            return 1
        kernel, stride = rest[0]
        return kernel + (below(rest[1:]) - 1) * stride

    return below(layers)


@right("01.2")
def _(layers):
    field = 1
    for i, (kernel, _) in enumerate(layers):
        reach = kernel - 1
        for _, stride in layers[:i]:
            reach = reach * stride
        field = field + reach
    return field


@right("01.2")
def _(layers):
    step, fields = 1, [1]
    for layer in layers:
        fields.append(step * (layer[0] - 1))
        step = step * layer[1]
    return sum(fields)


# 01.3 · patchify(pictures, patch)


@wrong("01.3", "color last in each patch: row, column, color")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (p q c)", p=patch, q=patch)


@wrong("01.3", "column before row in each patch")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c q p)", p=patch, q=patch)


@wrong("01.3", "color between row and column in each patch")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (p c q)", p=patch, q=patch)


@wrong("01.3", "patches column by column")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (w h) (c p q)", p=patch, q=patch)


@wrong("01.3", "takes pixels that lie far apart, evenly spread, instead of neighbors")
def _(pictures, patch):
    return rearrange(pictures, "b c (p h) (q w) -> b (h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "takes rows that lie far apart instead of neighboring ones")
def _(pictures, patch):
    return rearrange(pictures, "b c (p h) (w q) -> b (h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "patch as the number of patches along a side, not their size")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", h=patch, w=patch)


@wrong("01.3", "as many patches across as down: square pictures only")
def _(pictures, patch):
    n = pictures.shape[2] // patch
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", h=n, w=n)


@wrong("01.3", "patches of 8, whatever is asked for")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", p=8, q=8)


@wrong("01.3", "a patch for each color, patch after patch: three times as many")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w c) (p q)", p=patch, q=patch)


@wrong("01.3", "the patches of all pictures in one row")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> (b h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "places in front of pictures: (N, B, ...)")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> (h w) b (c p q)", p=patch, q=patch)


@wrong("01.3", "the numbers of a patch before the patches: (B, ..., N)")
def _(pictures, patch):
    return F.unfold(pictures, patch, stride=patch)


@wrong("01.3", "the grid of patches is not flattened")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b h w (c p q)", p=patch, q=patch)


@wrong("01.3", "each patch is not flattened")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) c p q", p=patch, q=patch)


@wrong("01.3", "a plain reshape, which cuts rows instead of squares")
def _(pictures, patch):
    return pictures.reshape(len(pictures), -1, 3 * patch * patch)


@wrong("01.3", "splits the sides rightly, but does not permute before joining")
def _(pictures, patch):
    b, c, h, w = pictures.shape
    parts = pictures.reshape(b, c, h // patch, patch, w // patch, patch)
    return parts.reshape(b, h // patch * (w // patch), c * patch * patch)


@wrong("01.3", "splits the sides in the wrong order before permuting")
def _(pictures, patch):
    b, c, h, w = pictures.shape
    parts = pictures.reshape(b, c, patch, h // patch, patch, w // patch)
    return parts.permute(0, 3, 5, 1, 2, 4).reshape(b, -1, c * patch * patch)


@wrong("01.3", "permutes the window's rows in front of the places' columns")
def _(pictures, patch):
    parts = pictures.unfold(2, patch, patch).unfold(3, patch, patch)
    return parts.permute(0, 2, 4, 1, 3, 5).reshape(len(pictures), -1, 3 * patch * patch)


@wrong("01.3", "reshapes where the last two sides have to be transposed")
def _(pictures, patch):
    columns = F.unfold(pictures, patch, stride=patch)
    return columns.reshape(len(pictures), -1, 3 * patch * patch)


@wrong("01.3", "overlapping patches, one at every pixel")
def _(pictures, patch):
    return F.unfold(pictures, patch).mT


@wrong("01.3", "the third place of F.unfold is the dilation, not the stride")
def _(pictures, patch):
    return F.unfold(pictures, patch, patch).mT


@wrong("01.3", "patches that overlap by half")
def _(pictures, patch):
    return F.unfold(pictures, patch, stride=max(patch // 2, 1)).mT


@wrong("01.3", "red only")
def _(pictures, patch):
    return rearrange(pictures[:, :1], "b c (h p) (w q) -> b (h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "the mean color of each patch")
def _(pictures, patch):
    return F.avg_pool2d(pictures, patch).flatten(2).mT


@wrong("01.3", "the first picture only")
def _(pictures, patch):
    return rearrange(pictures[0], "c (h p) (w q) -> (h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "the first picture for all")
def _(pictures, patch):
    patches = rearrange(pictures[0], "c (h p) (w q) -> (h w) (c p q)", p=patch, q=patch)
    return patches.expand(len(pictures), -1, -1)


@wrong("01.3", "the loop over columns is the outer one")
def _(pictures, patch):
    height, width = pictures.shape[2:]
    patches = [
        pictures[:, :, y : y + patch, x : x + patch].flatten(1)
        for x in range(0, width, patch)
        for y in range(0, height, patch)
    ]
    return torch.stack(patches, 1)


@wrong("01.3", "leaves out the last patch of every row")
def _(pictures, patch):
    height, width = pictures.shape[2:]
    patches = [
        pictures[:, :, y : y + patch, x : x + patch].flatten(1)
        for y in range(0, height, patch)
        for x in range(0, max(width - patch, 1), patch)
    ]
    return torch.stack(patches, 1)


@wrong("01.3", "counts patches as if the picture were as high as it is wide")
def _(pictures, patch):
    width = pictures.shape[3]
    patches = [
        pictures[:, :, y : y + patch, x : x + patch].flatten(1)
        for y in range(0, min(width, pictures.shape[2]), patch)
        for x in range(0, min(width, pictures.shape[2]), patch)
    ]
    return torch.stack(patches, 1)


@wrong("01.3", "row after row from the bottom")
def _(pictures, patch):
    parts = rearrange(pictures, "b c (h p) (w q) -> b h w (c p q)", p=patch, q=patch)
    return parts.flip(1).flatten(1, 2)


@wrong("01.3", "takes the mean of each patch away")
def _(pictures, patch):
    patches = rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", p=patch, q=patch)
    return patches - patches.mean(-1, keepdim=True)


@wrong("01.3", "stretches each patch to length 1")
def _(pictures, patch):
    return F.normalize(rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", p=patch, q=patch), dim=-1)


@wrong("01.3", "a numpy array, not a tensor")
def _(pictures, patch):
    return rearrange(pictures.detach().cpu().numpy(), "b c (h p) (w q) -> b (h w) (c p q)", p=patch, q=patch)


@wrong("01.3", "raises: one name for two sides of the pattern")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w p) -> b (h w) (c p p)", p=patch)


@wrong("01.3", "raises: does not say how large p and q are")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)")


@wrong("01.3", "raises: a view across sides that are not neighbors in memory")
def _(pictures, patch):
    b, c, h, w = pictures.shape
    parts = pictures.view(b, c, h // patch, patch, w // patch, patch).permute(0, 2, 4, 1, 3, 5)
    return parts.view(b, -1, c * patch * patch)


@wrong("01.3", "all zeros")
def _(pictures, patch):
    b, c, h, w = pictures.shape
    return torch.zeros(b, (h // patch) * (w // patch), c * patch * patch)


@right("01.3")
def _(pictures, patch):
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", p=patch, q=patch)


@right("01.3")
def _(pictures, patch):
    b, c, h, w = pictures.shape
    parts = pictures.reshape(b, c, h // patch, patch, w // patch, patch)
    return parts.permute(0, 2, 4, 1, 3, 5).reshape(b, -1, c * patch * patch)


@right("01.3")
def _(pictures, patch):
    return F.unfold(pictures, patch, stride=patch).mT


@right("01.3")
def _(pictures, patch):
    return F.pixel_unshuffle(pictures, patch).flatten(2).transpose(1, 2)


@right("01.3")
def _(pictures, patch):
    parts = pictures.unfold(2, patch, patch).unfold(3, patch, patch)
    return parts.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


@right("01.3")
def _(pictures, patch):
    height, width = pictures.shape[2:]
    patches = []
    for y in range(0, height, patch):
        for x in range(0, width, patch):
            patches.append(pictures[:, :, y : y + patch, x : x + patch].flatten(1))
    return torch.stack(patches, dim=1)


@right("01.3")
def _(pictures, patch):
    strips = pictures.split(patch, dim=2)
    return torch.stack([square.flatten(1) for strip in strips for square in strip.split(patch, dim=3)], dim=1)


@right("01.3")
def _(pictures, patch):
    b, _, h, w = pictures.shape
    parts = pictures.unflatten(3, (w // patch, patch)).unflatten(2, (h // patch, patch))
    return torch.einsum("bchpwq->bhwcpq", parts).reshape(b, -1, 3 * patch**2)


@right("01.3")
def _(pictures, patch):
    squares = rearrange(pictures, "b c (h p) w -> b h c p w", p=patch)
    squares = rearrange(squares, "b h c p (w q) -> b h w c p q", q=patch)
    return squares.flatten(3).flatten(1, 2)


# 01.4 · attend(q, k, v)


@wrong("01.4", "not divided by the root of D")
def _(q, k, v):
    return (q @ k.T).softmax(-1) @ v


@wrong("01.4", "divided by D, not by its root")
def _(q, k, v):
    return (q @ k.T / q.shape[-1]).softmax(-1) @ v


@wrong("01.4", "divides both queries and keys by the root, so by D in all")
def _(q, k, v):
    root = q.shape[1] ** 0.5
    return torch.softmax((q / root) @ (k / root).T, dim=1) @ v


@wrong("01.4", "times the root of D")
def _(q, k, v):
    return (q @ k.T * q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "the root of the number of queries")
def _(q, k, v):
    return (q @ k.T / len(q) ** 0.5).softmax(-1) @ v


@wrong("01.4", "the root of the number of keys")
def _(q, k, v):
    return (q @ k.T / len(k) ** 0.5).softmax(-1) @ v


@wrong("01.4", "the root of the width of the values")
def _(q, k, v):
    return (q @ k.T / v.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "the root of 24, whatever D is")
def _(q, k, v):
    return (q @ k.T / 24**0.5).softmax(-1) @ v


@wrong("01.4", "divides the weights after the softmax")
def _(q, k, v):
    return (q @ k.T).softmax(-1) / q.shape[-1] ** 0.5 @ v


@wrong("01.4", "divides what is gathered, not the scores")
def _(q, k, v):
    return (q @ k.T).softmax(-1) @ v / math.sqrt(q.shape[-1])


@wrong("01.4", "softmax over the queries")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(0) @ v


@wrong("01.4", "one softmax over the whole table")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    return scores.flatten().softmax(0).view_as(scores) @ v


@wrong("01.4", "no softmax")
def _(q, k, v):
    return q @ k.T / q.shape[-1] ** 0.5 @ v


@wrong("01.4", "softmax after the values instead of before")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5 @ v).softmax(-1)


@wrong("01.4", "a sigmoid instead of a softmax: weights do not add up to 1")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).sigmoid() @ v


@wrong("01.4", "the exponentials are not divided by their sum")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).exp() @ v


@wrong("01.4", "scores divided by their sum, without exponentials")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    return scores / scores.sum(-1, keepdim=True) @ v


@wrong("01.4", "logarithms of the weights")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).log_softmax(-1) @ v


@wrong("01.4", "exponentials of large scores overflow to nan")
def _(q, k, v):
    e = (q @ k.T / q.shape[-1] ** 0.5).exp()
    return e / e.sum(-1, keepdim=True) @ v


@wrong("01.4", "takes the largest score of the whole table away: a row far below it becomes nan")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    e = (scores - scores.max()).exp()
    return e / e.sum(-1, keepdim=True) @ v


@wrong("01.4", "large scores are cut off at 10")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).clamp(-10, 10).softmax(-1) @ v


@wrong("01.4", "the sums lie along the wrong side: each key is divided by the sum of another query")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    e = (scores - scores.amax(1, keepdim=True)).exp()
    return e / e.sum(1) @ v


@wrong("01.4", "1 more in the denominator: weights add up to less than 1")
def _(q, k, v):
    e = (q @ k.T / q.shape[-1] ** 0.5).exp()
    return e / (1 + e.sum(-1, keepdim=True)) @ v


@wrong("01.4", "powers of 2 instead of e")
def _(q, k, v):
    e = 2 ** (q @ k.T / q.shape[-1] ** 0.5)
    return e / e.sum(-1, keepdim=True) @ v


@wrong("01.4", "the minus makes the least alike count most")
def _(q, k, v):
    return (-(q @ k.T) / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "queries and keys change places")
def _(q, k, v):
    return (k @ q.T / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "keys ask queries, and the table is turned back after its softmax")
def _(q, k, v):
    return (k @ q.T / q.shape[-1] ** 0.5).softmax(-1).T @ v


@wrong("01.4", "hands over the keys, not the values")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ k


@wrong("01.4", "compares with the values, not with the keys")
def _(q, k, v):
    return (q @ v.T / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "compares queries with queries")
def _(q, k, v):
    return (q @ q.T / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "the weights, not what is gathered with them")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1)


@wrong("01.4", "a mean on top of the weighted mean")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v / len(v)


@wrong("01.4", "looks at the best key alone")
def _(q, k, v):
    return v[(q @ k.T).argmax(-1)]


@wrong("01.4", "cosines instead of dot products")
def _(q, k, v):
    return (F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).T / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "distances instead of dot products")
def _(q, k, v):
    return (-torch.cdist(q, k) / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "a token hears only those before it")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    later = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(later, float("-inf")).softmax(-1) @ v


@wrong("01.4", "a token does not hear the one in its own place")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    scores.fill_diagonal_(-1e9)
    return scores.softmax(-1) @ v


@wrong("01.4", "transposed: (E, N)")
def _(q, k, v):
    return ((q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v).T


@wrong("01.4", "the first query only")
def _(q, k, v):
    return (q[0] @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "the mean of what all queries gather")
def _(q, k, v):
    return ((q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v).mean(0)


@wrong("01.4", "adds what was there before")
def _(q, k, v):
    return q + (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "changes the queries")
def _(q, k, v):
    q /= q.shape[-1] ** 0.5
    return (q @ k.T).softmax(-1) @ v


@wrong("01.4", "a place for the answer as wide as the queries: right when E is D only")
def _(q, k, v):
    gathered = torch.zeros_like(q)
    for i in range(len(q)):
        gathered[i] = (k @ q[i] / q.shape[-1] ** 0.5).softmax(0) @ v
    return gathered


@wrong("01.4", "as many keys as queries: right when M is N only")
def _(q, k, v):
    n, d = q.shape
    rows = []
    for i in range(n):
        scores = torch.stack([q[i] @ k[j] for j in range(n)]) / d**0.5
        rows.append(sum(weight * v[j] for j, weight in enumerate(scores.softmax(0))))
    return torch.stack(rows)


@wrong("01.4", "raises: keys are not transposed")
def _(q, k, v):
    return (q @ k / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("01.4", "raises: softmax without a side")
def _(q, k, v):
    return torch.softmax(q @ k.T / math.sqrt(q.shape[-1])) @ v  # pyright: ignore[reportCallIssue]


@wrong("01.4", "raises: t is not called")
def _(q, k, v):
    return F.softmax(q @ k.t / q.shape[-1] ** 0.5, dim=-1) @ v


@wrong("01.4", "raises: ^ where ** belongs")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ^ 0.5).softmax(-1) @ v


@wrong("01.4", "the plain mean of the values, whatever the queries are")
def _(q, k, v):
    return v.mean(0).expand(len(q), -1)


@right("01.4")
def _(q, k, v):
    return (q @ k.T / q.shape[-1] ** 0.5).softmax(-1) @ v


@right("01.4")
def _(q, k, v):
    scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(k.size(-1))
    return torch.matmul(F.softmax(scores, dim=-1), v)


@right("01.4")
def _(q, k, v):
    scores = torch.einsum("nd,md->nm", q, k) * q.shape[1] ** -0.5
    return torch.einsum("nm,me->ne", torch.softmax(scores, dim=1), v)


@right("01.4")
def _(q, k, v):
    gathered = []
    for query in q:
        weights = (k @ query / len(query) ** 0.5).softmax(0)
        gathered.append(weights @ v)
    return torch.stack(gathered)


@right("01.4")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    e = (scores - scores.amax(-1, keepdim=True)).exp()
    return e / e.sum(-1, keepdim=True) @ v


@right("01.4")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    weights = (scores - scores.logsumexp(1, keepdim=True)).exp()
    return weights @ v


@right("01.4")
def _(q, k, v):
    scaled = q / math.sqrt(q.shape[1])
    weights = torch.nn.Softmax(dim=1)(scaled.mm(k.t()))
    return (weights[:, :, None] * v[None]).sum(1)


@right("01.4")
def _(q, k, v):
    fourth_root = q.shape[-1] ** 0.25
    return ((q / fourth_root) @ (k / fourth_root).T).log_softmax(-1).exp() @ v


@right("01.4")
def _(q, k, v):
    return (k @ q.T / q.shape[-1] ** 0.5).softmax(0).T @ v


@right("01.4")
def _(q, k, v):
    scores = (q[:, None, :] * k[None, :, :]).sum(-1) / q.shape[-1] ** 0.5
    return scores.softmax(dim=1) @ v


@right("01.4")
def _(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    shifted = scores - scores.max(dim=1, keepdim=True).values
    e = torch.exp(shifted)
    return (e @ v) / e.sum(dim=1)[:, None]
