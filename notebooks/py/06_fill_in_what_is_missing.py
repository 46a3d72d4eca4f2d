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
from course_lib.evaluate import copy_nearest, interpolate, masked_psnr, paint_mean, psnr
from course_lib.fit import fit
from course_lib.nn import ViT, block_masking, grid_masking, patchify, random_mask, unpatchify
from course_lib.nn.quantizer import used_codes
from course_lib.pretrain import MAE, Loss, Tokenizer, hog
from course_lib.train.device import device, profile
from course_lib.train.optim import adamw
from course_lib.weights import published
from course_lib.world.interventions import edit

budget = {  # steps of the training, its batch; pictures to probe with and to test on
    "smoke": {"steps": 4, "batch": 16, "known": 200, "new": 100},
    "laptop": {"steps": 400, "batch": 64, "known": 1000, "new": 500},
    "gpu": {"steps": 2000, "batch": 256, "known": 2000, "new": 1000},
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
hits = tries = 0
for caption in new.captions:
    words = caption.split()
    hidden = (torch.rand(len(words), generator=chance) < 0.15).tolist()
    seen = [i for i, gone in enumerate(hidden) if not gone]
    for i in range(len(words)) if seen else []:
        nearest = min(seen, key=lambda j: abs(i - j))
        hits, tries = hits + (hidden[i] and words[nearest] == words[i]), tries + hidden[i]


def nearly_right(painted, which):
    """The share of these patches, in percent, whose root mean squared error is below 0.1; colors are from 0 to 1."""
    error = (patchify(painted, PATCH) - patchify(new.pictures, PATCH)).square().mean(-1).sqrt()  # (N, 64)
    return 100 * (error[which] < 0.1).float().mean().item()


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
claim("But nearly gives a patch, far more often than the mean color does", right["patches, copied"], ">", right["patches, the mean color"], margin=15, unit="%")
claim("If it is backdrop; hardly ever a patch of a thing", right["of things"], "<", 5, unit="%")

# %% [markdown]
# So of a picture with a few gaps half comes for nothing: whoever copies has the backdrop, and has understood nothing. Where copies are wrong they are badly wrong, and the more is covered, the more that weighs. A measure that weighs it
# is the squared error. We give it in decibels: the **peak signal-to-noise ratio** (PSNR) is
# $-10 \log_{10}$ of the mean squared error. Ten decibels more are a tenth of the error.

# %%
ratios = (0.15, 0.5, 0.75, 0.9)
copied, mean = {}, {}
for ratio in ratios:
    mask = random_mask(len(new), GRID, GRID, ratio, chance).to(here)
    copied[ratio] = masked_psnr(copy_nearest(new.pictures, mask, PATCH), new.pictures, mask, PATCH)
    mean[ratio] = masked_psnr(paint_mean(new.pictures, mask, PATCH), new.pictures, mask, PATCH)
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
    print(f"{100 * ratio:2.0f} % covered: copies {copied[ratio]:.1f} dB, the mean color {mean[ratio]:.1f} dB")
claim("At 15 % copies are closer than the mean color", copied[0.15], ">", mean[0.15], unit="dB")
claim("At 75 % they are farther off than the mean color", copied[0.75], "<", mean[0.75], unit="dB")

# %% [markdown]
# Two questions are left, and they are this chapter: *how* to cover, and *what* to predict.
#
# ## 2 · How to cover
#
# BERT puts a special token, `[MASK]`, where a word was. **MAE** (the *masked autoencoder* of He and others, 2021) does something bolder: covered patches are not there at all. The encoder gets a shorter
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
# So **BEiT** (Bao and others, 2021), the first to make BERT's recipe pay off for a Vision Transformer, made words for pictures. A **tokenizer** turns each patch into one of $K$ **codes**, a whole number, and paints the picture from the codes again. Its codes are the picture's **visual tokens**.

# %%
tokenizer = weights.load("tokenizer", Tokenizer()).to(here)  # 256 codes, trained for 2,200 steps
with torch.no_grad():
    codes = tokenizer.encode(new.pictures)  # (N, 8, 8) whole numbers
    decoded = tokenizer.decode(codes)  # (N, 3, 32, 32)
lab.tokens_diagram(
    new.pictures[2],
    codes[2],
    decoded[2],
    caption="A picture becomes 64 whole numbers, and is painted from these alone. Shape is there, colors roughly; fine texture is lost.",
)

# %% [markdown]
# Inside, the encoder makes of each patch a vector $z$. The **codebook** has $K$ vectors $e_1 \dots e_K$. What is kept is the number of the nearest one, and the decoder gets that one, $e_k$. This is
# **vector quantization** (van den Oord and others, 2017, VQ-VAE).
#
# There is a catch. Choosing the nearest code has no slope: move $z$ a little, and the same code is chosen. So no gradient reaches the encoder. The way out is a plain lie, the **straight-through** step: forward, use the code;
# backward, behave as if nothing had happened, and hand the gradient of the code to $z$ as it is.
#
# ### Exercise 06.2 · A step that has no slope
#
# *10 minutes · medium.* Nearest is by Euclidean distance. The codebook gets no gradient here: each code is moved another way, to the mean of the vectors that chose it.


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
claim("A code says more of a patch than its mean color", kept, ">", floor, margin=3, unit="dB")
claim("Nearly all words are used", used, ">", 80, unit="%")

# %% [markdown]
# Codes are easily left unused. A code that no vector chooses is never moved, so it is never chosen: it is **dead**. Ours begin as the centers of clusters of real vectors (k-means), and a dead one is put where a
# vector of the batch is.
#
# (BEiT's own tokenizer had 8,192 codes and was trained in another way, with a softmax in place of the choice; ours is a VQ-VAE.) With such words BEiT is BERT: cover blocks of patches, put a learned **mask token** in each gap, and guess the code of each covered patch. Its loss is the cross-entropy of the right code.
#
# ## 4 · Or simply pixels: MAE
#
# Half a year later MAE showed that pixels do, if you cover much. It has two parts of very different size:
#
# - the **encoder**, a ViT, sees the visible patches alone. This is what we keep;
# - a small **decoder** gets its tokens, a mask token in each gap, and predicts the pixels of all patches. It is thrown away afterwards.

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
    "interpolated: a mean of the visible colors, near ones counting most": interpolate(new.pictures, mask, PATCH),
    "the truth": new.pictures,
}
show.pictures(
    torch.cat([pictures[:8] for pictures in paint.values()]),
    rows=list(paint),
    caption="Three quarters covered. After training for long, backdrop, main color and a rough outline are right; edges and patterns are not there.",
)

# %%
live, longer, smooth = (masked_psnr(pictures, new.pictures, mask, PATCH) for pictures in list(paint.values())[1:4])
floor, nearest = (masked_psnr(cheap(new.pictures, mask, PATCH), new.pictures, mask, PATCH) for cheap in (paint_mean, copy_nearest))
show.bars(
    {"yours": live, "10,000 steps": longer, "interpolated": smooth, "the nearest copied": nearest, "the mean color": floor},
    x="PSNR of the covered patches (dB)",
    highlight=["yours", "10,000 steps"],
    caption="How well three quarters are painted. Gray: what needs no learning.",
)

# %%
claim("Your MAE paints better than the mean color", live, ">", floor, margin=2, unit="dB")
claim("And better than interpolation, though not by far", live, ">", smooth, unit="dB")
claim("Trained longer, it is far ahead of it", longer, ">", smooth, margin=2, unit="dB")

# %% [markdown]
# Where several things could stand, their mean has the least squared error. So at its best MAE paints a mean, and a mean is blurred. (The grayish discs of a short training are means too, of all things: which color belongs there is not learned yet.)
#
# ### Why it is cheap
#
# The encoder sees 16 of 64 tokens: a quarter of its work, and a sixteenth of the attention, which compares all pairs. (With so few tokens attention is the smaller part.) How much does that save in a training step?


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
# one needs each patch's mean and deviation, and these are known only of visible patches. A well-known demonstration used the *true* ones of the covered patches. What would a model that has learned nothing, and says 0 everywhere, paint then?

# %%
true = trained.targets(new.pictures)  # (N, 64, 48)
leaked = true.mean(-1, keepdim=True) + true.std(-1, keepdim=True) * torch.zeros_like(true)  # "predicts" 0: the means are left
almost = torch.arange(64, device=here).expand(len(new), -1) != 27  # one patch visible, of 64
unnormalized = (unpatchify(torch.where(almost[:, :, None], leaked, true), PATCH) * 0.25 + 0.5).clamp(0, 1)
average = world.draw(budget["known"], size=32, mode="portrait", seed=50, device=here).pictures.mean(0)  # of other pictures
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
# Published: ImageNet with ViT-B, fine-tuned with all labels, is named rightly to 83.6 % after MAE, 83.8 % after SimMIM, 84.0 % after MaskFeat and 83.2 % after BEiT (their papers; trained for 1,600, 800, 1,600 and 800 epochs). So different targets, less than a point apart.
# What are such features good for? Here is a comparison of two *kinds* of learning: MAE, and SimCLR of chapter 04, on the very same ViT, with the same pictures, each trained equally long on one core, about half an hour
# (10,000 steps of MAE, which are cheap; 2,300 of SimCLR). Beside them **random features**: the ViT before training. One training each; all is measured on new pictures, three times, with other pictures and other labels each time:
#
# - **probe**: the kind, read by a linear probe from the mean over patches; **neighbors**: the kind that most of the five nearest pictures have;
# - **few labels**: only 16 a kind; a probe, or the whole network **fine-tuned** for 250 steps (lower layers with smaller learning rates; in the row of random features this is training from scratch);
# - **patch: kind, part**: the kind of thing, or the part of it (*wheel*, *ear*), read by a linear probe from *one* patch's token;
# - **IoU**: a linear probe says for each patch whether it is thing or backdrop. Of all patches that are thing or are said to be, which share is both?

# %%
table = weights.load_json("masked-table")["rows"]
lab.table_figure(table, caption="Three encoders, seven measures in percent, three evaluations each (dots). By chance the kind is right once in forty times; of the IoU, random features are the floor.")

# %%
runs = {name: {key: [100 * run[key] for run in found] for key in found[0]} for name, found in table.items()}
ours, contrastive, blank = runs["MAE"], runs["SimCLR"], runs["random"]
mean_of = {name: {key: sum(values) / len(values) for key, values in row.items()} for name, row in runs.items()}
tuned = "few labels, fine-tuned"
claim("Fine-tuned with few labels, MAE is far ahead of training from scratch", min(ours[tuned]), ">", max(blank[tuned]), margin=20, unit="%")
claim("And of a probe on its own features", min(ours[tuned]), ">", max(ours["few labels, probe"]), margin=8, unit="%")
lead = min(a - b for a, b in zip(ours[tuned], contrastive[tuned], strict=True))  # in the run where it is smallest
claim("And of SimCLR, fine-tuned with the same labels, in each run", lead, ">", 8, unit="points")
claim("One patch's token says more of the kind than SimCLR's", min(ours["kind of a patch"]), ">", max(contrastive["kind of a patch"]), unit="%")
claim("It tells thing from backdrop better than SimCLR's", min(ours["IoU"]), ">", max(contrastive["IoU"]), margin=5, unit="%")
claim("But pictures of one kind are neighbors in SimCLR's features, and far less so in MAE's", min(contrastive["neighbors"]), ">", max(ours["neighbors"]), margin=15, unit="%")
claim("With few labels a probe reads more from SimCLR's", min(contrastive["few labels, probe"]), ">", max(ours["few labels, probe"]), margin=3, unit="%")
claim("A probe with many labels reads the kind about as well from either", mean_of["MAE"]["probe"], "≈", mean_of["SimCLR"]["probe"], 6)

# %% [markdown]
# Two ways to know. SimCLR has put pictures of one kind side by side: whoever asks for neighbors finds them, and a few labels go far. In MAE's features the kind is there too, for a probe with many labels finds it; but it is not what features differ by most. MAE's strength lies elsewhere: in each single
# patch, and in what the network can become when it is trained on. This is how the field sees it as well: predicting pixels is weak where features are taken as they are, and strong for dense work and for fine-tuning. (One caution: all were fine-tuned by one recipe, which suits MAE. SimCLR's own probe does better than its fine-tuned network, so a recipe of its own might give more.)
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
    caption="Left: pictures whose right half was drawn anew with one thing changed. Right: what MAE paints of a quarter of their patches.",
)

# %%
lost = {}
for where, which in {"all": things | ~things, "thing": things, "backdrop": ~things}.items():
    left = which & mask & ~on_right  # covered patches of the left half
    error = {name: (patchify(x, PATCH) - patchify(new.pictures, PATCH)).square().mean(-1)[left].mean() for name, x in painted.items()}
    lost[where] = {name: 10 * (error[name] / error["as it was"]).log10().item() for name in error if name != "as it was"}
for name in lost["thing"]:
    print(f"right half: {name:16} the left half is painted worse by {lost['all'][name]:.1f} dB; thing {lost['thing'][name]:.1f}, backdrop {lost['backdrop'][name]:.1f}")
worst = max(("another kind", "another color", "another backdrop"), key=lost["all"].get)
reveal("06.halves", {"another kind": "another kind of thing", "another color": "another color of the thing", "another backdrop": "another backdrop"}[worst])
claim("Another backdrop on the right spoils the backdrop on the left", lost["backdrop"]["another backdrop"], ">", 3, unit="dB")
claim("Another color harms the thing more than another kind does", lost["thing"]["another color"], ">", lost["thing"]["another kind"], unit="dB")
claim("And far less than another picture does", lost["thing"]["another kind"], "<", lost["thing"]["another picture"], margin=0.2, unit="dB")

# %% [markdown]
# Mind the last row of numbers: what the left half *needs* of the right one is little, since its own eight visible patches say most. The changes show what MAE *trusts*. It trusts that one backdrop goes through, so much that a false one misleads it by far. (It is also the change of most pixels.) On the thing,
# another picture altogether sets the scale; another color comes near it, another kind costs about half as much, hardly more than seeing nothing there.
#
# So this is what our MAE has understood: of what colors and surfaces pictures are made, and how they go on from one patch to the next. For this painting it has little use for what the whole is about.
#
# ## 7 · The lab: cover it yourself
#
# Click a patch to cover or uncover it (or press Tab until the picture has the focus, and move with the arrow keys). The model paints at once. On the right: how much the painting would change without each visible patch.
#
# 1. Begin with *nothing* covered, and cover the middle of the thing, more and more of it. When is it lost?
# 2. Compare *at random*, *in blocks* and *on a grid*. Three quarters are covered each time; where is the model, which has trained with random masks, the least ahead of the mean color?
# 3. Find the visible patch that matters most. How often is it one of the thing, in these twelve pictures?

# %%
lab.mask_lab(
    trained,
    new.pictures[:12],
    caption="The lab, as a still picture. Where a kernel runs, your clicks cover and uncover patches.",
)


# %%
def lead(hidden):
    """How far the model is ahead of the mean color, in dB, where patches are hidden (N, 64)."""
    return masked_psnr(trained.reconstruct(new.pictures, hidden), new.pictures, hidden, PATCH) - masked_psnr(paint_mean(new.pictures, hidden, PATCH), new.pictures, hidden, PATCH)


hole, shape = {}, {}
for side in (2, 4, 6):
    square = torch.zeros(GRID, GRID, dtype=torch.bool)
    square[4 - side // 2 : 4 + side // 2, 4 - side // 2 : 4 + side // 2] = True
    hole[side] = lead(square.flatten().expand(len(new), -1).to(here))
for name, draw in {"random": random_mask, "blocks": block_masking, "grid": grid_masking}.items():
    shape[name] = lead(draw(len(new), GRID, GRID, 0.75, generator=torch.Generator().manual_seed(5)).to(here))
starts = [lab.start_mask("random", GRID, seed=i + 1).to(here) for i in range(12)]  # those of the lab
best = [int(lab.what_matters(trained, new.pictures[i], start).argmax()) for i, start in enumerate(starts)]
print("1. ahead of the mean color, square holes in the middle:", ", ".join(f"{s} × {s} patches {dB:.1f} dB" for s, dB in hole.items()))
print("2. ahead of the mean color, three quarters covered:", ", ".join(f"{name} {dB:.1f} dB" for name, dB in shape.items()))
print(f"3. the visible patch that matters most is one of the thing in {sum(bool(things[i, k]) for i, k in enumerate(best))} of 12 pictures")

# %%
claim("2. In blocks it is the least ahead", shape["blocks"], "<", min(shape["random"], shape["grid"]), margin=0.5, unit="dB")

# %% [markdown]
# And a smaller one, for the tokenizer: click a patch, and give it another code. The change is strongest in its own patch, but much of it lies around: the decoder looks at neighbors too.

# %%
lab.code_lab(tokenizer, new.pictures[:12], caption="One code swapped. Where a kernel runs, you choose the patch and the code.")

# %% [markdown]
# ## 8 · At real scale
#
# Published figures, of ViT-B with ImageNet's 1.3 million photographs, beside the rows of our table:
#
# | | MAE | MoCo v3 (contrastive) | source |
# |---|---|---|---|
# | ImageNet, linear probe (%) | 68.0 | 76.7 | MAE, table 12; MoCo v3, its repository |
# | ImageNet, fine-tuned with all labels (%) | 83.6 | 83.2 | MAE, table 3 |
# | ADE20K, segmentation (mIoU) | 48.1 | 47.3 | MAE, table 5 |
# | COCO, boxes (AP) | 50.3 | 47.9 | MAE, table 4 |
#
# Where the network is trained on, and where every place counts, MAE is ahead there as here (there with all labels, here with 16 a kind). For features taken as they are it is behind, there by nine points; here by some eight with 16 labels a kind and far more with neighbors, but not with many labels. Do not take the level probe for a rule: our SimCLR had batches of 64
# and half an hour, and our pictures have a calm backdrop that contrastive learning likes too much (chapter 04).
#
# Before it: **Context Encoders** (2016) painted a hole with a ConvNet, **iGPT** (2020) wrote pictures color by color, as a text. After it: **CAE** keeps the encoder out of the painting, **MaskGIT** makes pictures by filling in tokens, **I-JEPA** predicts features in place of pixels (chapter 07),
# **CAPI** predicts clusters of its own features, **Pixio** trains MAE anew with two billion pictures.
#
# ## 9 · In the wild
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
photo_floor, photo_ours = masked_psnr(paint_mean(real, hidden, PATCH), real, hidden, PATCH), masked_psnr(by_drawings, real, hidden, PATCH)
for i, name in enumerate(shots.names):
    one = slice(i, i + 1)
    pair = [masked_psnr(pictures[one], real[one], hidden[one], PATCH) for pictures in (paint_mean(real, hidden, PATCH), by_drawings)]
    print(f"{name:11} the mean color {pair[0]:.1f} dB, our MAE {pair[1]:.1f} dB")
print(f"all photographs: the mean color {photo_floor:.1f} dB, our MAE {photo_ours:.1f} dB; drawings: {floor:.1f} and {longer:.1f} dB")
claim("On photographs its lead over the mean color is far smaller than on drawings", photo_ours - photo_floor, "<", longer - floor, margin=2, unit="dB")

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
# ## 10 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 11 · In five sentences
#
# 1. A covered patch of backdrop can be had by copying its neighbor, a patch of a thing or a word cannot; MAE covers three quarters, where copies are worse than the mean color.
# 2. A tokenizer makes words for pictures: it takes the nearest code, and hands the gradient through as if it had not.
# 3. MAE's encoder sees the visible patches alone, which makes it fast; a light decoder paints the rest, and the loss counts only what was covered.
# 4. Trained equally long, MAE's features say more of each patch and become more when fine-tuned than SimCLR's; SimCLR's put pictures of one kind side by side, and MAE's do not.
# 5. MAE trusts that one backdrop goes through and that a thing has one color; for its painting the kind of thing matters less: a mask teaches what is there, piece by piece.
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
# - van den Oord and others, 2017, [*Neural Discrete Representation Learning*](https://arxiv.org/abs/1711.00937). VQ-VAE, codebooks and the straight-through step.
# - Devlin and others, 2018, [*BERT*](https://arxiv.org/abs/1810.04805). Where the game comes from.
# - Pathak and others, 2016, [*Context Encoders*](https://arxiv.org/abs/1604.07379). Painting holes, before transformers.
# - Balestriero and LeCun, 2024, [*Learning by Reconstruction Produces Uninformative Features for Perception*](https://arxiv.org/abs/2402.11337). Why what paints well need not be what names well.
#
# **Next:** chapter 07 asks for more than pixels: a teacher that looks at the whole, and in the end a model that is its own teacher.
