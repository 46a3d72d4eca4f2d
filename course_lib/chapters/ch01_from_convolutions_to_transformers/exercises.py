"""Chapter 01, from convolutions to transformers: a convolution as a matrix, its view, patches, and attention."""

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
    small = torch.tensor([[[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]], [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]])
    two_colors = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]])
    drawn = []
    for i in range(9):
        c, f, k = 1 + i % 3, 2 + i % 2, 2 + i % 2
        picture = torch.randn(c, 4 + i // 3, 6 + i // 2, generator=generator)
        drawn.append((picture, torch.randn(f, c, k, k, generator=generator)))
    return [(step, edge), (small, two_colors), *drawn]


CONVOLVE = Exercise(
    id="01.1",
    title="A convolution is a matrix product",
    minutes=15,
    difficulty=2,
    reference=convolve,
    cases=_filter_cases,
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
            lambda picture, filters: F.conv2d(picture[None], filters, padding=filters.shape[-1] // 2)[0],
            "Your picture was given a border of zeros, so that the result is larger. Here no padding is asked for: the "
            "filter stays inside the picture.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture, filters.mT),
            "Rows and columns of the filters are exchanged. `flatten(1)` puts a filter's numbers in the order color, "
            "row, column, which is how `unfold` orders a window.",
        ),
        Mistake(
            lambda picture, filters: convolve(picture[:1], filters[:, :1]),
            "Only the first color is used. A filter has weights for each of the C colors: all C·k·k numbers under the "
            "filter are multiplied and added up.",
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
    fixed = [([(3, 1)],), ([(3, 1), (3, 1)],), ([(3, 2), (3, 1)],), ([(7, 2), (3, 2), (3, 1), (3, 1)],)]
    drawn = []
    for i in range(10):
        kernels = (1 + torch.randint(7, (2 + i // 2,), generator=generator)).tolist()
        strides = (1 + torch.randint(3, (2 + i // 2,), generator=generator)).tolist()
        drawn.append((list(zip(kernels, strides, strict=True)),))
    return fixed + drawn


def _jump_first(layers: list[tuple[int, int]]) -> int:
    seen, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        seen += (kernel - 1) * jump
    return seen


def _last_stride_only(layers: list[tuple[int, int]]) -> int:
    seen, jump = 1, 1
    for kernel, stride in layers:
        seen += (kernel - 1) * jump
        jump = stride
    return seen


def _whole_kernels(layers: list[tuple[int, int]]) -> int:
    seen, jump = 1, 1
    for kernel, stride in layers:
        seen += kernel * jump
        jump *= stride
    return seen


def _stretched(layers: list[tuple[int, int]]) -> int:
    seen = 1
    for kernel, stride in layers:
        seen = (seen + kernel - 1) * stride
    return seen


def _from_the_wrong_end(layers: list[tuple[int, int]]) -> int:
    seen = 1
    for kernel, stride in layers:
        seen = (seen - 1) * stride + kernel
    return seen


def _product(layers: list[tuple[int, int]]) -> int:
    out = 1
    for kernel, _ in layers:
        out *= kernel
    return out


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
            "longer steps. First add, then multiply the step.",
        ),
        Mistake(
            _last_stride_only,
            "Each stride is used for the next layer only. Strides multiply: after two layers with stride 2, one step "
            "is four pixels.",
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
            _whole_kernels,
            "Each kernel adds k where it adds k − 1: one of its pixels was seen before. Two kernels of 3 see 5 pixels.",
        ),
        Mistake(
            _stretched,
            "You multiply what is *seen* by the stride. The stride makes the next *steps* longer: keep the length of a "
            "step in a number of its own, and let each kernel add (k − 1) steps.",
        ),
        Mistake(
            _from_the_wrong_end,
            "This recursion is right if it begins at the top: you go from the first layer to the last. Go through "
            "`reversed(layers)`, or count from the picture up and keep the length of a step.",
        ),
        Mistake(
            _product,
            "You multiply the kernels. Draw two kernels of 3 on top of each other: together they see 5 pixels.",
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


def _patched(pattern: str):
    return lambda pictures, patch: rearrange(pictures, pattern, p=patch, q=patch)


def _patch_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [
        (torch.arange(16.0).reshape(1, 1, 4, 4).expand(1, 3, 4, 4), 2),
        (torch.arange(24.0).reshape(1, 1, 4, 6).expand(1, 3, 4, 6), 2),
    ]
    sizes = [(2, 4, 6, 2), (2, 6, 4, 2), (2, 6, 9, 3), (3, 8, 12, 4)]
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
            "Your patches are made of pixels that lie far apart. In einops the last name in a bracket runs fastest: "
            "rows of a picture are `(h p)`, patch rows first, then pixels within the patch.",
        ),
        Mistake(
            _patched("b c (h p) (w q) -> b (h w) (p q c)"),
            "Within a patch the colors come last. A convolution keeps its weights in the order color, row, column; to "
            "be equal to one, flatten `(c p q)`.",
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
            lambda pictures, patch: F.unfold(pictures, patch, stride=patch),
            "The numbers are right, and the axes exchanged: `unfold` gives (B, 3·p·p, N). Tokens come first, then "
            "what each holds: transpose with `.mT`.",
        ),
        Mistake(
            lambda pictures, patch: pictures.reshape(len(pictures), -1, 3 * patch * patch),
            "`reshape` cuts the numbers in the order in which they lie in memory: your patches are strips of one "
            "color, not squares. Split rows and columns first.",
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
        (torch.tensor([[3.0, 0.0, 0.0, 1.0]]), torch.eye(4)[:3], torch.tensor([[6.0, 0.0], [0.0, 6.0], [3.0, 3.0]])),
        (3 * torch.eye(4)[:2], torch.eye(4)[:3] + 1, torch.tensor([[6.0], [0.0], [-3.0]])),
    ]
    drawn = []
    for n, m, d, e in sizes * 2:
        q, k = (2 * torch.randn(rows, d, generator=generator) for rows in (n, m))
        drawn.append((q, k, torch.randn(m, e, generator=generator)))
    return fixed + drawn


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
            "You divide by D. The scores grow like its square *root*, so this makes all of them too much alike.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / q.shape[1] ** 0.5).softmax(0) @ v,
            "Your softmax runs over the queries (axis 0). Each query shares out its attention over the keys: axis 1, "
            "so that every *row* adds up to 1.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / q.shape[1] ** 0.5).softmax(1),
            "You return who looks at whom. What a token takes home are the *values* there: multiply by `v`.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / q.shape[1] ** 0.5) @ v,
            "The softmax is missing. Without it the weights may be negative and need not add up to 1.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / len(k) ** 0.5).softmax(1) @ v,
            "You divide by the root of the number of tokens. It is the *width* D that makes the scores grow: each is a "
            "sum of D products.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / v.shape[1] ** 0.5).softmax(1) @ v,
            "You divide by the root of the width of the *values*. Scores are sums over the width of queries and keys.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T).softmax(1) / q.shape[1] ** 0.5 @ v,
            "You divide after the softmax. Then the weights of a row no longer add up to 1, and the scores were large "
            "all the same: divide the scores.",
        ),
        Mistake(
            lambda q, k, v: (q @ k.T / q.shape[1] ** 0.5).flatten().softmax(0).view(len(q), len(k)) @ v,
            "You share one softmax among the whole table. Each query has attention of its own to share out: every row "
            "adds up to 1.",
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
