# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["badge"]
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/00_a_map_of_seeing.ipynb)

# %% [markdown]
# # 00 · A map of seeing
#
# **The question of this chapter:** what would a machine have to know before we say that it *understands* a picture,
# and who could teach it?
#
# **When you are done you can**
#
# - read a picture the way a machine gets it, as a grid of numbers, and measure how far apart two pictures are;
# - say why comparing pixels is not understanding, and show it with numbers;
# - name the three families of teachers (labels, language, and pictures alone) and what comes after them;
# - count, in bits, how much each kind of teaching says about one picture;
# - use the tools of the course: *predict*, *check*, *claim*, *lab*.
#
# **You should know** a little Python. If you have met PyTorch tensors, good; if not, you will manage.
#
# **Time:** about 60 minutes of reading and playing. The computer's own share is under a minute, with or without a GPU.

# %% [markdown]
# First the set-up. This cell is the same in every chapter. On Colab it installs the course; on your own machine it
# only checks that the course is there.

# %% tags=["setup"]
import os
import subprocess
import sys
from importlib.util import find_spec

try:
    from google.colab import output
except ImportError:  # your own machine: only see that the course is there
    if not find_spec("course_lib"):
        raise ModuleNotFoundError("This Python does not have the course: open it with python start.py") from None
else:  # Colab: fetch the course and install it
    address = os.environ.get("COURSE_REPOSITORY", "https://github.com/learning-to-see/learning-to-see")
    subprocess.check_call(f"[ -d learning-to-see ] || git clone -q --depth 1 '{address}' learning-to-see", shell=True)
    wanted = "einops accelerate safetensors anywidget ftfy regex -e ./learning-to-see"
    subprocess.check_call(f"{sys.executable} -m pip install -q --no-deps {wanted}", shell=True)
    sys.path.insert(0, os.path.abspath("learning-to-see"))
    output.enable_custom_widget_manager()

# %% [markdown]
# Next the tools. `world` draws pictures, `show` draws figures, and the short words in the second line are the tools
# you will meet on the way. The last lines set how much work this chapter does on your machine; nothing else in the
# chapter depends on which machine it is.

# %%
import torch
from matplotlib.patches import Rectangle

from course_lib import (
    check,
    claim,
    claims_table,
    hint,
    predict,
    progress,
    quiz,
    reveal,
    show,
    solution,
    world,
)
from course_lib.train.device import profile

# How many pictures the machine of sections 4 and 5 may remember.
memory = {"smoke": [100, 200, 400], "laptop": [500, 2000, 8000], "gpu": [500, 2000, 8000, 32000]}[profile()]
gallery_size = {"smoke": 200, "laptop": 1000, "gpu": 1000}[profile()]

# %% [markdown]
# ## 1 · What do you see?
#
# Look at these pictures for two seconds, no longer.

# %%
album = world.draw(16, size=128, seed=1)
show.pictures(
    album,
    columns=8,
    caption="Sixteen scenes from the picture world. You saw what is in each before you could read this line.",
)

# %% [markdown]
# In those two seconds you did something that nobody knows how to write down as a program. You did not only notice colors.
# You saw *things*, you saw which one stands in front of which, and you could answer a question about any of them.
#
# All pictures of this course come from a small **picture world**. It draws them on the spot, so nothing has to be
# downloaded and they never run out. And because it draws them, it knows every truth about them. That will matter a
# great deal: when a machine says "cat", we can always check.
#
# Later in the course the same code runs on photographs. Here is where we start: with pictures simple enough that you
# can follow every step, and rich enough that the problem is the real one.

# %% [markdown]
# ## 2 · What the machine gets
#
# You get a picture. The machine gets a box of numbers. Each little square of a picture is a **pixel**. Each pixel
# holds three numbers between 0 and 1: how much red, green and blue light it gives.
#
# So a picture is a box of numbers with three sides: 3 colors × height × width. In PyTorch such a box is called a
# **tensor**, and the list of its sides is its **shape**. Several pictures handled together are a **batch**; their box
# has one more side, which counts the pictures. A `seed` is a number that settles everything left to chance: the same
# seed draws the same picture on every machine.

# %% tags=["nbval-check-output"]
portrait = world.compose([("cat", "orange", "plain")], backdrop="meadow", size=32, seed=3)
picture = portrait.pictures[0]  # the first picture of a batch of one
print(portrait.pictures.shape, "one batch: 1 picture, 3 colors, 32 rows, 32 columns")
print(picture.shape, "one picture: 3 colors, 32 rows, 32 columns")
print(picture.numel(), "numbers in all")

# %%
detail = picture[:, 12:18, 13:19]  # all colors, rows 12 to 17, columns 13 to 18
figure, (left, middle, right) = show.subplots(
    1,
    3,
    height=3.1,
    caption="Left: a cat of 32 × 32 pixels. Middle: six rows and six columns of it. Right: how much red each of those pixels holds. The machine gets only the right-hand side, for red, green and blue.",
    alt="A small picture of a cat, a magnified patch of 6 by 6 pixels, and the numbers of its red channel.",
)
left.imshow(picture.permute(1, 2, 0))
left.add_patch(Rectangle((12.5, 11.5), 6, 6, fill=False, linewidth=2))
middle.imshow(detail.permute(1, 2, 0))
right.imshow(detail[0], cmap="Reds", vmin=0, vmax=2)
for row in range(6):
    for column in range(6):
        right.text(column, row, f"{detail[0, row, column]:.2f}", ha="center", va="center", fontsize=11)
for axis, name in ((left, "what you see"), (middle, "closer"), (right, "what the machine gets: red")):
    axis.set_title(name)
    axis.set_axis_off()
figure

# %% [markdown]
# Two habits to get used to. **Rows come before columns**: `picture[:, 12, 13]` is row 12, column 13. So the *height*
# comes first, and we, who say "x, then y", trip over it. And **rows are counted from the top**, like lines of text.
#
# ### Exercise 00.1 · Read a pixel
#
# *5 minutes · warm-up.* Give back the color of the pixel at column `x` and row `y`.
#
# Leave the cell as it is and the notebook still runs to its end: an unsolved exercise lends you the course's own
# answer. But the fun is in solving it. Write your line, run the cell, and the check will tell you what it thinks.


# %%
def pixel_at(picture, x, y):
    """The color at column x, row y: picture is (3, H, W), the answer is (3,)."""
    raise NotImplementedError  # your line here


pixel_at = check("00.1", pixel_at)

# %%
hint("00.1")
solution("00.1")

# %% [markdown]
# ## 3 · The problem
#
# Let us try the simplest idea there is: *two pictures show the same thing if their numbers are alike*. To test it we
# need to say how far apart two pictures are. Take the difference of each pair of numbers, square it so that minus and
# plus do not cancel, take the mean, and take the square root to get back to the scale we began with:
#
# $$ d(a, b) = \sqrt{\frac{1}{N} \sum_{i=1}^{N} (a_i - b_i)^2} $$
#
# Here $a_i$ and $b_i$ are the numbers of the two pictures, and $N = 3 \cdot H \cdot W$ counts them. This is called the
# **root mean squared difference**. It is 0 for equal pictures and 1 for black against white.
#
# ### Exercise 00.2 · Measure the distance of two pictures
#
# *5 minutes · easy.* Give back $d(a, b)$ for two pictures: one number.


# %%
def pixel_distance(a, b):
    """The root mean squared difference of two pictures (3, H, W): one number, 0 for equal pictures."""
    raise NotImplementedError  # your line here


pixel_distance = check("00.2", pixel_distance)

# %%
hint("00.2")
solution("00.2")

# %% [markdown]
# Now the experiment. Here is one cat. Beside it is *the same cat* a step aside, then *the same cat* after sunset. Last
# comes *a dog* that sits exactly where our cat sat.
#
# The picture world makes this easy. A scene is a plain list of facts (which thing, where, what color, what backdrop),
# and we may change one fact and draw it again.

# %%
cat = world.compose([("cat", "orange", "plain")], backdrop="meadow", size=96, seed=3)
aside = world.compose([("cat", "orange", "plain")], backdrop="meadow", size=96, seed=3)
aside.scene.centers += torch.tensor([0.2, 0.08])  # to the right and down; a picture is 2 wide
aside = world.draw_scene(aside.scene, size=96)
night = world.compose([("cat", "orange", "plain")], backdrop="night", size=96, seed=3)
dog = world.compose([("dog", "orange", "plain")], backdrop="meadow", size=96, seed=3)

others = {"the cat a step aside": aside, "the cat at night": night, "the dog": dog}
show.pictures(
    torch.cat([cat.pictures, *(other.pictures for other in others.values())]),
    titles=["a cat", *others],
    size=2.1,
    caption="Which of the three on the right is most like the first?",
)

# %%
predict("00.cats", "Which picture's pixels are nearest to those of the first cat?", list(others))

# %% [markdown]
# Make your guess, then run the next cell.

# %%
distances = {name: pixel_distance(cat.pictures[0], other.pictures[0]).item() for name, other in others.items()}
reveal(
    "00.cats",
    min(distances, key=distances.get),
    ", ".join(f"{name} is {distance:.2f} away" for name, distance in distances.items()),
)
claim(
    "In pixels, the same cat at night is farther away than a dog in its place",
    distances["the cat at night"],
    ">",
    distances["the dog"],
    margin=0.1,
)
claim(
    "One step aside moves the cat about as far as turning it into a dog",
    distances["the cat a step aside"],
    "≈",
    distances["the dog"],
    margin=0.1,
)
claim("Most pixels of the picture show the backdrop", 1 - cat.masks.float().mean(), ">", 0.5)

# %% [markdown]
# The dog is about as near as the very same cat one step on, and the cat at night is far from all of them. The pixels
# have a point. Most of them show the backdrop, and if that has not changed, little has. *What* is in a picture is the
# smaller part of its numbers.
#
# Was that one unlucky cat? Let us not trust a single example. Here are many cats and many dogs, all drawn at random.
# If pixels knew cats from dogs, then two cats should be nearer to each other than a cat and a dog.


# %%
def portraits_of(name, n, seed):
    """n portraits of one kind of thing in all its variety, 32 by 32 pixels."""
    scene = world.draw(n, size=8, mode="portrait", seed=seed).scene
    scene.things[:] = world.THINGS.index(name)
    return world.draw_scene(scene, size=32)


def all_distances(a, b):
    """The distances of every picture in batch a from every picture in batch b: (len(a), len(b))."""
    return torch.cdist(a.pictures.flatten(1), b.pictures.flatten(1)) / a.pictures[0].numel() ** 0.5


cats, more_cats, dogs = portraits_of("cat", 300, 1), portraits_of("cat", 300, 2), portraits_of("dog", 300, 3)
cat_to_cat, cat_to_dog = all_distances(cats, more_cats), all_distances(cats, dogs)

# %%
figure, axis = show.subplots(
    height=2.9,
    caption="Distances of 90,000 pairs of each sort. The two shapes lie on top of each other: the distance of two pictures says next to nothing about whether they show the same kind of animal.",
    alt="Two histograms of pixel distance, cat to cat and cat to dog, that nearly coincide.",
)
for values, name, color in (
    (cat_to_cat, "cat and cat", show.PALETTE[0]),
    (cat_to_dog, "cat and dog", show.PALETTE[1]),
):
    axis.hist(values.flatten().numpy(), bins=80, histtype="stepfilled", alpha=0.45, color=color, label=name, density=True)
axis.set(xlabel="pixel distance (0 to 1)", ylabel="share of pairs", yticks=[])
axis.legend()
figure

# %%
shuffled = torch.randperm(cat_to_dog.numel(), generator=torch.Generator().manual_seed(0))
two_cats_nearer = (cat_to_cat.flatten() < cat_to_dog.flatten()[shuffled]).float().mean()
claim(
    "Asked which are nearer, two cats or a cat and a dog, pixels do hardly better than a coin",
    two_cats_nearer,
    "<",
    0.6,
)

# %% [markdown]
# And the little hill on the right? Those are cats that look nothing like each other, to a pixel. What sets them apart?

# %%
at_night = [batch.backdrops == world.BACKDROPS.index("night") for batch in (cats, more_cats)]
day_and_night = at_night[0][:, None] != at_night[1][None, :]  # one of the two, not both
claim(
    "Of the pairs of cats farther apart than 0.45, nearly all are one cat by day and one at night",
    day_and_night[cat_to_cat > 0.45].float().mean(),
    ">",
    0.9,
)

# %% [markdown]
# ## 4 · A machine that compares pixels
#
# Perhaps we asked for too much. Not all cats must be near each other. It would be enough if the *nearest* picture we
# have seen before were of the same kind. Then a machine could remember many pictures with their names, look for the
# nearest, and say its name. This simple machine is called a **nearest-neighbor classifier**. Let us build it.
#
# ### Exercise 00.3 · Find the nearest picture
#
# *10 minutes · medium.* `gallery` holds N pictures. Give back the position of the one whose pixel distance to `query`
# is smallest.


# %%
def nearest(query, gallery):
    """The index of the picture in gallery (N, 3, H, W) that is nearest to query (3, H, W): an int."""
    raise NotImplementedError  # your lines here


nearest = check("00.3", nearest)

# %%
hint("00.3")
solution("00.3")

# %% [markdown]
# Now the test. The gallery comes from the world's `train` split, the pictures to learn from; the queries come from
# `val`, other pictures that the machine has never met. A *portrait* shows one large thing. The world knows fifty kinds
# of things. Ten of them are held out for later chapters, so 40 kinds turn up here, and a blind guess is right once in 40.

# %%
gallery = world.draw(gallery_size, size=32, mode="portrait", seed=10, split="train")
queries = world.draw(400, size=32, mode="portrait", seed=10, split="val")
found = torch.tensor([int(nearest(query, gallery.pictures)) for query in queries.pictures])

pairs = torch.stack([queries.pictures[:8], gallery.pictures[found[:8]]]).flatten(0, 1)
names = [world.THINGS[label] for label in [*queries.labels[:8], *gallery.labels[found[:8]]]]
show.pictures(
    pairs,
    titles=names,
    columns=8,
    caption="Upper row: eight new pictures. Lower row: the nearest picture in the gallery, by pixels.",
)

# %% [markdown]
# Look at the pairs before you read on. What do the two pictures of a pair have in common?

# %%
predict(
    "00.shares",
    "What does a picture most often share with its nearest neighbor?",
    ["the kind of thing", "the color of the thing", "the backdrop"],
)

# %%
same_kind = (gallery.labels[found] == queries.labels).float().mean()
same_color = (gallery.colors[found] == queries.colors).float().mean()
same_backdrop = (gallery.backdrops[found] == queries.backdrops).float().mean()
agreement = {
    "kind of thing": same_kind.item(),
    "color of the thing": same_color.item(),
    "backdrop": same_backdrop.item(),
}
chances = {"kind of thing": 1 / 40, "color of the thing": 1 / 10, "backdrop": 1 / 8}
best = max(agreement, key=agreement.get)
reveal("00.shares", "the " + best, ", ".join(f"{name} {share:.0%}" for name, share in agreement.items()))
claim(
    "The nearest picture shares the backdrop far more often than the kind of thing",
    same_backdrop,
    ">",
    same_kind,
    margin=0.3,
)
claim(
    "It names the thing better than blind guessing would",
    same_kind,
    ">",
    chances["kind of thing"],
    margin=0.03,
)
claim("But it names the thing wrong most of the time", same_kind, "<", 0.5)

# %%
show.bars(
    {f"{name} (chance {chances[name]:.1%})": 100 * share for name, share in agreement.items()},
    x="agreement of nearest neighbors (%)",
    caption="What a picture shares with its nearest neighbor in pixels. This machine recognizes backdrops. Nobody asked it to.",
)

# %% [markdown]
# Remember this figure. A method that looks at pixels finds what fills most of them. If the backdrop tells something,
# it will use the backdrop. This is called a **shortcut**, and it will be back in almost every chapter.
#
# ## 5 · So what is understanding?
#
# Here is the working definition of this course:
#
# > A machine **understands** a picture as far as it keeps what matters and lets go of what does not.
#
# *What does not matter* we call **nuisance**: place, size, pose, light, backdrop. *What matters* depends on the
# question: "what is it?", "where is it?", "which is in front?", "what would it look like in blue?". The list of
# numbers a machine makes out of a picture, in order to answer such questions, is called its **representation** or its
# **features**. A good representation puts two cats near each other, whatever the weather.
#
# If this is right, then pixels should work well in a world without nuisance. That is something we can test. We
# switch off all variety, then bring it back one kind at a time.

# %%
FACTS = ("shape", "place and size", "tilt and mirror", "color and pattern", "backdrop")


def world_with(varied, n, seed, split):
    """n portraits in which only the named facts vary; all else is the same in every picture."""
    scene = world.draw(n, size=8, mode="portrait", seed=seed, split=split).scene
    if "shape" not in varied:
        scene.dials[:] = 0
    if "place and size" not in varied:
        scene.centers[:], scene.sizes[:] = 0, 0.75
    if "tilt and mirror" not in varied:
        scene.angles[:], scene.mirrored[:] = 0, False
    if "color and pattern" not in varied:
        scene.colors[:], scene.patterns[:], scene.tints[:] = 4, 0, 0
    if "backdrop" not in varied:
        scene.backdrops[:], scene.mood[:] = world.BACKDROPS.index("paper"), 0
    return world.draw_scene(scene, size=32)


def accuracy_of_pixels(varied, seed=20):
    """How often the nearest of many remembered pictures shows the same kind of thing."""
    known, new = world_with(varied, gallery_size, seed, "train"), world_with(varied, 400, seed, "val")
    nearest_one = torch.cdist(new.pictures.flatten(1), known.pictures.flatten(1)).argmin(1)
    return (known.labels[nearest_one] == new.labels).float().mean().item()


# %% [markdown]
# ### Break it
#
# Each bar adds one kind of variety to the bars above it. (In another order the steps would be of other sizes; the
# first and the last bar would not change.)

# %%
steps = [FACTS[:k] for k in range(len(FACTS) + 1)]
right = {("nothing varies" if not varied else f"+ {varied[-1]}"): 100 * accuracy_of_pixels(varied) for varied in steps}
show.bars(
    right,
    x="right answers of the pixel machine (%)",
    levels={"chance": 2.5},
    caption="In a world where nothing but the kind varies, comparing pixels is perfect. Each bar brings one more kind of ordinary variety back. What is missing from the last bar is the problem of this course.",
)

# %%
shares = list(right.values())
claim("Without nuisance, pixels name every thing", shares[0], ">", 99, unit="%")
claim("With natural shape alone, they still nearly do", shares[1], ">", 90, unit="%")
claim("With all of it, most of that is gone", shares[-1], "<", 50, unit="%")

# %% [markdown]
# Could we not simply remember *more* pictures? Let us see how far that carries, once with the calm backdrops you have
# seen and once with busy ones.


# %%
def accuracy_when_remembering(n, busy):
    """Right answers in percent of the pixel machine with n pictures in memory; busy goes from 0 (calm) to 1."""
    known = world.draw(n, size=32, mode="portrait", seed=20, busy=busy)
    new = world.draw(400, size=32, mode="portrait", seed=20, split="val", busy=busy)
    nearest_one = torch.cdist(new.pictures.flatten(1), known.pictures.flatten(1)).argmin(1)
    return 100 * (known.labels[nearest_one] == new.labels).float().mean().item()


calm = [accuracy_when_remembering(n, busy=0.0) for n in memory]
busy = [accuracy_when_remembering(n, busy=1.0) for n in memory]
show.pictures(
    world.draw(8, size=96, mode="portrait", seed=20, busy=1.0),
    caption="Eight portraits on busy backdrops. To you it makes no difference.",
)

# %%
show.curves(
    {"calm backdrops": (memory, calm), "busy backdrops": (memory, busy)},
    x="pictures remembered",
    y="right answers (%)",
    logx=True,
    levels={"chance": 2.5},
    caption="Each point has four times the memory of the one before. More always helps, and a busier world always asks for more.",
)

# %%
claim("Remembering sixteen times as many pictures helps", calm[2], ">", calm[0], margin=15, unit="%")
claim("On busy backdrops the same memory gives fewer right answers", busy[2], "<", calm[2], margin=10, unit="%")

# %% [markdown]
# So memory does help, but it is a dear way to get there. Think of what has to be remembered: ten places, ten tilts, ten
# colors and eight backdrops already combine into 8,000 pictures *for one single shape of cat*, and the world outside
# varies in far more ways. A machine that understands does not remember them all. It has found out which differences
# mean nothing. The rest of this course is about how it can find that out.

# %% [markdown]
# ## 6 · Who could teach a machine to see?
#
# For a hint, look next door. In a few years machines learned to handle **text** better than anyone expected. They did
# not learn it from teachers who wrote answers into the margin. They learned it by *guessing the next word*, over and
# over, on more text than a person could read in many lives. Text has a marvelous property: **it carries its own
# answers.** Cover a word, guess it, uncover it. Every word is a free exercise with its solution printed beside it.
#
# Here is that idea at its very smallest. We count, in captions of our world, which word follows which. Then we measure
# how surprised the counts are by captions they have never seen.
#
# Surprise is counted in **bits**. If something had the probability $p$, then seeing it carries $\log_2 (1/p)$ bits:
# 1 bit for a fair coin, 2 bits for one of four cards, and nothing at all for what was certain.

# %%
from collections import Counter
from math import log2


def words_of(captions):
    """Pairs of neighboring words (previous, next), each caption between a start and a stop sign."""
    sentences = [["<start>", *caption.lower().strip(".!").split(), "<stop>"] for caption in captions]
    return [pair for words in sentences for pair in zip(words, words[1:], strict=False)]


def surprise(known, new):
    """How many bits the average next word of `new` carries for someone who has counted the words of `known`."""
    pairs, firsts, vocabulary = Counter(known), Counter(a for a, _ in known), len({b for _, b in known + new})
    return sum(log2((firsts[a] + 0.1 * vocabulary) / (pairs[a, b] + 0.1)) for a, b in new) / len(new)


# %% [markdown]
# (Every pair of words counts as seen 0.1 times more than it was. So a pair never seen is unlikely, not impossible.)

# %%
unseen = words_of(world.draw(500, size=8, seed=30, split="val").captions)
sizes = [10, 30, 100, 300, 1000, 3000]
bits_per_word = [surprise(words_of(world.draw(n, size=8, seed=30).captions), unseen) for n in sizes]
blind = log2(len({b for _, b in unseen}))
show.curves(
    {"counting neighbors": (sizes, bits_per_word)},
    x="captions read",
    y="bits of surprise per word",
    logx=True,
    levels={"knowing only the word list": blind},
    caption="Nobody labeled anything here. The text itself said what was right, and the more of it was read, the less surprising new text became.",
)

# %%
claim(
    "Reading 100 times as many captions takes away surprise",
    bits_per_word[-2],
    "<",
    bits_per_word[0],
    margin=1,
    unit="bits",
)

# %% [markdown]
# From this seed, with bigger models and more text, grew the language models of today. So the question of our field is:
#
# > **What could play the part of the next word, for pictures?**
#
# A picture does not come as a row of words. If you cover one pixel, its neighbors give it away: easy, and nothing is
# learned. So people looked for better exercises. They found three kinds of teachers.
#
# ## 7 · Three families of teachers
#
# **Labels.** A person says one word for each picture: *cat*. The machine learns to say it too. This is how deep
# learning for pictures took off, in 2012. It works very well. But somebody has to say all those words, and the machine
# learns no more than the words ask for.
#
# **Language.** The web is full of pictures with text beside them. The machine learns which text belongs to which
# picture. A caption says more than a label, nobody has to write it for us, and the list of words is open.
#
# **Pictures alone.** No words at all. The exercise is made from the picture itself, as with text. There are three
# ways to do it:
#
# - *contrastive*: cut two pieces out of a picture. Recognize which pieces come from the same picture, and tell them
#   apart from pieces of all others;
# - *non-contrastive*: only bring the two pieces together, and prevent by some trick the lazy answer that everything
#   is the same;
# - *masked*: cover most of the picture, and guess what was there. This is the nearest relative of the next word.
#
# Here are all of them on one picture.

# %%
scene = world.compose([("cat", "orange", "striped"), ("boat", "blue"), ("tree", "green")], backdrop="meadow", size=128, seed=8)
image = scene.pictures[0]
crops = [image[:, y : y + 72, x : x + 72] for x, y in ((6, 12), (44, 40))]
covered = image.clone()
for number in torch.randperm(64, generator=torch.Generator().manual_seed(3))[:44].tolist():  # 44 of 64 patches
    row, column = divmod(number, 8)
    covered[:, 16 * row : 16 * row + 16, 16 * column : 16 * column + 16] = 0.8

# %%
titles = [f"label: {scene.names(0)[0]}", "its caption", "one view", "another view", "masked"]
pieces = [torch.nn.functional.interpolate(crop[None], size=128)[0] for crop in crops]
print("The label:  ", scene.names(0)[0])
print("The caption:", scene.captions[0])
show.pictures(
    torch.stack([image, image, *pieces, covered]),
    titles=titles,
    columns=5,
    size=1.7,
    caption="Five exercises made from one picture. For the first two somebody has to say the answer: a person the label, a web page the caption. The last three need nothing but the picture.",
)

# %% [markdown]
# **And then?** Once a machine has learned to see in one of these ways, three more steps follow, and the course takes
# them too:
#
# - **Fusion** (chapter 08): one model that takes pictures *and* words, and lets them speak to each other.
# - **Regions and pixels** (chapters 09 and 10): not only *what* is in the picture, but *where*. The phrase "the orange
#   cat" points at a box; a click gives the exact outline.
# - **Making and editing** (chapter 11): a machine that knows what belongs to the cat can turn the cat blue and
#   leave the grass alone.
#
# Chapter 12 puts all of them into one table: same pictures, same model, same budget.

# %% [markdown]
# ## 8 · One scene, every kind of truth
#
# Why can we compare all these teachers fairly? Because our world knows every answer to every exercise. Here is one
# scene with all that is known about it. Take your time with this figure. Each part of it is the teacher of some
# chapter. (Depth can be seen, too: the nearer a thing is in our world, the larger it is and the lower it stands.)

# %%
show.truths(
    scene,
    caption="One scene through every kind of truth: its label and the path up the hierarchy, its caption with the phrases that point at things, boxes, outlines, parts, the order in depth, and questions with answers.",
)

# %% [markdown]
# In Python it is all in one object, a `Batch`. These names are the same in every chapter.

# %% tags=["nbval-check-output"]
for name in ("pictures", "labels", "paths", "things", "colors", "boxes", "masks", "parts"):
    print(f"{name:9}", tuple(getattr(scene, name).shape))
print(
    "label 0 is called",
    world.THINGS[scene.labels[0]],
    "- its path:",
    [names[i] for names, i in zip((world.THINGS, world.FAMILIES, world.REALMS), scene.paths[0], strict=True)],
)
print("caption  ", scene.captions[0])
slot = next(slot for slot, span in enumerate(scene.spans[0]) if span)  # the first thing that the caption names
start, end = scene.spans[0][slot]
print(f"phrase of thing {slot}:", scene.captions[0][start:end])
print("question ", scene.questions[0][1], scene.answers[0][1])

# %% [markdown]
# ## 9 · How much does a teacher say?
#
# A label is one word. A caption is a sentence. A mask is a yes or no for each pixel. How much is that, in bits?
#
# You have met the surprise of one answer, $\log_2(1/p)$. The *average* surprise over all possible answers is called
# their **entropy**:
#
# $$ H = \sum_i p_i \log_2 \frac{1}{p_i} $$
#
# where $p_i$ is how often answer $i$ turns up. Four equally likely answers: $4 \cdot \frac14 \cdot 2 = 2$ bits. Four
# answers of which one nearly always comes: almost nothing. You can hardly learn from a teacher who always says the
# same.
#
# ### Exercise 00.4 · Count the bits
#
# *10 minutes · medium.* `counts[i]` says how often answer $i$ turned up. Some answers may never have turned up at all.


# %%
def bits(counts):
    """The entropy in bits of answers that turned up counts[i] times, counts (N,): one number."""
    raise NotImplementedError  # your lines here


bits = check("00.4", bits)

# %%
hint("00.4")
solution("00.4")

# %% [markdown]
# Now we count for a few hundred portraits. For the family and the label we use your function. A caption's bits are
# the surprise of its words, from section 6. For masks and pictures we let a compressor squeeze them and count what is
# left: it throws out whatever could have been guessed from the rest. (Take these as rough counts: a cleverer listener
# would need fewer bits for a caption, an outline or a picture. The order of magnitude is what matters.)

# %%
import zlib

sample = world.draw(400, size=64, mode="portrait", seed=40)


def squeezed(numbers):
    """Bits per picture that remain of whole numbers (B, ...) from 0 to 255 after compression."""
    return sum(8 * len(zlib.compress(item.byte().numpy().tobytes(), 9)) for item in numbers) / len(numbers)


heard = words_of(world.draw(3000, size=8, mode="portrait", seed=41).captions)
said = words_of(sample.captions)
bits_per_picture = {
    "its family": float(bits(sample.paths[:, 1].bincount())),
    "its label": float(bits(sample.labels.bincount())),
    "a caption": surprise(heard, said) * len(said) / len(sample),
    "the outline (64 × 64)": squeezed(sample.masks[:, 0]),
    "the picture (64 × 64)": squeezed(sample.pictures * 255),
}

# %%
show.bars(
    bits_per_picture,
    x="bits per picture (each step to the right is ten times as much)",
    log=True,
    caption="How much each teacher says about one picture. A label is a whisper. The picture itself says thousands of times more, but not all it says is worth knowing.",
)

# %%
claim(
    "A caption says more than a label",
    bits_per_picture["a caption"],
    ">",
    2 * bits_per_picture["its label"],
    unit="bits",
)
claim(
    "An outline says more than a caption",
    bits_per_picture["the outline (64 × 64)"],
    ">",
    2 * bits_per_picture["a caption"],
    unit="bits",
)
claim(
    "The picture says a thousand times more than its label",
    bits_per_picture["the picture (64 × 64)"],
    ">",
    1000 * bits_per_picture["its label"],
    unit="bits",
)

# %% [markdown]
# Do not read this figure as "more is better". A picture spends bits on every blade of grass. A label
# has few bits, but they are about the question it answers. Each family of methods is a different answer to one question: **how do I
# get many bits of teaching, cheaply, and about the things that matter?**
#
# | teacher | bits | price | about what matters? |
# |---|---|---|---|
# | labels | few | a person for each picture | yes, if the label is what you need |
# | language | some | free on the web, but noisy | mostly; people mention what they find worth mentioning |
# | pictures alone | very many | free | only if the exercise is designed well |
#
# ## 10 · How the field got here
#
# Each dot is a paper of the field; no need to know the names yet. Look at where the dots crowd: labels first, a burst of pictures alone (contrastive, non-contrastive, masked) around 2020, language from 2021 on, and
# then all of it together, down to regions and pixels.

# %%
from course_lib.chapters.ch00_a_map_of_seeing.timeline import timeline

timeline(caption="Papers of the field by year and family of teacher. Contrastive, non-contrastive and masked are the three ways with pictures alone.")

# %% [markdown]
# ## 11 · The lab
#
# Time to play. Choose the things, their colors, a pattern and a backdrop, and choose which truth you want to see. The
# caption, the boxes, the outlines, the parts and the questions change at once, because they all come from one scene.
#
# Three things to try:
#
# 1. Put a striped cat in front of another striped thing. At which point do you lose the outline? Does the truth?
# 2. Choose *parts*. Which parts of a car and a bus have the same name? Why might that help with things never seen?
# 3. Turn the seed. Everything you did not choose changes: place, size, tilt, shape. Those are the nuisances.

# %%
from course_lib.chapters.ch00_a_map_of_seeing.lab import scene_explorer

scene_explorer()

# %% [markdown]
# ## 12 · In the wild
#
# Is the trouble with pixels just a habit of our drawn world? Try it on photographs. Put a folder with one sub-folder
# for each class at `data/photos` in the course's folder (or name another one in the environment variable
# `COURSE_PHOTOS`), and this cell measures the same thing on them. Without such a folder it says so, and the chapter goes on.

# %%
import os
from pathlib import Path

from torchvision import transforms
from torchvision.datasets import ImageFolder

from course_lib.folders import ROOT

folder = Path(os.environ.get("COURSE_PHOTOS", ROOT / "data" / "photos"))
if not folder.is_dir():
    print("No photographs here. Put class folders of pictures at data/photos to run this part on them.")
else:
    to_square = transforms.Compose([transforms.Resize(32), transforms.CenterCrop(32), transforms.ToTensor()])
    photos = ImageFolder(str(folder), to_square)
    order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(0))[:2400].tolist()
    pixels = torch.stack([photos[i][0] for i in order]).flatten(1)
    labels = torch.tensor([photos.targets[i] for i in order])
    known = len(order) * 5 // 6
    neighbor = torch.cdist(pixels[known:], pixels[:known]).argmin(1)
    right_on_photos = (labels[:known][neighbor] == labels[known:]).float().mean()
    print(f"{len(order)} photographs of {len(photos.classes)} classes: nearest neighbors in pixels agree {right_on_photos:.0%}")

# %% [markdown]
# ## 13 · How this course works
#
# You have now met every tool there is.
#
# - **Predict** before you run. A wrong guess, made honestly, teaches more than a right sentence that you only read.
# - **Check**: exercises tell you which mistake it was, not only that there was one. Unsolved ones never stop you.
# - **Claim**: where the text counts or compares, a cell measures it on *your* machine. If it were not so,
#   the cell would fail. Here are all claims of this chapter:

# %%
claims_table()

# %% [markdown]
# - **Lab**: in every chapter there is something to play with, where moving a control changes the picture at once.
#
# And this is where you stand with the exercises. They stay on your disk, so you can stop here and go on tomorrow.

# %%
progress()

# %% [markdown]
# ## 14 · In five sentences
#
# 1. A picture reaches the machine as a box of numbers, and the same thing can come as very different numbers.
# 2. Comparing pixels finds what fills the picture, such as the backdrop, rather than what matters.
# 3. To understand a picture is to keep what matters and to let go of nuisance; the result is called a representation.
# 4. Representations can be learned from labels, from language, or from exercises made from pictures alone.
# 5. These teachers differ in how many bits they give, in what those cost, and in whether they are about what matters.
#
# ### Quiz
#
# Click on the answer that you would give. Every answer, right or wrong, tells you why.

# %%
quiz("00")

# %% [markdown]
# ### Further reading
#
# - Li and others, 2023, [*Multimodal Foundation Models: From Specialists to General-Purpose Assistants*](https://arxiv.org/abs/2309.10020),
#   chapter 2. The survey whose map this course follows; read it for the big picture.
# - Krizhevsky, Sutskever and Hinton, 2012,
#   [*ImageNet Classification with Deep Convolutional Neural Networks*](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks).
#   The paper with which it took off; read how little was needed.
# - Geirhos and others, 2020, [*Shortcut Learning in Deep Neural Networks*](https://arxiv.org/abs/2004.07780). Read it
#   when you find your own model recognizing backdrops.
# - Shannon, 1948, *A Mathematical Theory of Communication*. Where bits and entropy come from, and still a pleasure to read.
# - Halevy, Norvig and Pereira, 2009, *The Unreasonable Effectiveness of Data*. Why free data with weak teaching so
#   often beats a little data with strong teaching.
#
# **Next:** chapter 01 builds the machines that turn pixels into features, and chapter 02 gives them their first teacher.
