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
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/06_fill_in_what_is_missing.ipynb)

# %% [markdown]
# # 06 · Fill in what is missing
#
# **The question of this chapter:** what has a machine understood when it can paint what was covered?
#
# **When you are done you can**
#
# - say what comes for nothing when few patches are hidden, and how much MAE hides;
# - turn a picture into a row of visual tokens, and pass a gradient through the choice of a code;
# - write a masked autoencoder from its random masking to its loss, and train yours;
# - tell what masked image modeling learns well and what it hardly learns, and measure both.
#
# **You should know** the Vision Transformer of chapter 01, probes and fine-tuning of chapter 02, SimCLR of chapter 04.
#
# **Time:** about 95 minutes of reading and solving. The computer's own share is about two minutes on a laptop.

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
# The tools, and the amount of work. Pictures are 32 × 32, cut into 64 patches of 4 × 4.

# %%
import torch
from einops import rearrange
from safetensors.torch import load_file

from course_lib import check, claim, claims_table, hint, photos, predict, progress, quiz, reveal, show, solution, weights, world
from course_lib.chapters.ch06_fill_in_what_is_missing import lab
from course_lib.evaluate import copy_nearest, features, interpolate, knn, masked_psnr, paint_mean, psnr
from course_lib.fit import fit
from course_lib.nn import ViT, block_masking, grid_masking, patchify, random_mask, unpatchify
from course_lib.nn.quantizer import Quantizer, used_codes
from course_lib.pretrain import MAE, Loss, Tokenizer, hog
from course_lib.train.device import device, profile
from course_lib.train.optim import adamw
from course_lib.weights import published
from course_lib.world.interventions import edit

budget = {  # steps of MAE and of a tokenizer, MAE's batch; pictures to take a mean of and to test on
    "smoke": {"steps": 4, "tokens": 4, "batch": 16, "known": 200, "new": 100},
    "laptop": {"steps": 400, "tokens": 60, "batch": 64, "known": 1000, "new": 500},
    "gpu": {"steps": 2000, "tokens": 300, "batch": 256, "known": 2000, "new": 1000},
}[profile()]
here = device()
new = world.draw(budget["new"], size=32, mode="portrait", seed=10, split="val", device=here)
PATCH, GRID, chance = 4, 8, torch.Generator().manual_seed(0)
things = (new.patch_things(GRID) >= 0).flatten(1)  # (N, 64), True where a thing covers most of a patch

# %% [markdown]
# ## 1 · The problem
#
# In 2018 a model of language, **BERT**, learned from a game: cover 15 % of the words of a text, and guess them. *The cat sat on the ▢.* Nobody has to
# label anything, and whoever guesses well has learned something about words, and about cats. It changed how machines learn language.
#
# Can pictures be learned so? Cover some patches, and let a model paint them: this is **masked image modeling**. First let us play without any model: every covered
# word becomes a copy of the nearest visible word, and every covered patch a copy of the nearest visible patch.

# %%
predict(
    "06.copy",
    "15 % are covered. How often is the copy right? (For a patch: nearly, its colors wrong by less than a tenth.)",
    ["words and patches: hardly ever", "patches about half the time, words hardly ever", "words and patches: about half the time"],
)


# %%
def nearly_right(painted, which):
    """The share of these patches, in percent, whose root mean squared error is below 0.1; colors are from 0 to 1."""
    error = (patchify(painted, PATCH) - patchify(new.pictures, PATCH)).square().mean(-1).sqrt()  # (N, 64)
    return 100 * (error[which] < 0.1).float().mean().item()


hits, tries = lab.copy_words(new.captions, 0.15, chance)
mask = random_mask(len(new), GRID, GRID, 0.15, chance).to(here)  # (N, 64), True where covered
copies, by_mean = (paint(new.pictures, mask, PATCH) for paint in (copy_nearest, paint_mean))
every = " ".join(new.captions).split()
right = {
    "words, copied": 100 * hits / tries,
    'words, always "a"': 100 * every.count("a") / len(every),
    "patches, copied": nearly_right(copies, mask),
    "of backdrop": nearly_right(copies, mask & ~things),
    "of things": nearly_right(copies, mask & things),
    "patches, the mean color": nearly_right(by_mean, mask),
}
show.bars(
    right,
    x="right (%)",
    highlight="patches, copied",
    caption="A patch of the backdrop is given away by its neighbor; a patch of a thing is not, nor is a word. Two floors: always the same word, and the mean color of what is visible.",
)

# %%
options = ["words and patches: hardly ever", "patches about half the time, words hardly ever"]
reveal("06.copy", options[right["patches, copied"] > 30], f"{hits} of {tries} words; {right['patches, copied']:.0f} % of the patches")
claim("Copying its neighbor hardly ever gives a word", right["words, copied"], "<", 3, unit="%")
claim("Copying nearly gives a patch, far more often than the mean color does", right["patches, copied"], ">", right["patches, the mean color"], margin=15, unit="%")
claim("Copying hardly ever gives a patch of a thing", right["of things"], "<", 5, unit="%")

# %% [markdown]
# Copying fills half of the few gaps nearly right, and whoever copies has understood nothing. (Our captions are simple: two neighbors often tell which word stands between them, but no neighbor *is* that word.)
# Where copies are wrong they are badly wrong. The squared error counts how badly. We give it in decibels: the **peak signal-to-noise ratio** (PSNR) is
# $-10 \log_{10}$ of the mean squared error. Ten decibels more are a tenth of the error.

# %%
ratios = (0.15, 0.5, 0.75, 0.9)
copied, mean, smoothed = {}, {}, {}
for ratio in ratios:
    mask = random_mask(len(new), GRID, GRID, ratio, chance).to(here)
    copied[ratio] = masked_psnr(copy_nearest(new.pictures, mask, PATCH), new.pictures, mask, PATCH)
    mean[ratio] = masked_psnr(paint_mean(new.pictures, mask, PATCH), new.pictures, mask, PATCH)
    smoothed[ratio] = masked_psnr(interpolate(new.pictures, mask, PATCH), new.pictures, mask, PATCH)
rows = {}
for ratio in (0.15, 0.75):
    mask = random_mask(8, GRID, GRID, ratio, torch.Generator().manual_seed(1)).to(here)
    rows[f"{100 * ratio:.0f} % covered"] = lab.covered(new.pictures[:8], mask, PATCH)
    rows[f"{100 * ratio:.0f} % covered, the nearest visible patch copied"] = copy_nearest(new.pictures[:8], mask, PATCH)
show.pictures(
    torch.cat(list(rows.values())),
    rows=list(rows),
    caption="With few gaps copies leave things nearly whole. With many they fall apart.",
)

# %%
for ratio in ratios:
    print(f"{100 * ratio:2.0f} % covered: copies {copied[ratio]:.1f} dB, the mean color {mean[ratio]:.1f} dB, interpolated {smoothed[ratio]:.1f} dB")
claim("At 75 % covered copies are farther off than the mean color", copied[0.75], "<", mean[0.75], unit="dB")

# %% [markdown]
# (**Interpolated**: a mean of the visible colors, near ones counting most. It loses with the ratio too, and is the floor to beat.) Two questions are left, and they are this chapter: *how* to cover, and *what* to predict.
#
# ## 2 · How to cover
#
# BERT puts a special token, `[MASK]`, where a word was. **MAE** (the *masked autoencoder* of He and others, 2021; an **autoencoder** gives its own input back) does something bolder: covered patches are not there at all. The encoder gets a shorter
# list of tokens. So each token must know where it stood (its position is added *before* the others are taken away), and later we must find the way back.
#
# Which ones stay? Give each token a random number, its **noise**, and sort. The first ones stay. An example with four tokens, of which two stay:
#
# | token | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | its noise | .5 | .1 | .9 | .3 |
#
# Sorted by noise the list is 1, 3, 0, 2: this is `ids_shuffle`. Tokens 1 and 3 stay. And `ids_restore` answers the opposite question: at which place of that list does
# each token stand? Token 0 at place 2, token 1 at place 0, token 2 at place 3, token 3 at place 1: `[2, 0, 3, 1]`.
#
# ### Exercise 06.1 · Keep a quarter
#
# *10 minutes · medium.* The noise comes from outside, so that everybody has the same, and no two numbers are equal.


# %%
def random_masking(tokens, ratio, noise):
    """Keep the tokens (B, N, D) with the smallest noise (B, N), V = int(N * (1 - ratio)) of each picture.

    Returns the visible tokens (B, V, D), the smallest noise first; the mask (B, N) bool, True where covered; and ids_restore
    (B, N) int64: the place of each token in the list of all, sorted by noise.
    """
    raise NotImplementedError  # your lines here


random_masking = check("06.1", random_masking)

# %%
hint("06.1")
solution("06.1")

# %% [markdown]
# Masks need not be random. Four kinds; the first three cover three quarters:

# %%
hand = torch.zeros(1, 64, dtype=torch.bool)
hand.view(8, 8)[1:5, 2:6] = True
kinds = {
    "random: any patch": random_mask(1, GRID, GRID, 0.75, chance),
    "block-wise: rectangles": block_masking(1, GRID, GRID, 0.75, chance),
    "grid: one of each 2 × 2 stays": grid_masking(1, GRID, GRID, 0.75),
    "by hand": hand,
}
show.pictures(
    torch.cat([lab.covered(new.pictures[8:9].cpu(), mask, PATCH) for mask in kinds.values()]),
    titles=list(kinds),
    caption="One picture, four masks. On a grid every gap has a visible neighbor; in blocks the middle of a gap is far from everything.",
)

# %% [markdown]
# ## 3 · What to predict: a vocabulary for pictures
#
# BERT *chooses*: one word of 30,000. Its loss is a cross-entropy, and when it is unsure it can say so: 40 % *mat*, 30 % *sofa*. Pixels are not chosen. A model that must paint the gap between two possible pictures with one
# picture paints something in between: a blur.
#
# So **BEiT** (Bao and others, 2021) made words for pictures; with them BERT's recipe beat training a ViT-B from scratch with labels (83.2 % against 81.8 %, ImageNet). A **tokenizer** turns each patch into one of $K$ **codes**, a whole number, and paints the picture from the codes again. Its codes are the picture's **visual tokens**.

# %%
tokenizer = weights.load("tokenizer", Tokenizer()).to(here)  # 256 codes, trained for 2,200 steps
with torch.no_grad():
    codes = tokenizer.encode(new.pictures)  # (N, 8, 8) whole numbers
    decoded = tokenizer.decode(codes)  # (N, 3, 32, 32)
lab.tokens_diagram(
    new.pictures[2],
    codes[2],
    decoded[2],
    caption="A picture becomes 64 whole numbers, and is painted from these alone. Shape is there, colors only roughly; fine texture is lost.",
)

# %% [markdown]
# Inside, the encoder makes of each patch a vector $z$. The **codebook** has $K$ vectors $e_1 \dots e_K$. What is kept is the number of the nearest one, and the decoder gets that one, $e_k$. This is
# **vector quantization** (van den Oord and others, 2017; their tokenizer is called VQ-VAE).
#
# There is a catch. Move $z$ a little, and the same code is chosen: the gradient of the choice is zero, and none reaches the encoder. The way out is a plain lie, the **straight-through estimator**: forward, use the code;
# backward, behave as if nothing had happened, and hand the gradient of the code to $z$ as it is.
#
# ### Exercise 06.2 · Straight through
#
# *10 minutes · medium.* Nearest is by Euclidean distance. The codebook gets no gradient here: each code is moved another way, to a moving average (EMA) of the vectors that chose it.


# %%
def straight_through(z, codebook):
    """The nearest code of the codebook (K, D) for each vector of z (N, D): values of the code, gradient of z as it is.

    Returns (N, D): its gradient goes to z unchanged, and none goes to the codebook.
    """
    raise NotImplementedError  # your lines here


straight_through = check("06.2", straight_through)

# %%
hint("06.2")
solution("06.2")

# %% [markdown]
# What is the step worth? Three small tokenizers, from scratch. Their loss has two terms: the squared error of the painted picture, and the **commitment**, which holds each vector near the code that it chose. The first has your step. In the second no gradient comes back through the choice, and the encoder hears of the
# commitment alone. The third is the control: its encoder stays as random as it began. The floor: for every picture the average of all.


# %%
class YourQuantizer(Quantizer):
    """The course's codebook with your step, or with one through which no gradient comes back."""

    passes = True

    def forward(self, z):
        _, codes, commitment = super().forward(z)  # moves the codebook, too
        chosen = straight_through(z.flatten(0, -2).float(), self.codebook).view_as(z)
        return chosen if self.passes else chosen.detach(), codes, commitment


worth = {}
for name in ("your step", "commitment alone", "a frozen encoder"):
    small = Tokenizer(channels=24, blocks=1)
    small.quantizer = YourQuantizer(256, 32, decay=0.9)
    small.quantizer.passes = name == "your step"
    small.encoder.requires_grad_(name != "a frozen encoder")
    fit(small, world.Stream(32, size=32, mode="portrait", seed=70), budget["tokens"], lr=3e-3, optimizer=adamw(betas=(0.9, 0.95)), progress=False)
    worth[name] = psnr(small.to(here).decode(small.encode(new.pictures)), new.pictures)
worth["the average picture"] = psnr(new.pictures.mean(0).expand_as(new.pictures), new.pictures)
print(", ".join(f"{name}: {dB:.1f} dB" for name, dB in worth.items()))
claim("With your step the encoder learns something that a frozen one has not", worth["your step"], ">", worth["a frozen encoder"], margin=0.4, unit="dB")
claim("Commitment alone is worse than not to learn at all", worth["commitment alone"], "<", worth["a frozen encoder"], margin=1, unit="dB")

# %% [markdown]
# Left alone, the commitment is satisfied most cheaply when all vectors are one: **collapse**, as in chapter 05.
#
# What are the words of our pictures? Here is each of the 256 codes as a tile: what the decoder paints where this code stands everywhere.

# %%
tiles = lab.wall(tokenizer).cpu()
order = tiles.mean((1, 2, 3)).argsort()  # from dark to bright
show.pictures(tiles[order], columns=32, size=0.24, caption="The codebook as a wall of tiles, from dark to bright. Most are a plain color, some go from dark to bright.")

# %%
blocks = patchify(new.pictures, PATCH)  # (N, 64, 48)
flat = rearrange(blocks, "n p (q c) -> n p q c", c=3).mean(2, keepdim=True).expand(-1, -1, 16, -1).flatten(2)  # each patch its mean color
floor, kept = psnr(unpatchify(flat, PATCH), new.pictures), psnr(decoded, new.pictures)
used = 100 * used_codes(codes, 256).item()
print(f"painted from the codes: {kept:.1f} dB; each patch its own mean color: {floor:.1f} dB; codes used: {used:.0f} %")
claim("64 codes together say more of a picture than 64 mean colors", kept, ">", floor, margin=3, unit="dB")
claim("Nearly all codes are used", used, ">", 80, unit="%")

# %% [markdown]
# Codes are easily left unused. A code that no vector chooses is never moved, so it is never chosen: it is **dead**. Ours begin as the centers of clusters of real vectors (k-means), and a dead one is put where a
# vector of the batch is.
#
# (BEiT's own tokenizer had 8,192 codes and was trained in another way.) With such words BEiT is BERT: cover blocks of patches, put a learned **mask token** in each gap, and guess the code of each covered patch. Its loss is the cross-entropy of the right code.
#
# ## 4 · Or simply pixels: MAE
#
# Half a year later MAE showed that pixels do, if you cover much. It has two parts of very different size:
#
# - the **encoder**, a ViT, sees the visible patches alone. This is what we keep;
# - a small **decoder** (here one block, 64 wide) gets its tokens, a mask token in each gap, and predicts the pixels of all patches. It is thrown away afterwards.

# %%
trained = weights.load("mae", MAE(ViT(96, 4, 4, size=32, patch=PATCH, pool="mean", pos_embed="sincos"))).to(here)
mask = random_mask(8, GRID, GRID, 0.75, torch.Generator().manual_seed(3)).to(here)
painted = trained.reconstruct(new.pictures[:8], mask)
lab.mae_diagram(new.pictures[0], painted[0], mask[0], PATCH, caption="MAE. The encoder never sees what is covered. The decoder knows of each gap only where it is.")

# %% [markdown]
# ### Exercise 06.3 · Only what was covered counts
#
# *5 minutes · easy.* The loss looks at the covered patches alone: what is visible could simply be copied. With $x_i$ the $P$ numbers of patch $i$ and $\hat x_i$ their prediction, and $M$ the set of all covered patches of the batch:
#
# $$ \ell = \frac{1}{|M|} \sum_{i \in M} \frac{1}{P} \lVert \hat x_i - x_i \rVert^2 $$


# %%
def masked_loss(prediction, patches, mask):
    """The squared error of the covered patches, of prediction and patches (B, N, P), mask (B, N) bool, True where covered.

    A mean over the P numbers of a patch, then over all covered patches of the batch, each counting the same: a tensor, ().
    """
    raise NotImplementedError  # your lines here


masked_loss = check("06.3", masked_loss)

# %%
hint("06.3")
solution("06.3")

# %% [markdown]
# ### Exercise 06.4 · The whole of MAE
#
# *25 minutes · hard.* This is the heart, and what you write here is what we then train. Your `mae` has
#
# | | |
# |---|---|
# | `mae.encoder.embed(pictures)` | tokens (B, N, D), their positions added; there is no class token |
# | `mae.encoder.transformer`, then `mae.encoder.norm` | the encoder's blocks and its last norm |
# | `mae.decoder.embed` | from the encoder's width D to the decoder's, d |
# | `mae.decoder.mask_token`, `mae.decoder.pos_embed` | (d,) and (N, d) |
# | `mae.decoder.transformer`, then `.norm`, then `.head` | the decoder's blocks, norm, and the last layer, to the P numbers of a patch |
# | `mae.ratio` | the share that is covered |
#
# Your `random_masking` does the covering. If your 06.1 is not solved yet, the reference stands in.


# %%
def mae_forward(mae, pictures, noise):
    """A prediction for every patch (B, N, P) of pictures (B, 3, H, W), and the mask (B, N) bool, True where covered.

    The encoder (blocks, then norm) sees the visible tokens alone. The decoder gets them and a mask token for each gap, brings each
    to its place (ids_restore), adds its positions, and sends all through its blocks, norm and head.
    """
    raise NotImplementedError  # your lines here


mae_forward = check("06.4", mae_forward)

# %%
hint("06.4")
solution("06.4")

# %% [markdown]
# ### Train it
#
# Your three functions, from scratch: AdamW with betas .9 and .95, a learning rate of 0.002 that rises for 5 % of the steps and then falls along a cosine, 64 pictures a step.


# %%
class YourMAE(MAE):
    """MAE with your masking, your forward pass and your loss."""

    def loss(self, batch):
        noise = torch.rand(len(batch.pictures), GRID**2, device=batch.pictures.device)
        prediction, mask = mae_forward(self, batch.pictures, noise)
        return Loss(masked_loss(prediction, self.targets(batch.pictures), mask))


def small_vit(seed=0, **options):
    return ViT(96, 4, 4, size=32, patch=PATCH, pool="mean", pos_embed="sincos", seed=seed, **options)


yours = YourMAE(small_vit())
stream = world.Stream(budget["batch"], size=32, mode="portrait", seed=60)
history = fit(yours, stream, budget["steps"], lr=2e-3, optimizer=adamw(betas=(0.9, 0.95)), progress="your MAE")

# %% [markdown]
# Now we paint. No loss stands where patches are visible, so what a model says there means nothing; `reconstruct` pastes the true ones. The course also ships the same model after
# 10,000 steps.

# %%
mask = random_mask(len(new), GRID, GRID, 0.75, torch.Generator().manual_seed(3)).to(here)
paint = {
    "covered": lab.covered(new.pictures, mask, PATCH),
    f"yours, {budget['steps']:,} steps": yours.eval().reconstruct(new.pictures, mask),
    "10,000 steps": trained.reconstruct(new.pictures, mask),
    "interpolated": interpolate(new.pictures, mask, PATCH),
    "the truth": new.pictures,
}
show.pictures(
    torch.cat([pictures[:8] for pictures in paint.values()]),
    rows=list(paint),
    caption="Three quarters covered. After training for long, backdrop, main color and a rough outline are mostly right; edges and patterns are not there.",
)

# %%
live, longer, smooth = (masked_psnr(pictures, new.pictures, mask, PATCH) for pictures in list(paint.values())[1:4])
floor, nearest = (masked_psnr(cheap(new.pictures, mask, PATCH), new.pictures, mask, PATCH) for cheap in (paint_mean, copy_nearest))
ladder = {"the mean color": floor, "the nearest copied": nearest, "interpolated": smooth, "yours": live, "10,000 steps": longer}
print("PSNR of the covered patches:", ", ".join(f"{name} {dB:.1f} dB" for name, dB in ladder.items()))
claim("Your MAE paints better than the mean color", live, ">", floor, margin=2, unit="dB")
claim("Trained longer, it is far ahead of interpolation", longer, ">", smooth, margin=2, unit="dB")

# %% [markdown]
# Where several things could stand, their mean has the least squared error. So at its best MAE paints a mean, and a mean is blurred. (After a short training things are grayish discs: a mean over things of all colors.)
#
# ### Why it is cheap
#
# The encoder sees 16 of 64 tokens: a quarter of its work, and less still of the attention, which compares all pairs. How much does that save in a training step?


# %%
batch = next(stream)
methods = {ratio: MAE(small_vit(), ratio).to(here) for ratio in (1 / 64, 0.25, 0.5, 0.75, 0.9)}
times = [{ratio: lab.time_step(method, batch) for ratio, method in methods.items()} for _ in range(7)]  # in turns
fastest = {ratio: min(turn[ratio] for turn in times) for ratio in methods}
speed = {f"{100 * ratio:.0f} %": fastest[1 / 64] / seconds for ratio, seconds in fastest.items()}
print("times faster than with one patch covered:", ", ".join(f"{name} covered {times:.1f}" for name, times in list(speed.items())[1:]))
claim("With 75 % covered a step is at least twice as fast", speed["75 %"], ">", 2, unit="×")

# %% [markdown]
# ### Pixels that leak
#
# In the paper MAE's best features come from **normalized pixels** (ours predict plain ones): each patch less its mean, over its standard deviation. Then the model need not say how bright a patch is, only what is drawn on it. But how do we show such a painting? To turn it back into colors
# one needs each patch's mean and deviation, and these are known only of visible patches. An early demonstration, by others than the authors, used the *true* ones of the covered patches. What would a model that has learned nothing, and says 0 everywhere, paint then?

# %%
true = trained.targets(new.pictures)  # (N, 64, 48)
leaked = true.mean(-1, keepdim=True) + true.std(-1, keepdim=True) * torch.zeros_like(true)  # "predicts" 0: the means are left
almost = torch.arange(64, device=here).expand(len(new), -1) != 27  # one patch visible, of 64
unnormalized = (unpatchify(torch.where(almost[:, :, None], leaked, true), PATCH) * 0.25 + 0.5).clamp(0, 1)
known = world.draw(budget["known"], size=32, mode="portrait", seed=50, device=here)
average = known.pictures.mean(0)  # of other pictures
honest = torch.where(lab.covered(torch.zeros_like(new.pictures), almost, PATCH) > 0, average, new.pictures)
show.pictures(
    torch.cat([lab.covered(new.pictures, almost, PATCH)[:8], honest[:8], unnormalized[:8]]),
    rows=["one of 64 patches is visible", "an honest guess: the average of many other pictures", 'a model that says 0 everywhere, "un-normalized" with the truth'],
    caption="One visible patch, a model that has learned nothing, and yet you see what it is, in gray: the true mean of each patch has told it.",
)

# %%
leak, fair = (masked_psnr(pictures, new.pictures, almost, PATCH) for pictures in (unnormalized, honest))
print(f"with the true means {leak:.1f} dB, the honest guess {fair:.1f} dB")
claim("A model that has learned nothing seems to know the picture, since the truth leaks", leak, ">", fair, margin=3, unit="dB")

# %% [markdown]
# ## 5 · Three things to predict
#
# What should stand in the gap? From low to high:
#
# | target | method | a covered patch's answer |
# |---|---|---|
# | pixels | MAE; SimMIM (mask tokens go through the encoder, and one linear layer paints) | 48 numbers |
# | edges | MaskFeat | **HOG**, *histograms of oriented gradients*: for each color, how strong edges are in 9 directions, these nine brought to length 1: 27 numbers |
# | tokens | BEiT | one code of 256 |
#
# (Higher still is what another network has understood of the patch. That is chapter 07.)

# %%
histograms = hog(new.pictures[:6], cell=PATCH)  # (6, 27, 8, 8)
lab.hog_pictures(
    new.pictures[:6],
    histograms,
    caption="Pictures, and what MaskFeat must predict of them: in each patch how its edges run. Absolute colors and brightness are gone. Since each list is brought to length 1, faint edges of a backdrop count as much as those of the thing. (Drawn: the mean over the three colors.)",
)

# %% [markdown]
# Published, for ViT-B fine-tuned with all labels of ImageNet: an accuracy of 83.6 % after MAE, 83.8 % after SimMIM, 84.0 % after MaskFeat and 83.2 % after BEiT, each by its own recipe (1,600, 800, 1,600 and 800 epochs). Where the target alone was changed (MaskFeat, table 2; 300 epochs), it did matter: 82.5 % with pixels,
# 82.8 % with tokens, 83.6 % with HOG; 81.8 % from scratch.
#
# Now ours: the same ViT and the same pictures, each method trained equally long on one core, about half an hour (10,000 steps of MAE, which are cheap; 5,200 of SimMIM, which covers 60 % and counts the absolute error; 5,800 of MaskFeat and 4,400 of BEiT, which cover 40 % in blocks). One training each. To compare with: **SimCLR** of chapter 04, which covers nothing (2,300 steps). Two floors:
# the pixels themselves as features, and **random features**, from the ViT before training.
#
# All is measured three times, from the last block, with other pictures and other labels:
#
# - **probe**: the kind, read by a linear probe from the mean over patches; **k-NN**: the kind that most of the five nearest pictures have;
# - **16 labels** a kind: a probe, or the whole network **fine-tuned** for 250 steps, lower layers with smaller learning rates (for random features this is training from scratch);
# - **patch: kind, part**: the kind of thing, or the part of it (*wheel*, *ear*), read by a linear probe from *one* patch;
# - **IoU**, intersection over union: a linear probe says of each patch whether it is thing. Of all patches that are, or are said to be, the share that is both.

# %%
table = weights.load_json("masked-table")["rows"]
lab.table_figure(table, caption="Floors gray, masked methods blue, SimCLR orange; in percent; a dot for each of three evaluations. By chance the kind is right once in forty times.")

# %%
runs = {name: {key: [100 * run[key] for run in found] for key in found[0]} for name, found in table.items()}
ours, contrastive, blank, pixels = (runs[name] for name in ("MAE", "SimCLR", "random", "pixels"))
tuned = "few labels, fine-tuned"
claim("Fine-tuned with few labels, MAE is far ahead of training from scratch", min(ours[tuned]), ">", max(blank[tuned]), margin=20, unit="%")
claim("Fine-tuned, MAE is ahead of a probe on its own features", min(ours[tuned]), ">", max(ours["few labels, probe"]), margin=8, unit="%")
lead = min(a - b for a, b in zip(ours[tuned], contrastive[tuned], strict=True))  # in the evaluation where it is smallest
claim("Fine-tuned, MAE is ahead of SimCLR, fine-tuned with the same labels, in each evaluation", lead, ">", 8, unit="points")
claim("One patch's token of MAE says more of the kind than one of SimCLR's", min(ours["kind of a patch"]), ">", max(contrastive["kind of a patch"]), unit="%")
masked = [runs[name] for name in ("MAE", "SimMIM", "MaskFeat", "BEiT")]
claim("All four masked methods tell thing from backdrop better than SimCLR", min(min(run["IoU"]) for run in masked), ">", max(contrastive["IoU"]), margin=3, unit="%")
claim("But pictures of one kind are nearest neighbors in SimCLR's features, far more than in those of any of the four", min(contrastive["neighbors"]), ">", max(max(run["neighbors"]) for run in masked), margin=15, unit="%")
over = max(a - b for name in ("SimMIM", "BEiT") for a, b in zip(runs[name]["probe"], pixels["probe"], strict=True))
claim("From SimMIM and BEiT a probe reads no more of the kind than from raw pixels, in each evaluation", over, "<", 0, unit="points")
claim("With few labels a probe reads more from SimCLR's", min(contrastive["few labels, probe"]), ">", max(max(run["few labels, probe"]) for run in masked), margin=3, unit="%")

# %% [markdown]
# Two ways to know. SimCLR has put pictures of one kind side by side: k-NN finds them, and a few labels go far. MAE has not: comparing raw pixels place by place finds more. Yet the kind is in its features, since a probe with many labels finds it. Is it only not what they differ by most? That can be tested. **Whitening** turns
# and stretches features until all directions vary equally; nothing is added.

# %%
rates = {}
for name, encoder in {"MAE": trained.encoder, "SimCLR": weights.load("vit-simclr", small_vit()).to(here)}.items():
    told, asked = features(encoder, known.pictures), features(encoder, new.pictures)
    for what, (known_x, new_x) in {name: (told, asked), f"{name}, whitened": lab.whiten(told, asked)}.items():
        rates[what] = 100 * (knn(known_x, known.labels, new_x) == new.labels).float().mean().item()
print("k-NN:", ", ".join(f"{name} {rate:.0f} %" for name, rate in rates.items()))
claim("Whitened, MAE's features have far better neighbors", rates["MAE, whitened"], ">", rates["MAE"], margin=5, unit="%")

# %% [markdown]
# So it is: what MAE's features differ by most is something else, and the kind lies in directions that vary little. MAE's strength lies elsewhere: in each single patch, and, fine-tuned by our recipe, in what the network becomes.
#
# Nor is "masked" enough. From the last block of SimMIM and BEiT a probe reads no more than from raw pixels. They differ from MAE in more than one thing, and our table does not say which it is: MAE covers more, has a decoder of its own, and makes about twice as many steps in the same time. (Two more cautions: all were fine-tuned by one recipe,
# and SimCLR ends below its own probe, so one of its own might give more. And MAE saw pictures as they are; SimCLR lives on its augmentations, as chapter 04 showed.)
#
# ## 6 · What does it ask of a picture?
#
# Here is a test of what a painter must know. Take a picture, and draw its scene again with *one* thing changed: another kind of thing of the same color; the same thing in another color; another backdrop. Then put together the left half of the first
# and the right half of the second, cover three quarters, and see how well the *left* half is painted. If MAE trusts what it sees on the right, the left half now gets worse. As a control, the right half is not shown at all.

# %%
predict(
    "06.halves",
    "Which change on the right harms the painting on the left most?",
    ["another kind of thing", "another color of the thing", "another backdrop", "none: it looks at what is near"],
)

# %%
sides = [random_mask(len(new), GRID, GRID // 2, 0.75, torch.Generator().manual_seed(seed)).unflatten(1, (GRID, -1)) for seed in (4, 5)]
mask = torch.cat(sides, -1).flatten(1).to(here)  # eight patches are visible on either side
shown = {"as it was": new.pictures}
for name, kind in {"another kind": "replace", "another color": "recolor", "another backdrop": "backdrop"}.items():
    other = world.draw_scene(edit(new.scene, seed=0, kinds=[kind]).scene, 32).to(here).pictures
    shown[name] = torch.cat([new.pictures[..., :16], other[..., 16:]], -1)  # the left half stays
on_right = torch.arange(GRID**2, device=here) % GRID >= GRID // 2
shown["another picture"] = torch.cat([new.pictures[..., :16], new.pictures.roll(1, 0)[..., 16:]], -1)
painted = {name: trained.reconstruct(pictures, mask) for name, pictures in shown.items()}
painted["not shown"] = trained.reconstruct(new.pictures, mask | on_right)
show.pictures(
    torch.cat([x[:4] for name in shown for x in (shown[name], painted[name])]),
    rows=[f"right half: {name}" for name in shown],
    caption="Left: pictures whose right half was drawn anew with one thing changed. Right: three quarters of their patches covered and painted by MAE, the others pasted.",
)

# %%
lost = {}
for where, which in {"all": things | ~things, "thing": things, "backdrop": ~things}.items():
    left = which & mask & ~on_right  # covered patches of the left half
    error = {name: (patchify(x, PATCH) - patchify(new.pictures, PATCH)).square().mean(-1)[left].mean() for name, x in painted.items()}
    lost[where] = {name: 10 * (error[name] / error["as it was"]).log10().item() for name in error if name != "as it was"}
for name in lost["thing"]:
    change = (patchify(shown.get(name, new.pictures), PATCH) - patchify(new.pictures, PATCH)).square().mean(-1)[~mask & on_right].mean()
    print(f"right half: {name:16} changed by {change:.3f} (mean square); the left half is painted worse by {lost['all'][name]:.1f} dB; thing {lost['thing'][name]:.1f}, backdrop {lost['backdrop'][name]:.1f}")
worst = max(("another kind", "another color", "another backdrop"), key=lost["all"].get)
reveal("06.halves", {"another kind": "another kind of thing", "another color": "another color of the thing", "another backdrop": "another backdrop"}[worst])
claim("Another backdrop on the right spoils the backdrop on the left", lost["backdrop"]["another backdrop"], ">", 3, unit="dB")
claim("Over the whole left half another backdrop harms far more than another kind or another color", lost["all"]["another backdrop"], ">", max(lost["all"]["another kind"], lost["all"]["another color"]), margin=2, unit="dB")

# %% [markdown]
# Mind the last row: what the left half *needs* of the right one is little, since its own eight visible patches say most. The changes show what MAE *trusts*. It trusts that one backdrop goes through, so much that a false one misleads it by far. (Of the three it is also the largest change: see the mean squares.) Another kind and another color
# cost little, and about the same: color on the thing alone; kind on the backdrop too, since another thing has another outline.
#
# So this is what our MAE goes by when it paints: colors and surfaces, and how they go on from one patch to the next. (Our reading: squared error asks for these first, since they fill most pixels.)
#
# ## 7 · The lab: cover it yourself
#
# Click a patch to cover or uncover it (or press Tab until the picture has the focus, and move with the arrow keys). The model paints at once. On the right: how much the painting would change without each visible patch.
#
# 1. Begin with *nothing* covered, and cover the middle of the thing, more and more of it. When is it lost?
# 2. Compare *at random*, *in blocks* and *on a grid*. Three quarters are covered each time; where is the model, which has trained with random masks, the least ahead of the mean color? And of interpolation?
# 3. Find the visible patch that matters most. How often is it one of the thing, in these twelve pictures?

# %%
lab.mask_lab(
    trained,
    new.pictures[:12],
    caption="The lab, as a still picture. Where a kernel runs, your clicks cover and uncover patches.",
)


# %%
def lead(hidden, cheap=paint_mean):
    """How far the model is ahead of what needs no learning, in dB, where patches are hidden (N, 64)."""
    painted = trained.reconstruct(new.pictures, hidden)
    return masked_psnr(painted, new.pictures, hidden, PATCH) - masked_psnr(cheap(new.pictures, hidden, PATCH), new.pictures, hidden, PATCH)


hole, shape = {}, {}
for side in (2, 4, 6):
    square = torch.zeros(GRID, GRID, dtype=torch.bool)
    square[4 - side // 2 : 4 + side // 2, 4 - side // 2 : 4 + side // 2] = True
    hole[side] = lead(square.flatten().expand(len(new), -1).to(here))
for name, draw in {"random": random_mask, "blocks": block_masking, "grid": grid_masking}.items():
    hidden = draw(len(new), GRID, GRID, 0.75, generator=torch.Generator().manual_seed(5)).to(here)
    shape[name] = lead(hidden), lead(hidden, interpolate)
starts = [lab.start_mask("random", GRID, seed=i + 1).to(here) for i in range(12)]  # those of the lab
best = [int(lab.what_matters(trained, new.pictures[i], start).argmax()) for i, start in enumerate(starts)]
print("1. ahead of the mean color, square holes in the middle:", ", ".join(f"{s} × {s} patches {dB:.1f} dB" for s, dB in hole.items()))
print("2. ahead of the mean color / of interpolation:", ", ".join(f"{name} {a:.1f} / {b:.1f} dB" for name, (a, b) in shape.items()))
share = sum(things[i][~start].float().mean().item() for i, start in enumerate(starts)) / 12
print(f"3. it is one of the thing in {sum(bool(things[i, k]) for i, k in enumerate(best))} of 12 pictures; of all visible patches {100 * share:.0f} % are")

# %% [markdown]
# And a smaller one, for the tokenizer: click a patch, and give it another code. The change is strongest in its own patch, but much of it lies around: the decoder looks at neighbors too.

# %%
lab.code_lab(tokenizer, new.pictures[:12], caption="One code swapped. Where a kernel runs, you choose the patch and the code.")

# %% [markdown]
# ## 8 · Break it: cover less
#
# MAE covers three quarters since with few gaps it is enough to copy. If that is the reason, an MAE that covers 15 %, as BERT does, learns less of what things are. Here are four mask ratios on the same ViT, each trained for half an hour of one core (the less is covered, the dearer a step: 4,700 steps with 15 %, 7,000 with 50 %, 10,000 with 75 %, 13,000 with 90 %). One training each. Guess before you look: from whose features does a probe read the kind best?

# %%
by_ratio = weights.load_json("mask-ratios")["rows"]
lab.table_figure(by_ratio, caption="MAE with four mask ratios, equally long on one core; in percent, a dot for each of three evaluations.")

# %%
probes = {name: [100 * run["probe"] for run in found] for name, found in by_ratio.items()}
claim("With 15 % or 90 % covered MAE learns far less of the kind than with 75 %", max(probes["15 %"] + probes["90 %"]), "<", min(probes["75 %"]), margin=10, unit="%")

# %% [markdown]
# Which patches are thing all four know. What thing it is, those with 50 % and 75 % covered know about twice as often as the others. It is not the number of steps alone: with 90 % covered MAE makes the most of all. Our reading: cover too little, and copying does; cover too much, and little is left to go by.
#
# ## 9 · At real scale
#
# Published figures, of ViT-B with ImageNet's 1.3 million photographs, beside the rows of our table:
#
# | | MAE | MoCo v3 (contrastive) | source |
# |---|---|---|---|
# | ImageNet, linear probe (%) | 68.0 | 76.7 | MAE, table 12; MoCo v3, its repository |
# | ImageNet, fine-tuned with all labels (%) | 83.6 | 83.2 | MAE, table 3 |
# | ADE20K: the kind of each pixel (mean IoU over 150 kinds) | 48.1 | 47.3 | MAE, table 5 |
# | COCO: boxes around things (average precision) | 50.3 | 47.9 | MAE, table 4 |
#
# And of the mask ratio, ViT-L (MAE, figure 5): a linear probe reads 54.6 % with 10 % covered, 73.5 % with 75 %, 66.1 % with 90 %; fine-tuned, the network differs far less, 83.2 %, 84.9 % and 83.0 %. The best ratio is ours, too; to cover 90 % harms less there, where it leaves 19 patches of 196 visible, and not 6 of 64. Other shapes do worse than random ones: with 75 % covered in blocks 63.9 %, on a grid 66.0 % (table 1f, linear probe).
#
# (MAE trained for 1,600 epochs, MoCo v3 for 300. Trained with labels instead, ViT-B reaches 47.4 on ADE20K and 47.9 on COCO.) Fine-tuned, and where every place counts, MAE is ahead there as here (there with all labels, here with 16 a kind). For features taken as they are it is behind: there by nine points with a probe; here with k-NN and
# with few labels, but not with many labels. Do not take the level probe for a rule: our SimCLR had batches of 64
# and half an hour, and our pictures have a calm backdrop that contrastive learning likes too much (chapter 04).
#
# Before it: **Context Encoders** (2016) painted a hole with a ConvNet, **iGPT** (2020) wrote pictures color by color, as a text. After it: **CAE** keeps the encoder out of the painting, **MaskGIT** makes pictures by filling in tokens, **I-JEPA** predicts features in place of pixels (chapter 07),
# **CAPI** predicts clusters of its own features, **Pixio** trains MAE anew with two billion pictures.
#
# ## 10 · In the wild
#
# Our MAE has seen drawings alone. What does it paint where photographs are covered?

# %%
shots = photos.samples(32)
hidden = random_mask(len(shots), GRID, GRID, 0.75, torch.Generator().manual_seed(0)).to(here)
real = shots.pictures.to(here)
by_drawings = trained.reconstruct(real, hidden)
show.pictures(
    torch.cat([lab.covered(real, hidden, PATCH), by_drawings, real]),
    columns=len(shots),
    rows=["covered", "painted by a model of drawings", "the truth"],
    caption="Colors around a gap become soft shapes before one backdrop, as drawings have them. Look at the cat: its face becomes a thing in the middle of a floor.",
)

# %%
photo_floor, photo_smooth = (masked_psnr(cheap(real, hidden, PATCH), real, hidden, PATCH) for cheap in (paint_mean, interpolate))
photo_ours = masked_psnr(by_drawings, real, hidden, PATCH)
print(f"photographs: the mean color {photo_floor:.1f} dB, interpolated {photo_smooth:.1f} dB, our MAE {photo_ours:.1f} dB; drawings: {floor:.1f}, {smooth:.1f} and {longer:.1f} dB")
claim("Photographs a MAE of drawings paints worse than interpolation does", photo_ours, "<", photo_smooth, margin=0.5, unit="dB")

# %%
file = published.fetch("facebook/vit-mae-base", "model.safetensors", download=profile() == "gpu")
if file:  # MAE with ViT-B, as its authors trained it on ImageNet
    base = published.mae(load_file(file)).to(here)
    large = photos.samples(224).pictures.to(here)
    hidden = random_mask(len(large), 14, 14, 0.75, torch.Generator().manual_seed(0)).to(here)
    by_base = base.reconstruct(large, hidden)
    print(f"the mean color {masked_psnr(paint_mean(large, hidden, 16), large, hidden, 16):.1f} dB, MAE {masked_psnr(by_base, large, hidden, 16):.1f} dB")
    show.pictures(torch.cat([lab.covered(large, hidden, 16), by_base, large]), columns=5, rows=["covered", "painted by MAE, ViT-B", "the truth"],
                  caption="The published MAE has seen 1.3 million photographs.")._ipython_display_()  # fmt: skip
else:
    print("The published MAE (ViT-B, some 450 MB) paints the same photographs at 224 x 224 pixels: open the course where there is a GPU and a network, or set COURSE_PROFILE=gpu.")

# %% [markdown]
# ## 11 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 12 · In five sentences
#
# 1. A covered patch of backdrop can be had by copying its neighbor, a patch of a thing or a word cannot; MAE covers three quarters, where copies are worse than the mean color.
# 2. A tokenizer makes words for pictures: it takes the nearest code, and hands the gradient through as if it had not.
# 3. MAE's encoder sees the visible patches alone, which makes it fast; a light decoder paints the rest, and the loss counts only what was covered.
# 4. Trained equally long, MAE's features say more of each patch than SimCLR's and, by one recipe, become more when fine-tuned; SimCLR's put pictures of one kind side by side, while in MAE's the kind lies in directions that vary little.
# 5. With 15 % or 90 % covered MAE learns far less of the kind than with 75 %; and what it trusts most when it paints is that one backdrop goes through: a mask teaches what is there, piece by piece.
#
# ### Quiz

# %%
quiz("06")

# %% [markdown]
# ### Further reading
#
# - He and others, 2021, [*Masked Autoencoders Are Scalable Vision Learners*](https://arxiv.org/abs/2111.06377). MAE; figure 5 is the mask ratio, table 1 all that was tried.
# - Bao and others, 2021, [*BEiT: BERT Pre-Training of Image Transformers*](https://arxiv.org/abs/2106.08254). Visual tokens as targets; algorithm 1 is the block-wise mask.
# - Xie and others, 2021, [*SimMIM*](https://arxiv.org/abs/2111.09886). The simplest of them: mask tokens, one linear layer, the absolute error.
# - Wei and others, 2021, [*Masked Feature Prediction for Self-Supervised Visual Pre-Training*](https://arxiv.org/abs/2112.09133). MaskFeat; table 2 compares five kinds of targets.
# - van den Oord and others, 2017, [*Neural Discrete Representation Learning*](https://arxiv.org/abs/1711.00937). VQ-VAE, codebooks and the straight-through estimator.
# - Devlin and others, 2018, [*BERT*](https://arxiv.org/abs/1810.04805). Where the game comes from.
# - Pathak and others, 2016, [*Context Encoders*](https://arxiv.org/abs/1604.07379). Painting holes, before transformers.
# - Balestriero and LeCun, 2024, [*Learning by Reconstruction Produces Uninformative Features for Perception*](https://arxiv.org/abs/2402.11337). Why what paints well need not be what names well.
#
# **Next:** chapter 07 asks for more than pixels: a teacher that looks at the whole, and in the end a model that is its own teacher.
