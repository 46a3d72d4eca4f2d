"""Chapter 00, a map of seeing: pixels, the distance between pictures, and how many bits an answer carries."""

import torch

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 00.1


def pixel_at(picture: torch.Tensor, x: int, y: int) -> torch.Tensor:
    """The color (3,) of a picture (3, H, W) at column x, counted from the left, and row y, from the top."""
    return picture[:, y, x]


def _pixel_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [(torch.arange(12).view(3, 2, 2) / 20, 1, 0), (torch.arange(18).view(3, 2, 3) / 20, 2, 1)]
    drawn = []
    for i in range(23):
        height, width = 3 + i // 2, 4 + i // 3
        x = int(torch.randint(width, (), generator=generator))
        y = int(torch.randint(height, (), generator=generator))
        drawn.append((torch.rand(3, height, width, generator=generator), x, y))
    return fixed + drawn


PIXEL = Exercise(
    id="00.1",
    title="Read a pixel grid",
    minutes=5,
    difficulty=1,
    reference=pixel_at,
    cases=_pixel_cases,
    mistakes=(
        Mistake(
            lambda picture, x, y: picture[:, x, y],
            "x and y look swapped. A picture is stored as (channel, row, column), so the row `y` comes "
            "before the column `x`.",
        ),
        Mistake(
            lambda picture, x, y: picture[:, -1 - y, x],
            "It looks as if you count rows from the bottom, as in a plot. A picture counts its rows from "
            "the top: `y = 0` is the top row.",
        ),
        Mistake(
            lambda picture, x, y: picture[:, y],
            "You return a whole row of the picture. Pick one column of it too, with a third index.",
        ),
        Mistake(
            lambda picture, x, y: picture[:, :, x],
            "You return a whole column of the picture. Pick one row of it too: the row index stands in the middle.",
        ),
        Mistake(
            lambda picture, x, y: picture[y, x],
            "You index as if the color came last, (row, column, channel), as image files often do. Here the"
            " color comes first: keep all three channels with `:` in the first place.",
        ),
        Mistake(
            lambda picture, x, y: picture[0, y, x],
            "You return the red channel alone. A color is three numbers: keep all channels with `:`.",
        ),
    ),
    hints=(
        "A picture here is a tensor of shape (3, H, W). Its three axes are channel, row, column. Which axis"
        " does `y`, the height, walk along? Which one `x`?",
        "`picture[c, row, column]` is one number. Put `:` in place of `c` to get all three channels at once.",
    ),
)

# --- 00.2


def pixel_distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The root mean squared difference, a tensor of shape (), of two pictures (3, H, W)."""
    return ((a - b) ** 2).mean().sqrt()


def _distance_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    black, gray = torch.zeros(3, 1, 1), torch.full((3, 1, 1), 0.5)
    spot = torch.tensor([0.0, 0.5]).expand(3, 1, 2).clone()  # one pixel differs from black, one does not
    fixed = [(black, gray), (gray, black), (gray, gray), (torch.zeros(3, 1, 2), spot)]
    sizes = [(1 + i // 4, 2 + i // 3) for i in range(21)]
    return fixed + [
        (torch.rand(3, *size, generator=generator), torch.rand(3, *size, generator=generator)) for size in sizes
    ]


DISTANCE = Exercise(
    id="00.2",
    title="Measure the distance of two pictures",
    minutes=5,
    difficulty=1,
    reference=pixel_distance,
    cases=_distance_cases,
    mistakes=(
        Mistake(
            lambda a, b: ((a - b) ** 2).mean(),
            "This is the mean of the squares. Take its square root, so that the distance is in the units of"
            " color again.",
        ),
        Mistake(
            lambda a, b: ((a - b) ** 2).sum().sqrt(),
            "You add the squares up where their mean is asked for. A sum grows with the number of pixels; a"
            " mean can be compared between pictures of different sizes.",
        ),
        Mistake(
            lambda a, b: ((a - b) ** 2).sum(),
            "This is the sum of the squares. Take their mean in place of the sum, and then the square root.",
        ),
        Mistake(
            lambda a, b: (a - b).abs().mean(),
            "This is the mean absolute difference. Here each difference is squared first, so that one large "
            "difference counts more than many small ones.",
        ),
        Mistake(
            lambda a, b: (a - b).mean(),
            "Differences above and below zero cancel each other in your mean. Square each difference before"
            " you take the mean.",
        ),
        Mistake(
            lambda a, b: ((a - b) ** 2).mean(dim=(1, 2)).sqrt(),
            "You return one number for each color channel. Take the mean over all three axes at once.",
        ),
    ),
    hints=(
        "Read the name backwards: the difference, then its square, then the mean of all those, then the root.",
        "`(a - b) ** 2` squares every entry, `.mean()` without arguments takes the mean over all axes, and "
        "`.sqrt()` is the root.",
    ),
)

# --- 00.3


def nearest(query: torch.Tensor, gallery: torch.Tensor) -> torch.Tensor:
    """The index of the picture in a gallery (N, 3, H, W) nearest to a query (3, H, W)."""
    distances = ((gallery - query) ** 2).mean(dim=(1, 2, 3)).sqrt()  # (N,)
    return distances.argmin()


def _nearest_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)

    def flat(*levels: float) -> torch.Tensor:
        return torch.tensor(levels).view(-1, 1, 1, 1).expand(-1, 3, 2, 2).clone()

    spot = flat(0.0)
    spot[0, :, 0, 0] = 0.9  # one large difference, against a small one everywhere
    split = flat(0.0)
    split[0, :, 0] = 1.0  # white above, black below: turned around, its mean color is the same
    fixed = [
        (flat(0.5)[0], flat(0.9, 0.4)),
        (flat(0.5)[0], flat(0.6, 0.1)),
        (flat(0.2)[0], flat(0.6, 0.1, 0.9)),
        (flat(0.0)[0], torch.cat([spot, flat(0.3)])),
        (split[0], torch.cat([1 - split, 0.8 * split])),
    ]
    drawn = []
    for i in range(20):
        query = torch.rand(3, 2 + i // 4, 2 + i // 3, generator=generator)
        gallery = torch.rand(2 + i // 2, *query.shape, generator=generator)
        copy = int(torch.randint(len(gallery), (), generator=generator))
        gallery[copy] = 0.7 * query + 0.3 * gallery[copy]  # the one to find
        drawn.append((query, gallery))
    return fixed + drawn


NEAREST = Exercise(
    id="00.3",
    title="Find the nearest picture by pixels",
    minutes=10,
    difficulty=2,
    reference=nearest,
    cases=_nearest_cases,
    mistakes=(
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).mean(dim=(1, 2, 3)).argmax(),
            "You return the picture that is farthest away. The nearest has the smallest distance: `argmin`.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).mean(dim=(1, 2, 3)).sqrt().min(),
            "You return the smallest distance itself. The question is whose it is: the index, from `argmin`.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).mean(dim=(1, 2, 3)).min(),
            "You return the smallest mean square itself. The question is which picture has it: `argmin`, not `min`.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).argmin(),
            "You searched all single numbers at once. First make one distance a picture: `.mean(dim=(1, 2, 3))`.",
        ),
        Mistake(
            lambda query, gallery: ((gallery.mean((2, 3)) - query.mean((1, 2))) ** 2).mean(1).argmin(),
            "You compare the mean colors of the pictures. Compare pixel by pixel, and take the mean "
            "afterwards: two very different pictures may share a mean color.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).mean().argmin(),
            "Your mean runs over all pictures at once and leaves one number, whose `argmin` is always 0. "
            "Keep the axis of the gallery: `.mean(dim=(1, 2, 3))` leaves (N,).",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).mean(0).argmin(),
            "Your mean runs over the gallery, the first axis, so you find a pixel and not a picture. Take "
            "the mean over channel, row and column: `dim=(1, 2, 3)`.",
        ),
        Mistake(
            lambda query, gallery: (gallery - query).abs().mean(dim=(1, 2, 3)).argmin(),
            "You take the mean of absolute differences. The pixel distance squares them: one large "
            "difference then counts more than many small ones, and another picture may win.",
        ),
        Mistake(
            lambda query, gallery: (gallery - query).mean(dim=(1, 2, 3)).argmin(),
            "You forgot to square: differences below zero pull your mean down, so the darkest picture wins.",
        ),
    ),
    hints=(
        "`gallery - query` has shape (N, 3, H, W): the query is subtracted from every picture at once. Turn"
        " it into N distances, one for each picture.",
        "`.mean(dim=(1, 2, 3))` takes the mean over channel, row and column and leaves (N,). Then ask which"
        " entry is smallest with `.argmin()`. The root changes no order, so you may leave it out.",
    ),
)

# --- 00.4


def bits(counts: torch.Tensor) -> torch.Tensor:
    """The bits that one answer carries when answer i came counts[i] times, counts (N,) int64.

    This is the entropy of Shannon, "A Mathematical Theory of Communication" (1948).
    """
    p = counts[counts > 0] / counts.sum()  # an answer that never comes says nothing
    return -(p * p.log2()).sum()


def _bits_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    fixed = [[1, 1], [3, 0], [1, 3], [2, 0, 2], [1, 1, 1, 1], [8, 4, 2, 1, 1], [100, 1, 0]]
    drawn = []
    for i in range(18):
        counts = torch.randint(1, 60, (2 + i // 2,), generator=generator)
        if i % 3 == 0:
            counts[int(torch.randint(len(counts), (), generator=generator))] = 0
        drawn.append((counts,))
    return [(torch.tensor(counts),) for counts in fixed] + drawn


def _forgot_zeros(counts: torch.Tensor) -> torch.Tensor:
    p = counts / counts.sum()
    return -(p * p.log2()).sum()


def _forgot_dividing(counts: torch.Tensor) -> torch.Tensor:
    counts = counts[counts > 0]
    return -(counts * counts.log2()).sum()


def _in_nats(counts: torch.Tensor) -> torch.Tensor:
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log()).sum()


def _mean_for_sum(counts: torch.Tensor) -> torch.Tensor:
    p = counts[counts > 0] / counts.sum()
    return -(p * p.log2()).mean()


BITS = Exercise(
    id="00.4",
    title="Count the bits of an answer",
    minutes=10,
    difficulty=2,
    reference=bits,
    cases=_bits_cases,
    mistakes=(
        Mistake(
            _in_nats,
            "Your logarithm is the natural one, so the answer is in nats. Bits need the logarithm to base 2: `log2`.",
        ),
        Mistake(
            lambda counts: -bits(counts),
            "The sign is the other way round. The logarithm of a probability is never above 0, so the sum "
            "needs a minus in front.",
        ),
        Mistake(
            lambda counts: torch.tensor(len(counts)).log2(),
            "This is the logarithm of the number of answers: right only if all of them come equally often. "
            "A rare answer tells more, a common one less: use the `counts`.",
        ),
        Mistake(
            lambda counts: (counts > 0).sum().log2(),
            "This counts how many different answers turn up, as if all came equally often. A rare answer "
            "tells more, a common one less: use how often each comes.",
        ),
        Mistake(
            _forgot_zeros,
            "An answer that never comes makes your result nan: 0 times the logarithm of 0 is not a number "
            "here. Leave those answers out: they carry 0 bits.",
        ),
        Mistake(
            _forgot_dividing,
            "You use the counts where probabilities are needed. Divide by their sum first, so that they add up to 1.",
        ),
        Mistake(
            _mean_for_sum,
            "You take the mean over the answers. Each is weighted by its probability already: add them up.",
        ),
    ),
    hints=(
        "First turn counts into probabilities `p` that add up to 1. An answer of probability p carries "
        "-log2(p) bits, and it comes with probability p. Careful with answers that never come.",
        "`p = counts[counts > 0] / counts.sum()` leaves the empty answers out. What remains is the sum of "
        "`p * p.log2()`, with a minus in front.",
    ),
)

EXERCISES = [PIXEL, DISTANCE, NEAREST, BITS]

# --- The quiz

QUIZ = [
    Question(
        "Why is the pixel distance a poor measure of whether two pictures show the same thing?",
        (
            Option(
                "It is too slow to compute for large pictures.",
                False,
                "It is one of the fastest things you can do with two pictures. It is quick, and it answers "
                "the wrong question.",
            ),
            Option(
                "It compares what stands at the same place, so a shift, a new color or another backdrop "
                "changes it more than another animal does.",
                True,
                "Pixel by pixel means place by place. What a thing is hardly depends on where it stands, "
                "how it is lit or what is behind it, but every pixel does.",
            ),
            Option(
                "It is not a proper distance: it can be negative.",
                False,
                "It is a root of a mean of squares, so it is never below 0, and it is 0 only for equal "
                "pictures. It is a proper distance between pixels, not between meanings.",
            ),
            Option(
                "It works only for pictures of 64 by 64 pixels.",
                False,
                "Any two pictures of the same size will do, and thanks to the mean the number stays "
                "comparable from one size to the next.",
            ),
        ),
    ),
    Question(
        "What do we ask of a machine when we say that it should understand a picture?",
        (
            Option(
                "That it can store the picture and give every pixel back.",
                False,
                "A file does that. To understand is to keep what matters for questions about the scene, and"
                " to let the rest go.",
            ),
            Option(
                "That it can name the main thing in the picture.",
                False,
                "A name is one question among many. Where is it? What is beside it? Which color has it? One"
                " label answers none of these.",
            ),
            Option(
                "That it turns pixels into features from which many questions about the scene are easy to answer.",
                True,
                "Names, places, relations, outlines, words: good features make each of them a short step. "
                "That is why this course probes the same features with many tasks.",
            ),
        ),
    ),
    Question(
        "Which is a way to learn from pictures alone, with no label and no text?",
        (
            Option(
                "Matching each picture with its caption.",
                False,
                "Nobody labels those pictures, but the caption is a teacher all the same. This is the "
                "family of language supervision.",
            ),
            Option(
                "Hiding part of a picture and predicting what was there.",
                True,
                "The hidden part is the answer, and the picture brings it along. Contrastive and non-"
                "contrastive methods learn from pictures alone too: two views of one picture should get "
                "like features.",
            ),
            Option(
                "Predicting the family of the thing, such as animal or vehicle.",
                False,
                "A coarse label is a label still: a person wrote it down. This is label supervision with fewer bits.",
            ),
        ),
    ),
    Question(
        "A label is one of 16 things, all equally often. How many bits does it carry?",
        (
            Option(
                "16 bits",
                False,
                "16 is the number of answers. Each yes-or-no question halves them: 16, 8, 4, 2, 1. Count the halvings.",
            ),
            Option(
                "4 bits",
                True,
                "log2(16) = 4: four yes-or-no questions find the one. A caption, a mask or a hidden half of"
                " the picture has far more possible answers, and so more bits.",
            ),
            Option(
                "About 2.8 bits",
                False,
                "That is the natural logarithm of 16, so it is in nats. Bits count halvings: use the "
                "logarithm to base 2.",
            ),
            Option(
                "It depends on the size of the picture.",
                False,
                "The picture may be of any size: the answer is one of 16. That a large picture comes with "
                "so small an answer is why people looked for other teachers.",
            ),
        ),
    ),
    Question(
        "A cell of this course says `claim(…)`, and its sentence turns out false on your machine. What happens?",
        (
            Option(
                "Nothing: a claim is a comment for the reader.",
                False,
                "A claim is measured each time the cell runs. What the text says about numbers has to be "
                "true of the numbers in front of you.",
            ),
            Option(
                "The cell fails and shows the numbers.",
                True,
                "A sentence that is not true here should not stay on the page. (In the small smoke profile "
                "nothing is trained long enough to mean anything, so there the numbers are shown and "
                "nothing is claimed.)",
            ),
            Option(
                "The reference solution takes its place, and the notebook goes on.",
                False,
                "That is what `check(…)` does with an exercise you have not solved yet. An exercise is "
                "yours to try, and it stops nothing; a claim is the course's word, and it has to hold.",
            ),
        ),
    ),
]
