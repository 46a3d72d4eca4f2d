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
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/05_without_negatives.ipynb)

# %% [markdown]
# # 05 · Without negatives
#
# **The question of this chapter:** if nothing pushes pictures apart, what keeps all of them from becoming the same?
#
# **When you are done you can**
#
# - say what a collapse is, tell two kinds of it apart, and measure both;
# - write the losses of Barlow Twins and VICReg, and say what each term is there for;
# - explain what stop-gradients, predictors and slow teachers do in SimSiam and BYOL, and show what happens without them;
# - explain how DINO's teacher stays useful: it is centered and sharpened at once;
# - read from DINO's attention where the thing is, and measure how well that works.
#
# **You should know** chapter 04: views, projectors, alignment, the slow copy of MoCo. From chapter 01, attention and the class
# token.
#
# **Time:** about 120 minutes of reading and solving. The computer's own share is about three minutes on a laptop, less
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
# The tools, and the amount of work. `budget` is the only thing that depends on your machine. Pictures are 24 × 24 pixels again.

# %%
from math import log
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

from course_lib import check, claim, claims_table, hint, predict, progress, quiz, reveal, show, solution, weights, world
from course_lib.epochs import Epochs
from course_lib.evaluate import cost, features, knn, linear_probe, mask_iou, pointing, probe_accuracy, rank_me, spectrum
from course_lib.fit import fit
from course_lib.nn import ConvNet, ViT, cosine_schedule
from course_lib.pretrain import BYOL, DINO, BarlowTwins, Loss, MoCo, MoCoV3, SimCLR, SimSiam, VICReg, feature_std
from course_lib.train.device import device, profile
from course_lib.views import DEFAULT_VIEWS, Views
from course_lib.world.interventions import one_sky

budget = {  # steps of the main training and of the short ones, the batch; pictures to probe with and to test on
    "smoke": {"steps": 4, "short": 4, "batch": 16, "probe": 200, "new": 200},
    "laptop": {"steps": 300, "short": 80, "batch": 128, "probe": 2000, "new": 1000},
    "gpu": {"steps": 1000, "short": 200, "batch": 256, "probe": 4000, "new": 2000},
}[profile()]
here = device()


def pictures(seed=60, batch=None):
    """An endless stream of batches of pictures."""
    return world.Stream(batch or budget["batch"], size=24, mode="portrait", seed=seed)


# %% [markdown]
# And the losses, as the library has them. We shall write each by hand, and compare.

# %%
from course_lib.pretrain import barlow_twins_loss, byol_loss, dino_loss, negative_cosine, vicreg_loss

# %% [markdown]
# ## 1 · The problem
#
# Chapter 04 had two forces. Views of one picture were pulled together, all other pictures were pushed apart. The pushing
# was the hard part: it wants large batches or queues, and it pushes also what belongs together. So why not leave it out?
#
# Here is the simplest loss of all. Take two views of a picture, and make their embeddings point the same way. Nothing else.

# %%
predict(
    "05.pull",
    "We train with pulling alone: two views of a picture should have the same direction. What comes out?",
    [
        "it learns what two views share, only more slowly",
        "all pictures get the same embedding",
        "the loss cannot be made small without pushing",
    ],
)


# %%
class PullOnly(SimCLR):
    """SimCLR's network, and a loss that only pulls."""

    def loss(self, batch):
        z1, z2 = self.project(self.views(batch.pictures)), self.project(self.views(batch.pictures))  # (B, D) each
        return Loss(-F.cosine_similarity(z1, z2).mean(), {"feature_std": feature_std(z1)})


pull = PullOnly(ConvNet(seed=0))
pulled = fit(pull, pictures(), budget["short"], progress="pulling alone")

# %% [markdown]
# The loss is minus the cosine, so −1 is the best there is. And it gets there within a few dozen steps! But look at what the network now thinks of
# different pictures. (Two words to keep apart, as in chapter 04. **Features** are what the encoder makes, and what a probe reads. **Embeddings** are what the projector
# makes of features, and what the loss compares.)

# %%
new = world.draw(budget["new"], size=24, mode="portrait", seed=10, split="val", device=here)
known = world.draw(budget["probe"], size=24, mode="portrait", seed=50, device=here)


@torch.no_grad()
def embeddings(method, pictures):
    """What the loss compares, (N, D): encoder and projector in a state of use."""
    return method.eval().projector(method.encoder(pictures))


def probe_kinds(encoder, known=known, new=new):
    """The share of new pictures, in percent, whose kind a linear probe reads rightly from the features."""
    return 100 * probe_accuracy(encoder, known, new)


z = F.normalize(embeddings(pull, new.pictures), dim=1)
between = (z @ z.T).mean().item()
untrained, collapsed = probe_kinds(ConvNet(seed=0).to(here)), probe_kinds(pull.encoder)
reveal("05.pull", "all pictures get the same embedding" if between > 0.9 else "it learns what two views share, only more slowly",
       f"the cosine of two different pictures is {between:.3f} on average")  # fmt: skip
print(f"kind read rightly by a probe: {untrained:.0f} % before, {collapsed:.0f} % after; by chance, one in {len(known.labels.unique())}")
claim("Pulling alone reaches the best loss there is, −1", pulled.loss[-1], "<", -0.98)
claim("Because different pictures now have the same embedding", between, ">", 0.95)
claim("And the features know no more of the kind than random ones", collapsed, "<", untrained, unit="%")

# %% [markdown]
# This is a **collapse**. If every picture has the same embedding, then so have any two views. The loss is perfect, and nothing has been
# learned. No bug, no bad luck: the loss asks for nothing else. (A probe still reads a little, since features differ even where embeddings do not.)
#
# So here is the riddle of this chapter. There are at least five well-known methods *without negatives*, and they do not collapse. What
# keeps them apart?
#
# ## 2 · How to see a collapse
#
# First we need instruments. A loss cannot tell: it was perfect.
#
# **Spread.** Bring all embeddings to length 1, take the standard deviation of each of their $D$ numbers, the mean of these, and multiply by $\sqrt D$. If
# directions lie evenly around, this is about 1. If all are the same, it is 0.

# %%
show.curves(
    {"pulling alone": (range(len(pulled.loss)), pulled.metrics["feature_std"])},
    x="step",
    y="spread of embeddings",
    caption="The spread of the training that you have just seen.",
)

# %% [markdown]
# But spread can be fooled. Embeddings of length 1 that lie along one line, some at one end and some at the other, have a good spread, and
# yet they can say no more than yes or no. Of 128 directions only one is used. This is called **dimensional collapse**. To see it we
# ask: in how many directions do embeddings spread, and how much in each? The **singular values** tell. Take off the mean; then the first singular value
# is the spread along the direction with the most of it, the second along the next, and so on. All of them together are the
# **spectrum**.

# %%
shipped = weights.load("simclr", SimCLR(ConvNet(), temperature=0.1)).to(here)
g = torch.Generator().manual_seed(0)
one_line = torch.randn(len(new), 1, generator=g).sign().to(here) * torch.randn(1, 128, generator=g).to(here)
clouds = {
    "pulling alone": F.normalize(embeddings(pull, new.pictures), dim=1),
    "along one line": F.normalize(one_line + 0.001 * torch.randn(len(new), 128, generator=g).to(here), dim=1),
    "SimCLR of chapter 04": F.normalize(embeddings(shipped, new.pictures), dim=1),
}
show.curves(
    {name: (range(1, 129), spectrum(cloud).clamp(min=1e-5).tolist()) for name, cloud in clouds.items()},
    x="direction, the strongest first",
    y="spread along it",
    logy=True,
    caption="Spectra of 128 numbers a picture. Pulling alone leaves no spread anywhere; a line has spread in one direction; SimCLR uses many.",
)

# %% [markdown]
# ### Exercise 05.1 · How many directions do they fill?
#
# *10 minutes · medium.* One number for a spectrum: take the singular values (`torch.linalg.svdvals`) as shares $p_k$ of their sum, and then $e$ to their entropy,
# $e^{-\sum_k p_k \ln p_k}$. (Take `z` as it is: below, we take the mean off before we call your function.) If $r$ directions have equal shares, this is $r$. It is called the **effective rank** (Roy and Vetterli, 2007); as a measure of what networks have learned it is known as **RankMe**.


# %%
def effective_rank(z):
    """e to the entropy of the singular values of z (N, D), taken as shares of their sum: a float."""
    raise NotImplementedError  # your lines here


effective_rank = check("05.1", effective_rank)

# %%
hint("05.1")
solution("05.1")

# %%
for name, cloud in clouds.items():
    print(f"{name:22} spread {feature_std(cloud):.2f}   rank {effective_rank(cloud - cloud.mean(0)):5.1f} of 128")
lined, healthy = (clouds[name] - clouds[name].mean(0) for name in ("along one line", "SimCLR of chapter 04"))
claim("Your rank is the library's", effective_rank(healthy), "≈", rank_me(healthy), 0.01)
claim("Spread is fooled by a line", feature_std(clouds["along one line"]), ">", 0.7)
claim("Rank is not", effective_rank(lined), "<", 0.3 * effective_rank(healthy))

# %% [markdown]
# Rank can be fooled in its turn. Look at the first line: after the complete collapse it is higher than SimCLR's! What little is left is spread thinly over many directions, and shares do not say how little it is. So we look at
# all three: at spread, at rank, and at a probe.
#
# ## 3 · Keep the numbers apart: Barlow Twins and VICReg
#
# The first answer to the riddle: if you fear a collapse, *forbid it in the loss*. Not by pushing pictures apart, but by making demands on the $D$ numbers of the embedding.
#
# ### Barlow Twins
#
# Take a batch of $B$ pictures and two views of each. Standardize each of the $D$ numbers over the batch. Then ask how number $i$ of the first
# view goes along with number $j$ of the second, over all pictures. That is their **correlation** $C_{ij}$, from −1 to 1. What do we want?
#
# - On the diagonal 1: a number says the same of both views.
# - Elsewhere 0: two different numbers tell different things.
#
# $$ \ell = \sum_i (1 - C_{ii})^2 + \lambda \sum_i \sum_{j \ne i} C_{ij}^2, \qquad \lambda = 0.005 $$
#
# Why can this not collapse? A number that is the same for all pictures has no correlation with anything, so its 1 on the diagonal is missing. And
# two numbers that say the same have a 1 where a 0 should be. By hand, with five pictures and three numbers:

# %%
z1 = torch.randn(5, 3, generator=g)
z2 = z1 + 0.5 * torch.randn(5, 3, generator=g)
a, b = ((z - z.mean(0)) / (z.var(0, correction=0) + 1e-5).sqrt() for z in (z1, z2))  # standardized, (5, 3) each
by_loop = 0.0
for i in range(3):
    for j in range(3):
        c = sum(float(a[k, i] * b[k, j]) for k in range(5)) / 5
        by_loop += (1 - c) ** 2 if i == j else 0.005 * c**2

table = a.T @ b / 5  # (3, 3): the same, in one matrix product
off = ~torch.eye(3, dtype=torch.bool)
vectorized = (1 - table.diagonal()).square().sum() + 0.005 * table[off].square().sum()
claim("The loop is the library's Barlow Twins", by_loop, "≈", barlow_twins_loss(z1, z2), 1e-5)
claim("So is the matrix product", vectorized, "≈", barlow_twins_loss(z1, z2), 1e-6)

# %% [markdown]
# What does the table of correlations look like, before training and after? The course ships a Barlow Twins of 2,000 steps. Here are
# the correlations among the first 40 of its numbers, for views of new pictures.

# %%
barlow = weights.load("barlow-twins", BarlowTwins(ConvNet())).to(here)
chance = torch.Generator().manual_seed(1)
views = [DEFAULT_VIEWS(new.pictures, chance) for _ in range(2)]


def correlations(method):
    e1, e2 = (embeddings(method, view) for view in views)
    return ((e1 - e1.mean(0)) / e1.std(0)).T @ ((e2 - e2.mean(0)) / e2.std(0)) / (len(e1) - 1)


tables = {"before training": correlations(BarlowTwins(ConvNet(seed=0)).to(here)), "after 2,000 steps": correlations(barlow)}
figure, axes = show.subplots(1, 2, height=3.4)
for axis, (name, c) in zip(axes, tables.items(), strict=True):
    image = axis.imshow(c[:40, :40].cpu(), cmap="RdBu_r", vmin=-1, vmax=1)
    axis.set(title=name, xlabel="number of the other view", ylabel="number of one view")
    axis.grid(visible=False)
figure.colorbar(image, ax=axes, label="correlation")
figure.caption = "How the numbers of one view go along with those of the other. After training the diagonal stands out."
figure.alt = "Two tables of correlations of 40 by 40 numbers. Before training stripes and patches everywhere; after training a dark diagonal, and elsewhere weak correlations of both signs."
figure

# %%
agree = {name: c.diagonal().mean().item() for name, c in tables.items()}
rest = {name: c[~torch.eye(len(c), dtype=torch.bool, device=c.device)].abs().mean().item() for name, c in tables.items()}
print("\n".join(f"{name:18} on the diagonal {agree[name]:.2f}, elsewhere ±{rest[name]:.2f}" for name in tables))
claim("Before training the diagonal hardly stands out", agree["before training"], "<", 3 * rest["before training"])
claim("After training a number says nearly the same of both views", agree["after 2,000 steps"], ">", 0.8)
claim("And goes along with other numbers far less", rest["after 2,000 steps"], "<", 0.25 * agree["after 2,000 steps"])

# %% [markdown]
# The first demand is nearly met. And the second? Elsewhere correlations are about as weak as before. But look at them beside the diagonal: before, they were more than half as strong as it, now they are
# a small part of it. (Where two views hardly agree, nothing can correlate with anything.) And within *one* view? How many of the numbers have a near-copy, another number with a correlation beyond ±0.9?


# %%
def copied(method):
    """The share of numbers, in percent, that have a near-copy within one view."""
    among = torch.corrcoef(embeddings(method, views[0]).T).fill_diagonal_(0)
    return 100 * (among.abs().max(0).values > 0.9).float().mean().item()


copies = {"before": copied(BarlowTwins(ConvNet(seed=0)).to(here)), "after": copied(barlow)}
print(f"numbers with a near-copy: {copies['before']:.0f} % before training, {copies['after']:.0f} % after")
claim("Before training many numbers have a near-copy", copies["before"], ">", 20, unit="%")
claim("After it nearly none has", copies["after"], "<", 5, unit="%")

# %% [markdown]
# ### VICReg
#
# VICReg says the same in three plain terms, one against each way to fail:
#
# | term | what it wants | what happens without it |
# |---|---|---|
# | **invariance** | two views have the same embedding: their mean squared difference | two views agree no more than two pictures |
# | **variance** | over the batch, each number has a standard deviation of at least 1 | complete collapse |
# | **covariance** | different numbers do not go along with each other | dimensional collapse |
#
# The variance term of one list of embeddings is $\frac{1}{D}\sum_j \max(0,\, 1 - \sqrt{\operatorname{Var}_j + \varepsilon})$, with
# $\varepsilon = 0.0001$. The covariance term is $\frac{1}{D}\sum_{i \ne j} \operatorname{Cov}_{ij}^2$: squared covariances of two different numbers, each pair counted twice.
#
# All together, with the weights of the paper, where $v$ is the variance term, $c$ the covariance term, of the one view and of the other:
#
# $$ \ell = 25 \cdot \text{invariance} + 25 \cdot \tfrac12 (v_1 + v_2) + 1 \cdot (c_1 + c_2) $$
#
# ### Exercise 05.2 · Two terms against two collapses
#
# *15 minutes · harder.* Variances and covariances here are the unbiased ones: divide by $B - 1$.


# %%
def variance_and_covariance(z):
    """VICReg's two terms for embeddings z (B, D): how far deviations stay below 1, how much numbers go along; () each."""
    raise NotImplementedError  # your lines here


variance_and_covariance = check("05.2", variance_and_covariance)

# %%
hint("05.2")
solution("05.2")

# %%
(v1, c1), (v2, c2) = variance_and_covariance(z1), variance_and_covariance(z2)
whole = 25 * F.mse_loss(z1, z2) + 25 * (v1 + v2) / 2 + 1 * (c1 + c2)
claim("With your terms, this is the library's VICReg", whole, "≈", vicreg_loss(z1, z2), 1e-4)

# %% [markdown]
# ### Train it
#
# VICReg, from scratch, here and now. (We give the covariance term eight times the weight of the paper: our batches and networks are small.)

# %%
vicreg = VICReg(ConvNet(seed=0), dim=512, hidden=512, covariance=8)
history = fit(vicreg, pictures(), budget["steps"], progress="VICReg")

# %%
live = probe_kinds(vicreg.encoder)
print(f"kind read rightly by a probe: {untrained:.0f} % before, {live:.0f} % after")
claim("VICReg learns without any negatives", live, ">", untrained, margin=15, unit="%")

# %% [markdown]
# Did you see how little the loss falls? Its terms pull against each other with weights of 25. A flat loss says as little about learning as a low one.
#
# ### Break it
#
# Does each term do what it is said to do? We take one away at a time, and train for a short while.

# %%
without = {
    "whole": VICReg(ConvNet(seed=0), dim=512, hidden=512, covariance=8),
    "no invariance": VICReg(ConvNet(seed=0), dim=512, hidden=512, covariance=8, invariance=0),
    "no variance": VICReg(ConvNet(seed=0), dim=512, hidden=512, covariance=8, variance=0),
    "no covariance": VICReg(ConvNet(seed=0), dim=512, hidden=512, covariance=0),
}
for method in without.values():
    fit(method, pictures(batch=64), budget["short"], progress=False)

# %%
clouds = {name: embeddings(method, new.pictures) for name, method in without.items()}
show.curves(
    {name: (range(1, 129), spectrum(cloud).clamp(min=1e-5)[:128].tolist()) for name, cloud in clouds.items()},
    x="direction, the strongest first",
    y="spread along it",
    logy=True,
    caption="Spectra with one term taken away: the first 128 of 512 directions. Without variance all of it lies low. Without covariance there is one strong direction, and then hardly anything. Without invariance nothing seems to be wrong.",
)

# %% [markdown]
# A spectrum does not say whether the two views of a picture agree. So we also measure their *agreement*: take the mean off, and then the cosine of two views, on average. 1: the same; 0: no more alike
# than two different pictures.


# %%
def agreement(method):
    e1, e2 = (embeddings(method, view) for view in views)
    return F.cosine_similarity(e1 - e1.mean(0), e2 - e2.mean(0)).mean().item()


sizes = {name: cloud.std(0).mean().item() for name, cloud in clouds.items()}
ranks = {name: rank_me(cloud) for name, cloud in clouds.items()}
agreed = {name: agreement(method) for name, method in without.items()}
probed = {name: probe_kinds(method.encoder) for name, method in without.items()}
for name in without:
    print(f"{name:14} deviation of a number {sizes[name]:.4f}   rank {ranks[name]:5.1f} of 512   agreement {agreed[name]:.2f}   probe {probed[name]:2.0f} %")

# %%
claim("Without the invariance term two views hardly agree", agreed["no invariance"], "<", 0.5 * agreed["whole"])
claim("Without the variance term everything becomes the same", sizes["no variance"], "<", 0.05)
claim("Without the covariance term the deviation does not fall", sizes["no covariance"], ">", sizes["whole"])
claim("But embeddings fill fewer directions", ranks["no covariance"], "<", 0.6 * ranks["whole"])
claim("With any of the three missing, less is learned", max(probed[name] for name in without if name != "whole"), "<", probed["whole"], margin=5, unit="%")

# %% [markdown]
# Note that the whole has not reached a deviation of 1 after so few steps, and *no covariance* has. It is easy to spread out along one direction, and
# hard to do so along all at once.

# %% [markdown]
# ## 4 · Stop the gradient: SimSiam
#
# The second answer to the riddle is stranger. **SimSiam** makes no demand on the batch at all. It has a projector, and on top of it one more
# small network, the **predictor** $h$. It takes two views with embeddings $z_1$ and $z_2$, and wants $h(z_1)$ to point where $z_2$ points:
#
# $$ \ell = -\tfrac12 \cos\left(h(z_1),\, \operatorname{stop}(z_2)\right) - \tfrac12 \cos\left(h(z_2),\, \operatorname{stop}(z_1)\right) $$
#
# $\operatorname{stop}$ means: take this as a fixed target, let **no gradient** flow through it. In PyTorch: `.detach()`. Only the side that predicts
# may move; the target stands still, as a label would.
#
# The smallest loss is still the collapse. Nothing forbids it. But look at what `stop` does to the *slope*:
#
# ### Exercise 05.3 · A target that stands still
#
# *10 minutes · medium.* A network of one matrix, no predictor: the embeddings of two views are `one @ weight` and `two @ weight`. Return the
# slope (the gradient) of $-\cos$, its mean over the pictures, with respect to the weight, if the second embedding stands still. You may let PyTorch do it: take a copy of the weight, `weight.clone().requires_grad_()`, and `torch.autograd.grad`.


# %%
def slope(weight, one, two):
    """The gradient (D, E) of −cosine(one @ weight, two @ weight), mean over rows (B, D), the second standing still."""
    raise NotImplementedError  # your lines here


slope = check("05.3", slope)

# %%
hint("05.3")
solution("05.3")

# %%
weight, first, second = torch.randn(6, 4, generator=g), *torch.randn(2, 8, 6, generator=g)
both_move = weight.clone().requires_grad_()
negative_cosine(first @ both_move, second @ both_move, stop_gradient=False).backward()
halves = slope(weight, first, second) + slope(weight, second, first)
claim("Two slopes with one side standing still add up to the slope with both moving", (halves - both_move.grad).abs().max(), "<", 1e-5)

# %% [markdown]
# So *without a predictor*, stopping the gradient changes nothing: the symmetric loss goes down the same slope, at half the speed. It must be the predictor and the
# stop *together*. Let us take each away, for a short while.

# %%
descent = {"optimizer": "sgd", "lr": 0.1, "weight_decay": 5e-4}  # plain descent, as in SimSiam's paper
siamese = {
    "whole": SimSiam(ConvNet(seed=0), norm=False),
    "no stop-gradient": SimSiam(ConvNet(seed=0), norm=False, stop_gradient=False),
    "no predictor": SimSiam(ConvNet(seed=0), norm=False, predict=False),
}
course = {name: fit(method, pictures(batch=64), budget["short"], progress=False, **descent) for name, method in siamese.items()}

# %%
show.curves(
    {name: (range(len(run.loss)), run.metrics["feature_std"]) for name, run in course.items()},
    x="step",
    y="spread of embeddings",
    caption="SimSiam, and SimSiam with one part taken away. Only the whole keeps its spread.",
)


# %%
def at_the_end(values):
    """The mean of the last ten."""
    return sum(values[-10:]) / len(values[-10:])


def filled(method):
    """How many directions embeddings of length 1 fill."""
    z = F.normalize(embeddings(method, new.pictures), dim=1)
    return rank_me(z - z.mean(0))


last = {name: at_the_end(run.metrics["feature_std"]) for name, run in course.items()}
claim("Without the stop-gradient all embeddings become one", last["no stop-gradient"], "<", 0.2)
claim("Without the predictor too", last["no predictor"], "<", 0.2)
claim("The whole keeps them apart", last["whole"], ">", 0.5)
claim("And not along a line: in many directions", filled(siamese["whole"]), ">", 15)

# %% [markdown]
# We have left one thing out here (`norm=False`): SimSiam's projector ends with a batch norm (those inside remain). It divides each number by its deviation over the batch, $\sqrt{\operatorname{Var} + \varepsilon}$, so
# embeddings can hardly become the same for all, unless the variance falls far below the tiny $\varepsilon$. In the paper's long training it came to that. What becomes of the collapse in our short one?

# %%
one_bit = SimSiam(ConvNet(seed=0), stop_gradient=False)
bits = fit(one_bit, pictures(batch=64), budget["short"], progress="no stop-gradient, with the norm", **descent)

# %%
z = F.normalize(embeddings(one_bit, new.pictures), dim=1)
along = torch.linalg.svd(z - z.mean(0), full_matrices=False).U[:, 0]  # (N,): where each lies along the strongest direction
in_order = new.pictures[along.argsort()]
show.pictures(
    torch.cat([in_order[:8], in_order[-8:]]),
    caption="The eight pictures at the one end of the strongest direction above, the eight at the other end below.",
)

# %%
night = (new.backdrops == world.BACKDROPS.index("night"))[along.argsort().to(new.backdrops.device)].float()
ends = [100 * part.mean().item() for part in (night[:100], night[-100:])]
print(f"spread {feature_std(z):.2f}, rank {rank_me(z):.1f} of 128; of the hundred pictures at either end, {ends[0]:.0f} % and {ends[1]:.0f} % are nights")
claim("With a batch norm at its end, embeddings keep their spread", feature_std(z), ">", 0.4)
claim("But they fill little more than one direction", rank_me(z), "<", 4)
claim("With nights at one end, and none at the other", max(ends) - min(ends), ">", 40, unit="points")

# %% [markdown]
# Look at the two rows: one is night, the other is not. That is all that is left of a picture, little more than a yes or no. It is a dimensional collapse, and who
# watches the spread alone does not see it.
#
# ### Why does the whole not collapse?
#
# The honest answer: it is understood only in part. The best account so far (Tian and others, 2021): the predictor learns to say
# what to expect *on average*, given one view. It shrinks directions in which views disagree, and keeps those in which they agree. The stopped side
# does not shrink with it. For a network without any curves (linear, and compared by squared distances) one can show that directions with enough signal then grow to a stable size, in place of
# falling to zero, if weights do not decay too fast. The solution where all is the same is still there, but training can now roll away from it, not into it.
#
# ### Not collapsed: does it learn?
#
# To stay clear of a collapse is one thing, to learn is another. SimSiam asks only that each view say what the other says. Two views of one picture share the thing. But they also
# share the *backdrop*, one of eight, which fills most of the picture. Does that matter? Here is an experiment. Two SimSiams ship with the course, each
# trained for 2,000 steps: one with our pictures, and one with pictures in which all things stand before the same sky.


# %%
sky_new, sky_known = (world.draw_scene(one_sky(batch.scene), size=24).to(here) for batch in (new, known))
show.pictures(
    torch.cat([new.pictures[:8], sky_new.pictures[:8]]),
    caption="The same things, on their own backdrops and before one sky.",
)

# %%
predict(
    "05.sky",
    "SimSiam, once with our pictures and once with all things before the same sky. How much more of the kind does a probe read after training than before it?",
    ["both gain much", "only with our pictures", "only before one sky", "neither gains much"],
)

# %%
gained = {}
for name, file, old, asked in (("our pictures", "simsiam", known, new), ("one sky", "simsiam-one-sky", sky_known, sky_new)):
    trained = weights.load(file, ConvNet()).to(here)
    before, after = (probe_kinds(encoder, old, asked) for encoder in (ConvNet(seed=0).to(here), trained))
    gained[name] = after - before
    print(f"{name:13} kind read rightly by a probe: {before:.0f} % before, {after:.0f} % after")

# %%
much = {name: gain > 15 for name, gain in gained.items()}
options = ["both gain much", "only with our pictures", "only before one sky", "neither gains much"]
reveal("05.sky", options[2 * (not much["our pictures"]) + (not much["one sky"])], ", ".join(f"{name}: {gain:+.0f} points" for name, gain in gained.items()))
claim("Before one sky SimSiam learns to tell kinds", gained["one sky"], ">", 15, unit="points")
claim("Far more than with our pictures", gained["one sky"], ">", gained["our pictures"], margin=8, unit="points")

# %% [markdown]
# And what *has* it learned with our pictures? We can ask features what they are about. Put pictures into groups, all with the same backdrop into one. If features depended on the backdrop alone, they
# would be the same within a group, and all their variance would lie *between* groups. So we measure which **share of the variance** lies between
# backdrops, and which between kinds.


# %%
def share_between(x, groups):
    """How much of the variance of features (N, D) lies between groups (N,), in percent."""
    x = x - x.mean(0)
    between = sum(x[groups == g].mean(0).square().sum() * (groups == g).sum() for g in groups.unique())
    return 100 * float(between / x.square().sum())


about = {}
for name, encoder in {
    "before training": ConvNet(seed=0).to(here),
    "SimSiam": weights.load("simsiam", ConvNet()).to(here),
    "SimCLR of chapter 04": shipped.encoder,
}.items():
    found = features(encoder, new.pictures)
    about |= {f"{name}: backdrops": share_between(found, new.backdrops), f"{name}: kinds": share_between(found, new.labels)}
show.bars(
    about,
    x="share of the variance that lies between groups (%)",
    highlight=[name for name in about if "kinds" in name],
    caption="What features of our pictures are about. SimSiam has learned the backdrop, and nearly nothing else; SimCLR has turned from backdrops to kinds.",
)

# %%
things = 100 * new.masks[:, 0].float().mean().item()
print(f"things cover {things:.0f} % of a picture")
claim("Backdrops fill most of our pictures", things, "<", 40, unit="%")
claim("SimSiam's features are about the backdrop, even more than random ones", about["SimSiam: backdrops"], ">", about["before training: backdrops"], margin=5, unit="%")
claim("SimCLR's are so far less", about["SimCLR of chapter 04: backdrops"], "<", about["before training: backdrops"], margin=20, unit="%")
claim("And far more about the kind", about["SimCLR of chapter 04: kinds"], ">", 2 * about["SimSiam: kinds"])

# %% [markdown]
# So a predictor and a stopped gradient do keep SimSiam from collapsing; and where the thing is all that tells pictures apart, it learns the thing. Where there is a backdrop to agree on, it learns little else: *nothing in its
# loss asks for more than what is easy to predict.* SimCLR has to tell a picture from 127 others. With eight backdrops, some sixteen of those have the same one, so a backdrop alone is not enough.

# %% [markdown]
# ## 5 · A slow teacher: BYOL
#
# **BYOL** came before SimSiam and has one more part. The target is not the same network, standing still, but a **slow copy** of it, the
# *target network* or **teacher**. You know it from MoCo: an **exponential moving average**, $\theta_t \leftarrow m\,\theta_t + (1 - m)\,\theta$,
# with $m$ near 1. The network that learns is called the *online network* or **student**. It has to predict, from one view, what the teacher makes of the other view:
#
# (Here $z$ is the student's embedding of the one view, and $z'_t$ the teacher's of the other.)
#
# $$ \ell = \left\lVert \overline{h(z)} - \overline{z'_t} \right\rVert^2 = 2 - 2 \cos\left(h(z),\, z'_t\right) $$
#
# The bars mean: brought to length 1. The same is asked with the views exchanged, and the two are added. So up to constants this is SimSiam's loss with a slow copy as the target.

# %%
p, t = torch.randn(2, 6, 4, generator=g)
by_loop = sum(2 - 2 * float(p[i] @ t[i] / p[i].norm() / t[i].norm()) for i in range(6)) / 6
claim("The loop is the library's BYOL loss", by_loop, "≈", byol_loss(p, t), 1e-5)
claim("It is SimSiam's loss, times two, plus two", 2 + 2 * negative_cosine(p, t), "≈", byol_loss(p, t), 1e-5)

# %% [markdown]
# ### Exercise 05.4 · A teacher that follows slowly
#
# *5 minutes · easy.* Weights come as lists of tensors, one for each layer.


# %%
def update_momentum(teacher, student, momentum):
    """New weights of a teacher that keeps a share `momentum` of its own and takes the rest from the student."""
    raise NotImplementedError  # your lines here


update_momentum = check("05.4", update_momentum)

# %%
hint("05.4")
solution("05.4")

# %% [markdown]
# Two things that many have stumbled over. First, a network with batch norm carries **buffers** besides its weights: running means and variances. While training, batch norms go by the batch; but in use they go by
# these buffers. So they have to follow too, or a teacher that is put to use standardizes with numbers from before the first step. Second, $m$ is not constant: it begins at 0.996 or so, and rises to 1
# along a half wave of a cosine, so that the teacher comes to rest at the end.

# %%
steps = torch.linspace(0, 1, 50)
show.curves(
    {f"from {m}": (steps.tolist(), [cosine_schedule(m, float(s)) for s in steps]) for m in (0.9, 0.96, 0.99)},
    x="share of the training that is done",
    y="momentum m",
    caption="How the share that a teacher keeps of itself rises to 1.",
)

# %% [markdown]
# Which part keeps BYOL from collapsing? We take away the slow teacher (the target is then the student itself, with no gradient through it), the
# predictor, and both. (In so short a training $m$ begins at 0.9, or the teacher would hardly move at all.)


# %%
class Instant(BYOL):
    """BYOL without a slow teacher: after each step the teacher becomes the student."""

    def after_step(self, progress):
        super().after_step(0.0)  # as if training had just begun: m stays where it starts, at 0


parts = {
    "whole": BYOL(ConvNet(seed=0), momentum=0.9),
    "no slow teacher": Instant(ConvNet(seed=0), momentum=0.0),
    "no predictor": BYOL(ConvNet(seed=0), momentum=0.9, predict=False),
    "neither": Instant(ConvNet(seed=0), momentum=0.0, predict=False),
}
on_the_way = {}
for name, method in parts.items():
    on_the_way[name] = fit(method, pictures(batch=64), budget["short"], progress=False).metrics["feature_std"]

# %%
show.curves(
    {name: (range(len(spread)), spread) for name, spread in on_the_way.items()},
    x="step",
    y="spread of embeddings",
    caption="BYOL with one part or both taken away. Without a predictor the spread goes, with a slow teacher or without.",
)

# %%
left = {name: at_the_end(spread) for name, spread in on_the_way.items()}
claim("BYOL keeps its spread", left["whole"], ">", 0.45)
claim("Without a slow teacher too: then it is much like SimSiam", left["no slow teacher"], ">", 0.4)
claim("And both keep it in many directions", min(filled(parts["whole"]), filled(parts["no slow teacher"])), ">", 10)
claim("Without a predictor it goes", left["no predictor"], "<", 0.3)
claim("And without both", left["neither"], "<", 0.15)

# %% [markdown]
# So it is the predictor that matters most, together with a target through which no gradient flows. (BYOL's teacher gets none, slow or not.) The slow teacher is no safeguard by itself. In BYOL's own paper it was needed too: there, training without
# it failed. SimSiam's paper then showed that one can do without. (For a while people thought that batch norms did it in secret, by comparing each picture with its batch. Richemond and others, 2020, trained BYOL without any.)

# %% [markdown]
# ### A slow start
#
# BYOL and SimSiam have no negatives, and make no demand on the batch. What does that cost? Here is how well a probe reads the kind
# on the way, for methods with the same encoder, views and batches. These curves were kept when the course's weights were made. (Their
# end points are measured anew in section 7. SimSiam was trained by plain descent, the others with AdamW; each got what suited it best in our tries.)

# %%
kept = weights.manifest()
marks = (0, 250, 500, 1000, 2000)
names = {"vicreg": "VICReg", "barlow-twins": "Barlow Twins", "byol": "BYOL", "simsiam": "SimSiam"}
show.curves(
    {label: (marks, [100 * kept[name]["metrics"][f"kind after {step}"] for step in marks]) for name, label in names.items()},
    x="step",
    y="kind read rightly by a probe (%)",
    caption="The same encoder, the same pictures, four methods. Those without demands on the batch start slowly. BYOL goes on climbing; SimSiam soon stands still.",
)

# %% [markdown]
# Why so slow? One likely reason: at the start the target is what a random network says, and to predict that is to learn what a random network happens to keep of both views. Only then
# does each round of student and teacher improve the target a little, and the next round has a little more to predict. And, as section 4 has shown, nothing asks for more than
# what is easy to predict. There SimSiam comes to rest. BYOL, with its slow teacher, goes on.
#
# The papers are more patient than we can be. SimSiam's training on small photographs (CIFAR-10) lasts for 800 epochs: some eighty thousand steps of 512 pictures. Ours has 2,000 steps of 128.
#
# ## 6 · Center and sharpen: DINO
#
# **DINO** also has a student and a slow teacher, but no predictor. It asks another kind of question. On top of each network sits a head with
# $K$ outputs. Their softmax is an answer: *to which of $K$ groups does this picture belong?* Nobody says what the groups are. The student should
# give the same answer as the teacher, as in chapter 02 it should give the label's. The loss is a cross-entropy:
#
# $$ \ell = -\sum_k p^t_k \ln p^s_k, \qquad p^s = \operatorname{softmax}(s / \tau_s), \qquad p^t = \operatorname{softmax}\left((s' - c) / \tau_t\right) $$
#
# Here $s$ are the student's $K$ scores, and $s'$ the teacher's; $\tau_s$ and $\tau_t$ are their temperatures, and $c$ is the *center*, which we come to at once. (In the paper $K$ is 65,536. A score is a cosine with one of $K$ learned directions, the *prototypes*; these
# are held still at the very beginning.)
#
# Now there are two ways to collapse. All pictures may be put **into one group**. Or all pictures may be spread **over all groups alike**. In both
# cases the answer does not depend on the picture. DINO's two precautions sit in the teacher's softmax, one against each:
#
# - **Centering.** $c$ is a moving mean of the teacher's scores: after each batch, nine tenths of the old $c$ and one tenth of the batch's mean. It is taken off. A group that is named too often is named less. That works against *one group
#   for all*.
# - **Sharpening.** $\tau_t$ is small (0.04), smaller than the student's (0.1). So with the same scores the teacher is surer than the student. That works against *all alike*.
#
# Each alone drives straight into the other collapse. Together they balance.
#
# ### Exercise 05.5 · Say what the teacher says
#
# *15 minutes · medium.* Write this loss for two views, one seen by each, as a mean over the pictures. Both temperatures are given: `blunt` is the student's, `sharp` the teacher's.


# %%
def pair_loss(student, teacher, center, blunt, sharp):
    """DINO's loss of one pair of views, (): scores (B, K) each, center (K,), the student's temperature, the teacher's."""
    raise NotImplementedError  # your lines here


pair_loss = check("05.5", pair_loss)

# %%
hint("05.5")
solution("05.5")

# %% [markdown]
# One thing more: **multi-crop**. The teacher sees two large views, which show most of the picture. The student sees these too, and several small
# ones. From a small piece it has to say what the teacher says of the whole. No view is compared with itself.

# %%
student, teacher = torch.randn(3, 4, 6, generator=g), torch.randn(2, 4, 6, generator=g)  # views, pictures, groups
center = teacher.mean((0, 1))
of_pairs = []
for i in range(2):  # the teacher's views: the two large ones
    for j in range(3):  # the student's: the same two, and a small one
        if i != j:
            of_pairs.append(float(pair_loss(student[j], teacher[i], center, 0.1, 0.04)))
claim("The mean over the pairs is the library's DINO loss", sum(of_pairs) / len(of_pairs), "≈", dino_loss(student, teacher, center), 1e-4)

# %% [markdown]
# ### Break it
#
# We measure how undecided the teacher is: the **entropy** of its answers as a share of the highest that is possible. 1 means all groups alike, 0 means always sure. But an
# entropy cannot say whether an answer depends on the picture. So we also ask how many bits an answer **tells of its picture**, their mutual information (chapter 04): the entropy of the mean answer, less the mean entropy of the answers. (If all
# answers are the same, the two are equal, and the difference is 0.) And we count the groups that are named for new pictures.
#
# *Sharpening alone* keeps its center at 0. *Centering alone* gives the teacher the student's temperature, 0.1. All heads have batch norms here, with which such a short training goes more smoothly.

# %%
plain = {"prototypes": 256, "num_local_crops": 0, "norm": True, "momentum": 0.98}  # 256 groups, no small views
broken = {
    "whole": DINO(ConvNet(seed=0), teacher_temperature=(0.04, 0.04), **plain),  # at first, later
    "centering alone": DINO(ConvNet(seed=0), teacher_temperature=(0.1, 0.1), **plain),
    "sharpening alone": DINO(ConvNet(seed=0), teacher_temperature=(0.04, 0.04), center_momentum=1.0, **plain),
}
runs = {name: fit(method, pictures(batch=64), budget["short"], progress=False) for name, method in broken.items()}

# %%
show.curves(
    {name: (range(len(run.loss)), run.metrics["entropy"]) for name, run in runs.items()},
    x="step",
    y="entropy of the teacher's answers, as a share",
    caption="With centering alone the teacher comes to say nearly all groups alike; with sharpening alone it becomes sure. The whole stays between.",
)


# %%
@torch.no_grad()
def answers(method):
    """How many bits an answer tells of its picture, and how many groups the teacher names for new pictures."""
    scores = method.eval().teacher(new.pictures) - method.center
    p = (scores / method.temperature).softmax(1)
    entropy_of_mean, mean_entropy = (-torch.special.xlogy(q, q).sum(1).mean().item() / log(2) for q in (p.mean(0, keepdim=True), p))
    return entropy_of_mean - mean_entropy, len(scores.argmax(1).unique())


undecided = {name: at_the_end(run.metrics["entropy"]) for name, run in runs.items()}
told = {name: answers(method) for name, method in broken.items()}
for name in runs:
    print(f"{name:17} entropy {undecided[name]:.2f}   an answer tells {told[name][0]:.2f} bits   {told[name][1]:3} of 256 groups named for {len(new)} pictures")

# %%
claim("Centering without sharpening: nearly all groups alike, for every picture", undecided["centering alone"], ">", 0.9)
claim("And the student learns to say just that: its loss goes towards ln 256", at_the_end(runs["centering alone"].loss), "≈", log(256), 0.3)
claim("Such an answer tells little of its picture", told["centering alone"][0], "<", 0.5 * told["whole"][0])
claim("Sharpening without centering: sure", undecided["sharpening alone"], "<", 0.25)
claim("Of very few groups, for all pictures", told["sharpening alone"][1], "<", 8)
claim("With both the teacher is neither sure of everything", undecided["whole"], ">", 0.35)
claim("Nor undecided about everything", undecided["whole"], "<", 0.88)
claim("And names more groups than with sharpening alone", told["whole"][1], ">", 1.5 * told["sharpening alone"][1])

# %% [markdown]
# ### Do small views help?
#
# The course ships two DINOs with the same encoder, trained for 2,000 steps with our pictures. One had only the two large views, the other also four small ones for its student. The second got through three times as
# many views. What has it gained by that?

# %%
predict(
    "05.small",
    "DINO with two large views, or with four small ones besides: of which features does a probe read the kind better?",
    ["with small views", "without small views", "hardly a difference"],
)

# %%
files = {"two large views": "dino", "and four small ones": "dino-small-views"}
seen = {name: weights.load(file, ConvNet()).to(here) for name, file in files.items()}
read = {name: probe_kinds(encoder) for name, encoder in seen.items()}
behind = {name: share_between(features(encoder, new.pictures), new.backdrops) for name, encoder in seen.items()}
for name in seen:
    print(f"{name:19} kind read rightly by a probe: {read[name]:.0f} %   variance between backdrops: {behind[name]:.0f} %")

# %%
helped = read["and four small ones"] - read["two large views"]
options = ["with small views", "without small views", "hardly a difference"]
reveal("05.small", options[0] if helped > 3 else options[1] if helped < -3 else options[2], f"small views: {helped:+.0f} points")
claim("With our pictures small views make DINO worse at kinds", helped, "<", -3, unit="points")
claim("For they turn it further to the backdrop", behind["and four small ones"], ">", behind["two large views"], margin=3, unit="%")

# %% [markdown]
# Multi-crop is one of the best tricks for photographs, and here it harms! Think of what a small piece of our pictures shows: often some backdrop and a bit of a thing. From that the student has to say what the
# teacher says of the whole. The backdrop it can nearly always name. In the photographs of ImageNet, chosen to show one thing each, a small piece mostly shows part of the thing.

# %% [markdown]
# ### Where does it look?
#
# DINO became famous for a picture. Train a Vision Transformer with it, and look at the attention of the class token in the last block (chapter 01): it lies on
# the things. Nobody had shown it a mask, nor told it that there are things.
#
# Is that so here? The course ships two small ViTs. Both
# were trained with DINO for 300 steps, with two small views, and pictures of 32 × 32 pixels: one with our pictures, and one with the same things before one sky.

# %%
predict(
    "05.looks",
    "Where does the class token look, after training with DINO?",
    ["at the thing, both times", "at the thing before one sky, beside it in our pictures", "no better than before training, both times"],
)


# %%
def small_vit():
    return ViT(64, 4, 4, size=32, patch=4, stem="conv", seed=0).to(here).eval()


@torch.no_grad()
def attended(vit, pictures):
    """How much each head of the last block attends to each patch, for the class token: (N, heads, 8, 8)."""
    return vit.attention(pictures)[-1, :, :, 0, 1:].unflatten(-1, (8, 8))


scenes = world.draw(budget["new"], size=8, mode="portrait", seed=11, split="val").scene
asked = {"our pictures": world.draw_scene(scenes, 32).to(here), "one sky": world.draw_scene(one_sky(scenes), 32).to(here)}
trained = nn.ModuleDict({name: small_vit() for name in asked})
weights.load("dino-vit", trained)
masks = asked["one sky"].masks[:, 0]  # (N, 32, 32): where the things are, the same in both
maps = {}
for name, batch in asked.items():
    maps[f"{name}, DINO"] = attended(trained[name].to(here), batch.pictures)  # (N, 4, 8, 8)
    maps[f"{name}, random"] = attended(small_vit(), batch.pictures)
best = {name: max(range(4), key=lambda head: mask_iou(looked[::2, head], masks[::2])) for name, looked in maps.items()}

# %% [markdown]
# Each ViT has four heads in its last block. We take the head that fits the things best, chosen with every other picture. All that follows is shown and measured
# with the rest of the pictures. First look at eight of them. Orange: the fewest places that together hold 60 % of the attention.


# %%
def painted(pictures, looked):
    """Gray pictures (N, 3, H, W), orange where the fewest places lie that hold 60 % of the attention (N, h, w)."""
    values, places = looked.flatten(1).sort(1, descending=True)
    few = values.cumsum(1) - values < 0.6 * values.sum(1, keepdim=True)
    mask = torch.zeros_like(few).scatter(1, places, few).unflatten(1, looked.shape[1:])
    heat = 0.65 * F.interpolate(mask[:, None].float(), pictures.shape[-2:])  # (N, 1, H, W)
    orange = torch.tensor([0.90, 0.40, 0.0], device=pictures.device).view(3, 1, 1)
    return (1 - heat) * (0.2 + 0.7 * pictures.mean(1, keepdim=True)) + heat * orange


rest = slice(1, None, 2)
rows = {}
for name, batch in asked.items():
    rows[name] = batch.pictures[rest][:8]
    for who, words in (("DINO", "where DINO's ViT looks"), ("random", "where it looked before training")):
        rows[f"{name}: {words}"] = painted(rows[name], maps[f"{name}, {who}"][rest][:8, best[f"{name}, {who}"]])
show.pictures(
    torch.cat(list(rows.values())),
    rows=list(rows),
    caption="Before one sky DINO's ViT looks at the things. With our pictures it looks beside them.",
)

# %% [markdown]
# Eight pictures prove nothing. We have the true masks, so we can measure:
#
# - **pointing**: does the place that gets most attention lie on the thing?
# - **IoU** (*intersection over union*): take what is orange above as a mask. Divide the area that it shares
#   with the true mask by the area that the two cover together.
#
# And chapter 01 has warned us: things mostly stand in the middle, so a head that always looks to the middle would do well too. So we
# also hold the attention against the mask of *another* picture. What counts is how much better the own mask fits.

# %%
own, other, points = {}, {}, {}
for name, looked in maps.items():
    chosen, true = looked[rest, best[name]], masks[rest]
    own[name], other[name] = (100 * mask_iou(chosen, mask) for mask in (true, true.roll(1, 0)))
    points[name], elsewhere = (100 * pointing(chosen, mask) for mask in (true, true.roll(1, 0)))
    print(f"{name:22} points at the thing in {points[name]:3.0f} % of the pictures, at the place of another picture's thing in {elsewhere:3.0f} %")
show.bars(
    {f"{name}, {which} mask": value[name] for name in maps for which, value in (("own", own), ("another's", other))},
    x="how well attention fits the mask: IoU (%)",
    highlight=[f"{name}, own mask" for name in maps],
    caption="Before one sky, DINO's attention fits the thing better than before training, and better than another picture's thing. With our pictures it fits worse than before.",
)

# %%
ours, sky = ((own[f"{name}, DINO"], own[f"{name}, random"]) for name in asked)
found = [trained > blank for trained, blank in (ours, sky)]
options = ["at the thing, both times", "at the thing before one sky, beside it in our pictures", "no better than before training, both times"]
reveal("05.looks", options[0] if all(found) else options[1] if found[1] else options[2], f"IoU {sky[0]:.0f} % before one sky, {ours[0]:.0f} % with our pictures")
claim("Before one sky, DINO's attention fits the things better than before training", sky[0], ">", sky[1], margin=5, unit="%")
claim("And its own thing better than another picture's", own["one sky, DINO"], ">", other["one sky, DINO"], margin=4, unit="%")
gap = {name: own[name] - other[name] for name in own}
claim("By more than before training", gap["one sky, DINO"], ">", gap["one sky, random"], margin=2, unit="%")
claim("It points at the thing more often than before training", points["one sky, DINO"], ">", points["one sky, random"], margin=3, unit="%")
claim("With our pictures, training turned it away from the things", ours[0], "<", ours[1], margin=5, unit="%")

# %% [markdown]
# Be careful with this gain. The gray bars say that the larger part of it is a better guess at the middle, since the mask of another picture fits better too. But its own thing gains more, and that part is seeing. (Why does even a random ViT point at
# things so often? A guess: things stand in the middle, and stand out from a calm backdrop.)
#
# Here is what we think. DINO has no word for "thing". It looks at *what a part of the picture and the whole have in common*. Before one sky only the thing tells one picture from another. In our pictures
# the backdrop does so too, and every small piece shows it. And in photographs? There backdrops are messy and change from one piece to the next, while the thing, which the photographer put into the
# middle, is in most large pieces. That may be why DINO finds things in photographs.
# (One caution: these are two trainings. In another of our tries, before ruled paper in place of a sky, DINO's ViT looked beside the things as well. Small networks in short trainings are fickle; keep the
# measure, not the picture.)
#
# **DINOv2** (Oquab and others, 2023) is this method, grown up. What it changed:
#
# | what | why |
# |---|---|
# | 142 million pictures, chosen automatically to resemble good collections | pictures from the web alone are too one-sided |
# | a second loss: guess covered patches (iBOT, chapter 07) | features for each *place*, not only for the whole picture |
# | Sinkhorn-Knopp in place of the moving center: scale rows and columns of the batch's answers in turn | all groups are named equally often in each batch |
# | KoLeo, a term that pushes nearest neighbors of a batch apart | features lie more evenly; a little pushing has come back |
# | a last phase at higher resolution; small models learn from the large one | fine places; models for everyone |
#
# ## 7 · All of them, side by side
#
# Eight methods of chapters 04 and 05. The same encoder, the same pictures, the same views, 2,000 steps of 128 pictures. Their weights
# ship with the course; what you see is measured now, on your machine: how well a probe and the five nearest neighbors tell the kind, which share of the variance lies between backdrops, how many directions the features fill (of 128), how many pictures
# a second go through a training step, and how much memory it takes (weights, teacher, what AdamW keeps, and what must be remembered for the gradient).

# %%
METHODS = {
    "SimCLR": ("simclr", lambda: SimCLR(ConvNet(), temperature=0.1)),
    "MoCo v2": ("moco", lambda: MoCo(ConvNet(), temperature=0.1)),
    "MoCo v3": ("moco-v3", lambda: MoCoV3(ConvNet())),
    "Barlow Twins": ("barlow-twins", lambda: BarlowTwins(ConvNet())),
    "VICReg": ("vicreg", lambda: VICReg(ConvNet(), dim=512, hidden=512, covariance=8)),
    "SimSiam": ("simsiam", lambda: SimSiam(ConvNet())),
    "BYOL": ("byol", lambda: BYOL(ConvNet())),
    "DINO": ("dino", lambda: DINO(ConvNet(), num_local_crops=0)),
}

loaded = {name: make().to(here) for name, (_, make) in METHODS.items()}
for (file, _), method in zip(METHODS.values(), loaded.values(), strict=True):  # of most methods the encoder ships, and no more
    weights.load(file, method if file in ("simclr", "barlow-twins") else method.encoder)

# %% [markdown]
# What a step costs we measure with a few steps, and by counting what they keep:


# %%
class OneStep(nn.Module):
    """A method as a network whose output is its loss, to count what it costs."""

    def __init__(self, method):
        super().__init__()
        self.method = method

    def forward(self, batch):
        return self.method.loss(SimpleNamespace(pictures=batch)).total


def price(method):
    """Pictures a second, and megabytes, of a training step."""
    remembered = cost(OneStep(method), next(pictures()).pictures.to(here)).remembered
    kept = sum(4 * p.numel() * (4 if p.requires_grad else 1) for p in method.parameters())  # weight, slope, two of AdamW
    speed = fit(method, pictures(), 8, progress=False).speed
    return {"pictures a second": speed, "memory (MB)": (remembered + kept) / 1e6}


# %%
def describe_features(encoder):
    """What can be read from features of new pictures."""
    known_x, new_x = features(encoder, known.pictures), features(encoder, new.pictures)
    return {
        "probe (%)": 100 * (linear_probe(known_x, known.labels, C=0.1)(new_x) == new.labels).float().mean().item(),
        "neighbors (%)": 100 * (knn(known_x, known.labels, new_x) == new.labels).float().mean().item(),
        "between backdrops (%)": share_between(new_x, new.backdrops),
        "rank": rank_me(new_x),
    }


page = {name: describe_features(method.encoder) | price(method) for name, method in loaded.items()}
random = describe_features(ConvNet(seed=0).to(here))

# %%
figure, axes = show.subplots(2, 3, height=6, sharey=True)
for axis, measure in zip(axes.flat, page["SimCLR"], strict=True):
    values = [row[measure] for row in page.values()]
    axis.barh(list(page), values, color=show.PALETTE[0])
    axis.bar_label(axis.containers[0], fmt="%.0f", padding=3, fontsize=9)
    axis.set(title=measure, xlim=(0, 1.3 * max(values)))
    axis.xaxis.set_visible(False)
    if measure in random:
        axis.axvline(random[measure], color=show.INK, linestyle=":")
axes[0, 0].invert_yaxis()
figure.caption = "All methods with the same encoder, pictures, views and steps. Dotted lines: random features."
figure.alt = "; ".join(f"{name}: " + ", ".join(f"{measure} {value:.0f}" for measure, value in row.items()) for name, row in page.items())
figure

# %%
for name, row in page.items():
    if name != "SimSiam":
        claim(f"{name} beats random features", row["probe (%)"], ">", random["probe (%)"], margin=15, unit="%")
simsiam_gain = page["SimSiam"]["probe (%)"] - random["probe (%)"]
claim("SimSiam gains less than 15 points, even after 2,000 steps", simsiam_gain, "<", 15, unit="points")
claim("But it has not collapsed: its features fill as many directions as random ones", page["SimSiam"]["rank"], ">", 0.7 * random["rank"])
claim("BYOL, with its slow teacher, is ahead of SimSiam", page["BYOL"]["probe (%)"], ">", page["SimSiam"]["probe (%)"], margin=5, unit="%")
demanding = [page[name] for name in ("SimCLR", "MoCo v2", "MoCo v3", "Barlow Twins", "VICReg")]
trusting = [page[name] for name in ("SimSiam", "BYOL", "DINO")]
worst, best_of_rest = min(row["probe (%)"] for row in demanding), max(row["probe (%)"] for row in trusting)
claim("All methods that make demands on the batch are ahead of all that do not", worst, ">", best_of_rest, margin=5, unit="%")
most, least = max(row["between backdrops (%)"] for row in demanding), min(row["between backdrops (%)"] for row in trusting)
claim("And their features are less about the backdrop", most, "<", least, margin=8, unit="%")

# %% [markdown]
# Look at the third panel first. Random features mostly say which backdrop there is. Methods that make demands on the batch (negatives, variance, decorrelation) have turned away from it. They cannot be content
# with it: eight backdrops fill at most seven directions, and hardly tell a picture from 127 others. Methods that only have a teacher or a stopped gradient make no such demand; they start with what is easiest to predict,
# and the easiest is the backdrop.
#
# Do not read this as a ranking for all the world. The encoder is small, the pictures are simple, 2,000 steps are few, and the views
# were chosen with SimCLR. With ImageNet's photographs and hundreds of epochs, the papers report these methods within a few points of each other. And each got what suited it best in our tries:
# SimSiam plain descent, VICReg a wider projector, DINO no small views.
#
# ## 8 · The lab: the collapse switchboard
#
# Choose a method, and take its parts away. On the left, spread and rank during training; in the middle the spectrum, and on the right a map of
# 160 pictures, at the step that the slider shows. (*even*: the spread that all directions would have if embeddings lay evenly around.) If all points fall together in one or two heaps, the collapse is
# complete, or nearly so. If they lie along a line, it is dimensional. The last curve is a probe, on fewer pictures than above. Look from step 10 on: the lab takes networks as they are in use, and before training batch norms do not know their means yet.
#
# Three things to try:
#
# 1. SimSiam without stop-gradient (and without the norm at its end): at which step is it over? Is the map a point or a line on the way there?
# 2. VICReg without covariance. Spread says that all is well. What does the spectrum say?
# 3. DINO, where the lab compares the teacher's *answers*. With sharpening alone, how long does their spread last? And what is wrong with centering alone (here with $\tau_t$ = 1), even before training?

# %%
from course_lib.chapters.ch05_without_negatives.lab import collapse_lab

collapse_lab(
    weights.load_json("collapse-lab"),
    caption="The lab, as a still picture. Where a kernel runs, you can switch parts off and move through the training.",
)

# %% [markdown]
# What you should find: 1. By step 50; the map draws together. 2. One value stands alone, far above the next. 3. With sharpening alone it is gone at step 10. With so blunt a teacher answers
# are nearly flat from the beginning, and become flatter still.

# %%
lab = weights.load_json("collapse-lab")
spread = {name: dict(zip(lab["steps"], run["feature_std"], strict=True)) for name, run in lab["runs"].items()}  # a name lists what is on
first, second = lab["runs"]["VICReg/variance"]["spectrum"][-1][:2]
claim("SimSiam without stop-gradient: over by step 50", spread["SimSiam/predictor"][50], "<", 0.1)
claim("VICReg without covariance: one direction stands far above the next", first, ">", 20 * second)
claim("DINO with sharpening alone: over by step 10", spread["DINO/sharpening"][10], "<", 0.01)
claim("With centering alone its answers are nearly flat before training", spread["DINO/centering"][0], "<", 0.05)
claim("And flatter after it", spread["DINO/centering"][200], "<", 0.1 * spread["DINO/centering"][0])

# %% [markdown]
# Those trainings were kept when the course was made. To see one live, change the line below, and run the cell: it trains for a few
# steps, and says what is left.

# %%
tried = SimSiam(ConvNet(seed=1), stop_gradient=True, predict=False, norm=False)  # yours to change
few = fit(tried, pictures(seed=61, batch=64), 40, progress="tried", **descent)
cloud = F.normalize(embeddings(tried, new.pictures), dim=1)
print(f"after {len(few.loss)} steps: spread {feature_std(cloud):.2f}, rank {rank_me(cloud):.0f} of {cloud.shape[1]}")

# %% [markdown]
# ## 9 · In the wild
#
# The same cells on photographs. With a folder of your own (at `data/photos` or wherever `COURSE_PHOTOS` points; its sub-folders
# are the classes), or with CIFAR-10, this trains VICReg on a few thousand photographs, and probes what came out. Without, it
# says how to get them, and goes on.

# %%
from course_lib import photos

shots = photos.find(size=32, split="train", limit=4000, fetch=profile() == "gpu")
test = photos.find(size=32, split="test", limit=1000) if shots else None
if shots and test:
    shots, test = shots.to(here), test.to(here)
    wild = VICReg(ConvNet(seed=0), dim=512, hidden=512, covariance=8, views=Views())  # with the changes of color that photographs are used to
    before = probe_kinds(wild.encoder.to(here), shots, test)
    fit(wild, Epochs(shots, budget["batch"]), budget["steps"], progress="VICReg, photographs")
    print(f"{len(test)} photographs of {len(test.classes)} classes named rightly by a probe: "
          f"{before:.0f} % with random features, {probe_kinds(wild.encoder, shots, test):.0f} % after VICReg.")  # fmt: skip

# %% [markdown]
# And DINO in photographs? Our `ViT` takes the weights that its authors published. Photographs are painted where the class token looks.

# %%
from IPython.display import display
from safetensors.torch import load_file

from course_lib.nn.encoder import IMAGENET
from course_lib.weights import published

file = published.fetch("timm/vit_small_patch16_224.dino", "model.safetensors", download=profile() == "gpu")
large = photos.find(size=224, split="test", limit=8) if shots and file else None
if large and file:
    famous = published.vit(load_file(file), IMAGENET).to(here).eval()
    with torch.no_grad():
        looked = famous.attention(large.pictures.to(here))[-1, :, :, 0, 1:].mean(1).unflatten(-1, (14, 14))
    display(show.pictures(torch.cat([large.pictures.to(here), painted(large.pictures.to(here), looked)]),
                          caption="Photographs, and the same, painted where DINO's ViT-S/16 looks."))  # fmt: skip
else:
    print("Photographs or the published weights (87 MB) are not here: set COURSE_PROFILE=gpu, or run this chapter on Colab.")

# %% [markdown]
# ## 10 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 11 · In five sentences
#
# 1. Pulling alone ends where every picture has the same embedding; the loss cannot tell, so watch spread, rank and a probe.
# 2. Barlow Twins and VICReg forbid the collapse in the loss: numbers must differ between pictures, and from each other.
# 3. SimSiam and BYOL forbid nothing; a predictor together with a target that stands still, or follows slowly, keeps training away from it.
# 4. DINO's teacher is centered, so that no group takes all, and sharpened, so that not all are alike; each alone fails.
# 5. What makes no demands learns what is easiest to predict, here the backdrop; where only the thing tells pictures apart, it learns the thing, and DINO's attention turns to it without any mask.
#
# ### Quiz

# %%
quiz("05")

# %% [markdown]
# ### Further reading
#
# - Grill and others, 2020, [*Bootstrap Your Own Latent*](https://arxiv.org/abs/2006.07733). BYOL; the appendix tries nearly every part out.
# - Chen and He, 2020, [*Exploring Simple Siamese Representation Learning*](https://arxiv.org/abs/2011.10566). SimSiam; figure 2 is our section 4.
# - Zbontar and others, 2021, [*Barlow Twins*](https://arxiv.org/abs/2103.03230). Algorithm 1 is the method in a dozen lines.
# - Bardes and others, 2021, [*VICReg*](https://arxiv.org/abs/2105.04906). The clearest account of the two collapses; table 7 takes terms away.
# - Caron and others, 2021, [*Emerging Properties in Self-Supervised Vision Transformers*](https://arxiv.org/abs/2104.14294). DINO; look at figure 1, and at figure 7 for centering and sharpening.
# - Tian and others, 2021, [*Understanding Self-Supervised Learning Dynamics without Contrastive Pairs*](https://arxiv.org/abs/2102.06810). Why BYOL and SimSiam need not collapse, as far as it is known.
# - Garrido and others, 2022, [*RankMe*](https://arxiv.org/abs/2210.02885). Judge features by their rank, without labels.
# - Oquab and others, 2023, [*DINOv2*](https://arxiv.org/abs/2304.07193). What it takes to make this work for everything.
#
# **Next:** chapter 06 covers most of a picture, and asks the machine to paint what was there.
