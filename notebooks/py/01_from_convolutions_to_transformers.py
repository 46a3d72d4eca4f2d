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
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/01_from_convolutions_to_transformers.ipynb)

# %% [markdown]
# # 01 · From convolutions to transformers
#
# **The question of this chapter:** which machines turn pixels into features, and what does each take for granted?
#
# **When you are done you can**
#
# - write a convolution as a matrix product, and say how far a stack of them can see;
# - cut a picture into patches, write attention, and put a Vision Transformer together from these parts;
# - say what each network is *blind* to by construction, and prove it in one line;
# - say why a transformer needs more pictures, and what helps it;
# - look inside attention, ask whether it looks at the thing, and work out what a network costs.
#
# **You should know** chapter 00, what a matrix product is, and what a PyTorch module is.
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
from einops import rearrange
from IPython.display import display
from torch import nn

from course_lib import check, claim, claims_table, hint, predict, progress, quiz, reveal, show, solution, weights, world
from course_lib.epochs import Epochs
from course_lib.evaluate import attention_distance, attention_on, cost, label_accuracy, rollout
from course_lib.fit import fit
from course_lib.nn import Attention, ConvNet, ViT, vit
from course_lib.pretrain import Labels
from course_lib.train.device import device, profile

budget = {  # training pictures and steps of the live comparison, its batch; pictures to test on, to look inside with
    "smoke": {"pictures": 200, "steps": 4, "batch": 32, "test": 200, "inside": 40},
    "laptop": {"pictures": 4000, "steps": 400, "batch": 128, "test": 1000, "inside": 300},
    "gpu": {"pictures": 4000, "steps": 400, "batch": 128, "test": 2000, "inside": 500},
}[profile()]
here = device()

# %% [markdown]
# ## 1 · The problem
#
# Here are some pictures, and below each the same picture after its sixteen squares have been shuffled. Every pixel is still
# there.


# %%
def shuffle_patches(pictures, patch=8, seed=0):
    """The same pictures (B, 3, H, W) with their square patches in another order, the same for all."""
    squares = F.unfold(pictures, patch, stride=patch)  # (B, 3·patch·patch, N): a column for each square
    order = torch.randperm(squares.shape[2], generator=torch.Generator().manual_seed(seed))
    return F.fold(squares[:, :, order.to(pictures.device)], pictures.shape[2:], patch, stride=patch)


new = world.draw(budget["test"], size=32, mode="portrait", seed=10, split="val", device=here)
names = [world.THINGS[label] for label in new.labels[:8].tolist()]
show.pictures(
    torch.cat([new.pictures[:8], shuffle_patches(new.pictures[:8])]),
    titles=names + [""] * 8,
    caption="Above, pictures of the world; below, the same squares in another order. You see at once that something is wrong.",
)

# %% [markdown]
# In this chapter you will build two kinds of machine that turn such pictures into features: a **convolutional network**
# (CNN) and a **Vision Transformer** (ViT). Both can learn to name the things. But they look at a picture in very
# different ways. Suppose that a CNN and two transformers have learned to name things. One of the transformers is told where each square
# comes from, the other is not. Now they are shown the shuffled pictures.

# %%
predict(
    "01.shuffle",
    "The transformer that is not told where its squares come from: what does shuffling do to its answers?",
    ["nothing at all", "a little harm", "it can only guess after that"],
)

# %% [markdown]
# ## 2 · Convolutions
#
# ### A small window that slides
#
# A **filter** is a small square of weights, say 3 × 3 for each color. Lay it on the picture, multiply each number with
# the weight above it, add up: one number. Slide it one pixel on and do it again. All these numbers together are a new
# picture, a **map**, which is bright where the picture looks like the filter. Doing this is a **convolution** (the square of weights is
# also called its **kernel**):
#
# $$ y_{f,i,j} = \sum_{c}\sum_{u}\sum_{v} w_{f,c,u,v}\; x_{c,\,i+u,\,j+v} $$
#
# Here $x_{c,i,j}$ is the picture (color $c$, row $i$, column $j$), $w_f$ is filter number $f$, and $u, v$ run over the
# rows and columns of the filter. (Mathematicians call this cross-correlation and turn the filter round for a convolution. Since filters
# are learned, it makes no difference here.) Let us make two filters by hand: each subtracts what is on one side from what is on the
# other.

# %%
upright = world.compose(["house"], "meadow", size=128, seed=3).scene
upright.angles[:] = 0
gray = world.draw_scene(upright, size=128).pictures.mean(1, keepdim=True)  # (1, 1, 128, 128)
across = torch.tensor([[-1.0, 0.0, 1.0]] * 3)  # right minus left
filters = torch.stack([across, across.T])[:, None]  # (2, 1, 3, 3): two filters, one color, 3 rows, 3 columns
maps = F.conv2d(gray, filters)  # (1, 2, 126, 126)
seen = (maps[0] / maps.abs().max() / 2 + 0.5)[:, None].expand(-1, 3, -1, -1)  # gray stands for 0
show.pictures(
    [gray[0, 0, 1:-1, 1:-1].expand(3, -1, -1), *seen],
    titles=["the picture", "right minus left", "lower minus upper"],
    columns=3,
    caption="Two filters by hand. The first answers to upright edges, the second to level ones. Gray stands for 0.",
)

# %% [markdown]
# In a network nobody writes filters by hand: the weights are learned. And there are many filters in a layer, whose maps
# are the "colors" of the next layer.
#
# ### Exercise 01.1 · A convolution is a matrix product
#
# *15 minutes · medium.* The graphics card is fast at one thing: multiplying matrices. So write the convolution as one
# matrix product, without `F.conv2d`. `F.unfold(picture[None], k)[0]` gives all windows of size k × k as the columns of a matrix
# (C·k·k, places).


# %%
def convolve(picture, filters):
    """A picture (C, H, W) through filters (F, C, k, k), no padding, stride 1; (F, H - k + 1, W - k + 1)."""
    raise NotImplementedError  # your lines here


convolve = check("01.1", convolve)

# %%
hint("01.1")
solution("01.1")

# %% [markdown]
# Three ways to the same numbers: a loop over every place that you can follow with a pencil, your matrix product (or the reference's, if
# you have not written one), and PyTorch's.

# %%
g = torch.Generator().manual_seed(0)
some, w = torch.rand(3, 8, 8, generator=g), torch.randn(4, 3, 3, 3, generator=g)

by_loop = torch.zeros(4, 6, 6)
for f in range(4):
    for i in range(6):
        for j in range(6):
            by_loop[f, i, j] = (w[f] * some[:, i : i + 3, j : j + 3]).sum()

library = F.conv2d(some[None], w)[0]
claim("The loop is PyTorch's convolution", (by_loop - library).abs().max(), "<", 1e-5)
claim("The matrix product is PyTorch's convolution", (convolve(some, w) - library).abs().max(), "<", 1e-5)

# %% [markdown]
# ### What a convolution takes for granted
#
# Two things are built in, before any learning. What is near belongs together: a filter sees a small window only. And
# what matters here matters there: the *same* weights are used everywhere. The first is called **locality**, the second **weight sharing**.
# The second has an exact consequence. Move the picture, and the maps move along. This is called **shift-equivariance**.

# %%
picture = world.draw(1, size=32, mode="portrait", seed=5).pictures
layer = nn.Conv2d(3, 8, 3)
shifted = picture.roll(4, dims=3)  # four pixels to the right; what leaves comes in again on the left
one, other = layer(picture)[..., :-4], layer(shifted)[..., 4:]  # leave out where it comes in again
claim("Moving the picture moves the maps, and changes nothing else", (one - other).abs().max(), "<", 1e-6)

# %% [markdown]
# What is such a layer blind to? It cannot tell *where* it is: the same window gets the same answer in every corner.
#
# Equivariance is not yet what we want: whether it is a cat should not depend on the place at all. That is
# **invariance**, and the last step of our CNN brings it about, nearly: the mean of each map over all places. This is **pooling**.
# A pooling over 2 × 2 squares, used in between, makes the maps smaller and forgives small shifts. Why only *nearly*? At the borders
# zeros are added, so that maps keep their size (**padding**), and layers that move two pixels at a time see a picture moved by one pixel
# otherwise.
#
# One thing is still missing. A convolution is a matrix product, and two matrix products in a row are one matrix product: a
# hundred layers could say no more than one. So between them each number goes through a **bend**, such as "negative numbers become 0". It
# has the name **ReLU**. With bends in between, layers can build corners out of edges, and eyes out of corners.
#
# ### Exercise 01.2 · How far can it see?
#
# *10 minutes · medium.* A 3 × 3 filter sees three pixels along each side. A second layer on top sees further, since
# each number of its input has seen three pixels already. And where a layer takes steps of two pixels (its **stride** is 2),
# everything above reaches twice as far. How many pixels along one side does one number at the top see? This is its
# **receptive field**.


# %%
def receptive_field(layers):
    """Pixels along one side that one number at the top sees; layers: [(kernel, stride), ...], first to last."""
    raise NotImplementedError  # your lines here


receptive_field = check("01.2", receptive_field)

# %%
hint("01.2")
solution("01.2")

# %% [markdown]
# You can also *measure* it. Ask which pixels have any influence on one number at the top: those whose slope (gradient)
# is not zero.

# %%
layers = [(3, 1), (3, 2), (3, 1), (3, 2), (3, 1)]
stack = nn.Sequential(*[nn.Conv2d(1, 1, kernel, stride, bias=False) for kernel, stride in layers])
for part in stack:
    nn.init.ones_(part.weight)  # so that nothing cancels by chance
x = torch.zeros(1, 1, 64, 64, requires_grad=True)
top = stack(x)
top[0, 0, top.shape[2] // 2, top.shape[3] // 2].backward()
touched = (x.grad[0, 0] != 0).any(0).sum()
print(f"Five layers see {touched} of 64 pixels along a side.")
claim("Your formula says what the gradient shows", receptive_field(layers), "==", touched)

# %% [markdown]
# ### The network
#
# `ConvNet` is a small **residual network**. Its block computes *x + f(x)*, where *f* is two convolutions with a bend in between: what comes
# in is carried past them unchanged, and they only have to add something. The plus sign (a **skip connection**) helps the gradient too: on its way
# back it can go past each block undiminished. With it, and with norms that keep numbers in range, networks of a hundred layers could be
# trained. From stage to stage the maps get smaller, and there are more of them. At the end comes the mean over all places.

# %%
cnn = ConvNet(seed=0)
with torch.no_grad():
    print("pictures     ", tuple(new.pictures[:2].shape))
    print("maps at the end", tuple(cnn.feature_map(new.pictures[:2].cpu()).shape))
    print("features     ", tuple(cnn(new.pictures[:2].cpu()).shape))
layers = [(3, 1), (2, 2), (3, 1), (3, 1), (3, 2), (3, 1), (3, 2), (3, 1)]  # its convolutions and its one pooling, first to last
print(f"one number of the last maps sees {receptive_field(layers)} pixels along a side, and a picture has 32")

# %% [markdown]
# ## 3 · A picture as a sequence
#
# In 2020 it turned out that nearly all of this can be left out. (Others had tried before to see by attention alone; the Vision Transformer
# is the one that caught on.) Transformers had been made for text: a row of words, each turned into a list of numbers, a **token**. Cut a
# picture into squares, called **patches**, turn each into a list of numbers, and you have a row of tokens too.
#
# ### Exercise 01.3 · Cut a picture into patches
#
# *10 minutes · easy.* Cut each picture into squares, row by row as one reads, and flatten each square in the order
# color, row, column. One line with `rearrange` is enough; it splits and joins axes by name, as in
# `rearrange(x, "b (h p) -> b h p", p=2)`.


# %%
def patchify(pictures, patch):
    """Pictures (B, 3, H, W) as patches (B, N, 3 * patch * patch), N = H / patch * W / patch."""
    raise NotImplementedError  # your lines here


patchify = check("01.3", patchify)

# %%
hint("01.3")
solution("01.3")

# %% [markdown]
# Each patch then goes through one matrix, the same for all, and comes out as a token. Now look closely: the same
# weights on every square of the picture. We know that: it is a convolution, with steps as long as its filter is wide.

# %%
patch, width = 8, 96
embed = nn.Conv2d(3, width, patch, stride=patch)
by_convolution = rearrange(embed(picture), "b d h w -> b (h w) d")  # (1, 16, 96)
by_matrix = patchify(picture, patch) @ embed.weight.flatten(1).T + embed.bias  # (1, 16, 96)
claim("Patches times a matrix are a strided convolution", (by_convolution - by_matrix).abs().max(), "<", 1e-5)

# %% [markdown]
# ### Attention: ask everybody
#
# Now the tokens have to talk to each other. In a convolution each place listens to its neighbors. In **attention** each
# token decides by itself whom to listen to, by what the others *contain*. From each token three lists of numbers are
# made, each with a learned matrix:
#
# - a **query** $q$: what am I looking for?
# - a **key** $k$: what have I got?
# - a **value** $v$: what do I hand over?
#
# A token compares its query with every key, by dot product. A softmax turns these scores into weights: all positive,
# adding up to 1. With these weights it takes the *weighted* mean of all values:
#
# $$ \mathrm{attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{D}}\right) V $$
#
# $Q$, $K$ and $V$ hold one row for each token, and $D$ is how many numbers a query has. Why the square root? Take two lists of $D$
# random numbers around 0, of spread 1: their dot product is about $\sqrt D$ large. Without the division the scores of wide queries would be
# large, and a softmax of large scores looks at one token alone. Then the others get weights of nearly 0, and so does the gradient: nothing
# more is learned about them.
#
# Here tokens listen to tokens of the same row, so there are as many keys as queries: this is **self-attention**. Nothing in the formula asks
# for it. In chapter 08, words will listen to patches.
#
# ### Exercise 01.4 · Attention
#
# *15 minutes · medium.* Write the formula, for N queries and M keys. M need not be N, and values may have another width, E.


# %%
def attend(q, k, v):
    """What N tokens gather from M others: queries (N, D), keys (M, D), values (M, E); (N, E)."""
    raise NotImplementedError  # your lines here


attend = check("01.4", attend)

# %%
hint("01.4")
solution("01.4")

# %%
q, k, v = torch.randn(3, 16, 24, generator=g)  # sixteen tokens, each with 24 numbers

by_loop = torch.zeros(16, 24)
for i in range(16):
    scores = torch.tensor([q[i] @ k[j] / 24**0.5 for j in range(16)])
    for j, weight in enumerate(scores.exp() / scores.exp().sum()):
        by_loop[i] += weight * v[j]

library = F.scaled_dot_product_attention(q[None], k[None], v[None])[0]
claim("The loop is PyTorch's attention", (by_loop - library).abs().max(), "<", 1e-5)
claim("Attention as one line is PyTorch's", (attend(q, k, v) - library).abs().max(), "<", 1e-5)

# %% [markdown]
# ### Several heads, and the block
#
# One softmax makes one weighted mean; but a token may want to ask two things at once. So the numbers of each token are split into equal
# shares, and each share attends on its own: these are the **heads**. Their answers are laid side by side and mixed by one more matrix.
# Here is that in five lines, next to `Attention` of `course_lib`.

# %%
tokens = torch.randn(1, 16, width, generator=g)
attention = Attention(width, heads=4)
with torch.no_grad():
    q, k, v = rearrange(attention.qkv(tokens)[0], "n (three h d) -> three h n d", three=3, h=4)  # each (4, 16, 24)
    heads = torch.stack([attend(q[h], k[h], v[h]) for h in range(4)])  # (4, 16, 24)
    ours = attention.out(rearrange(heads, "h n d -> n (h d)"))  # (16, 96)
    claim("Four heads by hand are the course's Attention", (ours - attention(tokens)[0]).abs().max(), "<", 1e-5)

# %% [markdown]
# A **block** of a transformer has two halves. In the first, tokens talk: attention. In the second, each token thinks
# for itself: two matrices with a bend in between, the same for all tokens (a **perceptron**, or MLP). Each half is *added* to what came in,
# as in the residual network, and each begins with a **norm** (layer norm), which brings the numbers of every token to mean 0 and spread
# 1. Here is the whole of it as it stands in `course_lib/nn/transformer.py`:
#
# ```python
# x = x + attention(norm1(x))
# x = x + mlp(norm2(x))
# ```
#
# A ViT is: patches to tokens, a few blocks, one more norm. In the end we want *one* list of features for the picture.
# Either take the mean of all tokens, or add one extra token at the beginning that belongs to no patch, let it listen
# along, and read it off in the end. That is the **class token**.

# %%
small_vit = ViT(96, depth=4, heads=4, size=32, patch=8, pool="class", seed=0)
with torch.no_grad():
    print("pictures", tuple(picture.shape))
    print("tokens  ", tuple(small_vit.tokens(picture).shape), "16 patches and the class token")
    print("features", tuple(small_vit(picture).shape))

# %% [markdown]
# ### What a transformer does not know
#
# Look at the formula of attention again. Where does it say which patch is next to which? Nowhere. Shuffle the tokens, and
# each still finds the same others, with the same weights. Attention is **permutation-equivariant**: shuffle what goes
# in, and what comes out is shuffled in the same way, and otherwise unchanged. In one line, with $P$ for a matrix that shuffles rows:
#
# $$ \mathrm{softmax}\!\left(\tfrac{1}{\sqrt D}\, P Q\,(P K)^\top\right) P V \;=\; P\, \mathrm{softmax}\!\left(\tfrac{1}{\sqrt D}\, Q K^\top\right) P^\top P\, V \;=\; P\, \mathrm{softmax}\!\left(\tfrac{1}{\sqrt D}\, Q K^\top\right) V $$
#
# A softmax along rows does not care in which order rows and columns stand, and $P^\top P$ changes nothing. Norm and perceptron work on each token
# alone, so they do not care either. And the mean of all tokens does not change at all.
#
# So a ViT has to be *told* where each patch is. To each token a learned list of numbers is added that stands for
# its place: its **position embedding**. We leave it out for once.

# %%
bag = ViT(96, depth=4, heads=4, size=32, patch=8, pool="mean", pos_embed=False, seed=0)
told = ViT(96, depth=4, heads=4, size=32, patch=8, pool="mean", seed=0)
with torch.no_grad():
    for name, network in {"without positions": bag, "with positions": told}.items():
        change = (network(picture) - network(shuffle_patches(picture))).abs().max().item()
        print(f"{name:18} features change by {change:.7f} when patches are shuffled")
        if network is bag:
            claim("Without positions, a ViT sees a bag of patches", change, "<", 1e-5)
        else:
            claim("With positions, it sees that something has changed", change, ">", 1e-3)

# %% [markdown]
# ## 4 · Train them
#
# Four networks, the same pictures, the same number of steps. Each learns to say the name of the thing, one of forty; how that works
# is the matter of chapter 02. For now it is enough that each picture comes with its name, and that training lowers one number, the
# **loss**: how surprised the network is by the right name. (In the curves, the pale line is the loss of each step, the strong one the mean
# of the last twenty.)
#
# - **CNN**: the small residual network;
# - **ViT**: patches of 8 × 8, four blocks;
# - **ViT, convolutional stem**: the same, but the patches are made by three small convolutions in a row, 3 × 3 with stride 2, and one
#   matrix instead of one large convolution;
# - **ViT, no positions**: the bag of patches.
#
# A guess before you run it: they see the same 4,000 pictures, again and again.

# %%
predict(
    "01.few",
    "From the same few thousand pictures, which network names new pictures best?",
    ["the CNN", "the ViT", "the ViT with a convolutional stem"],
)

# %%
networks = {
    "CNN": lambda: ConvNet(seed=0),
    "ViT": lambda: ViT(80, 4, 4, size=32, patch=8, pool="mean", seed=0),
    "ViT, convolutional stem": lambda: ViT(80, 4, 4, size=32, patch=8, pool="mean", stem="conv", seed=0),
    "ViT, no positions": lambda: ViT(80, 4, 4, size=32, patch=8, pool="mean", pos_embed=False, seed=0),
}

few = world.draw(budget["pictures"], size=32, mode="portrait", seed=20)
trained, live, known = {}, {}, {}
for name, make in networks.items():
    learner = Labels(make(), len(world.THINGS))
    fit(learner, Epochs(few, budget["batch"]), budget["steps"], progress=name)
    trained[name], live[name], known[name] = learner, 100 * label_accuracy(learner, new), 100 * label_accuracy(learner, few)
    print(f"{name}: {known[name]:.0f} % of the pictures it has learned from, {live[name]:.0f} % of new ones")

# %%
show.bars(
    live,
    x="named rightly, new pictures (%)",
    highlight="CNN",
    caption="The same pictures and the same number of steps. What a network takes for granted, it need not learn.",
)

# %%
reveal("01.few", "the CNN", f"CNN {live['CNN']:.0f} %, ViT {live['ViT']:.0f} %")
claim("From few pictures, the CNN is better than the ViT", live["CNN"], ">", live["ViT"], margin=25, unit="%")
claim("A convolutional stem helps the ViT", live["ViT, convolutional stem"], ">", live["ViT"], margin=10, unit="%")
claim("Knowing the positions hardly helps it yet", live["ViT"] - live["ViT, no positions"], "<", 15, unit="%")

# %% [markdown]
# Look at the ViT with and without positions. One is told where every patch is, the other is not, and so far that makes little
# difference. Being told is not enough: it has to learn what *next to* means, from pictures alone. And see above how many of the pictures
# that it *has* learned from the ViT names: it has not only too few pictures, it is slow as well. In as many steps the CNN has learned
# far more. (It also does more work in each step; section 7 counts it.)

# %% [markdown]
# ### And with more pictures?
#
# Is the transformer simply worse? The course ships these networks trained for 1,000 steps from 500, 2,000,
# 8,000 and 50,000 pictures: always the same number of steps. We test all of them here, on your machine.

# %%
sizes = (500, 2000, 8000, 50_000)
files = {"CNN": "backbone-cnn", "ViT": "backbone-vit", "ViT, convolutional stem": "backbone-conv-stem"}
shipped, curves = {}, {}
for name, file in files.items():
    shipped[name] = nn.ModuleDict({str(size): Labels(networks[name](), len(world.THINGS)) for size in sizes})
    weights.load(file, shipped[name]).to(here)
    curves[name] = [100 * label_accuracy(shipped[name][str(size)], new) for size in sizes]

show.curves(
    {name: (sizes, values) for name, values in curves.items()},
    x="pictures to learn from",
    y="new pictures named rightly (%)",
    logx=True,
    levels={"chance": 2.5},
    caption="From 500 pictures nobody learns much. The gap is widest at 2,000, and closes from there.",
)

# %%
C, V, S = (curves[name] for name in files)
claim("From 2,000 pictures, the CNN is far ahead of the ViT", C[1], ">", V[1], margin=40, unit="%")
claim("The gap is wider there than from 500", C[1] - V[1], ">", C[0] - V[0], margin=15, unit="%")
claim("From 50,000 the gap is much smaller", C[3] - V[3], "<", (C[1] - V[1]) / 2, unit="%")
closed = [100 * (s - v) / (c - v) for c, v, s in zip(C, V, S, strict=True)]
claim("From 8,000 pictures, a convolutional stem closes most of the gap", closed[2], ">", 50, unit="%")
claim("From 500 it does not", closed[0], "<", 25, unit="%")

# %% [markdown]
# Nobody told the ViT that near patches belong together, or, once positions are added, that a cat is a cat elsewhere too. It *can* learn
# both, and with many pictures it does. What is built in is called **inductive bias**. It is worth pictures: the CNN needs fewer of them for
# the same result. The ViT paper found that with a few hundred million photographs the bias stopped paying, and its freer network won;
# later CNNs caught up with it. None of that can be seen on a laptop.
#
# What helps a ViT? The stem is the cheap way out: it knows what is near in the first few pixels, and leaves the rest to attention. Other
# ways, not tried here, are more varied pictures (augmentations, chapter 04) and a CNN as its teacher (DeiT, below).
#
# ## 5 · Break it: shuffle the patches
#
# Now back to the shuffled pictures. Four networks: the CNN and the ViT that learned from 50,000 pictures, the one with
# the stem, and the bag of patches that you have just trained. The squares that we shuffle are exactly the patches of the ViT.

# %%
readers = {name: shipped[name]["50000"] for name in files} | {"ViT, no positions": trained["ViT, no positions"]}
shuffled = replace(new, pictures=shuffle_patches(new.pictures))
before, after = ({name: 100 * label_accuracy(reader, batch) for name, reader in readers.items()} for batch in (new, shuffled))
for name in readers:
    print(f"{name:25} whole pictures {before[name]:5.1f} %   shuffled {after[name]:5.1f} %")
show.bars(
    {name: before[name] - after[name] for name in readers},
    x="lost by shuffling the patches (percentage points)",
    caption="What shuffling costs. The network without positions loses nothing, since it never knew the order.",
)

# %%
lost = {name: before[name] - after[name] for name in readers}
options = ["nothing at all", "a little harm", "it can only guess after that"]
reveal("01.shuffle", options[0] if lost["ViT, no positions"] < 0.2 else options[1], f"{lost['ViT, no positions']:.1f} % lost")
claim("Shuffling costs the CNN most of what it can", lost["CNN"], ">", 50, unit="%")
claim("It costs the bag of patches nothing", lost["ViT, no positions"], "<", 0.2, unit="%")
claim("The ViT of 50,000 pictures has learned to use its positions", lost["ViT"], ">", 40, unit="%")

# %% [markdown]
# Do not take this as a point for the bag of patches. It loses nothing by shuffling because it never knew the order, and it names far fewer
# whole pictures. What a network cannot tell apart it cannot use.
#
# Why does the CNN suffer most? At the seams its small windows see edges that no picture has. None of these networks was ever trained on shuffled
# pictures. (On photographs CNNs survive much of it, since there the texture of fur or of feathers often gives the answer away.)
#
# And the ViT? How much hangs on its positions? Take the four ViTs of the last figure, trained on more and more pictures, and shuffle.

# %%
torn = [100 * label_accuracy(shipped["ViT"][str(size)], shuffled) for size in sizes]
show.curves(
    {"whole": (sizes, V), "shuffled": (sizes, torn)},
    x="pictures that the ViT has learned from",
    y="new pictures named rightly (%)",
    logx=True,
    levels={"chance": 2.5},
    caption="The same four ViTs, on whole and on shuffled pictures. The more they have learned, the less is left without the order.",
)

# %%
lost_share = [100 * (whole - shuffled) / whole for whole, shuffled in zip(V, torn, strict=True)]
claim("From 2,000 pictures, shuffling takes the smaller part of what the ViT can do", lost_share[1], "<", 55, unit="%")
claim("From 50,000 it takes most of it", lost_share[3], ">", 75, unit="%")

# %% [markdown]
# At first the ViT goes by what is *in* the patches: there is something red, something striped. What lies beside what comes later, and then
# nearly everything hangs on it.
#
# ## 6 · Look inside: what does attention look at?
#
# The course ships a somewhat larger ViT, trained on pictures of 64 × 64 with patches of 8 × 8: 64 patches, and a class
# token, whose features say the name. Nobody told it where the thing is. Where does it look?

# %%
looker = weights.load("vit", Labels(vit("mini", size=64, patch=8, stem="conv"), len(world.THINGS))).to(here)
large = world.draw(budget["inside"], size=64, mode="portrait", seed=12, split="val", device=here)
with torch.no_grad():
    attention = looker.encoder.attention(large.pictures)  # (4 blocks, B, 4 heads, 65, 65)
print(f"It names {label_accuracy(looker, large):.1%} of new pictures rightly.")
show.attention_maps(
    large.pictures[0],
    attention[:, 0],
    caption="Where the class token looks, for each head of each block. Each map has its own scale: brightest is where *that* head looks most. Few maps are easy to read. Look for those that follow the thing.",
)

# %% [markdown]
# Pictures of attention are easy to be fooled by: one finds what one looks for. So we measure. The world knows the true
# **mask** of the thing: which pixels belong to it. How much of the class token's attention falls on the mask, and
# how much of the picture is the mask? If attention looked at random, the two would be the same.
#
# One trap is left. Things stand near the middle, so a head that always looks at the middle, whatever is there, would do well too. So we
# also measure with the mask of *another* picture. Only what is better than that has found *this* thing.

# %%
masks = large.masks[:, 0]  # (B, 64, 64)
from_class = rearrange(attention[:, :, :, 0, 1:], "l b h (y x) -> l h b y x", y=8)  # what the class token gives each patch
on, area = attention_on(from_class, masks)  # each (blocks, heads, B)
by_head = on.mean(2)  # (4, 4)
by_habit = attention_on(from_class, masks.roll(1, 0))[0].mean(2)  # (4, 4), on the mask of another picture
share = area.mean().item()
for block in range(4):
    told = "  ".join(f"{a:.0%} ({b:.0%})" for a, b in zip(by_head[block].tolist(), by_habit[block].tolist(), strict=True))
    print(f"block {block + 1}: on the thing (on another's place), head by head: {told}")
print(f"The thing is {share:.0%} of the picture.")

with torch.no_grad():
    fresh = vit("mini", size=64, patch=8, stem="conv").to(here).eval().attention(large.pictures)
random_on = attention_on(rearrange(fresh[:, :, :, 0, 1:], "l b h (y x) -> l h b y x", y=8), masks)[0].mean().item()
claim("The head that looks at the thing most does so far above its share", by_head.max(), ">", share, margin=0.15)
claim("In the last block, attention is on the thing above its share", by_head[-1].mean(), ">", share, margin=0.05)
claim("And more than habit explains", by_head[-1].mean(), ">", by_habit[-1].mean(), margin=0.05)
claim("Before training it is not", random_on, "≈", share, margin=0.03)

# %% [markdown]
# So a good part is habit, and the rest is real. And even attention that is real explains no decision. It says where values were gathered from, not
# what was made of them.
#
# ### Through all blocks: rollout
#
# A map of one block shows only who listens to whom *there*. But the tokens that it listens to have themselves gathered
# from others, in the blocks before. **Attention rollout** follows this through all blocks. It takes the mean $A_l$ of the heads of block $l$,
# supposes that half of each token stays where it is (since each block *adds* to what came in), and multiplies:
#
# $$ R = \tfrac12 (A_4 + I)\; \tfrac12 (A_3 + I)\; \tfrac12 (A_2 + I)\; \tfrac12 (A_1 + I) $$
#
# where $I$ is the table in which everybody listens to themselves alone.

# %%
through = rollout(attention)  # (B, 65, 65)
rolled = rearrange(through[:, 0, 1:], "b (y x) -> b y x", y=8)
rolled_on = attention_on(rolled, masks)[0].mean().item()
rolled_habit = attention_on(rolled, masks.roll(1, 0))[0].mean().item()
print(f"Rollout: {rolled_on:.0%} on the thing, {rolled_habit:.0%} on another's place; the thing is {share:.0%} of the picture.")
claim("Through all blocks, attention is on the thing above its share", rolled_on, ">", share, margin=0.03)
claim("But less than in the last block", rolled_on, "<", by_head[-1].mean(), margin=0.05)
order = (attention_on(rolled, masks)[0] - area[0, 0]).argsort(descending=True)
for which, word in ((order[0], "best"), (order[len(order) // 2], "in the middle")):
    display(show.overlay(
        large.pictures[which],
        rolled[which].cpu(),
        titles=[world.THINGS[int(large.labels[which])], "rollout"],
        label="attention",
        caption=f"Rollout for the picture on which it works {word}, of all new ones. No mask was ever shown to this network.",
    ))  # fmt: skip

# %% [markdown]
# Rollout is blurred: a mean over heads lets the heads that look at the thing drown in the others, and half of everything stays where it
# was, in four blocks in a row.
#
# ### How far does each head look?
#
# A convolution of the first layer sees its neighbors, and no others. What do the heads of each block do, which may look
# anywhere? Take the mean distance from each patch to the patches it attends to. Again there is a trap: a head that always looks at the thing in
# the middle, whoever asks, also looks less far than one without any preference. So for comparison every patch gets the *same* map, the mean
# over all patches of that picture.

# %%
far = attention_distance(attention, columns=8, num_prefix_tokens=1).cpu()  # (blocks, heads)
same_map = attention[..., 1:, 1:].mean(-2, keepdim=True).expand(-1, -1, -1, 64, -1)  # whoever asks, the same answer
habit = attention_distance(same_map, columns=8).cpu()
nearest, blocks = far.argmin(1), range(1, 5)
places = torch.stack(torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij"), -1).flatten(0, 1)
anywhere = torch.cdist(places, places).mean().item()
show.curves(
    {
        "nearest head": (blocks, far.amin(1).tolist()),
        "the same, whoever asks": (blocks, [habit[b, h].item() for b, h in enumerate(nearest.tolist())]),
        "farthest head": (blocks, far.amax(1).tolist()),
    },
    x="block",
    y="mean distance (patches)",
    levels={"no preference": anywhere},
    caption="How far the most short-sighted and the most far-sighted head of each block look. The axis is cut: all of them look nearly as far as one without preference.",
)

# %%
claim("Some head looks nearer by than one without preference", far.min(), "<", anywhere, margin=0.2)
claim("But all of them look far: none is like a convolution, which looks one patch far", far.min(), ">", 2)

# %% [markdown]
# They prefer what is near, but only a little, and a part even of that is the middle of the picture. In large ViTs that learned from many
# millions of photographs, some heads of the first blocks look at their neighbors alone, as a convolution does (Raghu and others, below;
# they also find that with too few pictures such heads do not appear). Ours may have too few pictures for it, or no need for it, since its
# convolutional stem has done the near work already. We have not found out which.

# %% [markdown]
# ## 7 · What it costs
#
# A network costs memory for its weights (its **parameters**), work for each picture (counted in **FLOPs**: each
# multiplication and each addition is one), and memory for what has to be remembered until the gradient is computed.
# For a transformer the work can be counted by hand. Softmax, norms and biases are left out, as is usual: next to the matrix products they
# are little. Let there be $N$ tokens, now of width $D$. In each block,
#
# - queries, keys and values take $3D^2$ multiplications a token, the mixing matrix $D^2$, and the two matrices of the
#   perceptron, four times as wide inside, $8D^2$: together $12D^2$, times $N$ tokens;
# - the tables of scores take $N^2 D$, and the means of the values again $N^2 D$. (With $h$ heads there are $h$ tables, each of width $D/h$: it
#   comes to the same.)
#
# Each multiplication comes with an addition, so double it: $24 N D^2 + 4 N^2 D$ FLOPs a block.

# %%
D, depth, N, p = 80, 4, 16, 8
by_hand = depth * (24 * N * D**2 + 4 * N**2 * D) + 2 * N * (3 * p * p) * D  # the blocks, and the patches' matrix
counted = {name: cost(make(), picture) for name, make in networks.items()}
for name, c in counted.items():
    print(f"{name:25} {c.parameters:>9,} parameters {c.flops / 1e6:>7.1f} million FLOPs {c.remembered / 1e6:>5.2f} MB remembered")
claim("Counted by hand as by PyTorch's counter", by_hand, "==", counted["ViT"].flops)

# %% [markdown]
# ### How it grows
#
# Look at the second term: $N^2$. Twice the side of the picture means four times the tokens and sixteen times the
# table. For small pictures it hardly counts; for large ones it is most of the work. Where do the two meet? $24 N D^2 = 4 N^2 D$ where
# $N = 6 D$: at 480 tokens for this narrow ViT, at 4,608 for the usual one of width 768. Here the same ViT with patches of 8 on larger and
# larger pictures, counted.

# %%
sides = (32, 64, 128, 256, 512)
tokens = [(side // 8) ** 2 for side in sides]
tables = [depth * 4 * n**2 * D / 1e9 for n in tokens]
rest = [(depth * 24 * n * D**2 + 2 * n * 192 * D) / 1e9 for n in tokens]
show.curves(
    {"attention tables": (tokens, tables), "everything else": (tokens, rest)},
    x="tokens",
    y="billion FLOPs",
    logx=True,
    logy=True,
    caption="Everything else grows with the number of tokens, the tables of attention with its square. Both axes are logarithmic.",
)

# %%
at_256 = cost(ViT(80, 4, 4, size=256, patch=8, pool="mean"), torch.rand(1, 3, 256, 256)).flops
claim("The counter agrees on large pictures too", at_256 / 1e9, "≈", tables[3] + rest[3], 1e-6)
claim("Four times the tokens make tables of sixteen times the work", tables[1] / tables[0], "==", 16)
claim("On the largest pictures the tables are most of the work", tables[4], ">", rest[4])

# %% [markdown]
# ## 8 · The lab
#
# Click a patch of the picture on the left, or press Tab until the picture has the focus and move with the arrow keys. On the right you see
# where each head of each block looks *from that patch*.
#
# Each map has its own scale. Three things to try:
#
# 1. Click on the backdrop, then on the thing. In which blocks do the maps change most? Where they hardly change, the head looks by habit.
# 2. Find a head that always looks to the same side, wherever you click. It could be a way to learn what is beside what.
# 3. Choose "the class token", and go through the pictures. Is there a head that you would call "where is the thing"? Compare with the
#    numbers of section 6.

# %%
from course_lib.chapters.ch01_from_convolutions_to_transformers.lab import attention_lab

attention_lab(
    large.pictures[:12].cpu(),
    attention[:, :12].cpu(),
    caption="The lab, as a still picture: where 16 heads look from the patch in the frame. Where a kernel runs, you can click.",
)

# %% [markdown]
# ## 9 · In the wild
#
# The classes of this chapter are the real thing: in their usual sizes, `ViT` and `ConvNet` take weights that others have
# published, and compute what the original computes; the tests of the course make sure of that. Here both look at
# photographs: a ResNet-18 and a ViT-B/16 of torchvision, trained on the million labeled pictures of ImageNet.

# %%
from course_lib import photos
from course_lib.weights import published

photographs = photos.find(size=224, split="test", limit=8, fetch=profile() == "gpu")
states = {name: published.torchvision(name, download=profile() == "gpu") for name in ("resnet18", "vit_b_16")}
if photographs and all(states.values()):
    resnet, base = published.resnet18(states["resnet18"]).to(here), published.vit(states["vit_b_16"]).to(here)
    with torch.no_grad():
        seen = photographs.pictures.to(here)
        print("features of ResNet-18", tuple(resnet(seen).shape), "and of ViT-B/16", tuple(base(seen).shape))
        rolled = rearrange(rollout(base.attention(seen[:1]))[0, 0, 1:], "(y x) -> y x", y=14).cpu()
    display(show.overlay(seen[0].cpu(), rolled, titles=["photograph", "rollout"], label="attention", caption="Where ViT-B/16 looks in a photograph."))
elif photographs:
    print("The published weights (375 MB) are not here: set COURSE_PROFILE=gpu, or run this chapter on Colab.")

# %% [markdown]
# ## 10 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 11 · In five sentences
#
# 1. A convolution is one matrix product on all windows of a picture; it takes for granted that what is near belongs together and that places are alike.
# 2. A ViT cuts the picture into patches and lets each token decide whom to listen to, by comparing queries with keys.
# 3. Without position embeddings it sees a bag of patches; so where things are has to be told, and learned.
# 4. What is built in is worth pictures: from few of them the CNN wins by far, and a convolutional stem is a good part of the way.
# 5. Attention finds the thing to some degree without being told where it is, but measure before you believe a map; and its tables grow with the square of the number of tokens.
#
# ### Quiz

# %%
quiz("01")

# %% [markdown]
# ### Further reading
#
# - He and others, 2015, [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385). The plus sign; read section 3.
# - Vaswani and others, 2017, [*Attention Is All You Need*](https://arxiv.org/abs/1706.03762). Where attention took over; section 3.2 is this chapter's formula.
# - Dosovitskiy and others, 2020, [*An Image is Worth 16x16 Words*](https://arxiv.org/abs/2010.11929). The ViT; look at figure 3 for the hunger for data.
# - Touvron and others, 2020, [*Training data-efficient image transformers*](https://arxiv.org/abs/2012.12877). How to feed it less.
# - Xiao and others, 2021, [*Early Convolutions Help Transformers See Better*](https://arxiv.org/abs/2106.14881). The stem.
# - Abnar and Zuidema, 2020, [*Quantifying Attention Flow in Transformers*](https://arxiv.org/abs/2005.00928). Rollout, in four pages.
# - Raghu and others, 2021, [*Do Vision Transformers See Like Convolutional Neural Networks?*](https://arxiv.org/abs/2108.08810). What the two kinds do differently inside.
#
# **Next:** chapter 02 asks what these networks learn when a person names every picture.
