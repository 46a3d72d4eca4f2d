# ---
# jupyter:
#   accelerator: GPU
#   colab:
#     gpuType: T4
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["badge"]
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/04_pulling_together_pushing_apart.ipynb)

# %% [markdown]
# # 04 · Pulling together, pushing apart
#
# **The question of this chapter:** can a machine learn to see by telling each picture from all the others?
#
# **When you are done you can**
#
# - make two views of a picture, and say what a machine can learn from the fact that they belong together;
# - go from triplets to the loss of SimCLR, and write it yourself;
# - say what the temperature does, and measure how evenly features lie;
# - choose augmentations on purpose: what you change is ignored, what you leave alone can be learned;
# - remember other pictures in a queue instead of a large batch (MoCo), say what to measure before you do, and bring labels back in (SupCon).
#
# **You should know** chapter 00, cross-entropy and probes from chapter 02, and CLIP's table of matches from chapter 03: the loss of this
# chapter is its twin.
#
# **Time:** about 100 minutes of reading and solving. The computer's own share is about three minutes on a laptop, less
# on a GPU.

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
# The tools, and the amount of work. `budget` is the only thing that depends on your machine. Nearly all pictures of this chapter are 24 × 24
# pixels, so that nobody has to wait.

# %%
from functools import partial
from math import exp, log

import torch
import torch.nn.functional as F
from torch import nn

from course_lib import check, claim, claims_table, hint, predict, progress, quiz, reveal, show, solution, weights, world
from course_lib.epochs import Epochs, balanced
from course_lib.evaluate import alignment, features, finetune_accuracy, neighbors, probe_accuracies, probe_accuracy, uniformity
from course_lib.fit import fit
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels, SimCLR, SupCon, moco_loss, nt_xent
from course_lib.train.device import device, profile
from course_lib.views import DEFAULT_VIEWS, Views
from course_lib.world.interventions import small_things

budget = {  # steps of the main training and of the short ones, the batch; pictures to probe with and to test on
    "smoke": {"steps": 4, "short": 4, "batch": 16, "probe": 200, "new": 200},
    "laptop": {"steps": 300, "short": 150, "batch": 128, "probe": 2000, "new": 1000},
    "gpu": {"steps": 1000, "short": 500, "batch": 256, "probe": 4000, "new": 2000},
}[profile()]
here = device()

# %% [markdown]
# ## 1 · The problem
#
# In chapter 02 a person named every picture, in chapter 03 somebody had written a sentence beside it. Now nobody says anything. We have
# pictures, and no more. What could be learned from them alone?
#
# Here is a game. Take a picture and change it twice, by chance: cut out a part, mirror it, change its colors. That gives two **views** of
# one picture. Do so with many pictures, mix all views, and ask of each: which of the others is your **partner**, the other view of the
# same picture?

# %%
new = world.draw(budget["new"], size=24, mode="portrait", seed=10, split="val", device=here)
chance = torch.Generator().manual_seed(3)
one, two = DEFAULT_VIEWS(new.pictures[:200], chance), DEFAULT_VIEWS(new.pictures[:200], chance)  # (200, 3, 24, 24) each
show.pictures(
    torch.cat([new.pictures[:8], one[:8], two[:8]]),
    caption="Eight pictures, and below each two views of it. You know which views belong together, since you know what is in them.",
)

# %% [markdown]
# You can play this game because you see *what is there*. Somebody who cannot see things could try to compare pixels. How far would that
# go, with 200 pictures? (Pointing blindly, one in 399 is right.)

# %%
predict(
    "04.pixels",
    "Among 400 views of 200 pictures, how often is a view's nearest neighbor in pixels its partner?",
    ["nearly always: it is the same picture", "in about half of the cases", "in less than a quarter of the cases"],
)

# %%
flat = torch.cat([one, two]).flatten(1)  # (400, 1728)


def partners_found(x):
    """How often a row's nearest other row, by distance, is its partner, in percent; rows i and i + N are partners."""
    nearest = neighbors(x, x, k=2, metric="euclidean")[:, 1].cpu()  # the nearest but itself
    return 100 * (nearest == torch.arange(len(x)).roll(len(x) // 2)).float().mean().item()


by_pixels = partners_found(flat)
options = ["nearly always: it is the same picture", "in about half of the cases", "in less than a quarter of the cases"]
reveal("04.pixels", options[0] if by_pixels > 75 else options[1] if by_pixels > 25 else options[2], f"{by_pixels:.0f} %")
claim("Comparing pixels does not win the game", by_pixels, "<", 25, unit="%")

# %% [markdown]
# So here is the idea of this chapter: *train a network to win this game.* Nobody has to say what is in the pictures. But to find partners in
# spite of all the changes, it will have to find out what stays the same.
#
# ## 2 · What views teach
#
# What stays the same? That depends on what we change. Our views change three things:
#
# - *crop:* a view shows at least two fifths of the picture's area, so the thing moves and grows;
# - *mirror:* half of the views;
# - *color:* in four views of five, brightness, contrast and saturation (how strong the colors are) are changed, and the **hue** is turned round the color circle, so that red may become
#   blue; one view of five is gray.
#
# So place, size, direction and (nearly always) color do not help to find the partner. What is left is the shape, the pattern, what kind
# of thing it is. **What views change, the network learns to ignore. What they leave alone, it can use.**
#
# These changes are called **augmentations**. `DEFAULT_VIEWS` is all of them together, as the course uses them. Here they are one at a time.

# %%
alone = {
    "all of it": DEFAULT_VIEWS,
    "crop": Views(scale=(0.4, 1), flip=0, jitter=0, gray=0, blur=0),
    "mirror": Views(scale=(1, 1), ratio=(1, 1), flip=1, jitter=0, gray=0, blur=0),
    "color": Views(scale=(1, 1), ratio=(1, 1), flip=0, jitter=1, hue=0.5, gray=0, blur=0),
    "gray": Views(scale=(1, 1), ratio=(1, 1), flip=0, jitter=0, gray=1, blur=0),
}
four = world.draw(4, size=48, mode="portrait", seed=15).pictures
show.pictures(
    torch.stack([four, *[views(four, chance) for views in alone.values()]], 1).flatten(0, 1),
    titles=[*["picture", *alone], *[""] * 18],
    columns=6,
    caption="Four pictures, with all changes together and with one at a time. (Large pictures are often blurred as well; in ours of 24 × 24 it would hardly be seen.)",
)

# %% [markdown]
# Before you go on, a guess. Suppose that we leave out one thing, the change of colors, and train the same network on the same game.

# %%
predict(
    "04.color",
    "Views are only cropped and mirrored, and keep their colors. What will the network's features tell worse than before?",
    ["the color of the thing", "the kind of thing", "nothing: colors are one more thing to learn from"],
)

# %% [markdown]
# ## 3 · From triplets to a whole batch
#
# ### Three at a time
#
# An old form of the idea takes three pictures: an **anchor** $a$, a **positive** $p$ that belongs to it, and a **negative** $n$ that
# does not. The network $f$ turns each into a list of numbers, its **embedding**. The positive should be nearer than the negative, by
# a **margin** $\alpha$:
#
# $$ \ell = \max\left(0,\; \lVert f(a) - f(p) \rVert - \lVert f(a) - f(n) \rVert + \alpha \right) $$
#
# If that is so already, the loss is 0 and nothing moves.
#
# ### Exercise 04.1 · Nearer by a margin
#
# *10 minutes · easy.*


# %%
def triplet(anchor, positive, negative, margin):
    """The mean triplet loss, shape (): anchor, positive, negative (B, D), row i of each belongs together."""
    raise NotImplementedError  # your lines here


triplet = check("04.1", triplet)

# %%
hint("04.1")
solution("04.1")

# %%
g = torch.Generator().manual_seed(0)
a, p, n = torch.randn(3, 6, 4, generator=g)
claim("Your triplet loss is PyTorch's", triplet(a, p, n, 0.5), "≈", F.triplet_margin_loss(a, p, n, margin=0.5, eps=0), 1e-6)

# %% [markdown]
# ### All others at once
#
# A triplet compares with *one* negative. Most negatives are easy: a car and a tree are soon told apart, and then their loss is 0 and
# teaches nothing. So people searched for hard negatives, which is slow and fragile. The better way is to take **all other pictures
# of the batch**, and to let a softmax decide which of them matter.
#
# You know this from chapter 03. There, a picture looked for its text among all texts of the batch. Here, a view looks for its partner
# among all other views. Let there be $B$ pictures, so $2B$ views with embeddings $z_1, \dots, z_{2B}$, brought to length 1. Write $i'$ for
# the partner of $i$. Then
#
# $$ \ell_i = -\ln \frac{e^{\,z_i \cdot z_{i'} / \tau}}{\sum_{k \ne i} e^{\,z_i \cdot z_k / \tau}} $$
#
# The sum runs over all *other* views, the partner among them: $2B - 1$ of them. $\tau$ is the **temperature**; it is 1 / scale of chapter 03, and here it
# is not learned. The loss of the batch is the mean over all $2B$ views. Its authors call it **NT-Xent** ("normalized temperature-scaled
# cross-entropy"), and their method **SimCLR**. You will also meet it as **InfoNCE**, its name in an earlier paper.
#
# For one view and its partner, by hand, in a batch of three pictures. The embeddings are random numbers, so the partner is no nearer than others:

# %%
z1, z2 = torch.randn(2, 3, 4, generator=g)  # three pictures, two views of each, embeddings of 4 numbers
z = F.normalize(torch.cat([z1, z2]), dim=1)  # (6, 4): rows 0 and 3 are partners, 1 and 4, 2 and 5
cosines = [float(z[0] @ z[k]) for k in range(1, 6)]
shares = [exp(c / 0.5) for c in cosines]
print("view 0 and the others: ", "  ".join(f"{c:5.2f}" for c in cosines))
print("their share in percent:", "  ".join(f"{100 * s / sum(shares):5.0f}" for s in shares))
print(f"the partner is view 3: a surprise of {-log(shares[2] / sum(shares)):.2f}; a blind guess would have {log(5):.2f}")

# %% [markdown]
# ### Exercise 04.2 · Write SimCLR's loss
#
# *20 minutes · harder.* You may use `F.cross_entropy`. Embeddings come with any length.


# %%
def contrast_views(z1, z2, temperature):
    """NT-Xent, shape (): z1, z2 (B, D), row i of both are views of picture i."""
    raise NotImplementedError  # your lines here


contrast_views = check("04.2", contrast_views)

# %%
hint("04.2")
solution("04.2")

# %% [markdown]
# Three ways to the same number: a loop over all views, the vectorized function, and the library's.

# %%
by_loop = 0.0
for i in range(6):
    others = sum(exp(float(z[i] @ z[k]) / 0.5) for k in range(6) if k != i)
    by_loop += (log(others) - float(z[i] @ z[(i + 3) % 6]) / 0.5) / 6

claim("The loop is the library's NT-Xent", by_loop, "≈", nt_xent(z1, z2, 0.5), 1e-5)
claim("So is the vectorized function", contrast_views(z1, z2, 0.5), "≈", nt_xent(z1, z2, 0.5), 1e-6)
claim("A machine that gives all the same embedding has a loss of ln(2B − 1)", nt_xent(torch.ones(3, 4), torch.ones(3, 4), 0.5), "≈", log(5), 1e-5)

# %% [markdown]
# The last line has a name: it is a **collapse**. Pulling alone would end there, since views that are all the same agree perfectly. The others in
# the sum forbid it. (Chapter 05 takes them away.)
#
# ### A head that is thrown away
#
# One thing more. SimCLR does not compare the features themselves. It puts a small perceptron on top of the encoder, the **projector**, and
# compares what comes out of *that*. After training the projector is thrown away. Why this detour? Wait for section 6, where we measure it.
# The whole of the method, as it stands in `course_lib/pretrain/simclr.py`:
#
# ```python
# views = torch.cat([self.views(batch.pictures), self.views(batch.pictures)])   # (2B, 3, H, W)
# z1, z2 = self.projector(self.encoder(views)).chunk(2)                         # (B, D) each
# return Loss(nt_xent(z1, z2, self.temperature), ...)
# ```
#
# ## 4 · Train it
#
# How shall we know whether it learns to *see*? The loss only says how well it plays the game. So on the way we measure how many new
# pictures a linear probe names rightly from the features (chapter 02). The labels are for measuring only; the
# network never sees them. Features and embeddings are lists of 128 numbers each.

# %%
known = world.draw(budget["probe"], size=24, mode="portrait", seed=50, device=here)
facts = {"kind": lambda batch: batch.labels, "color": lambda batch: batch.colors[:, 0], "backdrop": lambda batch: batch.backdrops}


def probe_facts(encoder):
    """For each fact, the share of new pictures in percent for which a linear probe reads it rightly from the features."""
    return {name: 100 * share for name, share in probe_accuracies(encoder, known, new, facts).items()}


simclr = SimCLR(ConvNet(seed=0), temperature=0.1)
untrained = probe_facts(simclr.encoder.to(here))
history = fit(
    simclr,
    world.Stream(budget["batch"], size=24, mode="portrait", seed=60),
    budget["steps"],
    eval_fn=lambda method: {"kind read by a probe (%)": 100 * probe_accuracy(method.encoder, known, new)},
    eval_every=budget["steps"] // 3,
)

# %%
live = probe_facts(simclr.encoder)
print(f"Kind read rightly by a probe: {untrained['kind']:.0f} % from random features, {live['kind']:.0f} % now.")
claim("Before the first step the loss is near that of a blind guess, ln(2B − 1)", history.loss[0], "≈", log(2 * budget["batch"] - 1), margin=1)
claim("A minute of the game, and the probe names far more pictures", live["kind"], ">=", untrained["kind"], margin=20, unit="%")

# %% [markdown]
# Nobody told it a single name, and yet most kinds can now be read off. (The first loss is a little *above* that of a blind guess: a random network
# already has opinions, and at this temperature strong ones, and they are wrong.)
#
# A longer training ships with the course: the same network, 2,000 steps. From here on, "trained here" is yours, with 300 steps on a laptop; "shipped" is
# the long one.

# %%
patient = weights.load("simclr", SimCLR(ConvNet(), temperature=0.1)).to(here)
shipped = probe_facts(patient.encoder)
print(f"The shipped SimCLR: kind read rightly for {shipped['kind']:.0f} %.")

# %% [markdown]
# ## 5 · Look inside
#
# ### Neighbors
#
# New pictures in the upper row. Below each, the picture out of two thousand whose features are nearest.

# %%
gallery, asked_about = features(patient.encoder, known.pictures), features(patient.encoder, new.pictures)
found = neighbors(asked_about, gallery)[:, 0]
show.pictures(
    torch.cat([new.pictures[:8], known.pictures[found[:8]]]),
    titles=[world.THINGS[i] for i in [*new.labels[:8].tolist(), *known.labels[found[:8]].tolist()]],
    caption="New pictures, and below each its nearest neighbor in SimCLR's features. No name was ever shown to it. Look at the backdrops, too.",
)


# %%
def shared(encoder, known=known, new=new):
    """How often the nearest neighbor of a new picture shares its kind, and its backdrop, in percent."""
    found = neighbors(features(encoder, new.pictures), features(encoder, known.pictures))[:, 0]
    same = {"kind": known.labels[found] == new.labels, "backdrop": known.backdrops[found] == new.backdrops}
    return {name: 100 * which.float().mean().item() for name, which in same.items()}


both = torch.cat([one, two])
with torch.no_grad():
    again = partners_found(F.normalize(patient.project(both), dim=1))
by_chance = partners_found(features(ConvNet(seed=0).to(here), both))
print(f"The game of section 1: {by_pixels:.0f} % by pixels, {by_chance:.0f} % by random features, {again:.0f} % by SimCLR's embeddings.")
beside = {"random features": shared(ConvNet(seed=0).to(here)), "SimCLR": shared(patient.encoder)}
for name, value in beside.items():
    print(f"{name}: the nearest neighbor is of the same kind for {value['kind']:.0f} %, on the same backdrop for {value['backdrop']:.0f} %")
claim("SimCLR wins the game in which pixels fail", again, ">", by_pixels, margin=50, unit="%")
claim("Neighbors are mostly of the same kind", beside["SimCLR"]["kind"], ">", 60, unit="%")
claim("With random features they are not", beside["random features"]["kind"], "<", 30, unit="%")

# %% [markdown]
# ### What do the features know?
#
# Three questions to three networks of the same build: one that has learned nothing, the one that you have just trained, and the shipped
# one.

# %%
read = {"untrained": untrained, "trained here": live, "shipped": shipped}
show.bars(
    {f"{fact}, {name}": read[name][fact] for fact in facts for name in read},
    x=f"read rightly (%); a blind guess: {100 / len(world.TRAINED_THINGS):.1f}, {100 / len(world.COLORS):.0f} and {100 / len(world.BACKDROPS):.1f}",
    highlight=[f"{fact}, shipped" for fact in facts],
    caption="What a linear probe can read. The kind of thing rises; the color, which views change, falls; the backdrop, which both views share, stays.",
)

# %%
claim("The shipped SimCLR knows the kind of thing", shipped["kind"], ">", 85, unit="%")
claim("It has let go of the color, which views change", shipped["color"], "<", untrained["color"], margin=20, unit="%")
claim("It keeps the backdrop, which both views share", shipped["backdrop"], ">", 90, unit="%")

# %% [markdown]
# A blind guess is right once in 40 kinds, 10 colors, 8 backdrops. A little of the color is left; one view of five keeps its colors, after all.
#
# Compare with chapter 02: labels made the network forget color *and* backdrop, since no label asked for either. SimCLR keeps the backdrop. (Random
# features tell it as well; but its neighbors, too, mostly share the backdrop.) Nobody wanted it to. But both views show the same meadow, so the meadow helps to find the partner. Keep it in mind: in section 10 it will
# go wrong.
#
# ## 6 · Temperature
#
# ### Who is pushed away?
#
# How does the loss move a view? Let $p_k = e^{z_i \cdot z_k / \tau} / \sum$ be the share that view $k$ has in the softmax of view $i$. The gradient of
# cross-entropy is the one you know from chapter 02: share minus right answer. So the cosine with the partner is pulled up with strength
# $(1 - p_{i'}) / \tau$, and the cosine with each other view $k$ is pushed down with strength $p_k / \tau$. All the pushes together are as strong as the pull, and the
# temperature decides *who* gets them. Take one view, sort all others by how near they are, and look at how the pushing is shared.

# %%
with torch.no_grad():
    z = F.normalize(patient.project(torch.cat([one, two])), dim=1)  # 400 views
cosines = (z @ z.T).fill_diagonal_(-2)
others = cosines.clone()
rows = torch.arange(400)
others[rows, rows.roll(200)] = -2  # without the partner
others = others.sort(1, descending=True).values[:, :398].cpu()  # (400, 398) the others of each view, the nearest first
push = {f"τ = {t:g}": (others / t).softmax(1).mean(0) for t in (0.05, 0.1, 0.5)}
show.curves(
    {name: (range(1, 31), (100 * share[:30]).tolist()) for name, share in push.items()},
    x="place among the others, the nearest first",
    y="share of all the pushing (%)",
    logy=True,
    caption="Who is pushed away, at three temperatures: the nearest 30 of 398 others, the mean over all views, in the shipped network. The lower the temperature, the more goes to the very nearest.",
)

# %%
nearest_ten = {t: 100 * push[f"τ = {t:g}"][:10].sum().item() for t in (0.05, 0.1, 0.5)}
print("the ten nearest of 398 get", ", ".join(f"{share:.0f} % at τ = {t:g}" for t, share in nearest_ten.items()))
claim("At a low temperature the ten nearest get most of the push", nearest_ten[0.05], ">", 50, unit="%")
claim("At a high one they get at most four times an even share, which is 2.5 %", nearest_ten[0.5], "<", 10, unit="%")

# %% [markdown]
# Is it good to push the nearest? They are the hard ones, where there is something to learn. But who are they? Since the truth is known here, we can ask how much of the
# push goes to pictures of *the same kind*.

# %%
kinds = new.labels[:200].repeat(2).cpu()
same = (kinds[:, None] == kinds) & (rows[:, None] != rows) & (rows[:, None] != rows.roll(200))  # another picture of the kind
scores = cosines.clone()
scores[rows, rows.roll(200)] = -torch.inf  # without the partner; itself has −2 already
to_kind = {t: 100 * ((scores / t).softmax(1) * same.to(here)).sum(1).mean().item() for t in (0.05, 0.1, 0.5)}
even_share = 100 * same.sum(1).float().mean().item() / 398
print("to the same kind go", ", ".join(f"{v:.0f} % at τ = {t:g}" for t, v in to_kind.items()), f"; an even share is {even_share:.1f} %")
claim("At 0.1 a large part of the push hits pictures of the same kind", to_kind[0.1], ">", 5 * even_share, unit="%")
claim("At 0.5 far less of it does", to_kind[0.5], "<", 0.3 * to_kind[0.1], unit="%")

# %% [markdown]
# So a low temperature asks for fine differences, and at the same time pushes hardest what should not be pushed at all (more on that in section 9). Which of the two
# matters more has to be measured.
#
# ### Near partners, even spread
#
# Two numbers describe what such a loss wants (Wang and Isola, 2020). **Alignment**: the mean squared distance of partners. And **uniformity**:
# how evenly do all embeddings lie on the sphere of directions? For that, take all pairs of different pictures and their distances $d$, and then
#
# $$ \text{uniformity} = \ln \operatorname{mean}\left( e^{-2 d^2} \right) $$
#
# Near pairs count most: for a pair at a right angle $d^2 = 2$, which gives next to nothing, while a pair in the same place gives 1. If all embeddings are the
# same, the whole is 0; if all stood at right angles it would be −4. The more evenly they lie, the lower.
#
# ### Exercise 04.3 · How evenly do they lie?
#
# *5 minutes · easy.*


# %%
def evenness(z):
    """ln of the mean of exp(-2 · squared distance) over all pairs of different rows of z (N, D), of length 1; ()."""
    raise NotImplementedError  # your lines here


evenness = check("04.3", evenness)

# %%
hint("04.3")
solution("04.3")

# %% [markdown]
# The course ships SimCLR trained at five temperatures, for 500 steps each. We measure all of them, on the embeddings that the loss looks at.

# %%
temperatures = (0.05, 0.1, 0.2, 0.5, 1.0)
trained = nn.ModuleDict({f"at {t:g}".replace(".", "_"): SimCLR(ConvNet()) for t in temperatures})
weights.load("simclr-temperatures", trained).to(here)
even, near, probed = [], [], []
for method in trained.values():
    with torch.no_grad():
        e1, e2 = method.project(one), method.project(two)
    even.append(evenness(F.normalize(e1, dim=1)).item())
    near.append(alignment(e1, e2))
    probed.append(100 * probe_accuracy(method.encoder, known, new))
claim("Your uniformity is the library's", even[-1], "≈", uniformity(e1), 1e-5)
figure, axes = show.subplots(1, 2, height=2.8)
for axis, (name, values) in zip(axes, {"uniformity": even, "alignment": near}.items(), strict=True):
    axis.plot(temperatures, values, "o-", color=show.PALETTE[0])
    axis.set(title=name, xlabel="temperature", xscale="log", xticks=temperatures, xticklabels=temperatures)
    axis.minorticks_off()
figure.caption = "Five trainings. A low point on the left: embeddings lie evenly. A low point on the right: partners are near. Both curves turn round at 0.1."
figure.alt = "; ".join(f"temperature {t:g}: uniformity {e:.2f}, alignment {a:.2f}" for t, e, a in zip(temperatures, even, near, strict=True))
figure

# %%
claim("At 0.5 embeddings lie more evenly than at 1", even[3], "<", even[4], margin=0.1)
claim("At 0.1 more evenly still", even[1], "<", even[3], margin=0.3)
claim("And partners lie further apart than at 1", near[1], ">", near[4], margin=0.1)
claim("At 0.05 it turns round: less even than at 0.1", even[0], ">", even[1], margin=0.1)
claim("At 0.05 they lie about as evenly as at 0.5", even[0], "≈", even[3], margin=0.25)
claim("And yet the features tell kinds far better", probed[0], ">", probed[3], margin=8, unit="%")
claim("A high temperature is bad for the features", probed[4], "<", min(probed[:3]), margin=15, unit="%")
claim("From 0.05 to 0.2 there is little difference", max(probed[:3]), "≈", min(probed[:3]), margin=10, unit="%")

# %% [markdown]
# From 1 down to 0.1 the trade is as one would expect: more even, and partners further apart. Why it turns round below, we do not know. One guess: at 0.05 the loss
# looks at the nearest few only, and does not care how the rest lies. And note the trainings at 0.05 and at 0.5: they are equally even, and the features of one are
# far better. Evenness alone does not make good features.
#
# ### Why the projector is thrown away
#
# Now the promise from section 3. We read the kind from what the encoder gives, *before* the projector, and from what comes out *behind* it, for all
# five temperatures.


# %%
class Whole(nn.Module):
    """Encoder and projector together."""

    def __init__(self, method):
        super().__init__()
        self.method = method

    def forward(self, pictures):
        return self.method.project(pictures)


behind = [100 * probe_accuracy(Whole(method), known, new) for method in trained.values()]
show.curves(
    {"before the projector": (temperatures, probed), "behind it": (temperatures, behind)},
    x="temperature",
    y="kind read rightly by a probe (%)",
    logx=True,
    caption="The five trainings, read before the projector and behind it. Before it there is hardly a difference up to 0.2, and much is lost above. Behind it, far more is lost at high temperatures.",
)

# %%
claim("At temperature 0.5 the kind is far easier to read before the projector", probed[3], ">", behind[3], margin=10, unit="%")
claim("At 0.1 there is not much between them", probed[1], "≈", behind[1], margin=8, unit="%")

# %% [markdown]
# What the loss has no use for may be lost on the way to it. With a projector it is lost there, and need not be lost in the encoder. At a high temperature
# the loss has use for little: a rough agreement of partners is enough for it. So behind the projector most of the kind is gone, and before it much more is left.
# At a low temperature the loss has to tell even near pictures apart. It has use for nearly everything that is not changed, and the two differ by a few points. In SimCLR's
# paper, with a thousand kinds, it was more than ten.
#
# So people call the projector a shield. (To be sure, one would also train without it. Try: `simclr.projector = nn.Identity()`.)
#
# ### A word about information
#
# (You may skip this.) You will read that such losses make the **mutual information** between views large: how much knowing one view tells about the other. There is
# something to it: $\ln(2B - 1)$ minus the loss is roughly a lower bound of it, so it can never show more than $\ln(2B - 1)$. But it does not explain
# *which* features come out. A network could keep all information about a picture, every pixel, and be of no use to a probe; and tighter
# bounds have been found to give worse features (Tschannen and others, below). What matters is which information views share, and in what form a small
# network finds it easiest to use.
#
# ## 7 · Which change teaches what?
#
# Now to your guess from section 2. Five trainings of 500 steps ship with the course. They differ in one thing: how views are made. *All changes*: crop, mirror,
# color and gray. *No color*: crop and mirror. *No crop*: mirror, color and gray. *Crop alone*; and *color alone*, with gray.

# %%
kinds_of_views = ("all changes", "no color", "no crop", "crop alone", "color alone")
trained = nn.ModuleDict({name: ConvNet() for name in kinds_of_views})
weights.load("simclr-views", trained).to(here)
told = {name: probe_facts(trained[name]) for name in kinds_of_views}
show.bars(
    {name: told[name]["kind"] for name in kinds_of_views},
    x="kind read rightly from the features (%)",
    levels={"random features": untrained["kind"]},
    highlight="no color",
    caption="The same network, game and number of steps; only the views differ. Without changes of color, little is learned of the kind.",
)

# %%
show.bars(
    {name: told[name]["color"] for name in kinds_of_views},
    x="color read rightly from the features (%)",
    levels={"random features": untrained["color"]},
    highlight="no color",
    caption="The same five networks, asked for the color. Where views keep their colors, the network learns colors.",
)

# %%
full, plain = told["all changes"], told["no color"]
lost = {fact: full[fact] - plain[fact] for fact in ("kind", "color")}  # without color changes
options = ["the color of the thing", "the kind of thing", "nothing: colors are one more thing to learn from"]
reveal(
    "04.color",
    options[0] if lost["color"] > max(5, lost["kind"]) else options[1] if lost["kind"] > 5 else options[2],
    f"kind {full['kind']:.0f} % with color changes, {plain['kind']:.0f} % without",
)
claim("Without color changes, the features tell the color far better", plain["color"], ">", full["color"], margin=20, unit="%")
claim("And the kind far worse", plain["kind"], "<", full["kind"], margin=20, unit="%")
best_of_others = max(told[name]["kind"] for name in kinds_of_views[1:])
claim("All changes together teach the kind best", full["kind"], ">", best_of_others, margin=5, unit="%")

# %% [markdown]
# If colors stay, they are the easiest way to win: hardly two pictures of a batch have the same colors in the same places. The network has little reason to
# look at shapes, and hardly does. An easy way that has nothing to do with what we want is called a **shortcut**. Each augmentation is meant to close
# one. Without crops, the shortcut may be the outline itself: in both views it stands in the same place (or its mirror image does), and one only has to compare.
#
# That is the art, and the weakness, of this kind of learning: *somebody has to know what should be ignored.* For a robot that sorts apples by
# color, our views would be just wrong.
#
# ## 8 · Others without a large batch
#
# ### The queue
#
# SimCLR's negatives come from its batch, so it likes large batches: 4,096 in the paper. Who can afford them? **MoCo**, a few months older, has another
# idea: *remember* embeddings of earlier batches. They are kept in a **queue** of, say, 2,048 **keys** (not those of attention); in each step the newest keys take
# the places of the oldest ones. A new view, the **query** $q$, then looks for its own key $k_+$, the other view of its picture, among that and the $K$ keys $k_1, \dots, k_K$ of the queue:
#
# $$ \ell = -\ln \frac{e^{\,q \cdot k_+ / \tau}}{e^{\,q \cdot k_+ / \tau} + \sum_{j=1}^{K} e^{\,q \cdot k_j / \tau}} $$
#
# ### Exercise 04.4 · A queue that goes round
#
# *10 minutes · medium.* New keys are written from `queue_ptr` on. Where they reach the end of the queue they go on at its beginning. There are never more new keys
# than places. Return a *new* queue, and leave the given one as it is.


# %%
def enqueue(queue, queue_ptr, keys):
    """The queue (K, D) with keys (B, D) written from `queue_ptr` on, around the end; and the next place: (queue, queue_ptr)."""
    raise NotImplementedError  # your lines here


enqueue = check("04.4", enqueue)

# %%
hint("04.4")
solution("04.4")

# %%
queue, queue_ptr = F.normalize(torch.randn(6, 4, generator=g), dim=1), 0
query, key = F.normalize(torch.randn(2, 4, 4, generator=g), dim=-1)  # four queries and their keys
by_loop = 0.0
for i in range(4):
    right = exp(float(query[i] @ key[i]) / 0.2)
    wrong = sum(exp(float(query[i] @ queue[j]) / 0.2) for j in range(6))
    by_loop += -log(right / (right + wrong)) / 4
claim("The loop is the library's MoCo loss", by_loop, "≈", moco_loss(query, key, queue, 0.2), 1e-5)

for step in range(3):
    queue, queue_ptr = enqueue(queue, queue_ptr, key)
    print(f"after {4 * (step + 1):2} keys the next one goes to place {queue_ptr}")

# %% [markdown]
# ### A slow copy
#
# There is a catch. The keys in the queue were made by earlier versions of the encoder. If it changes quickly, old keys no longer fit with new queries. So
# keys are made by a second network that changes *slowly*. It starts as a copy of the encoder, and after each step all of its weights $\theta'$ move a little
# towards those of the encoder, $\theta$: $\;\theta' \leftarrow m\,\theta' + (1 - m)\,\theta$. This is called an **exponential moving average** or a **momentum encoder**, with $m$ = 0.99 or more. No gradient flows into it. It will be the hero of chapter 05.
#
# In ours, each of the two views is query and key once. (In the original, one is always the query and the other the key.) All this is in `course_lib/pretrain/moco.py`: the loss in ten lines, the queue in three, the slow copy
# in one.
#
# ### Is it worth it?
#
# So much for the idea. Now measure. Three trainings with batches of only 16 pictures ship with the course, with 3,000 steps each: SimCLR, whose views have
# 30 others to be told from; MoCo with a short queue of 256 keys; and MoCo with a long one of 2,048. All have τ = 0.1 and the same rate; the slow copies have $m$ = 0.99.

# %%
predict(
    "04.queue",
    "Batches of 16 pictures. Which training gives the best features?",
    ["SimCLR, with 30 others", "MoCo, with 256 others", "MoCo, with 2,048 others"],
)

# %%
small = nn.ModuleDict({name: ConvNet() for name in ("SimCLR", "MoCo 256", "MoCo 2048")})
weights.load("small-batches", small).to(here)
at_16 = {name: 100 * probe_accuracy(encoder, known, new) for name, encoder in small.items()}
best = max(at_16, key=at_16.get)
reveal("04.queue", {"SimCLR": "SimCLR, with 30 others", "MoCo 256": "MoCo, with 256 others", "MoCo 2048": "MoCo, with 2,048 others"}[best],
       ", ".join(f"{name}: {value:.0f} %" for name, value in at_16.items()))  # fmt: skip
show.bars(
    at_16 | {"SimCLR, 128": full["kind"]},
    x="kind read rightly by a probe (%)",
    levels={"random features": untrained["kind"]},
    highlight=list(at_16),
    caption="In blue: batches of 16 pictures, 3,000 steps. In gray: SimCLR with batches of 128, which saw a third more pictures, but in 500 steps.",
)

# %%
claim("All three know far more than random features", min(at_16.values()), ">", untrained["kind"], margin=20, unit="%")
claim("With batches of 16, SimCLR comes near to what it reaches with 128", at_16["SimCLR"], "≈", full["kind"], margin=10, unit="%")
claim("MoCo with a short queue is behind it", at_16["MoCo 256"], "<", at_16["SimCLR"], unit="%")
claim("And with a long one further behind", at_16["MoCo 2048"], "<", at_16["MoCo 256"], margin=3, unit="%")

# %% [markdown]
# That is not what the papers say! In SimCLR's own figure larger batches help, most of all in short trainings; and MoCo was made for just this. Why not here?
# We do not know for certain. Three suspects, and how one would question them:
#
# - *How many others are needed?* Two breeds of dogs among a thousand kinds are harder to tell apart than a car and a tree. In a world with few kinds, few others
#   may be enough. (Make the world harder, and see whether the order changes.) Also, batches of 16 make eight times as many
#   steps of the same pictures.
# - *How old are the keys?* Each picture brings two keys, so in the long queue a key waits for 64 steps until it is overwritten; and the copy that made it lags
#   some 100 steps behind. In a short training the encoder has moved on by then, and the key says where the picture *would have been*. (Train ten times as
#   long.) MoCo's trainings had more than a million steps.
# - *Who is pushed?* Of 2,048 keys some fifty show the same kind, and section 6 has shown who gets the push.
#
# So a method that is right for one world need not be right for another, and only measuring tells. Where memory is short, kinds are many and trainings are
# long, the queue has earned its fame.
#
# **MoCo v3** (2021) dropped the queue again. Its authors could afford batches of 4,096 by then. It keeps the slow copy, takes the other keys
# of the batch as negatives, and puts one more perceptron, a **predictor**, on top of the query side. It was made to train Vision Transformers. You find it in the
# same file.
#
# ## 9 · Right answers that count as wrong
#
# ### How many?
#
# For SimCLR every other picture is a negative, also when it shows the same kind of thing. Such pairs are **false negatives**. How many are there?

# %%
batch = world.draw(128, size=8, mode="portrait", seed=61)
same = (batch.labels[:, None] == batch.labels) & ~torch.eye(128, dtype=torch.bool)  # (128, 128)
print(f"In a batch of 128, a picture has {same.sum(1).float().mean():.1f} others of its own kind, on average.")
claim("Nearly every picture of a batch has others of its kind in it", 100 * same.any(1).float().mean(), ">", 80, unit="%")

# %% [markdown]
# Three of 127 are few. But you have seen in section 6 that they get far more than their share of the push.
#
# ### With labels: SupCon
#
# If labels are known, the cure is simple: *all* views of pictures with the same label are partners. Let $P(i)$ be the set of partners of view $i$. Then the loss
# is the mean over them (Khosla and others, 2020):
#
# $$ \ell_i = -\frac{1}{|P(i)|} \sum_{p \in P(i)} \ln \frac{e^{\,z_i \cdot z_p / \tau}}{\sum_{k \ne i} e^{\,z_i \cdot z_k / \tau}} $$
#
# This is **SupCon**: chapter 02's labels with this chapter's loss. With a label for each picture of its own it is NT-Xent again. (With several partners the loss
# cannot come near 0: they have to share the softmax. So do not compare it with SimCLR's.) Half as many steps as your SimCLR had:

# %%
supcon = SupCon(ConvNet(seed=0), temperature=0.1)
supcon_history = fit(supcon, world.Stream(budget["batch"], size=24, mode="portrait", seed=60), budget["short"])

# %%
with_names = probe_facts(supcon.encoder)
show.bars(
    {f"{fact}, {name}": value[fact] for fact in facts for name, value in (("SimCLR", live), ("SupCon", with_names))},
    x="read rightly from the features (%)",
    highlight=[f"{fact}, SupCon" for fact in facts],
    caption="SupCon after half as many steps. Labels say which pictures belong together, and a little of the backdrop is let go.",
)

# %%
claim("With labels, half as many steps teach the kind better", with_names["kind"], ">", live["kind"], margin=2, unit="%")
claim("And SupCon begins to let go of the backdrop", with_names["backdrop"], "<", live["backdrop"], margin=2, unit="%")

# %% [markdown]
# ## 10 · Break it: small things, loud backdrops
#
# Until now a thing filled most of its picture, and its backdrop was calm. Now we make things smaller, and turn backdrops up: stronger in
# texture and in color. Then most of what two views share is backdrop.


# %%
def draw_small(batch, busy):
    """The pictures of a batch once more, with things of three fifths of their size, on calm (0) or loud (1) backdrops."""
    return world.draw_scene(small_things(batch.scene, busy), size=24, device=here)


show.pictures(
    torch.cat([new.pictures[:8], draw_small(new[:8], 0.0).pictures, draw_small(new[:8], 1.0).pictures]),
    caption="Large things on calm backdrops, as before; the same things smaller; and smaller on loud backdrops.",
)

# %%
predict(
    "04.busy",
    "Small things on loud backdrops, the same game, 500 steps. Will the features tell the kind as well as before?",
    ["nearly: it is the same game", "about two thirds of the gain are left", "less than half of the gain is left"],
)

# %% [markdown]
# "The gain" is what is read from the features beyond what is read from random ones. Three trainings of 500 steps ship for this: small things on calm
# backdrops, small things on loud ones, and a third one of which we speak in a moment. Each is measured on pictures of its own sort. And is
# the kind of so small a thing to be seen at all? As a check, a network with *labels* on the same small and loud pictures:

# %%
labeled = Labels(ConvNet(seed=0), len(world.THINGS))
stream = world.Stream(budget["batch"], size=24, mode="portrait", seed=60, change=partial(small_things, busy=1.0))
labeled_history = fit(labeled, stream, budget["steps"])

# %%
trained = nn.ModuleDict({name: ConvNet() for name in ("calm", "loud", "swapped")})
weights.load("simclr-backdrops", trained).to(here)
sorts = {busy: (draw_small(known, busy), draw_small(new, busy)) for busy in (0.0, 1.0)}
calm = 100 * probe_accuracy(trained["calm"], *sorts[0.0])
loud, swapped = (100 * probe_accuracy(trained[name], *sorts[1.0]) for name in ("loud", "swapped"))
with_labels = 100 * probe_accuracy(labeled.encoder, *sorts[1.0])
nothing = {busy: 100 * probe_accuracy(ConvNet(seed=0).to(here), *sorts[busy]) for busy in (0.0, 1.0)}

# %%
gain = full["kind"] - untrained["kind"]
left = {"calm": 100 * (calm - nothing[0.0]) / gain, "loud": 100 * (loud - nothing[1.0]) / gain}
options = ["nearly: it is the same game", "about two thirds of the gain are left", "less than half of the gain is left"]
reveal("04.busy", options[0] if left["loud"] > 85 else options[1] if left["loud"] > 50 else options[2],
       f"{left['loud']:.0f} % of the gain is left")  # fmt: skip
show.bars(
    {
        "large, calm: random features": untrained["kind"],
        "large, calm: SimCLR": full["kind"],
        "small, calm: random features": nothing[0.0],
        "small, calm: SimCLR": calm,
        "small, loud: random features": nothing[1.0],
        "small, loud: SimCLR": loud,
        "small, loud: SimCLR, swapped": swapped,
        "small, loud: labels": with_labels,
    },
    x="kind read rightly by a probe (%); a blind guess: 2.5",
    highlight=["small, loud: SimCLR", "small, loud: SimCLR, swapped"],
    caption="The more of the picture is backdrop, and the louder it is, the less SimCLR learns of the thing, although labels show that it can be seen. “Swapped” is the cure below.",
)

# %%
claim("Of small things on calm backdrops, less than two thirds of the gain are left", left["calm"], "<", 65, unit="%")
claim("On loud ones, less than half", left["loud"], "<", 50, unit="%")
claim("Less is read there than on calm ones", loud, "<", calm, margin=2, unit="%")
claim("The kind is there to be seen: labels teach it", with_labels, ">", loud, margin=20, unit="%")

# %% [markdown]
# Most is lost by smallness alone: crops may miss a small thing, and the backdrop is most of what two views share. Loudness takes a little more. What do the features
# go by, if not by the thing? We ask the neighbors again: do a picture and its nearest neighbor share the kind, or the backdrop?

# %%
beside = {"random features": shared(ConvNet(seed=0).to(here), *sorts[1.0])}
beside |= {name: shared(trained[name], *sorts[1.0]) for name in ("loud", "swapped")}
for name in ("random features", "loud"):
    print(f"{name}: the neighbor shares the kind for {beside[name]['kind']:.0f} %, the backdrop for {beside[name]['backdrop']:.0f} %")
claim("SimCLR's neighbors share the backdrop far more often than the kind", beside["loud"]["backdrop"], ">", beside["loud"]["kind"], margin=30, unit="%")
claim("And more often than with random features", beside["loud"]["backdrop"], ">", beside["random features"]["backdrop"], margin=5, unit="%")

# %% [markdown]
# The backdrop helps to find the partner, and nothing in the loss asks for the thing.
#
# ### The cure
#
# The rule of section 2 tells us what to do: *what you want ignored, change it.* In the third training the two views are of the same thing
# on *different* backdrops: the second view stands on the backdrop of the next picture of the batch. So the backdrop of one
# view now points to another picture.

# %%
print(f"swapped: the neighbor shares the kind for {beside['swapped']['kind']:.0f} %, the backdrop for {beside['swapped']['backdrop']:.0f} %")
claim("With swapped backdrops it knows the kind better", swapped, ">", loud, margin=8, unit="%")
claim("Better even than without the cure on calm backdrops", swapped, ">", calm, margin=3, unit="%")
claim("And neighbors share the backdrop less often", beside["swapped"]["backdrop"], "<", beside["loud"]["backdrop"], margin=10, unit="%")

# %% [markdown]
# The cure gives back a good part. It does not give back all: labels show how much more there is to see in a small thing.
#
# In a world that we draw ourselves such a swap is easy. For photographs somebody has to find the things first: with a program that
# separates what stands out from what lies behind it (Ryali and others, 2021, below), or with masks.
#
# ## 11 · When labels are few
#
# What is all this good for? Labels are expensive, pictures are not. Suppose that you have only *four* labeled pictures of each kind,
# 160 in all. Three ways to use them: train a network from scratch; start from SimCLR's encoder and train on, which is called
# **fine-tuning**; or leave the encoder as it is and fit a linear probe.

# %%
pool = world.draw(4000, size=24, mode="portrait", seed=70, device=here)
few = pool[balanced(pool.labels, 4, seed=0)]
steps = {"smoke": 4, "laptop": 150, "gpu": 300}[profile()]


by_four = {
    "from scratch": 100 * finetune_accuracy(ConvNet(seed=0), few, new, steps, len(world.THINGS)),
    "fine-tuned": 100 * finetune_accuracy(patient.encoder, few, new, steps, len(world.THINGS)),
    "probe": 100 * probe_accuracy(patient.encoder, few, new),
    "probe of random features": 100 * probe_accuracy(ConvNet(seed=0).to(here), few, new),
}
show.bars(by_four, x="new pictures named rightly (%), with four labels of each kind",
          highlight=["fine-tuned", "probe"], caption="Four labeled pictures of each kind. In blue, what starts from SimCLR's encoder, which has never seen a label.")  # fmt: skip

# %%
claim("With four labels a kind, fine-tuning beats training from scratch", by_four["fine-tuned"], ">", by_four["from scratch"], margin=20, unit="%")
claim("So does a probe on SimCLR's features, which stay as they are", by_four["probe"], ">", by_four["from scratch"], margin=20, unit="%")

# %% [markdown]
# Look at the two blue bars. The probe may only weigh what is there already; fine-tuning may move every weight of the network, and 160 pictures say little about where to. Which of
# the two is ahead depends on the number of labels, and on rate and length of the fine-tuning: try a few.
#
# ## 12 · The lab
#
# Build your own views. On the left, four pictures and two views of each. On the right, each view (a row) looks for its partner
# among all others; the orange frames are the right answers, and the numbers shares in percent (none: below half a percent). The network is the shipped SimCLR.
#
# Three things to try:
#
# 1. Set the *smallest crop* to 0.1, and move *chance*. When do *you* still find the partner, and when does the network?
# 2. No color changes, no gray. Then the full change of colors. How sure is the network in each case?
# 3. Leave the views as they are, and turn the temperature from 1 to 0.05. The cosines stay. What happens to the shares?
#
# Look for a view that gives more to a stranger than to its partner. What do the two have in common?

# %%
from course_lib.chapters.ch04_pulling_together_pushing_apart.lab import view_lab

view_lab(
    patient.project,
    new.pictures[8:12],
    caption="The lab, as a still picture: four pictures, two views of each, and who finds whom. Where a kernel runs, everything can be changed.",
)

# %% [markdown]
# ## 13 · In the wild
#
# The same cells on photographs. With a folder of your own (at `data/photos` or wherever `COURSE_PHOTOS` points; its sub-folders
# are the classes), or with CIFAR-10, this plays the game with a few thousand photographs, and probes what came out. Without, it
# says how to get them, and goes on.

# %%
from course_lib import photos

shots = photos.find(size=32, split="train", limit=4000, fetch=profile() == "gpu")
test = photos.find(size=32, split="test", limit=1000) if shots else None
if shots and test:
    shots, test = shots.to(here), test.to(here)
    wild = SimCLR(ConvNet(seed=0), temperature=0.2, views=Views())  # as MoCo v2 does with photographs
    before = 100 * probe_accuracy(wild.encoder.to(here), shots, test)
    fit(wild, Epochs(shots, budget["batch"]), budget["steps"])
    print(f"{len(test)} photographs of {len(test.classes)} classes named rightly by a probe: "
          f"{before:.0f} % with random features, {100 * probe_accuracy(wild.encoder, shots, test):.0f} % after SimCLR.")  # fmt: skip

# %% [markdown]
# Do not expect as much as before. A few thousand photographs and a minute are little: the paper used 1.3 million, up to a thousand times each, on
# 128 special processors. And photographs hold many things, so that two crops of one often show different ones.
#
# ## 14 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 15 · In five sentences
#
# 1. Two views of one picture should be near each other, all others far away: that is a classification in which each batch brings its own classes.
# 2. What views change is ignored, what they leave alone can be learned, and an easy clue keeps the rest from being learned.
# 3. The temperature decides how much the nearest others count; too high, and little is asked of the features.
# 4. What the loss has no use for is lost in the projector, so the features are read before it.
# 5. A queue of keys, made by a slow copy, can stand in for a large batch; whether that pays has to be measured. Labels, where there are some, name more partners.
#
# ### Quiz

# %%
quiz("04")

# %% [markdown]
# ### Further reading
#
# - Chen and others, 2020, [*A Simple Framework for Contrastive Learning of Visual Representations*](https://arxiv.org/abs/2002.05709). SimCLR; figure 5 is our section 7 on ImageNet, where crops alone do better than colors alone, and not worse as here; figure 8 is the projector.
# - He and others, 2019, [*Momentum Contrast for Unsupervised Visual Representation Learning*](https://arxiv.org/abs/1911.05722). MoCo; algorithm 1 is the whole method on half a page. [Version 2](https://arxiv.org/abs/2003.04297) takes over SimCLR's projector and views.
# - Chen and others, 2021, [*An Empirical Study of Training Self-Supervised Vision Transformers*](https://arxiv.org/abs/2104.02057). MoCo v3, and an honest account of what goes wrong on the way.
# - Khosla and others, 2020, [*Supervised Contrastive Learning*](https://arxiv.org/abs/2004.11362). SupCon; read why the mean stands outside the logarithm.
# - Wang and Isola, 2020, [*Understanding Contrastive Representation Learning through Alignment and Uniformity*](https://arxiv.org/abs/2005.10242). The two numbers of section 6.
# - van den Oord and others, 2018, [*Representation Learning with Contrastive Predictive Coding*](https://arxiv.org/abs/1807.03748). InfoNCE; where the bound of section 6 comes from. Before it: [instance discrimination](https://arxiv.org/abs/1805.01978), each picture as a class of its own.
# - Tschannen and others, 2019, [*On Mutual Information Maximization for Representation Learning*](https://arxiv.org/abs/1907.13625). Why information alone does not explain it.
# - Ryali and others, 2021, [*Learning Background Invariance Improves Generalization and Robustness in Self-Supervised Learning*](https://arxiv.org/abs/2103.12719). The cure of section 10 on photographs.
#
# **Next:** chapter 05 takes the negatives away altogether, and asks why anything is left.
