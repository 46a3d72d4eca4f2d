"""Chapter 01, from convolutions to transformers: a convolution as a matrix, its view, patches, and attention."""

import itertools
import math
import operator
from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 01.1


def convolve(picture: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """A picture (C, H, W) seen through filters (F, C, k, k), as one matrix product; (F, H − k + 1, W − k + 1)."""
    k = filters.shape[-1]
    windows = F.unfold(picture[None], k)[0]  # (C·k·k, places)
    return (filters.flatten(1) @ windows).unflatten(1, (picture.shape[1] - k + 1, picture.shape[2] - k + 1))


def _filter_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    edge = torch.tensor([[[[-1.0, 1.0], [-1.0, 1.0]]]])
    step = torch.tensor([[[0.0, 0.0, 1.0, 1.0]] * 3])
    small = torch.tensor([[[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]], [[0.0, 1.0, 0.0], [2.0, 0.0, 1.0]]])
    two_colors = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]])
    ramp = torch.arange(30.0).view(1, 5, 6) % 7
    two_filters = torch.stack([torch.eye(3)[None], torch.arange(9.0).view(1, 3, 3) % 4])
    drawn = []
    for i in range(9):
        c, f, k = 1 + i % 3, 2 + i % 2, 2 + i % 2
        picture = torch.randn(c, 4 + i // 3, 6 + i // 2, generator=generator)
        drawn.append((picture, torch.randn(f, c, k, k, generator=generator)))
    return [(step, edge), (small, two_colors), (ramp, two_filters), *drawn]


def _with_windows(picture: torch.Tensor, filters: torch.Tensor, k: int) -> torch.Tensor:
    products = filters.flatten(1) @ F.unfold(picture[None], k)[0]
    return products.reshape(len(filters), picture.shape[1] - k + 1, picture.shape[2] - k + 1)


def _reshaped_windows(picture: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    windows = F.unfold(picture[None], filters.shape[-1])[0]
    products = filters.flatten(1) @ windows.reshape(-1, len(windows)).T
    return products.reshape(convolve(picture, filters).shape)


CONVOLVE = Exercise(
    id="01.1",
    title="A convolution is a matrix product",
    minutes=15,
    difficulty=2,
    reference=convolve,
    cases=_filter_cases,
    forbidden=(F.conv2d, F.conv1d, F.conv3d, torch.convolution),
    mistakes=(
        Mistake(
            lambda picture, filters: convolve(picture, filters.flip(2, 3)),
            "You turn the filter round. That is what mathematicians call a convolution. In neural networks the filter "
            "is laid on as it is, and the name stuck: leave out the flip.",
        ),
        Mistake(
            lambda picture, filters: filters.flatten(1) @ F.unfold(picture[None], filters.shape[-1])[0],
            "The numbers are right, in the shape (filters, places). Fold the places back into rows and columns: "
            "`.unflatten(1, (H - k + 1, W - k + 1))`.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters) / filters[0].numel(),
            "You take the mean over the window. A convolution adds up: each number under the filter times its weight.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters) / len(picture),
            "You take the mean over the colors. A convolution adds them up as well: each number under the filter times "
            "its weight.",
        ),
        Mistake(
            lambda picture, filters: F.conv2d(picture[None], filters, padding=filters.shape[-1] // 2)[0],
            "Your picture was given a border of zeros, so that the result is larger. Here no padding is asked for: the "
            "filter stays inside the picture.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters)[:, :: filters.shape[-1], :: filters.shape[-1]],
            "Your windows lie side by side. Here the filter is laid on at every pixel: its places overlap, and each "
            "step is one pixel.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters)[:, ::2, ::2],
            "You take steps of two pixels. Here the filter is laid on at every pixel: each step is one.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture[:, :-1, :-1], filters),
            "The last row and the last column of places are missing: a filter of size k fits at H − k + 1 rows and "
            "W − k + 1 columns.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters.mT),
            "Rows and columns are exchanged, in the filters or in the windows. Each number under the filter meets the "
            "weight in the same row and column: `flatten(1)` and `unfold` both go color, row, column.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters.permute(0, 2, 3, 1).reshape(filters.shape)),
            "The numbers of a filter come in the order row, column, color; those of a window come color first. Each "
            "number has to meet its own weight: leave the axes of the filters where they are.",
        ),
        Mistake(
            _reshaped_windows,
            "`reshape` and `view` exchange no axes: what you multiply with is no longer one window each. A matrix with "
            "the windows in its rows is a transposed one: `.T`.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture[:1], filters[:, :1]),
            "Only the first color is used. A filter has weights for each of the C colors: all C·k·k numbers under the "
            "filter are multiplied and added up.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture.sum(0, keepdim=True), filters.sum(1, keepdim=True)),
            "The colors are added up before the product. Each color meets weights of its own: first multiply, then "
            "add up.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters)[0],
            "You return the map of the first filter alone. Each of the F filters makes a map.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters).sum(0),
            "The maps of all filters are added up to one. Each filter keeps a map of its own: add up only within a "
            "window.",
        ),
        Mistake(
            lambda picture, filters: _with_windows(picture, filters, filters.shape[1]),
            "Your windows are as large as there are colors. Their size is k, the last number in the filters' shape.",
        ),
        Mistake(
            lambda picture, filters: _with_windows(picture, filters, 3),
            "Your windows are 3 by 3 whatever the filters are. Their size k is that of the filters.",
        ),
    ),
    hints=(
        "Each place of the result is one window of the picture (C·k·k numbers) times one filter (C·k·k numbers), added "
        "up. So make a matrix whose columns are all the windows: `F.unfold(picture[None], k)[0]`.",
        "Make the filters a matrix too, `filters.flatten(1)` of shape (F, C·k·k). The product of the two is "
        "(F, places); `unflatten(1, (rows, columns))` makes places a map again.",
    ),
)

# --- 01.2


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """How many pixels, along one side, one number at the top can see; layers are (kernel, stride), first to last."""
    seen, jump = 1, 1
    for kernel, stride in layers:
        seen += (kernel - 1) * jump
        jump *= stride
    return seen


def _layer_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [([(3, 1)],), ([(3, 1), (3, 1)],), ([(3, 2), (3, 1)],), ([(4, 2)],), ([(2, 3), (4, 2), (5, 3)],)]
    fixed += [([(1, 2), (3, 2), (3, 1)],), ([(7, 2), (3, 2), (3, 1), (3, 1)],)]
    drawn = []
    for i in range(10):
        kernels = (1 + torch.randint(7, (2 + i // 2,), generator=generator)).tolist()
        strides = (1 + torch.randint(3, (2 + i // 2,), generator=generator)).tolist()
        drawn.append((list(zip(kernels, strides, strict=True)),))
    return fixed + drawn


def _up(grows: Callable[..., int], steps: Callable[..., int], begin: int = 1) -> Callable[..., int]:
    """From the first layer to the last: what a kernel adds, and how a stride changes the step."""

    def walk(layers: list[tuple[int, int]]) -> int:
        seen, jump = begin, 1
        for kernel, stride in layers:
            seen += grows(kernel) * jump
            jump = steps(jump, stride)
        return seen

    return walk


def _down(widens: Callable[..., int], begin: int = 1) -> Callable[..., int]:
    """From the last layer to the first: how what is seen becomes wider."""

    def walk(layers: list[tuple[int, int]]) -> int:
        seen = begin
        for kernel, stride in reversed(layers):
            seen = widens(seen, kernel, stride)
        return seen

    return walk


def _jump_first(layers: list[tuple[int, int]]) -> int:
    steps = itertools.accumulate((stride for _, stride in layers), operator.mul)
    return 1 + sum((kernel - 1) * step for (kernel, _), step in zip(layers, steps, strict=True))


def _stretched(layers: list[tuple[int, int]]) -> int:
    seen = 1
    for kernel, stride in layers:
        seen = (seen + kernel - 1) * stride
    return seen


RECEPTIVE = Exercise(
    id="01.2",
    title="How far can it see?",
    minutes=10,
    difficulty=2,
    reference=receptive_field,
    cases=_layer_cases,
    mistakes=(
        Mistake(
            lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers),
            "You leave out the strides. After a layer with stride 2, one step to the side is two pixels of the "
            "picture, so the next kernel reaches twice as far.",
        ),
        Mistake(
            _jump_first,
            "A layer's own stride is counted too early. Its kernel lies on its *input*; only the layers after it take "
            "longer steps.",
        ),
        Mistake(
            lambda layers: 1 + sum((kernel - 1) * stride for kernel, stride in layers),
            "Each kernel is stretched by its own stride alone. It is stretched by the strides of all layers before it, "
            "multiplied.",
        ),
        Mistake(
            _up(lambda k: k - 1, lambda jump, s: s),
            "Each stride is used for the next layer only. Strides multiply: after two layers with stride 2, one step "
            "is four pixels.",
        ),
        Mistake(
            _up(lambda k: k - 1, lambda jump, s: jump + s - 1),
            "Your steps grow by s − 1 with each stride. Strides multiply: after two layers with stride 3, one step is "
            "nine pixels.",
        ),
        Mistake(
            _up(lambda k: k - 1, lambda jump, s: jump + s),
            "You add the strides up. Strides multiply: after two layers with stride 1, one step is still one pixel.",
        ),
        Mistake(
            lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers) * math.prod(stride for _, stride in layers),
            "Every kernel is stretched by the strides of *all* layers. Only those before it make its steps longer.",
        ),
        Mistake(
            lambda layers: receptive_field(layers) - 1,
            "You begin with 0. Before any layer a number sees one pixel, itself: begin with 1.",
        ),
        Mistake(
            lambda layers: sum(kernel for kernel, _ in layers),
            "You add up whole kernels. Two kernels of 3 overlap: together they see 5 pixels, not 6. A kernel adds "
            "k − 1.",
        ),
        Mistake(
            _up(lambda k: k, lambda jump, s: jump * s),
            "Each kernel adds k where it adds k − 1: one of its pixels was seen before. Two kernels of 3 see 5 pixels.",
        ),
        Mistake(
            _up(lambda k: k, lambda jump, s: jump * s, 0),
            "Each kernel adds k steps, and you begin with 0. One of its pixels was seen before, so it adds k − 1; a "
            "number that sees itself makes a beginning of 1.",
        ),
        Mistake(
            _up(lambda k: k // 2, lambda jump, s: jump * s),
            "You count one side of each kernel only. It reaches to both sides: k − 1 steps in all.",
        ),
        Mistake(
            _up(lambda k: 2 * (k // 2), lambda jump, s: jump * s),
            "This is right for odd kernels. One of 4 pixels adds 3 steps, not twice the half.",
        ),
        Mistake(
            _up(lambda k: 2, lambda jump, s: jump * s),
            "Every kernel adds 2 steps, as if it were 3 pixels wide. Use its size.",
        ),
        Mistake(
            lambda layers: 1 + 2 * len(layers),
            "Every layer adds 2 pixels. That is so only for kernels of 3 without strides: use both numbers of a layer.",
        ),
        Mistake(
            _stretched,
            "You multiply what is *seen* by the stride. The stride makes the next *steps* longer: keep the length of a "
            "step in a number of its own, and let each kernel add (k − 1) steps.",
        ),
        Mistake(
            lambda layers: receptive_field(layers[::-1]),
            "This is what the stack sees when it is turned upside down: each kernel is stretched by the strides of the "
            "layers *after* it, and it has to be those before it. Which way must your loop go, for the rule in it?",
        ),
        Mistake(
            _down(lambda seen, k, s: seen * s + k),
            "On the way down you multiply all that is seen by the stride, and add a whole kernel. n numbers side by "
            "side are only n − 1 steps apart.",
        ),
        Mistake(
            _down(lambda seen, k, s: seen * s + k - 1),
            "On the way down you multiply all that is seen by the stride. n numbers side by side are only n − 1 steps "
            "apart, and the kernel is laid on at the last of them too.",
        ),
        Mistake(
            _down(lambda seen, k, s: (seen - 1) * s + k, 0),
            "You begin with no number at the top. It is one number whose view is asked for: begin with 1.",
        ),
        Mistake(
            lambda layers: math.prod(kernel for kernel, _ in layers),
            "You multiply the kernels. Draw two kernels of 3 on top of each other: together they see 5 pixels.",
        ),
        Mistake(
            lambda layers: max(kernel for kernel, _ in layers),
            "This is the largest kernel. Kernels on top of each other see further: two of 3 see 5 pixels.",
        ),
        Mistake(
            lambda layers: math.prod(stride for _, stride in layers),
            "This is the length of a step at the top, all strides multiplied. Asked is how many pixels are seen.",
        ),
        Mistake(
            lambda layers: receptive_field([(layers[0][0], 1), *layers[1:]]),
            "The stride of the first layer is left out. It makes the steps of all layers after it longer.",
        ),
        Mistake(lambda layers: receptive_field(layers[:-1]), "The last layer is left out."),
        Mistake(lambda layers: receptive_field(layers[1:]), "The first layer is left out."),
        Mistake(
            lambda layers: layers[0][0],
            "Only the first layer is counted. Does a `return` stand inside the loop?",
        ),
        Mistake(
            lambda layers: receptive_field(layers) - receptive_field(layers[:-1]),
            "What comes out is the share of the last layer alone. Each layer adds to what was seen before: `+=`.",
        ),
        Mistake(
            lambda layers: receptive_field([(stride, kernel) for kernel, stride in layers]),
            "Kernel and stride are exchanged: in each pair the kernel comes first.",
        ),
        Mistake(
            lambda layers: [receptive_field(layers[: i + 1]) for i in range(len(layers))],
            "You return what is seen from each layer. Only the last of these numbers is asked for, the one at the top.",
        ),
    ),
    hints=(
        "Keep two numbers: how many pixels are seen so far (1 at first), and how many pixels one step to the side is "
        "(1 at first). How does a layer change each of them?",
        "For each layer: `seen += (kernel - 1) * step`, and after that `step *= stride`.",
    ),
)

# --- 01.3


def patchify(pictures: torch.Tensor, patch: int) -> torch.Tensor:
    """Pictures (B, 3, H, W) as patches (B, N, 3·patch·patch), row by row, each flattened color, row, column."""
    return rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", p=patch, q=patch)


def _patched(pattern: str) -> Callable[..., torch.Tensor]:
    return lambda pictures, patch: rearrange(pictures, pattern, p=patch, q=patch)


def _patch_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.arange(16.0).reshape(1, 1, 4, 4).repeat(1, 3, 1, 1), 2),
        (torch.arange(24.0).reshape(1, 1, 4, 6).repeat(1, 3, 1, 1), 2),
        (torch.arange(96.0).reshape(2, 3, 4, 4), 2),
        (torch.arange(162.0).reshape(1, 3, 6, 9), 3),
    ]
    sizes = [(2, 6, 4, 2), (2, 4, 6, 2), (2, 6, 9, 3), (3, 8, 12, 4)]
    return fixed + [(torch.rand(b, 3, h, w, generator=generator), p) for b, h, w, p in sizes]


PATCHIFY = Exercise(
    id="01.3",
    title="Cut a picture into patches",
    minutes=10,
    difficulty=1,
    reference=patchify,
    cases=_patch_cases,
    mistakes=(
        Mistake(
            _patched("b c (p h) (q w) -> b (h w) (c p q)"),
            "Your patches are made of pixels that lie far apart. A side of a picture falls into patches first, and "
            "each patch into pixels: `(h p)`, where the last name runs fastest.",
        ),
        Mistake(
            _patched("b c (p h) (w q) -> b (h w) (c p q)"),
            "Your patches are made of rows that lie far apart. A side of a picture falls into patches first, and each "
            "patch into pixels, for rows as for columns.",
        ),
        Mistake(
            _patched("b c (h p) (w q) -> b (h w) (p q c)"),
            "Within a patch the colors come last. A convolution keeps its weights in the order color, row, column; to "
            "be equal to one, flatten `(c p q)`.",
        ),
        Mistake(
            _patched("b c (h p) (w q) -> b (h w) (p c q)"),
            "Within a patch the color stands between row and column. It comes first: color, row, column.",
        ),
        Mistake(
            _patched("b c (h p) (w q) -> b (w h) (c p q)"),
            "The patches run down the columns. Everybody counts them row by row, as one reads: `(h w)`.",
        ),
        Mistake(
            _patched("b c (h p) (w q) -> b (h w) (c q p)"),
            "Each patch is lying on its side: within a patch, rows come before columns, `(c p q)`.",
        ),
        Mistake(
            lambda pictures, patch: rearrange(pictures, "b c (h p) (w q) -> b (h w) (c p q)", h=patch, w=patch),
            "You fixed how *many* patches lie along each side. `patch` is how *large* they are: p=patch, q=patch.",
        ),
        Mistake(
            lambda pictures, patch: rearrange(
                pictures,
                "b c (h p) (w q) -> b (h w) (c p q)",
                h=pictures.shape[2] // patch,
                w=pictures.shape[2] // patch,
            ),
            "There are as many patches across as down. A picture need not be square: its width decides how many "
            "patches lie side by side.",
        ),
        Mistake(
            lambda pictures, patch: F.unfold(pictures, patch, stride=patch),
            "The numbers are right, and the axes exchanged: yours is (B, 3·p·p, N), as `unfold` gives it. Tokens come "
            "first, then what each holds: transpose with `.mT`.",
        ),
        Mistake(
            lambda pictures, patch: F.unfold(pictures, patch, stride=patch).reshape(len(pictures), -1, 3 * patch**2),
            "The shape is right, but `reshape` and `view` exchange no axes: they only cut the same row of numbers in "
            "other places. To bring the tokens first, transpose.",
        ),
        Mistake(
            lambda pictures, patch: F.unfold(pictures, patch).mT,
            "Your patches overlap: there is one at every pixel. Here they lie side by side, a step is as long as a "
            "patch.",
        ),
        Mistake(
            lambda pictures, patch: F.unfold(pictures, patch, dilation=patch).mT,
            "The pixels of your patches lie `patch` steps apart: this is a *dilation*. It is the patches that should "
            "lie so far apart, the *stride*.",
        ),
        Mistake(
            lambda pictures, patch: pictures.reshape(len(pictures), -1, 3 * patch * patch),
            "Your patches are strips of one color, not squares: no number has been moved, only the shape is new. Split "
            "rows and columns, then bring the axes into the new order *before* you join them.",
        ),
        Mistake(
            lambda pictures, patch: patchify(pictures[:1], patch)[0],
            "Only the first picture is cut. All B of them come back, each with its patches.",
        ),
        Mistake(
            lambda pictures, patch: patchify(pictures, patch)[..., : patch * patch],
            "Only the first color, red, is in your patches. Each holds all three.",
        ),
        Mistake(
            lambda pictures, patch: patchify(pictures, patch).numpy(),
            "The numbers are right, but they come as a NumPy array. The next layer needs a tensor.",
        ),
    ),
    hints=(
        "One line of einops: `rearrange(pictures, 'b c (h p) (w q) -> ...', p=patch, q=patch)`. On the left, rows are "
        "split into h patches of p pixels each, columns into w patches of q pixels.",
        "On the right, tokens are all patches, row by row: `(h w)`. What each holds: `(c p q)`.",
    ),
)

# --- 01.4


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """What each of N tokens gathers from M others: queries (N, D), keys (M, D), values (M, E); (N, E)."""
    weights = (q @ k.T / q.shape[1] ** 0.5).softmax(1)  # (N, M)
    return weights @ v


def _token_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    sizes = [(2, 3, 2, 1), (3, 3, 4, 4), (2, 5, 3, 2), (4, 3, 9, 5), (6, 6, 8, 8), (5, 7, 16, 4)]
    same = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    fixed = [
        (same, same, torch.tensor([[1.0], [0.0]])),
        (
            torch.tensor([[1.0, 0.0], [2.0, 1.0]]),
            torch.tensor([[0.0, 1.0], [2.0, 1.0]]),
            torch.tensor([[3.0, 1.0], [0.0, 2.0]]),
        ),
        (torch.tensor([[3.0, 0.0, 0.0, 1.0]]), torch.eye(4)[:3], torch.tensor([[6.0, 0.0], [0.0, 6.0], [3.0, 3.0]])),
        (3 * torch.eye(4)[:2], torch.eye(4)[:3] + 1, torch.tensor([[6.0], [0.0], [-3.0]])),
        (torch.tensor([[300.0, 200.0], [0.0, 1.0]]), same / 2 + 1, torch.tensor([[1.0], [0.0]])),  # e^300 is too large
    ]
    drawn = []
    for n, m, d, e in sizes * 2:
        q, k = (2 * torch.randn(rows, d, generator=generator) for rows in (n, m))
        drawn.append((q, k, torch.randn(m, e, generator=generator)))
    return fixed + drawn


def _scores(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    return q @ k.T / q.shape[1] ** 0.5


ATTEND = Exercise(
    id="01.4",
    title="Attention",
    minutes=15,
    difficulty=2,
    reference=attend,
    cases=_token_cases,
    mistakes=(
        Mistake(
            lambda q, k, v: (q @ k.T).softmax(1) @ v,
            "You left out the square root. A sum of D products grows like √D, and a softmax of large numbers looks at "
            "one token only: divide the scores by √D.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / q.shape[1]).softmax(1) @ v,
            "Your scores are divided by D in all. They grow like its square *root*, so this makes them too much alike.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T * q.shape[1] ** 0.5).softmax(1) @ v,
            "You multiply by √D. The scores are too large already: divide.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / len(k) ** 0.5).softmax(1) @ v,
            "You divide by the root of the number of keys. It is the *width* D that makes the scores grow: each is a "
            "sum of D products.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / len(q) ** 0.5).softmax(1) @ v,
            "You divide by the root of the number of queries. It is the *width* D that makes the scores grow: each is "
            "a sum of D products.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / v.shape[1] ** 0.5).softmax(1) @ v,
            "You divide by the root of the width of the *values*. Scores are sums over the width of queries and keys.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / 24**0.5).softmax(1) @ v,
            "You divide by √24 whatever comes in. The width of the queries is D.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T).softmax(1) / q.shape[1] ** 0.5 @ v,
            "The division by √D comes after the softmax. There it makes all that is gathered smaller, and the scores "
            "were large all the same: divide the scores.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k).softmax(0) @ v,
            "In your table each *key* shares itself out over the queries. It is each query that shares out its "
            "attention over the keys: every row (N, M) adds up to 1.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k).flatten().softmax(0).view(len(q), len(k)) @ v,
            "You share one softmax among the whole table. Each query has attention of its own to share out: every row "
            "adds up to 1.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k).softmax(1),
            "You return who looks at whom. What a token takes home are the *values* there: multiply by `v`.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k) @ v,
            "The softmax is missing. Without it the weights may be negative and need not add up to 1.",
        ),
        Mistake(
            lambda q, k, v: (_scores(q, k) @ v).softmax(1),
            "Your softmax comes last, over what was gathered. It belongs to the scores: it makes weights of them.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k).sigmoid() @ v,
            "Each weight is made on its own, by a sigmoid. They have to share out: every row of weights adds up to 1.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k).exp() @ v,
            "The exponentials are not divided by their sum, so your weights do not add up to 1.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k) / _scores(q, k).sum(1, keepdim=True) @ v,
            "The scores are divided by their sum as they are. They may be negative: a softmax takes e to their power "
            "first.",
        ),
        Mistake(
            lambda q, k, v: _scores(q, k).log_softmax(1) @ v,
            "You weigh with the *logarithms* of the weights. Take the softmax itself.",
        ),
        Mistake(
            lambda q, k, v: attend(-q, k, v),
            "The sign is the other way round: those that are least alike count most.",
        ),
        Mistake(
            lambda q, k, v: (q @ k / q.shape[1] ** 0.5).softmax(1) @ v,
            "The keys are not transposed: each query has to meet each key, row by row.",
        ),
        Mistake(
            lambda q, k, v: attend(q, k, k),
            "You hand over the keys. They only say what each token has on offer; what is gathered are the values, `v`.",
        ),
        Mistake(
            lambda q, k, v: attend(q, v, v),
            "You compare with the values. A query is compared with the keys, `k`.",
        ),
        Mistake(
            lambda q, k, v: attend(q, q, v),
            "You compare queries with queries. A query is compared with the keys, `k`.",
        ),
        Mistake(
            lambda q, k, v: attend(k, q, v),
            "Queries and keys have changed places: keys ask, and queries answer. The table has a row for each query.",
        ),
        Mistake(
            lambda q, k, v: v[_scores(q, k).argmax(1)],
            "Each query takes the value of its best key alone. All values count, with the weights of a softmax.",
        ),
        Mistake(
            lambda q, k, v: v.mean(0).expand(len(q), -1),
            "You take the plain mean of the values. Each query weighs them by how well their keys fit.",
        ),
        Mistake(
            lambda q, k, v: (F.normalize(q, dim=1) @ F.normalize(k, dim=1).T / q.shape[1] ** 0.5).softmax(1) @ v,
            "You compare directions only (cosines). Attention takes the products as they are: long keys count more.",
        ),
        Mistake(
            lambda q, k, v: attend(q[:1], k, v)[0],
            "You return what the first query gathers. There are N of them.",
        ),
        Mistake(
            lambda q, k, v: attend(q, k, v).mean(0),
            "You return the mean over all queries. Each keeps what it gathers: (N, E).",
        ),
    ),
    hints=(
        "Three steps: a table of scores, queries in rows and keys in columns, divided by √D; a softmax along each row; "
        "the weighted mean of the values.",
        "`weights = (q @ k.T / q.shape[1] ** 0.5).softmax(1)` has shape (N, M). Then `weights @ v`.",
    ),
)

EXERCISES = [CONVOLVE, RECEPTIVE, PATCHIFY, ATTEND]

QUIZ = [
    Question(
        "You move a cat two pixels to the right. What happens to the maps of a convolution with stride 1?",
        (
            Option(
                "They stay the same.",
                False,
                "That would be invariance. A convolution keeps track of *where*: its maps move along. Only the mean at "
                "the end forgets the place.",
            ),
            Option(
                "They move two pixels to the right as well.",
                True,
                "The same weights are used at every place, so what was found here is now found there. This is called "
                "equivariance. (At the border of the picture it does not hold quite.)",
            ),
            Option(
                "They change in a way that nobody can foresee.",
                False,
                "That is what a fully connected layer would do, with weights of its own for every pixel.",
            ),
        ),
    ),
    Question(
        "A ViT has no position embeddings and takes the mean of its tokens. You shuffle the patches of a picture. What "
        "does it say?",
        (
            Option(
                "Exactly the same as before.",
                True,
                "Attention compares contents, the perceptron works on each token alone, and a mean does not ask for an "
                "order. To this network a picture is a bag of patches.",
            ),
            Option(
                "Something else, since attention looks at neighbors.",
                False,
                "Attention knows no neighbors. It compares what tokens hold, wherever they are.",
            ),
            Option(
                "It fails, because the shapes no longer fit.",
                False,
                "Shuffling changes no shape: the same number of tokens, each as wide as before.",
            ),
        ),
    ),
    Question(
        "You double both sides of the pictures and keep the patches as they are. What happens to the cost of one "
        "attention table?",
        (
            Option(
                "It doubles.",
                False,
                "The number of tokens alone grows fourfold, since both sides double.",
            ),
            Option(
                "It grows fourfold.",
                False,
                "That is the number of tokens, and the cost of the perceptrons. The table has a row *and* a column for "
                "each token.",
            ),
            Option(
                "It grows sixteenfold.",
                True,
                "Four times the tokens make a table with four times the rows and four times the columns. This is why "
                "large pictures are hard for transformers.",
            ),
        ),
    ),
    Question(
        "Why did the CNN need so much fewer pictures than the ViT in this chapter?",
        (
            Option(
                "It has more parameters.",
                False,
                "It has fewer. The number of parameters alone says little about how many pictures a network needs.",
            ),
            Option(
                "It takes for granted what is true of pictures: near pixels belong together, and a thing is the same "
                "thing elsewhere.",
                True,
                "What is built in need not be learned. The ViT has to find out from pictures alone which patches are "
                "neighbors, and that a place does not change what a thing is. With many more pictures it does.",
            ),
            Option(
                "Convolutions are more powerful: there are things that attention cannot compute.",
                False,
                "The other way round, if anything: attention with positions can learn to look at neighbors only. It "
                "*can*; it has to learn to.",
            ),
        ),
    ),
]
