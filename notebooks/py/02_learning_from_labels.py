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
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/02_learning_from_labels.ipynb)

# %% [markdown]
# # 02 · Learning from labels
#
# **The question of this chapter:** what does a machine learn when a person names every picture, and what does it not?
#
# **When you are done you can**
#
# - write the loss that most of computer vision was built on, softmax cross-entropy, and say where each part comes from;
# - train a network with it, and look inside: neighbors, maps, what a single unit responds to;
# - use labels that are not all equally precise ("animal" here, "poodle" there) with a softmax for each level of a tree;
# - say what wrong labels do, and win part of the damage back;
# - measure what features are worth on things they were never trained on, without fooling yourself.
#
# **You should know** chapter 00, and what a PyTorch module is. Chapter 01 explains the network that we use here; you
# can do without it for now.
#
# **Time:** about 90 minutes of reading and solving. The computer's own share is about three minutes on a laptop, less
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
# The tools, and the amount of work. `budget` is the only thing that depends on your machine.

# %%
from dataclasses import replace

import torch
import torch.nn.functional as F

from course_lib import check, claim, claims_table, hint, predict, progress, quiz, reveal, show, solution, world
from course_lib.epochs import Epochs, balanced
from course_lib.evaluate import features, few_shot, finetune_accuracy, knn, label_accuracy, level_accuracy, linear_probe, neighbors, probe_accuracies
from course_lib.fit import fit
from course_lib.nn import ConvNet, seeded
from course_lib.pretrain import Labels, Loss, Method, SemanticSoftmax, label_loss, level_weights, wrong_labels
from course_lib.train.device import device, profile

budget = {  # steps of the main training, its batch; labels of each thing, short and long steps of the small trainings
    "smoke": {"steps": 4, "batch": 32, "each": 4, "more": 4, "short": 4, "long": 8, "every": 4, "new": 200},
    "laptop": {"steps": 200, "batch": 128, "each": 64, "more": 128, "short": 250, "long": 800, "every": 100, "new": 1000},
    "gpu": {"steps": 600, "batch": 256, "each": 64, "more": 128, "short": 250, "long": 800, "every": 100, "new": 2000},
}[profile()]
here = device()

# %% [markdown]
# ## 1 · The problem
#
# In chapter 00 a machine that compares pixels named things by their backdrop. Here is its test once more: pictures in
# the upper row, and below each the remembered picture whose pixels are nearest.

# %%
new = world.draw(budget["new"], size=32, mode="portrait", seed=10, split="val", device=here)
gallery = world.draw(2 * budget["new"], size=32, mode="portrait", seed=10, device=here)
by_pixels = neighbors(new.pictures.flatten(1), gallery.pictures.flatten(1), metric="euclidean")[:, 0]


def pairs_of(found, caption):
    """Eight new pictures above the pictures of the gallery that were found for them."""
    names = [world.THINGS[i] for i in [*new.labels[:8].tolist(), *gallery.labels[found[:8]].tolist()]]
    both = torch.cat([new.pictures[:8], gallery.pictures[found[:8]]])
    return show.pictures(both, titles=names, columns=8, caption=caption)


pairs_of(by_pixels, "New pictures, and below each its nearest neighbor in pixels. The backdrop mostly agrees; the thing mostly does not.")

# %% [markdown]
# Now suppose that a person has written one word beside each picture. Nothing else: no outline, no sentence, not where
# the thing is. Can a machine find out from such words *what to look at*?
#
# Before we try, a guess. We will train a network on the words, and then put a fresh question to its features: can you
# read the **color** of the thing from them? And we will put the same question to the same network before training,
# when its **weights**, the numbers that training will set, are still random.

# %%
predict(
    "02.color",
    "After learning to name things, is the color of the thing easier or harder to read from the features?",
    ["easier: trained features know more of everything", "about the same", "harder: something gets lost"],
)

# %% [markdown]
# ## 2 · The idea by hand
#
# ### From scores to probabilities
#
# The network will give one number for each name: a **score**, as high or as low as it likes. We want probabilities:
# positive, and adding up to 1. So take the exponential of each score, which makes it positive, and divide by the sum:
#
# $$ p_c = \frac{e^{s_c}}{\sum_j e^{s_j}} $$
#
# Here $s_c$ is the score of class $c$, and $j$ runs over all classes. This is the **softmax**. Two things to notice.
# Only *differences* of scores matter: add 7 to all of them and nothing changes. And there is a fixed amount of
# probability to share out, so the classes are *rivals*: one can rise only if others fall. Remember that word.

# %%
names = ["cat", "dog", "boat", "tree"]
scores = torch.tensor([2.0, 1.0, -1.0, 0.0])
for shift in (0, 7):
    p = (scores + shift).exp() / (scores + shift).exp().sum()
    print(f"scores + {shift}:", ", ".join(f"{name} {value:.2f}" for name, value in zip(names, p.tolist(), strict=True)))

# %% [markdown]
# ### From probabilities to a loss
#
# The person said "cat". How surprised is the machine? In chapter 00 you counted surprise in bits: $\log_2(1/p)$. Here
# we use the natural logarithm, as everybody does, and the probability $p_y$ that the machine gave to the right class
# $y$:
#
# $$ \ell = -\ln p_y = -s_y + \ln \sum_j e^{s_j} $$
#
# Behind the famous name **cross-entropy** there is, here, no more than that: it is the average surprise. If $p_y = 1$ it is 0. If the
# machine has no idea and gives all $C$ classes the same probability, it is $\ln C$. So you know what the loss of an
# untrained network should be, before you run it.
#
# (In general, cross-entropy compares two distributions, $-\sum_c q_c \ln p_c$. Here $q$ is 1 for the label and 0 for the rest, so one
# term is left. In section 6, $q$ will be something else.)
#
# One practical matter. $e^{100}$ is more than a 32-bit number can hold, and scores may be larger than that. But only differences of scores
# matter. So subtract the largest score of each row first: then no exponent is above 0.
#
# ### Exercise 02.1 · Write the loss
#
# *15 minutes · medium.* Give back the mean surprise of a batch, without `F.cross_entropy`. Your function will train the network below.


# %%
def cross_entropy(scores, labels):
    """The mean surprise: scores (B, C), labels (B,) whole numbers; one number, shape ()."""
    raise NotImplementedError  # your lines here


cross_entropy = check("02.1", cross_entropy)

# %%
hint("02.1")
solution("02.1")

# %% [markdown]
# Three ways to the same number. A loop that you can follow with a pencil, your vectorized function, and the one that
# PyTorch brings:

# %%
from math import exp, log

g = torch.Generator().manual_seed(0)
some_scores, some_labels = torch.randn(6, 4, generator=g), torch.tensor([0, 3, 1, 1, 2, 0])

by_loop = 0.0
for row, label in zip(some_scores.tolist(), some_labels.tolist(), strict=True):
    by_loop += (-row[label] + log(sum(exp(s) for s in row))) / len(some_scores)

print(f"loop {by_loop:.6f}   yours {cross_entropy(some_scores, some_labels):.6f}   "
      f"PyTorch {F.cross_entropy(some_scores, some_labels):.6f}")  # fmt: skip
claim("Your loss is PyTorch's", cross_entropy(some_scores, some_labels), "≈", F.cross_entropy(some_scores, some_labels), 1e-6)
claim("And the course's", cross_entropy(some_scores, some_labels), "≈", label_loss(some_scores, some_labels), 1e-6)

# %% [markdown]
# ### What the loss asks of each score
#
# How should the scores change? Take the derivative of $\ell$ with respect to each score, and something simple comes
# out:
#
# $$ \frac{\partial \ell}{\partial s_c} = p_c - [c = y] $$
#
# where $[c = y]$ is 1 for the right class and 0 for all others. The right class is pulled up by what it lacks to
# probability 1. Every other class is pushed down by as much probability as it has. A class that has none is left
# alone. That is all that a label ever says to a network.

# %%
asked = scores.clone().requires_grad_()
cross_entropy(asked[None], torch.tensor([0])).backward()  # the person said "cat", class 0
by_formula = scores.softmax(0) - torch.tensor([1.0, 0.0, 0.0, 0.0])
for name, slope in zip(names, asked.grad.tolist(), strict=True):
    print(f"{name:5} {'pulled up by ' if slope < 0 else 'pushed down by'} {abs(slope):.3f}")
claim("The slope of the loss is p minus the truth", (asked.grad - by_formula).abs().max(), "<", 1e-6)

# %% [markdown]
# ## 3 · Train it
#
# A network of two parts. The **encoder** turns a picture into 128 numbers, its features: that is the part we want to
# keep. The **head** is one matrix that turns features into scores: it will be thrown away.
#
# Everything in this course that learns is written in this form. A `Method` holds an encoder and says what its loss is.
# Here is the whole of it.


# %%
class NameIt(Method):
    """Learn to say the name of the thing."""

    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder  # pictures (B, 3, H, W) to features (B, 128)
        with seeded(0):  # the random weights to begin with follow from a seed
            self.head = torch.nn.Linear(encoder.width, classes)  # features (B, 128) to scores (B, classes)

    def logits(self, pictures):
        return self.head(self.encoder(pictures))  # "logits" is what everybody calls these scores

    def loss(self, batch):
        scores = self.logits(batch.pictures)
        right = (scores.argmax(1) == batch.labels).float().mean()
        return Loss(cross_entropy(scores, batch.labels), {"accuracy": right})


# %% [markdown]
# `fit` does what all trainings have in common. It draws a batch, takes the slope of the loss for every weight (all of
# them together are the **gradient**), moves each weight a small step downhill, and begins again
# with the next batch. Meanwhile it shows you how it goes. If you interrupt it, run the cell again: it goes on where it
# stopped. The pictures come from the world's endless stream, so no picture is seen twice. (The head has a score for each
# of the world's 50 names. Ten of them it will never hear. In the curve, the pale line is the loss of each step, the strong one the mean of the last
# twenty.)

# %%
namer = NameIt(ConvNet(seed=0), classes=len(world.THINGS))
history = fit(
    namer,
    world.Stream(budget["batch"], size=32, mode="portrait", seed=20),
    budget["steps"],
    eval_fn=lambda learner: {"right on new pictures": label_accuracy(learner, new)},
    eval_every=budget["steps"] // 4,
)

# %%
claim("Before the first step the loss is near ln 50, that of a blind guess", history.loss[0], "≈", log(50), margin=0.6)
accuracy = label_accuracy(namer, new)
claim("After training, at least nine of ten new pictures are named rightly", 100 * accuracy, ">=", 90, unit="%")

# %% [markdown]
# One word a picture, and a short time of work. Nobody told the network where the thing is, or that backdrops do not
# matter. It found out because the words did not go along with the backdrops.
#
# **And on louder backdrops?** `busy=1.0` fills the backdrops with texture. The course ships the same network, trained longer, for 1,500
# steps, and on such pictures. (`Labels` is the library's name for what you have just seen as `NameIt`.) We measure it here, on your machine.

# %%
from course_lib import weights

patient = weights.load("labels", Labels(ConvNet(), len(world.THINGS))).to(here)
busy = world.draw(budget["new"], size=32, mode="portrait", seed=11, split="val", device=here, busy=1.0)
on_busy = {"trained here, on calm backdrops": label_accuracy(namer, busy), "shipped, trained longer on busy ones": label_accuracy(patient, busy)}
show.bars(
    {name: 100 * share for name, share in on_busy.items()},
    x="named rightly, new pictures with busy backdrops (%)",
    caption="On backdrops louder than any it was trained on, the network that you trained makes mistakes. The shipped one has seen such backdrops.",
)

# %%
live, shipped = on_busy.values()
claim("On busy backdrops the shipped network names nearly everything", 100 * shipped, ">", 97, unit="%")
claim("It makes fewer mistakes there than the one trained on calm backdrops", 100 * shipped, ">", 100 * live, margin=1, unit="%")

# %% [markdown]
# ## 4 · Look inside
#
# ### Neighbors
#
# The test of section 1 again. Instead of pixels we compare features, by the **cosine** of the angle between them: do
# they point the same way?

# %%
known, asked_about = features(namer.encoder, gallery.pictures), features(namer.encoder, new.pictures)
by_features = neighbors(asked_about, known)[:, 0]
pairs_of(by_features, "The same new pictures, and below each its nearest neighbor in features. Now the thing mostly agrees, and the backdrop may be anything.")

# %% [markdown]
# ### Exercise 02.2 · Let the neighbors vote
#
# *10 minutes · medium.* One neighbor may be odd. Let the `k` nearest vote: give back the label that most of them have (if there are
# several such, any of them).
# This is **kNN**, the first thing to measure on any features, since nothing has to be trained for it.


# %%
def knn_label(query, gallery, labels, k):
    """The label of most of the k nearest, by cosine: query (D,), gallery (N, D), labels (N,); one label, an int."""
    raise NotImplementedError  # your lines here


knn_label = check("02.2", knn_label)

# %%
hint("02.2")
solution("02.2")

# %%
yours = [knn_label(query, known.cpu(), gallery.labels.cpu(), 5) for query in asked_about[:200].cpu()]
ours = knn(known, gallery.labels, asked_about, k=5)  # the library's does all queries at once
agree = {
    "pixels": (gallery.labels[by_pixels] == new.labels).float().mean().item(),
    "features": (gallery.labels[by_features] == new.labels).float().mean().item(),
}
claim("Your vote is the library's", (torch.tensor(yours) == ours[:200].cpu()).float().mean(), ">", 0.99)
claim("A neighbor in features shares the name far more often than one in pixels", agree["features"], ">", agree["pixels"], margin=0.4)
print(f"A neighbor shares the name: in pixels {agree['pixels']:.0%}, in features {agree['features']:.0%}.")

# %% [markdown]
# ### A map of what it knows
#
# Take the mean feature of each kind of thing, and draw these fifty points so that near points stay near. The ten kinds
# that training never showed are among them: where do they land?


# %%
def means_of(things, batch, encoder):
    """The mean feature of each kind of thing, (things, 128), each of length 1."""
    x, labels = features(encoder, batch.pictures), batch.things[:, 0]
    return F.normalize(torch.stack([x[labels == thing].mean(0) for thing in things]), dim=1)


held_out = world.draw(budget["new"], size=32, mode="portrait", seed=12, split="heldout_things", device=here)
trained_means = means_of(world.TRAINED_THINGS, gallery, namer.encoder)
held_out_means = means_of(world.HELD_OUT_THINGS, held_out, namer.encoder)
every = torch.cat([trained_means, held_out_means]).cpu()
order = [*world.TRAINED_THINGS, *world.HELD_OUT_THINGS]
faces = torch.cat([world.compose([(world.THINGS[i], "orange", "plain")], "paper", size=32, seed=1).pictures for i in order])
show.embedding(
    every,
    [0] * len(trained_means) + [1] * len(held_out_means),
    pictures=faces,
    height=7.0,
    caption="The mean features of all fifty kinds, flattened to two directions. Blue frames: kinds that training showed. Orange frames: kinds it never showed. Near each other are kinds that look alike to the network; no label ever said which of them are alike. (Two directions out of 128 cannot show all distances, and where too many pictures would cover each other, a dot stands for them. The list below goes by all 128.)",
)

# %%
family = world.PATHS[:, 1]
mine = family[list(world.TRAINED_THINGS)]
next_kind = neighbors(trained_means, trained_means, k=2)[:, 1].cpu()  # the nearest but itself
relatives = (mine[next_kind] == mine).float().mean().item()
by_chance = (sum((mine == f).sum() * ((mine == f).sum() - 1) for f in mine.unique()) / (len(mine) * (len(mine) - 1))).item()
print(f"The nearest other kind is of the same family: {relatives:.0%}; by chance it would be {by_chance:.0%}")
nearest_kind = neighbors(held_out_means, trained_means)[:, 0].tolist()
for thing, kind in zip(world.HELD_OUT_THINGS, nearest_kind, strict=True):
    print(f"{world.THINGS[thing]:12} was never shown, and lands nearest to: {world.THINGS[world.TRAINED_THINGS[kind]]}")

# %% [markdown]
# Some of these neighbors make sense, some do not. The network was asked to tell forty kinds apart, not to say which of
# them belong together: for that it only has what can be seen. (The world's fifty things come in ten families, such as animals, tools and
# food, and four realms.) Keep it in mind for section 5.

# %% [markdown]
# ### What activates a unit?
#
# A feature is one number of the 128, the output of one **unit**. What does a unit stand for? Ask it: which pictures
# give it its largest values? Here are four units, each with the eight pictures that it likes best.


# %%
def favorites(unit):
    """The eight pictures of the gallery in which this unit is most active."""
    return known[:, unit].topk(8).indices.cpu()


def kinds_of(unit):
    return len(gallery.labels.cpu()[favorites(unit)].unique())


by_purity = sorted(range(known.shape[1]), key=kinds_of)
units = [by_purity[0], by_purity[1], by_purity[64], by_purity[-1]]  # two that like one kind, a middling one, a mixed one
chosen = torch.cat([favorites(unit) for unit in units])
show.pictures(
    gallery.pictures.cpu()[chosen],
    titles=[world.THINGS[i] for i in gallery.labels.cpu()[chosen].tolist()],
    columns=8,
    caption="One unit a row, with its eight favorite pictures. The first two rows are the purest of the 128 units, the third is a typical one, the last the most mixed. What do its favorites share? A unit may well like a pattern or a color.",
)

# %% [markdown]
# ### Where does it look?
#
# The encoder ends in a small map, 4 × 4 places with 128 numbers each, and the features are the *mean* over the places.
# The head is linear. So the score of "cat" is the mean of a map of scores, one for each place: run the head on each
# place on its own, and you see which places speak for "cat" (Zhou and others, 2015, *class activation maps*).


# %%
@torch.no_grad()
def places(learner, pictures, labels):
    """For each picture the map (4, 4) of the score of its label, without the head's constant."""
    maps = learner.encoder.feature_map(pictures)  # (B, 128, 4, 4)
    return torch.einsum("bdhw,bd->bhw", maps, learner.head.weight[labels])


heat = places(namer, new.pictures, new.labels)
with torch.no_grad():
    whole_score = namer.logits(new.pictures).gather(1, new.labels[:, None])[:, 0] - namer.head.bias[new.labels]
claim("The mean of the map is the score", (heat.mean((1, 2)) - whole_score).abs().max(), "<", 1e-3)

share_of_heat = heat.clamp(min=0) / heat.clamp(min=0).sum((1, 2), keepdim=True).clamp(min=1e-6)
on_thing = F.adaptive_avg_pool2d(new.masks[:, 0].float(), 4)  # how much of each place the thing fills
claim("What speaks for the label lies on the thing, more than by chance", (share_of_heat * on_thing).sum((1, 2)).mean(), ">", on_thing.mean(), margin=0.05)
show.overlay(new.pictures[0].cpu(), heat[0].cpu(), titles=[world.THINGS[int(new.labels[0])], "what speaks for it"], label="score",
             caption="A picture, and which of its 4 × 4 places speak for its label, smoothed between the places. Nobody ever showed the network an outline.")  # fmt: skip
print(f"{(share_of_heat * on_thing).sum((1, 2)).mean():.0%} of what speaks for a label lies on the thing, which fills {on_thing.mean():.0%} of the picture.")

# %% [markdown]
# ### What got lost?
#
# Now the question from section 1. A **linear probe** asks: can a single matrix read this from the features? The
# encoder stays as it is (it is **frozen**); only the probe is fitted. (`C` says how large its weights may grow: less of it guards
# against learning the known pictures by heart. The features are standardized inside; section 7 says what that is.) We probe for three facts,
# in the features of the network before training and after.

# %%
facts = {"name": lambda b: b.labels, "color": lambda b: b.colors[:, 0], "backdrop": lambda b: b.backdrops}
encoders = {"before training": ConvNet(seed=0).to(here), "after training": namer.encoder}
read = {}
for when, encoder in encoders.items():
    read |= {(fact, when): share for fact, share in probe_accuracies(encoder, gallery, new, facts).items()}
show.bars(
    {f"{fact}, {when}": 100 * read[fact, when] for fact in facts for when in encoders},
    x="read rightly from the features by a linear probe (%); a blind guess: 2.5, 11 and 12.5",
    highlight=[f"{fact}, after training" for fact in facts],
    caption="What can be read from the features before and after training on names. The name becomes easy to read. Color and backdrop, which were there to begin with, fade.",
)

# %%
color = {when: read["color", when] for when in encoders}
reveal("02.color", "harder: something gets lost", f"{color['before training']:.0%} before training, {color['after training']:.0%} after")
claim("Training on names makes the color harder to read", color["after training"], "<", color["before training"], margin=0.15)
claim("And the backdrop too", read["backdrop", "after training"], "<", read["backdrop", "before training"], margin=0.15)

# %% [markdown]
# This is not a defect. It is understanding as chapter 00 defined it: keep what matters, let go of the rest. But *what
# matters* was decided by the labels. They asked for the kind of thing, and the features let go of much of the color. Not of all of it:
# both bars are still above a blind guess. And a *linear* probe only says what is easy to read, not what is gone for good. A teacher
# who asks little teaches little: remember this when we come to captions.
#
# ## 5 · A label is a path in a tree
#
# Where do labels for millions of pictures come from? A famous collection is **ImageNet-21K**: 14 million
# pictures, 21 thousand names out of a dictionary, WordNet, whose words form a tree (nearly): a poodle is a dog, a dog is an animal.
# Pictures were searched for by every one of these words, high or low in the tree, and people checked what was found. So one picture
# says "animal", the next "dog", the next "poodle".
#
# All three are right. But a softmax makes *rivals* of them. Whoever is called "animal" is taught not to be a poodle.
#
# **Semantic softmax** (Ridnik and others, 2021) mends that. Read the label as a path, and give *each level* of the
# tree a softmax of its own:
#
# $$ \ell = \sum_{k} w_k \cdot \ell_k, \qquad \ell_k = \frac1N \sum_{i \text{ reaches } k} -\ln p_{y_{ik}}, \qquad w_k = \frac{N}{N_k} $$
#
# Here $\ell_k$ adds up the surprise at level $k$ (0: things, 1: families, 2: realms) over the pictures whose label reaches that level,
# and divides by the number $N$ of *all* pictures. Few labels reach the finest level, so it would hardly be heard; the weight $w_k$ makes
# up for it, where $N_k$ counts the pictures whose label reaches level $k$. (The library caps it at 20.)
#
# Our world has the same tree: 50 things in 10 families in 4 realms.
#
# ### Exercise 02.3 · Turn labels into paths
#
# *10 minutes · easy.* `finest` says how precise each annotator was: 0 named the thing, 1 only its family, 2 only its
# realm. Give back the right class at every level, and −1 where nothing is known.


# %%
def path_targets(labels, finest, paths):
    """Targets (B, levels): labels (B,) things, finest (B,), paths (things, levels) with the thing first."""
    raise NotImplementedError  # your lines here


path_targets = check("02.3", path_targets)

# %%
hint("02.3")
solution("02.3")

# %% [markdown]
# Now the experiment. A small set of pictures, labeled by three kinds of people: a quarter of the labels name the thing,
# a half only the family, and a quarter only the realm. (Pictures are 24 × 24 here, so that you need not wait.)

# %%
pool = world.draw(7000 if budget["more"] > 4 else 800, size=24, mode="portrait", seed=30)
val, test = (world.draw(2 * budget["new"], size=24, mode="portrait", seed=seed, split="val", device=here) for seed in (31, 32))
small = pool[balanced(pool.labels, budget["each"])]
chance = torch.rand(len(small), generator=torch.Generator().manual_seed(0))
finest = (chance > 0.25).long() + (chance > 0.75).long()  # 0, 1 or 2
targets = path_targets(small.labels, finest, world.PATHS)
mixed = replace(small, paths=targets, labels=targets[:, 0])
shares = [f"{(finest == level).float().mean():.0%} {name}" for level, name in enumerate(("things", "families", "realms"))]
print(f"{len(mixed)} pictures, labeled with {', '.join(shares)}")

# %% [markdown]
# Three learners, the same network, the same number of steps:
#
# (`Epochs` shows the same few pictures again and again, each time in a new order. `level_weights` gives the $w_k$.)
#
# 1. **flat, precise labels only**: throws away every label that does not name a thing;
# 2. **flat, all names as rivals**: one softmax over 50 + 10 + 4 names;
# 3. **semantic softmax**: a softmax for each level.


# %%
class AllRivals(Labels):
    """One softmax over the names of all levels; to name a thing, only the first 50 scores count."""

    def logits(self, pictures):
        return super().logits(pictures)[:, : len(world.THINGS)]

    def loss(self, batch):
        thing, family, realm = batch.paths.unbind(1)  # one name a picture: the most precise one that is known
        name = torch.where(thing >= 0, thing, torch.where(family >= 0, 50 + family, 60 + realm))
        return Loss(label_loss(self.head(self.encoder(batch.pictures)), name))


precise = mixed[(finest == 0).nonzero()[:, 0]]
learners = {
    "flat, precise labels only": (Labels(ConvNet(), 50), precise),
    "flat, all names as rivals": (AllRivals(ConvNet(), 64), mixed),
    "semantic softmax": (SemanticSoftmax(ConvNet(), (50, 10, 4), level_weights(targets)), mixed),
}
for learner, examples in learners.values():
    fit(learner, Epochs(examples, 64), budget["short"], progress=False)

# %% [markdown]
# We count two things on new pictures. How often the name is right; and how often a mistake is **severe**: another
# *family*, a dog called a car. A dog called a cat is a mistake that one can live with.

# %%
levels = {}
for name, (learner, _) in learners.items():
    with torch.no_grad():
        found = torch.cat([learner.logits(some).argmax(1) for some in test.pictures.split(500)])
    levels[name] = level_accuracy(found, test.labels, world.PATHS).tolist()
    thing_right, family_right, _ = levels[name]
    print(f"{name:26} of its mistakes {(1 - family_right) / (1 - thing_right):.0%} are severe")
show.bars(
    {f"{name}: {what}": 100 * (levels[name][0] if what == "right" else 1 - levels[name][1])
     for what in ("right", "severe mistakes") for name in learners},
    x="new pictures (%)",
    highlight=["semantic softmax: right", "semantic softmax: severe mistakes"],
    caption="The same labels, used in three ways. Letting coarse labels help, without making rivals of them, gives more right names and fewer severe mistakes.",
)  # fmt: skip

# %%
flat, semantic = levels["flat, all names as rivals"], levels["semantic softmax"]
claim("Semantic softmax names more things rightly than the flat softmax", 100 * semantic[0], ">", 100 * flat[0], margin=5, unit="%")
claim("And makes fewer severe mistakes", 100 * (1 - semantic[1]), "<", 100 * (1 - flat[1]), margin=5, unit="%")
claim("Even rivals are better than throwing coarse labels away", 100 * flat[0], ">", 100 * levels["flat, precise labels only"][0], margin=3, unit="%")

# %% [markdown]
# Why are even rivals better than throwing coarse labels away? "Animal" is wrong to deny "poodle", but it also denies 46 things that are
# no animals, rightly. And look at the printed lines: semantic softmax makes *fewer* mistakes. Those that it makes are hardly milder.
#
# A caution, since it is easy to conclude too much. This is a gain from labels of *mixed* precision. When every label
# names the thing, the tree says nothing that the label did not say. Does it still help then? Put `finest[:] = 0` before
# `targets = ...` above, run the cells again, and see. (The claims below may then turn red: they speak of mixed labels. When we tried, the
# tree did not help.)
#
# ## 6 · Break it: wrong labels
#
# People make mistakes, and labels scraped from the web are worse. Let us make 40 of 100 labels wrong, at random, and
# train so long that the network begins to know its labels by heart.

# %%
predict(
    "02.noise",
    "40 % of the labels are wrong. Trained for a long time, how often is the network right on new pictures?",
    ["about as often as with clean labels", "less often, but more often than its labels are right", "60 % or less: not better than its labels"],
)

# %%
clean = pool[balanced(pool.labels, budget["more"])]
noisy = replace(clean, labels=wrong_labels(clean.labels, 0.4, torch.tensor(world.TRAINED_THINGS)))
wronged = noisy[(noisy.labels != clean.labels).nonzero()[:, 0].cpu()].to(here)  # the pictures whose label is wrong


def look(learner):
    return {
        "right on val": label_accuracy(learner, val),
        "right on test": label_accuracy(learner, test),
        "wrong labels repeated": label_accuracy(learner, wronged),
    }


every = budget["every"]
with_clean = fit(Labels(ConvNet(), 50), Epochs(clean, 64), budget["short"], eval_fn=look, eval_every=every, progress=False)
by_heart = fit(Labels(ConvNet(), 50), Epochs(noisy, 64), budget["long"], eval_fn=look, eval_every=every)

# %% [markdown]
# Look at the curves. The loss falls, in steps: each step is an **epoch**, once through all pictures, and with each epoch they are better
# known. The network gets better and better at what it is asked. But the answers on new pictures *turn round*. And the lowest curve says
# why: how often the network repeats a *wrong* label on the very picture that bears it. First it learns what many labels agree on, and
# that is mostly true: all their small pulls add up. Later it learns the exceptions one by one, and those are the wrong labels. This
# order, first the rule and then the exceptions, is what one can use.
#
# **Early stopping**: keep the weights from before the turn. But when is that? We may not look at the test pictures to
# find out, or the test would be part of the training. So we use two sets of new pictures: `val` chooses the moment,
# `test` tells how good it is. (Our `val` has clean labels. In practice its labels are as noisy as all others, and it still shows the turn.)
#
# **Label smoothing**: do not believe any label fully. Instead of 1 for the label and 0 for the rest, ask for
# $q_c = (1 - \varepsilon)\,[c = y] + \varepsilon / C$. The loss is then $-\sum_c q_c \ln p_c$, and its slope is $p_c - q_c$. So the pull
# towards a label ends when it has probability $1 - \varepsilon$ (and a bit): long before the network is so sure that only an exception learned by
# heart could make it surer. With so much noise we ask for little, $\varepsilon = 0.5$.

# %%
smooth = fit(Labels(ConvNet(), 50, smoothing=0.5), Epochs(noisy, 64), budget["long"], eval_fn=look, eval_every=every, progress=False)


def stopped_early(history):
    """The accuracy on test at the step that val likes best."""
    best = max(range(len(history.evals["right on val"])), key=lambda i: history.evals["right on val"][i][1])
    return history.evals["right on test"][best][1]


results = {
    "clean labels": with_clean.evals["right on test"][-1][1],
    "40 % wrong, to the end": by_heart.evals["right on test"][-1][1],
    "40 % wrong, smoothed, to the end": smooth.evals["right on test"][-1][1],
    "40 % wrong, stopped early": stopped_early(by_heart),
    "40 % wrong, smoothed and stopped early": stopped_early(smooth),
}
show.bars(
    {name: 100 * share for name, share in results.items()},
    x="right on new pictures (%)",
    highlight="clean labels",
    caption="What wrong labels cost, and what comes back when the exceptions are not learned by heart.",
)

# %%
ended = results["40 % wrong, to the end"]
options = ("about as often as with clean labels", "less often, but more often than its labels are right", "60 % or less: not better than its labels")
reveal("02.noise", options[(ended < results["clean labels"] - 0.05) + (ended <= 0.6)], f"{ended:.0%}, and {results['clean labels']:.0%} with clean labels")
repeated = [share for _, share in by_heart.evals["wrong labels repeated"]]
claim("In the end it repeats many wrong labels by heart", 100 * repeated[-1], ">", 100 * min(repeated[1:]), margin=5, unit="%")
claim("Wrong labels cost much", 100 * results["clean labels"], ">", 100 * ended, margin=15, unit="%")
claim("Stopping early wins part of it back", 100 * results["40 % wrong, stopped early"], ">", 100 * ended, margin=1, unit="%")
claim("Smoothing wins part of it back, even to the end", 100 * results["40 % wrong, smoothed, to the end"], ">", 100 * ended, unit="%")
claim("Both together do not win back all", 100 * results["40 % wrong, smoothed and stopped early"], "<", 100 * results["clean labels"], margin=3, unit="%")

# %% [markdown]
# ## 7 · What are the features worth elsewhere?
#
# We did not want a machine that knows forty names. We wanted an encoder. Its real test is on things that no label ever
# named: the ten kinds that were held out. Suppose that you have only a few labels for those. How good is a linear
# probe on the features? And how good is the same network trained on these few labels from scratch?
#
# ### Exercise 02.4 · Plug the leak
#
# *10 minutes · medium.* Before a probe, features are **standardized**: subtract the mean, divide by the spread, so that
# all count alike. It is a place where experiments go wrong quietly. Whose mean? Whose spread? Give back both
# sets standardized so that the new features have had no say in it. (No feature is constant here, so no spread is 0.)


# %%
def standardize(known, new):
    """Both sets standardized: known (N, D) and new (M, D), the spread with correction=0; give back a pair."""
    raise NotImplementedError  # your lines here


standardize = check("02.4", standardize)

# %%
hint("02.4")
solution("02.4")

# %% [markdown]
# Does it matter? A picture's answer must not depend on which other pictures are tested along with it. Suppose the new
# pictures come sorted: only cats today, only boats tomorrow. Measured with the ruler of the known pictures, nothing
# changes. Standardized by themselves, cats lose what all cats have in common: just what says that they are cats.

# %%
known_x, new_x = standardize(features(namer.encoder, gallery.pictures), asked_about)
probe = linear_probe(known_x, gallery.labels, C=0.1)
by_kind = [new_x[new.labels == thing] for thing in new.labels.unique()]
answers = {"by the known pictures' ruler": new_x, "each kind by its own": torch.cat([(x - x.mean(0)) / (x.std(0, correction=0) + 1e-6) for x in by_kind])}
truths = {"by the known pictures' ruler": new.labels, "each kind by its own": new.labels.sort().values}
leak = {name: (probe(x) == truths[name]).float().mean().item() for name, x in answers.items()}
print(", ".join(f"{name}: {share:.0%} right" for name, share in leak.items()))
claim("Pictures that are standardized by themselves lose what they have in common", leak["each kind by its own"], "<", leak["by the known pictures' ruler"], margin=0.3)

# %% [markdown]
# Now the experiment: 1, 4, 16 and 64 labels of each of the ten new kinds. Each probe is fitted three times, to
# different choices of labels. Random features, from the network before training, are there to keep us honest.

# %%
shots = (1, 4, 16, 64)
support = world.draw(1600, size=32, mode="portrait", seed=13, split="heldout_things", device=here)
sources = {"probe on trained features": namer.encoder, "probe on random features": ConvNet(seed=0).to(here)}
curves = {name: [] for name in [*sources, "from scratch"]}
for name, encoder in sources.items():
    x, x_new = features(encoder, support.pictures), features(encoder, held_out.pictures)
    for each in shots:
        scores = few_shot(x, support.labels, x_new, held_out.labels, each, seeds=range(3), C=0.1)
        curves[name].append(100 * scores.mean().item())
for each in shots:
    few = support[balanced(support.labels, each)]
    share = finetune_accuracy(ConvNet(seed=1), few, held_out, min(150, 2 * budget["short"]), len(world.THINGS), lr=2e-3, batch_size=32)
    curves["from scratch"].append(100 * share)

# %%
show.curves(
    {name: (shots, values) for name, values in curves.items()},
    x="labels of each new kind of thing",
    y="named rightly (%)",
    logx=True,
    levels={"chance": 10},
    caption="Ten kinds of things that training never showed. With trained features, one label of each goes a long way. From scratch it takes many; with 64 of each the gap is nearly closed.",
)

# %%
for place, each in ((0, "one label"), (1, "four labels")):
    claim(f"With {each} of each kind, trained features beat training from scratch", curves["probe on trained features"][place], ">", curves["from scratch"][place], margin=30, unit="%")
claim("One label on trained features is worth more than sixteen from scratch", curves["probe on trained features"][0], ">", curves["from scratch"][2], unit="%")
claim("It is the training that does it, not the network", curves["probe on trained features"][1], ">", curves["probe on random features"][1], margin=30, unit="%")

# %% [markdown]
# Why do features for forty names serve ten others? To tell forty kinds apart, a network has to see outlines, legs, wheels, roofs and
# handles, and to let go of backdrops. New kinds are made of the same. In section 4 they even landed near odd neighbors; but a probe needs
# no good neighbors, only features in which the new kinds differ.
#
# This figure is why **pre-training** took over, where labels are few. Somebody pays for many labels once. Everybody else needs a handful.
#
# ## 8 · What labels cannot say
#
# Three limits, each measured.
#
# **A closed list.** Show the shipped network a thing whose name it has never heard. Among its fifty scores there is one for it, but training
# has only ever pushed that one down. And it has no way to say "I do not know": the probabilities add up to 1. How sure does it sound?


# %%
@torch.no_grad()
def confidence(learner, batch):
    return torch.cat([learner.logits(some).softmax(1).amax(1) for some in batch.pictures.split(500)]).mean().item()


strangers = {"things it was trained on": confidence(patient, new), "things it has never seen": confidence(patient, held_out)}
print(", ".join(f"{name}: {share:.0%} sure on average" for name, share in strangers.items()))
claim("On average it is more sure than not of its answer for a thing whose name it never heard", strangers["things it has never seen"], ">", 0.5)
claim("And it is never right about them", label_accuracy(patient, held_out), "<", 0.01)

# %% [markdown]
# **One word for a whole picture.** In a scene there are several things. The label names the nearest of them, and about
# all others it is silent.

# %%
crowd = world.draw(budget["new"], size=32, mode="scene", seed=14)
things = (crowd.things >= 0).sum()
claim("In scenes, labels leave most things unnamed", 100 * (1 - len(crowd) / things), ">", 50, unit="%")
show.truths(world.draw(1, size=128, seed=14), caption="One scene and all that is true of it. Of all this, a label says one word: the name of the nearest thing.")

# %% [markdown]
# **What was asked for, first of all.** You saw it in section 4: color and backdrop fade, since no label asked for them. Of where a
# thing is, how many there are, what stands in front of what, a label says nothing.
#
# And the **price**: a person has to look at every single picture. Chapter 03 turns to a teacher that the web gives away
# for free, whose list is open, and who mentions color, place and number: language.
#
# ## 9 · The lab
#
# Forty-eight trainings ship with this course. Each dial sets one thing: how many labels there are of each thing, how
# many of them are wrong, and how much they are smoothed. On the left, accuracy on the way; in the middle, whether the
# network is right as often as it says (on the dashed line it is honest); on the right, which family it takes for which.
#
# The error in the middle is the mean distance from the dashed line; the larger a dot, the more pictures it stands for. On the right, rows
# are true families, columns the answers, and darker means more often. Gray lines are all other trainings.
#
# Three things to try:
#
# 1. 128 labels, 60 % wrong. When would you have stopped? Make all labels right: would you still stop there?
# 2. 64 labels, none wrong: smoothing 0, then 0.2, then 0.5. What happens to the honesty, and in which direction?
# 3. Compare 16 labels of each thing, all right, with 64 of which 40 % are wrong. If a careful label costs four times as
#    much as a careless one, which would you pay for?

# %%
from course_lib.chapters.ch02_learning_from_labels.lab import label_lab

label_lab(caption="The lab, as a still picture: 128 labels of each thing, 60 % of them wrong. Where a kernel runs, its dials move.")

# %% [markdown]
# ## 10 · In the wild
#
# The same cells on photographs. With a folder of your own (one sub-folder for each class, at `data/photos` or wherever
# `COURSE_PHOTOS` points), or with CIFAR-10, this trains the same network on a few thousand photographs, and probes it.
# Without, it says how to get them, and goes on.

# %%
from course_lib import photos

shots_to_learn = photos.find(size=32, split="train", limit=4000, fetch=profile() == "gpu")
shots_to_test = photos.find(size=32, split="test", limit=1000) if shots_to_learn else None
if shots_to_learn and shots_to_test:
    on_photos = Labels(ConvNet(), len(shots_to_learn.classes))
    there = shots_to_test.to(here)
    fit(on_photos, Epochs(shots_to_learn, 128), budget["steps"])
    pixels = neighbors(there.pictures.flatten(1), shots_to_learn.to(here).pictures.flatten(1), metric="euclidean")[:, 0]
    by_pixels_alone = (shots_to_learn.labels.to(here)[pixels] == there.labels).float().mean()
    print(f"{len(there)} new photographs of {len(there.classes)} classes named rightly: {label_accuracy(on_photos, there):.0%}, "
          f"by their nearest neighbor in pixels: {by_pixels_alone:.0%}")  # fmt: skip

# %% [markdown]
# ## 11 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 12 · In five sentences
#
# 1. A label is learned by lowering its surprise: softmax turns scores into probabilities, cross-entropy takes −ln of the right one.
# 2. Its slope is *p* minus the truth, and from that alone a network finds out what to look at and what to ignore.
# 3. Labels of mixed precision should not be made rivals: a softmax for each level of the tree uses them all.
# 4. Wrong labels are learned last and by heart, so stopping early and believing less win part of the damage back.
# 5. The features, not the names, are what is worth keeping; and they keep first of all what the labels asked for.
#
# ### Quiz

# %%
quiz("02")

# %% [markdown]
# ### Further reading
#
# - Krizhevsky, Sutskever and Hinton, 2012, [*ImageNet Classification with Deep Convolutional Neural Networks*](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks).
#   Labels at scale, and the features that everybody borrowed.
# - Ridnik and others, 2021, [*ImageNet-21K Pretraining for the Masses*](https://arxiv.org/abs/2104.10972). Semantic softmax; read section 3.
# - Szegedy and others, 2015, [*Rethinking the Inception Architecture*](https://arxiv.org/abs/1512.00567). Section 7 is where label smoothing comes from.
# - Zhang and others, 2016, [*Understanding deep learning requires rethinking generalization*](https://arxiv.org/abs/1611.03530).
#   Networks learn random labels by heart; read it when you trust a low training loss.
# - Guo and others, 2017, [*On Calibration of Modern Neural Networks*](https://arxiv.org/abs/1706.04599). How to ask whether a network is right as often as it says.
# - Arpit and others, 2017, [*A Closer Look at Memorization in Deep Networks*](https://arxiv.org/abs/1706.05394). First the rule, then the exceptions.
# - Lukasik and others, 2020, [*Does Label Smoothing Mitigate Label Noise?*](https://arxiv.org/abs/2003.02819). When smoothing helps against wrong labels, and why.
# - Kornblith, Shlens and Le, 2018, [*Do Better ImageNet Models Transfer Better?*](https://arxiv.org/abs/1805.08974). Mostly yes; read how it is measured, and what smoothing does to features.
#
# **Next:** chapter 03 lets language be the teacher.
