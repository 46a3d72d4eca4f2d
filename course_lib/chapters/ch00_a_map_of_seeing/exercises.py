"""Chapter 00, a map of seeing: pixels, the distance between pictures, and how many bits an answer carries."""

import torch

from course_lib.course.compare import tensor_difference
from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 00.1


def pixel_at(picture: torch.Tensor, x: int, y: int) -> torch.Tensor:
    """The color (3,) of a picture (3, H, W) at column x, counted from the left, and row y, from the top."""
    return picture[:, y, x]


def _pixel_cases(seed: int) -> list[tuple]:
    generator = torch.Generator().manual_seed(seed)
    square, wide, tall = (torch.arange(3.0 * h * w).view(3, h, w) / 20 for h, w in ((2, 2), (2, 3), (3, 2)))
    fixed = [(square, 1, 0), (wide, 2, 1), (tall, 0, 2), (wide, 1, 0), (tall, 0, 1)]
    drawn = []
    for i in range(20):
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
            lambda picture, x, y: picture.permute(2, 1, 0)[y, x],
            "x and y look swapped: in what you index, columns come before rows. With the color moved to the end "
            "a picture is (row, column, channel).",
        ),
        Mistake(
            lambda picture, x, y: picture[:, -1 - y, x],
            "It looks as if you count rows from the bottom, as in a plot. A picture counts its rows from "
            "the top: `y = 0` is the top row.",
        ),
        Mistake(
            lambda picture, x, y: picture[:, y, -1 - x],
            "It looks as if you count columns from the right. `x = 0` is the column on the far left.",
        ),
        Mistake(
            lambda picture, x, y: picture[:, y - 1, x - 1],
            "Your pixel lies one row too high and one column too far left. Rows and columns are counted from 0 "
            "here, as Python does.",
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
            lambda picture, x, y: picture[y][x],
            "Your `y` picks one of the three colors, and `x` a row. `picture[:]` is the whole picture again, so a `:` "
            "keeps the colors only where it stands in one pair of brackets with the row and the column.",
        ),
        Mistake(
            lambda picture, x, y: picture.reshape(*picture.shape[1:], 3)[y, x],
            "`reshape` and `view` move no numbers, so they cannot bring the color to the end: your three numbers come "
            "from three pixels of one color. `permute` moves axes, but here none has to move.",
        ),
        Mistake(
            lambda picture, x, y: picture.flatten(1)[:, y * picture.shape[1] + x],
            "You skip `y` times the *height* of the picture. Each row is as long as the picture is wide.",
        ),
        Mistake(
            lambda picture, x, y: picture[0, y, x],
            "You return the red channel alone. A color is three numbers: keep all channels with `:`.",
        ),
        Mistake(
            lambda picture, x, y: picture[:2, y, x],
            "Red and green are there, and blue is missing. A slice stops *before* its end; `:` keeps all channels.",
        ),
        Mistake(
            lambda picture, x, y: picture[:, y, x].mean(),
            "You return one gray number, the mean of the three colors. All three are asked for.",
        ),
        Mistake(
            lambda picture, x, y: picture[:, y, x].tolist(),
            "The numbers are right, but you return a list of them. A tensor of shape (3,) is asked for.",
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
    black, gray, white = (torch.full((3, 1, 1), level) for level in (0.0, 0.5, 1.0))
    blue, orange = torch.tensor([0.1, 0.3, 0.9]).view(3, 1, 1), torch.tensor([0.9, 0.5, 0.1]).view(3, 1, 1)
    spot = torch.tensor([0.0, 0.5]).expand(3, 1, 2).clone()  # one pixel differs from black, one does not
    square = torch.arange(12.0).view(3, 2, 2) / 12
    fixed = [(black, gray), (white, gray), (gray, gray), (black, white), (blue, orange), (torch.zeros(3, 1, 2), spot)]
    fixed += [(gray.expand(3, 2, 2).clone(), square), (square, square.flip(0))]
    sizes = [(1 + i // 4, 2 + i // 3) for i in range(17)]
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
    compare=tensor_difference,
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
            lambda a, b: (((a - b) ** 2).sum() / a[0].numel()).sqrt(),
            "The mean is taken over the pixels, but the squares of the three colors are added up. All 3·H·W numbers "
            "count alike: take the mean over the colors too.",
        ),
        Mistake(
            lambda a, b: (((a - b) ** 2).sum() / len(a)).sqrt(),
            "The mean is taken over the three colors, but the squares of all pixels are added up. Take the mean over "
            "rows and columns too.",
        ),
        Mistake(
            lambda a, b: (((a - b) ** 2).sum() / (a.numel() - 1)).sqrt(),
            "You divide by one less than the number of squares. A mean divides by their number.",
        ),
        Mistake(
            lambda a, b: (a - b).abs().mean(),
            "This comes out as the mean absolute difference. Square, then mean, then root: in this order one large "
            "difference counts more than many small ones.",
        ),
        Mistake(
            lambda a, b: (a - b).abs().mean().sqrt(),
            "This is the root of the mean *absolute* difference. The root belongs to squares: square each difference.",
        ),
        Mistake(
            lambda a, b: (a - b).mean(),
            "Differences above and below zero cancel each other in your mean. Square each difference before"
            " you take the mean.",
        ),
        Mistake(
            lambda a, b: (a - b).mean().abs(),
            "Your mean is taken before the square, so differences above and below zero have cancelled by then. Square "
            "each difference first.",
        ),
        Mistake(
            lambda a, b: (a - b).mean().sqrt(),
            "The square is missing: your mean may be below zero, and then its root is nan.",
        ),
        Mistake(
            lambda a, b: (a**2 - b**2).mean().sqrt(),
            "You square the pictures and then subtract. Subtract first: it is the difference that is squared.",
        ),
        Mistake(
            lambda a, b: pixel_distance(a, -b),
            "You add the two pictures where their difference is asked for: your result is not 0 for equal pictures.",
        ),
        Mistake(
            lambda a, b: (a - b).std(correction=0),
            "This is the standard deviation of the differences. It takes away their mean first, so that black and "
            "gray pictures are 0 apart.",
        ),
        Mistake(
            lambda a, b: (a - b).std(),
            "This is the standard deviation of the differences: it takes away their mean first, and it divides by one "
            "less than their number.",
        ),
        Mistake(
            lambda a, b: ((a - b) ** 2).mean(dim=(1, 2)).sqrt(),
            "You return one number for each color channel. Take the mean over all three axes at once.",
        ),
        Mistake(
            lambda a, b: ((a - b) ** 2).mean(0).sqrt(),
            "You return one number for each pixel. Take the mean over rows and columns too.",
        ),
        Mistake(
            lambda a, b: ((a - b) ** 2).mean(dim=(1, 2)).sqrt().mean(),
            "A root is taken for each color, and then their mean. The root comes last, once, after the mean of all.",
        ),
        Mistake(
            lambda a, b: ((a - b) ** 2).mean(0).sqrt().mean(),
            "A root is taken for each pixel, and then their mean. The root comes last, once, after the mean of all.",
        ),
        Mistake(
            lambda a, b: pixel_distance(a[0], b[0]),
            "Only the first color, red, is compared. Green and blue count as much.",
        ),
        Mistake(
            lambda a, b: pixel_distance(a.mean(0), b.mean(0)),
            "You compare gray pictures: the colors are averaged before the difference, so red and green look alike.",
        ),
        Mistake(
            lambda a, b: (a - b).abs().max(),
            "This is the largest difference. All of them count: take the mean of their squares.",
        ),
        Mistake(
            lambda a, b: pixel_distance(a, b).item(),
            "The number is right, but it is a plain Python number. Return the tensor of shape () as it is: leave out "
            "what makes it plain (`.item()`, `float()`, the functions of `math`).",
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

    def colored(*color: float) -> torch.Tensor:
        return torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, 2, 2).clone()

    spot = flat(0.0)
    spot[0, :, 0, 0] = 0.9  # one large difference, against a small one everywhere
    speck = 0.5 * spot  # its largest difference is larger than that of flat(0.3), its distance is smaller
    split = flat(0.0)
    split[0, :, 0] = 1.0  # white above, black below: turned around, its mean color is the same
    fixed = [
        (flat(0.5)[0], flat(0.9, 0.4)),
        (flat(0.5)[0], flat(0.6, 0.1)),
        (flat(0.0)[0], torch.cat([spot, flat(0.3)])),
        (flat(0.0)[0], torch.cat([flat(0.3), speck])),
        (split[0], torch.cat([1 - split, 0.8 * split])),
        (flat(0.5)[0], torch.cat([colored(0.5, 0.1, 0.9), flat(0.6)])),  # the same red, and the same gray
        (flat(0.5)[0], torch.cat([colored(0.5, 0.9, 0.9), flat(0.7)])),
        (flat(0.2)[0], flat(0.6, 0.1, 0.9)),
        (flat(0.5)[0], flat(0.9, 0.8, 0.6, 0.1, 0.7)),  # nearer and nearer, and then no longer
    ]
    drawn = []
    for i in range(16):
        query = torch.rand(3, 2 + i // 4, 2 + i // 3, generator=generator)
        gallery = torch.rand(2 + i // 2, *query.shape, generator=generator)
        copy = int(torch.randint(len(gallery), (), generator=generator))
        gallery[copy] = 0.7 * query + 0.3 * gallery[copy]  # the one to find
        drawn.append((query, gallery))
    return fixed + drawn


def _distances(query: torch.Tensor, gallery: torch.Tensor) -> torch.Tensor:
    return ((gallery - query) ** 2).mean(dim=(1, 2, 3)).sqrt()


def _nearer_than_the_first(query: torch.Tensor, gallery: torch.Tensor) -> list[int]:
    distances = _distances(query, gallery).tolist()
    return [i for i, distance in enumerate(distances) if distance < distances[0]] or [0]


NEAREST = Exercise(
    id="00.3",
    title="Find the nearest picture by pixels",
    minutes=10,
    difficulty=2,
    reference=nearest,
    cases=_nearest_cases,
    mistakes=(
        Mistake(
            lambda query, gallery: _distances(query, gallery).argmax(),
            "You return the picture that is farthest away. The nearest has the smallest distance: `argmin`.",
        ),
        Mistake(
            lambda query, gallery: _distances(query, gallery).min(),
            "You return the smallest distance itself. The question is whose it is: the index, from `argmin`.",
        ),
        Mistake(
            lambda query, gallery: (_distances(query, gallery) ** 2).min(),
            "You return the smallest mean square itself. The question is which picture has it: `argmin`, not `min`.",
        ),
        Mistake(
            lambda query, gallery: gallery[nearest(query, gallery)],
            "You return the nearest picture itself. The question is where in the gallery it is: its index.",
        ),
        Mistake(
            lambda query, gallery: _distances(query, gallery).argsort(),
            "You return the whole order, nearest first. Only the first of these numbers is asked for.",
        ),
        Mistake(
            lambda query, gallery: _distances(query, gallery).argsort()[1],
            "This is the second nearest. The query is no picture of the gallery, so nothing has to be skipped.",
        ),
        Mistake(
            lambda query, gallery: nearest(query, gallery) + 1,
            "Your result is 1 too large: positions in a gallery are counted from 0.",
        ),
        Mistake(
            lambda query, gallery: len(gallery) - 1 - nearest(query, gallery),
            "This is where the nearest picture is, counted from the end of the gallery. Count from its beginning.",
        ),
        Mistake(
            lambda query, gallery: nearest(query, gallery[:-1]),
            "The last picture of the gallery is never looked at.",
        ),
        Mistake(
            lambda query, gallery: nearest(query, gallery[1:]) + 1,
            "The first picture of the gallery, number 0, is never found.",
        ),
        Mistake(
            lambda query, gallery: _nearer_than_the_first(query, gallery)[-1],
            "You find the *last* picture that is nearer than the first one. Whenever you find a nearer one, the "
            "smallest distance so far changes too.",
        ),
        Mistake(
            lambda query, gallery: _nearer_than_the_first(query, gallery)[0],
            "You stop at the first picture that is nearer than number 0. A later one may be nearer still.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).argmin(),
            "You searched all single numbers at once. First make one distance a picture: `.mean(dim=(1, 2, 3))`.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).mean((2, 3)).argmin(),
            "You searched a table with a number for each picture *and color*. First make one distance a picture: take "
            "the mean over the colors too.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).argmin(0),
            "You find a nearest picture for each pixel on its own. First make one distance a picture, "
            "`.mean(dim=(1, 2, 3))`, then ask once which is smallest.",
        ),
        Mistake(
            lambda query, gallery: ((gallery.mean((2, 3)) - query.mean((1, 2))) ** 2).mean(1).argmin(),
            "You compare the mean colors of the pictures. Compare pixel by pixel, and take the mean "
            "afterwards: two very different pictures may share a mean color.",
        ),
        Mistake(
            lambda query, gallery: (gallery - query).mean(dim=(1, 2, 3)).abs().argmin(),
            "You compare how bright the pictures are as a whole: differences above and below zero cancel in your mean. "
            "Square each difference before the mean.",
        ),
        Mistake(
            lambda query, gallery: torch.tensor(0),
            "Your answer is 0 for every gallery. Is there one distance for each picture, N in all, when you ask for "
            "the smallest? Where only one number is left, or where nothing can beat the number you begin with, 0 "
            "comes out.",
        ),
        Mistake(
            lambda query, gallery: ((gallery - query) ** 2).mean(0).argmin(),
            "Your mean runs over the gallery, the first axis, so you find a pixel and not a picture. Take "
            "the mean over channel, row and column: `dim=(1, 2, 3)`.",
        ),
        Mistake(
            lambda query, gallery: (gallery - query).abs().mean(dim=(1, 2, 3)).argmin(),
            "This finds what the mean of absolute differences finds. In the pixel distance the mean is taken of "
            "squares, and the root comes last: one large difference counts more than many small ones, and another "
            "picture may win.",
        ),
        Mistake(
            lambda query, gallery: (gallery - query).mean(dim=(1, 2, 3)).argmin(),
            "You forgot to square: differences below zero pull your mean down, so the darkest picture wins.",
        ),
        Mistake(
            lambda query, gallery: (gallery - query).abs().amax((1, 2, 3)).argmin(),
            "You compare the largest difference of each picture. In the pixel distance all differences count.",
        ),
        Mistake(
            lambda query, gallery: nearest(query[:1], gallery[:, :1]),
            "Only the first color, red, is compared. Green and blue count as much.",
        ),
        Mistake(
            lambda query, gallery: nearest(query.mean(0, keepdim=True), gallery.mean(1, keepdim=True)),
            "You compare gray pictures: the colors are averaged before the difference. Average after squaring.",
        ),
        Mistake(
            lambda query, gallery: (gallery * query).sum((1, 2, 3)).argmax(),
            "You look for the largest product with the query, and bright pictures have large products with everything. "
            "Look for the smallest difference.",
        ),
        Mistake(
            lambda query, gallery: torch.cosine_similarity(gallery.flatten(1), query.flatten()[None]).argmax(),
            "You look for the smallest angle: a picture that is twice as bright points in the same direction. Look for "
            "the smallest pixel distance.",
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
    fixed = [[1, 1], [3, 0], [1, 3], [2, 0, 2], [3, 1, 0], [1, 1, 1, 1], [8, 4, 2, 1, 1], [100, 1, 0]]
    drawn = []
    for i in range(17):
        counts = torch.randint(1, 60, (2 + i // 2,), generator=generator)
        if i % 3 == 0:
            counts[int(torch.randint(len(counts), (), generator=generator))] = 0
        drawn.append((counts,))
    return [(torch.tensor(counts),) for counts in fixed] + drawn


def _entropy(p: torch.Tensor) -> torch.Tensor:
    p = p[p > 0]
    return -(p * p.log2()).sum()


def _forgot_zeros(counts: torch.Tensor) -> torch.Tensor:
    p = counts / counts.sum()
    return -(p * p.log2()).sum()


def _surprises(counts: torch.Tensor) -> torch.Tensor:
    return -(counts[counts > 0] / counts.sum()).log2()


BITS = Exercise(
    id="00.4",
    title="Count the bits of an answer",
    minutes=10,
    difficulty=2,
    reference=bits,
    cases=_bits_cases,
    mistakes=(
        Mistake(
            lambda counts: bits(counts) * torch.tensor(2.0).log(),
            "Your logarithm is the natural one, so the answer is in nats. Bits need the logarithm to base 2: `log2`.",
        ),
        Mistake(
            lambda counts: bits(counts) * torch.tensor(2.0).log10(),
            "Your logarithm is the one to base 10. Bits need the logarithm to base 2: `log2`.",
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
            lambda counts: _forgot_zeros(counts).nan_to_num(),
            "As soon as one answer never came, your result is 0: its nan has swallowed the whole sum before it was "
            "replaced. Leave such an answer out before you add up.",
        ),
        Mistake(
            lambda counts: bits(counts.clamp(min=1)),
            "An answer that never came is counted as if it had come once. Leave it out: it carries 0 bits.",
        ),
        Mistake(
            lambda counts: bits(counts + 1),
            "Every answer is counted once more than it came. That keeps the logarithm away from 0, and it changes all "
            "probabilities: leave out the answers that never came instead.",
        ),
        Mistake(
            lambda counts: _entropy(counts[counts > 1] / counts.sum()),
            "Answers that came just once are left out too. Only those that never came carry nothing.",
        ),
        Mistake(
            lambda counts: _entropy((counts / counts.sum())[:-1]),
            "The last answer is left out of your sum.",
        ),
        Mistake(
            _entropy,
            "You use the counts where probabilities are needed. Divide by their sum first, so that they add up to 1.",
        ),
        Mistake(
            lambda counts: _entropy(counts / len(counts)),
            "You divide by how many different answers there are. Divide by how often they came in all, so that the "
            "probabilities add up to 1.",
        ),
        Mistake(
            lambda counts: _entropy(counts / counts.max()),
            "You divide by the largest count. Divide by the sum of the counts, so that the probabilities add up to 1.",
        ),
        Mistake(
            lambda counts: _entropy(counts.float().softmax(0)),
            "A softmax makes probabilities of scores. Counts need none: an answer that came twice as often is twice as "
            "probable, so divide by their sum.",
        ),
        Mistake(
            lambda counts: bits(counts) * counts.sum(),
            "These are the bits of all answers together: each is weighted by its count. What *one* answer carries is "
            "asked for: weight each by its probability.",
        ),
        Mistake(
            lambda counts: bits(counts) / (counts > 0).sum(),
            "You take the mean over the answers. Each is weighted by its probability already: add them up.",
        ),
        Mistake(
            lambda counts: _surprises(counts).sum(),
            "You add up the logarithms as if each answer came equally often. An answer of probability p carries "
            "-log2(p) bits, and it comes with probability p: weight it.",
        ),
        Mistake(
            lambda counts: _surprises(counts).mean(),
            "You take the plain mean of the logarithms: a rare answer counts as much as a common one. Weight each by "
            "its probability, and add up.",
        ),
        Mistake(
            lambda counts: bits(counts) / torch.tensor(len(counts)).log2(),
            "You divide by the most bits that so many answers could carry. The bits themselves are asked for.",
        ),
        Mistake(
            lambda counts: 1 - ((counts / counts.sum()) ** 2).sum(),
            "This is how often two answers differ. Bits come from logarithms: -log2(p) for an answer of probability p.",
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
