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
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/03_learning_from_language.ipynb)

# %% [markdown]
# # 03 · Learning from language
#
# **The question of this chapter:** can captions teach a machine to name what no label ever named?
#
# **When you are done you can**
#
# - turn text into numbers with byte-pair encoding, and say why machines read pieces of words;
# - put two towers together, one for pictures and one for texts, and write the loss of CLIP that makes them meet;
# - make a classifier out of sentences, without a single label, and search pictures with words;
# - measure where such a model is open (a purple fish that it has never seen) and where it is blind (left and right);
# - say what batch size, noise, more pairs and another loss do, from curves.
#
# **You should know** chapter 00, cross-entropy from chapter 02, and from chapter 01 what attention is. If you have not
# read chapter 01: attention lets each token of a row take a weighted mean of the others.
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
# The tools, and the amount of work. `budget` is the only thing that depends on your machine.

# %%
from collections import Counter

import torch
import torch.nn.functional as F

from course_lib import check, claim, claims_table, hint, predict, progress, quiz, reveal, show, solution, weights, world
from course_lib.evaluate import probe_accuracies, prompt_classes, retrieval, zero_shot
from course_lib.fit import fit
from course_lib.nn import BPE, ConvNet, TextTransformer
from course_lib.nn.bpe import words
from course_lib.pretrain import CLIP, Labels, Loss, UniCL, clip_loss, siglip_loss
from course_lib.train.device import device, profile

budget = {  # steps of the main training and of the two short ones, their batch; pictures to test on and to probe with
    "smoke": {"steps": 4, "short": 4, "batch": 16, "new": 200, "probe": 200},
    "laptop": {"steps": 350, "short": 200, "batch": 128, "new": 1000, "probe": 2000},
    "gpu": {"steps": 1500, "short": 600, "batch": 128, "new": 2000, "probe": 5000},
}[profile()]
here = device()

# %% [markdown]
# ## 1 · The problem
#
# In chapter 02 a person wrote one word beside each picture. The machine learned to say those words, and no others. Its
# list is **closed**: for a new word, somebody has to go out and label pictures again.
#
# But the web is full of pictures with a sentence beside them. Nobody had to be paid for it. Here are three portraits of
# the world (pictures with one large thing), with the label that a person would give, and with a caption.

# %%
new = world.draw(budget["new"], size=32, mode="portrait", seed=10, split="val", device=here)
three = [f"label: {world.THINGS[label]}\n{caption}" for label, caption in zip(new.labels[:3].tolist(), new.captions[:3], strict=True)]
show.pictures(new.pictures[:3], titles=three, caption="A label is one word. A caption says more, in words of its own.")

# %%
different = {"labels": len(set(new.labels.tolist())), "captions": len(set(new.captions))}
print(f"\n{len(new):,} pictures: {different['labels']} different labels, {different['captions']:,} different captions")
claim("Nearly every caption is one of its own", different["captions"], ">", 0.9 * len(new))

# %% [markdown]
# A label chooses out of forty names. A caption may mention the color, the pattern and the place, in an order and in words
# of its own. It says more. But it is also harder to learn from: what is the "class" of a sentence that occurs once?
#
# Here is what the course keeps for a test. In the pictures for training, every thing comes in all colors but one. No fish is
# ever purple, no cat white. The ones below are what is left out.

# %%
unseen = world.draw(budget["new"], size=32, mode="portrait", seed=10, split="heldout_pairs", device=here)
some = torch.tensor([unseen.labels.tolist().index(label) for label in unseen.labels.unique()[:8].tolist()])  # eight different things
show.pictures(
    unseen.pictures[some.to(here)],
    titles=[f"{world.COLORS[c]} {world.THINGS[t]}" for c, t in zip(unseen.colors[some, 0].tolist(), unseen.labels[some].tolist(), strict=True)],
    caption="Pairs of thing and color that occur in no picture and in no caption that we train on.",
)

# %% [markdown]
# We will train a machine on captions. Then we show it such pictures, and it has to choose one of all 400 sentences
# "a picture of a *color* *thing*."

# %%
predict(
    "03.pairs",
    "How often does it choose the right thing and the right color, for pairs that it has never met?",
    ["hardly ever: it can only know what it has seen", "about half of the time", "nearly always"],
)

# %% [markdown]
# ## 2 · Text as numbers
#
# ### Words, letters, or something between?
#
# A network eats numbers. So each text has to become a row of whole numbers, **ids**, and each id gets a learned list of
# numbers. What should an id stand for?
#
# - *A word?* Then the list of words is closed again. "Stripy" is not on it, or it is and "stripier" is not.
# - *A letter?* Then nothing is ever missing. But the rows get long, and the network has to learn first that c-a-t is a cat.
#
# **Byte-pair encoding** (BPE) is the way between. Begin with letters. Find the two neighbors that occur together most often, and
# make them one piece. Do it again, and again. Frequent words become whole, rare ones stay in pieces, and nothing is ever missing.
#
# ### Exercise 03.1 · Find the pair to merge
#
# *10 minutes · medium.* `words` tells how often each word occurs, with the word cut into pieces:
# `{("c", "a", "t</w>"): 9, ("c", "a", "r</w>"): 4}`. The mark `</w>` says that the word ends here.


# %%
def most_frequent_pair(words):
    """The pair of neighbors that occurs most often; words: {pieces of a word: how often it occurs}."""
    raise NotImplementedError  # your lines here


most_frequent_pair = check("03.1", most_frequent_pair)

# %%
hint("03.1")
solution("03.1")

# %% [markdown]
# That was the heart of it. The rest is a loop: find the pair, merge it in every word, and go on.


# %%
def merged(pieces, pair):
    """The same pieces, each occurrence of the pair made one."""
    out = []
    for piece in pieces:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)


captions = world.draw(4000, size=8, seed=40).captions
counted = Counter(word for caption in captions for word in words(caption))
split = {(*word[:-1], word[-1] + "</w>"): often for word, often in counted.items()}  # every word in letters
learned = []
for _ in range(20):
    pair = most_frequent_pair(split)
    learned.append(pair)
    split = {merged(pieces, pair): often for pieces, often in split.items()}
print("  ".join("".join(pair) for pair in learned))

# %% [markdown]
# See how it goes: first the endings and the little words, then pieces of words that are in many captions. The
# library's `BPE` does the same; it only begins with **bytes** in place of letters, so that it can read every sign of
# every language. (A byte is one of the 256 numbers that all text in a computer is made of.)

# %%
bpe = BPE.learn(captions, merges=500)
library = list(bpe.rank)  # its merges, in their order
yours, ours = [sum(len(BPE(merges).encode(caption)) for caption in captions[:300]) for merges in (learned, library[:20])]
claim("Your first 20 merges make captions as short as the library's do", yours / 300, "≈", ours / 300, 0.1)

print(f"{len(library)} merges were learned; then nothing was left to merge.")

text = "A spotted purple hippopotamus."
for merges in (0, 20, 100, len(library)):
    pieces = [piece for word in words(text) for piece in BPE(library[:merges]).pieces(word)]
    print(f"{merges:3} merges, {len(pieces):2} pieces: {' '.join(piece.replace('</w>', '·') for piece in pieces)}")

# %% [markdown]
# (The dot marks the end of a word.) We allowed 500 merges, but before that every word of our captions was whole. "Hippopotamus"
# never occurred, so it stays in pieces; but it can be written. How many merges are enough?

# %%
steps = (1, 5, 20, 50, 100, 200, len(library))
lengths = []
for merges in steps:
    reader = BPE(library[:merges])
    lengths.append(sum(len(reader.encode(caption)) for caption in captions[:300]) / 300)
in_words = sum(len(words(caption)) for caption in captions[:300]) / 300
show.curves(
    {"pieces": (steps, lengths)},
    x="merges",
    y="pieces in a caption, on average",
    levels={"words and marks": in_words},
    logx=True,
    caption="Each merge shortens the row. After a few hundred, nearly all words of this small world are whole.",
)

# %%
claim("All merges bring captions down to little more than their words", lengths[-1], "<", 1.1 * in_words)
ids = bpe("A red cat.", length=8)  # start, the text, end, then zeros
print(ids.tolist(), "→", bpe.decode(ids[0].tolist()))

# %% [markdown]
# The real CLIP works the same way, with some 49,000 ids learned from the web. `BPE.read` reads its file.
#
# ### The text tower
#
# Ids become tokens, and tokens go through a transformer, the one of chapter 01. Two things are different. First, each
# token may listen only to those *before* it, and to itself: this is called **causal**. Language models, which guess the next
# word, have to be so; CLIP's authors kept it, so that their text tower could begin as such a model. Second, the text ends with an
# **end token**. It comes last, so it has heard everything, and its features stand for the whole text.
#
# Causal attention is a table of scores whose upper right half is taken out before the softmax:

# %%
g = torch.Generator().manual_seed(0)
q, k, v = torch.randn(3, 6, 16, generator=g)  # six tokens, 16 numbers each
scores = q @ k.T / 16**0.5  # (6, 6), who listens to whom
later = torch.ones(6, 6, dtype=torch.bool).triu(1)  # True right of the diagonal: what comes later
by_hand = scores.masked_fill(later, -torch.inf).softmax(1) @ v
library = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
claim("Taking out what comes later is causal attention", (by_hand - library).abs().max(), "<", 1e-5)

tower = TextTransformer(len(bpe), width=64, depth=2, heads=4, length=48, seed=0).eval()
one, other = bpe(["a red cat", "a red dog"], trim=True)  # they differ in the fourth id, after start, "a" and "red"
with torch.no_grad():
    change = (tower.tokens(one[None]) - tower.tokens(other[None]))[0].abs().amax(1)  # one number a token
print("start, a, red, cat or dog, end:", "  ".join(f"{value:.3f}" for value in change.tolist()))
claim("A word changes nothing before it", change[:3].max(), "==", 0)
claim("But it changes the end token, which speaks for the text", change[-1], ">", 1e-3)

# %% [markdown]
# ## 3 · Two towers that meet
#
# Now the idea of **CLIP**. One tower turns a picture into a list of numbers, the other turns a text into one. Ours are the small CNN
# of chapter 01, with 128 numbers a picture, and the text tower from above, with 64 a text. One more matrix behind each tower makes
# both lists equally long, 128 here. Both are brought to length 1, so each is a **direction** in the same space. Train both towers so
# that a picture and its own caption point the same way.
#
# How well do they agree? Take the dot product. For directions of length 1 that is the **cosine** of the angle between
# them: 1 for the same direction, 0 for a right angle, −1 for opposite ones.
#
# It is not enough to pull each pair together. Then the towers could send everything to one and the same point, and be
# done. They need something to tell apart. CLIP's answer is: *the other captions of the same batch.* Take B pictures
# and their B captions. Compare each with each. That gives a table of matches with B rows and B columns. In row $i$ the right
# answer is column $i$. And that is a classification as in chapter 02, with B classes that are new in every batch!
#
# Here is such a table for six pictures, from two towers that have learned nothing yet. A darker cell is a larger cosine.


# %%
def towers():
    """A new pair of towers: pictures, texts, and the text's tokenizer."""
    bpe = BPE([tuple(pair) for pair in weights.load_json("vocabulary")["merges"]])
    return ConvNet(seed=0), TextTransformer(len(bpe), 64, 1, 4, length=48, seed=0), bpe


clip = CLIP(*towers(), scale=40).to(here)
six = new[:6]
with torch.no_grad():
    cosines = clip.eval().encode_image(six.pictures) @ clip.encode_text(six.captions).T  # (6, 6)
show.match_table(
    six.pictures,
    six.captions,
    cosines,
    caption="Cosines before training: a row for each picture, a column for each text. The right answers are in the orange frames; nothing speaks for them yet.",
)

# %% [markdown]
# All columns look alike in every row: the towers see no difference yet. (`towers` takes the merges from a file that ships with the
# course, so that ids mean the same thing to you and to the networks that we load later. They were learned as you just did it.)
#
# ### The loss
#
# Let $u_i$ be the direction of picture $i$, and $v_j$ that of text $j$. Their cosine is $u_i \cdot v_j$. Multiply it by a number
# $s$, the **scale**, and put each row through a softmax. The surprise of the right answer, as in chapter 02, is the negative
# logarithm of its probability:
#
# $$ \ell_{\text{picture } i} = -\ln \frac{e^{\,s\, u_i \cdot v_i}}{\sum_j e^{\,s\, u_i \cdot v_j}} $$
#
# Each text looks for its picture in the same way: the sum then runs over the pictures, down the column. CLIP's loss
# is the mean over both directions and over the batch. Each of the two directions is known as **InfoNCE**; losses that set what belongs
# together against what does not are called **contrastive**.
#
# What does a machine pay that cannot tell anything apart? It gives each of the B texts the probability 1/B, so its loss is ln B. We
# call that a *blind guess*. With 128 pairs it is 4.85, with 256 it is 5.55: losses at different batch sizes cannot be compared.
#
# ### Exercise 03.2 · Write CLIP's loss
#
# *15 minutes · harder.* You may use `F.cross_entropy`.


# %%
def contrast(image, text, scale):
    """CLIP's loss, shape (): images and texts (B, D), of length 1, text i belongs to image i."""
    raise NotImplementedError  # your lines here


contrast = check("03.2", contrast)

# %%
hint("03.2")
solution("03.2")

# %%
from math import exp, log

image, text = F.normalize(torch.randn(2, 5, 8, generator=g), dim=-1)  # five pairs, (5, 8) each

by_loop = 0.0
for i in range(5):
    row = [10 * float(image[i] @ text[j]) for j in range(5)]  # picture i looks for its text
    column = [10 * float(image[j] @ text[i]) for j in range(5)]  # text i looks for its picture
    for scores in (row, column):
        by_loop += (log(sum(exp(score) for score in scores)) - scores[i]) / 10

claim("Your CLIP loss is that of the loop", contrast(image, text, 10.0), "≈", by_loop, 1e-5)
claim("Your CLIP loss is that of the library", contrast(image, text, 10.0), "≈", clip_loss(image, text, 10.0), 1e-6)

# %% [markdown]
# ### Why the scale?
#
# Cosines lie between −1 and 1, and a softmax of such small numbers is nearly flat. Suppose that the towers were perfect: cosine 1
# for each pair, cosine 0 for everything else. What would the loss be?

# %%
perfect = torch.eye(128)  # 128 pairs, each with a direction of its own
scales = (1, 2, 5, 10, 20, 50, 100)
lowest = [clip_loss(perfect, perfect, float(scale)).item() for scale in scales]
show.curves(
    {"perfect towers": (scales, lowest)},
    x="scale",
    y="loss",
    levels={"blind guess": log(128)},
    logx=True,
    caption="The loss of perfect towers in a batch of 128. At scale 1 even perfection costs most of what a blind guess costs.",
)

# %%
claim("At scale 1 perfect towers have a loss of ln(e + 127) − 1", lowest[0], "≈", log(exp(1) + 127) - 1, 1e-4)
claim("That is most of the loss of a blind guess", lowest[0], ">", 0.75 * log(128))

# %% [markdown]
# And there is worse. In a softmax that is nearly flat, all 127 wrong texts get about the same probability, so all of them are
# pushed away about equally. The few that could really be mistaken for the right one get no more attention than the rest.
#
# So the scale has to be large. How large? CLIP lets it be **learned**, as one more weight. It learns the logarithm of the scale,
# so that the scale stays above 0. And it holds it at 100 or less. Else, once most pairs are found, the easiest way
# to a lower loss would be to grow ever more sure, until one wrong pair gives an enormous loss. You will often read of the
# **temperature**: it is 1 / scale.
#
# ### Right answers that count as wrong
#
# One thing is not clean. In row $i$ every text but one is wrong, says the loss. But what if two pictures of the batch
# both show a red cat? Then "a red cat" fits both, and one of the two is punished for it. Such a pair is called a **false
# negative**. How many are there?

# %%
batch = world.draw(128, size=8, mode="portrait", seed=21)
shown = [(label, color) for label, color in zip(batch.labels.tolist(), batch.colors[:, 0].tolist(), strict=True)]
twins = sum(often > 1 for often in Counter(shown).values() for _ in range(often))
print(f"{twins} of 128 pictures share thing and color with another one in the batch.")
claim("In a batch of 128, some pictures have a twin", twins, ">", 15)
claim("But most have none", twins, "<", 64)

# %% [markdown]
# Here the captions of twins mostly differ in the pattern or in the place, so little is lost. On the web it is worse. Note it: the
# loss does not know what is true. It only knows what stands beside what.
#
# ## 4 · Train it
#
# The class is short. Here is `CLIP.loss`, as it stands in `course_lib/pretrain/clip.py`:
#
# ```python
# image, text = self.encode_image(batch.pictures), self.encode_text(batch.captions)      # (B, D) each, of length 1
# return Loss(clip_loss(image, text, self.logit_scale.exp()), ...)
# ```
#
# `matched` in the progress bar is the share of pictures whose own caption fits best, out of the batch. No label is used
# anywhere. The scale begins at 40, since this world is small and easy; the paper begins at about 14.

# %%
history = fit(clip, world.Stream(budget["batch"], size=32, mode="portrait", seed=20), budget["steps"], lr=1e-3)


# %%
def course_of(values):
    """A training's numbers as some forty means, and the steps at which they end."""
    n = max(1, len(values) // 40)
    return range(n, len(values) + 1, n), [sum(values[end - n : end]) / n for end in range(n, len(values) + 1, n)]


show.curves(
    {"matched": course_of([100 * share for share in history.metrics["matched"]])},
    y="pictures whose own caption fits best (%)",
    levels={"blind guess": 100 / budget["batch"]},
    caption="Out of the captions of the batch: at first hardly a picture finds its own, at the end most do.",
)

# %%
claim("Before the first step the loss is worse than that of a blind guess", history.loss[0], ">", log(budget["batch"]))
claim("Then pictures and captions begin to meet", 100 * sum(history.metrics["matched"][-20:]) / 20, ">", 15, unit="%")

# %% [markdown]
# *Worse* than a blind guess? A blind guess at least knows that it does not know. At scale 40 small random differences already look
# like sure answers, and sure answers that are wrong cost a lot. That is unlearned within the first steps.
#
# A minute is not much for two towers: one has to learn to see, the other to read, and each has only the other as its teacher. So the course
# ships the same towers, with a text tower half as wide again and twice as deep, trained for 3,000 steps. From here on we use them.

# %%
patient = CLIP(ConvNet(), TextTransformer(len(clip.tokenizer), 96, 2, 4, length=48), clip.tokenizer)
weights.load("clip", patient).to(here)


@torch.no_grad()
def image_directions(model, pictures):
    """The directions (N, D) of many pictures."""
    return torch.cat([model.encode_image(some) for some in pictures.split(500)])


looks = [(color, thing) for thing in ("cat", "dog", "house") for color in ("red", "blue")]
alike = torch.cat([world.compose([(thing, color, "plain")], "meadow", size=32, seed=3 + i).pictures for i, (color, thing) in enumerate(looks)])
said = [f"A {color} {thing} on a meadow." for color, thing in looks]
with torch.no_grad():
    cosines = (patient.encode_image(alike.to(here)) @ patient.encode_text(said).T).cpu()  # (6, 6)
show.match_table(
    alike,
    said,
    cosines,
    caption="Cosines of the shipped towers, for six pictures that are made to be mistaken for each other. Look at what is *second* best in each row.",
)

# %%
same_color = torch.tensor([[a[0] == b[0] and a != b for b in looks] for a in looks])  # (6, 6), another thing of the same color
same_thing = torch.tensor([[a[1] == b[1] and a != b for b in looks] for a in looks])
neither = torch.tensor([[a[0] != b[0] and a[1] != b[1] for b in looks] for a in looks])
claim("Every picture fits its own text best", (cosines.argmax(1) == torch.arange(6)).sum(), "==", 6)
claim("A text with the right color is nearer than one with nothing right", cosines[same_color].mean(), ">", cosines[neither].mean(), margin=0.05)
claim("So is a text with the right thing", cosines[same_thing].mean(), ">", cosines[neither].mean(), margin=0.03)

# %% [markdown]
# The table has an order that nobody asked for. The loss only says "right" or "wrong". But a text that is half right comes out nearer
# than one that is all wrong. And the color counts for more than the thing: to the red cat a red dog is nearer than a blue cat. You will
# soon see why.

# %% [markdown]
# ## 5 · Use it
#
# ### A classifier made of sentences
#
# Others had tried before to name pictures by words alone. The surprise of the CLIP paper was how well it worked. You want to know which of forty things is in a picture. Write a sentence for
# each: "a picture of a cat.", "a picture of a dog.", and so on. These sentences are called **prompts**. Take their directions. The picture gets the
# name whose sentence fits it best. This is **zero-shot** classification: not one labeled picture was used.
#
# One sentence may be unlucky. So take several for each name, and the mean of their directions. The mean of several directions is
# shorter than 1, so it has to be brought back to length 1. That is a **prompt ensemble**.
#
# ### Exercise 03.3 · A classifier made of sentences
#
# *10 minutes · medium.*


# %%
def classify(images, prompts):
    """The class of each picture, (N,): images (N, D), prompts (P, C, D), P sentences for each of C classes."""
    raise NotImplementedError  # your lines here


classify = check("03.3", classify)

# %%
hint("03.3")
solution("03.3")

# %%
names = [world.THINGS[i] for i in world.TRAINED_THINGS]  # the forty things of the training pictures
images = image_directions(patient, new.pictures)  # (N, 128)
templates = ["{}", "{}.", "a {}.", "a picture of a {}.", "a drawing of a {}.", "look, a {}!", "a red {}.", "a {} by the sea."]
things = torch.tensor(world.TRAINED_THINGS, device=here)


def zero_shot_accuracy(model, classes, batch):
    """The share of pictures, in percent, that get the right one of the forty names; classes (40, D)."""
    found = things[zero_shot(image_directions(model, batch.pictures), classes)]
    return 100 * (found == batch.labels).float().mean().item()


single = {template: zero_shot_accuracy(patient, prompt_classes(patient.encode_text, names, [template]), new) for template in templates}
ensemble = zero_shot_accuracy(patient, prompt_classes(patient.encode_text, names, templates), new)
show.bars(
    {f"“{template}”": 100 - value for template, value in single.items()} | {"ensemble": 100 - ensemble},
    x="new pictures named wrongly (%); a blind guess is wrong in 97.5 %",
    highlight="ensemble",
    caption="Mistakes of zero-shot classification with one prompt each, and with the mean of all eight.",
)

# %%
with torch.no_grad():
    by_prompt = torch.stack([patient.encode_text([template.format(name) for name in names]) for template in templates])
yours = things[classify(images, by_prompt)]  # by_prompt: (8, 40, 128)
claim("Your classifier is the library's", 100 * (yours == new.labels).float().mean(), "≈", ensemble, 0.2, unit="%")
claim("Nearly every new picture is named rightly, and no label was used", ensemble, ">=", 90, unit="%")
average = sum(single.values()) / len(single)
claim("The ensemble is better than its prompts are on average", ensemble, ">", average, margin=0.3, unit="%")
claim("And better than the bare name", ensemble, ">", single["{}"], margin=1, unit="%")
claim("The best prompt is hardly better, and one would have to find it first", max(single.values()) - ensemble, "<", 1, unit="%")
claim("A false place in the prompt does no harm", single["a {} by the sea."], ">", average, unit="%")

# %% [markdown]
# Three things to see. A bare name is the *worst* way to ask, with a full stop or without, though it is all that matters: in captions
# nearly every name stands behind an article, "a cat", and the text tower has only read captions. Ask in the form in which the machine
# has learned.
#
# Most pictures are *not* by the sea, and yet "a cat by the sea." asks well. Why? All forty sentences say "by the sea". What is the same
# in all of them moves all forty cosines alike, and the order stays.
#
# And the ensemble? It makes hardly fewer mistakes than a good prompt. What it buys is safety: nobody had to know which prompts are good.
#
# How far had your own training come?

# %%
live = zero_shot_accuracy(clip.eval(), prompt_classes(clip.encode_text, names, templates), new)
print(f"Your own training names {live:.0f} % rightly, the shipped one {ensemble:.0f} %; by chance it would be {100 / len(names)} %.")
claim("A minute of training is far above chance", live, ">", 100 / len(names), margin=10, unit="%")

# %% [markdown]
# Stop here: at the end of that training most pictures found their own caption out of 128. How can a machine that knows the right caption
# not know the *thing*? Because in most batches it need not. Color, pattern and backdrop are easier to see than a shape. How many
# pictures of a batch could be told from all others by these three alone?

# %%
looks = torch.stack([batch.colors[:, 0], batch.patterns[:, 0], batch.backdrops], 1)  # (128, 3)
alone = ((looks[:, None] == looks).all(2).sum(1) == 1).float().mean().item()  # equal to itself only
claim("Most pictures of a batch have a color, pattern and backdrop that no other has", 100 * alone, ">", 50, unit="%")

# %% [markdown]
# So there is little left for the name of the thing to explain, and it is learned last. Keep this sentence for the rest of the
# chapter: **the loss teaches what the batch asks.**

# %% [markdown]
# ### Search with words
#
# The table of matches works the other way round too: type a sentence, get the pictures that fit best. This is
# **retrieval**. To measure it, let each of the captions look for its own picture among all of them.
#
# ### Exercise 03.4 · Recall among the first k
#
# *10 minutes · medium.* Recall@k is the share of questions whose right answer is among the first k.


# %%
def recall_at(similarity, k):
    """The share of rows whose right answer, place i in row i, is among the k highest: similarity (N, N); a float."""
    raise NotImplementedError  # your lines here


recall_at = check("03.4", recall_at)

# %%
hint("03.4")
solution("03.4")

# %%
with torch.no_grad():
    texts = patient.encode_text(new.captions)
table = (texts @ images.T).cpu()  # (N, N), a row for each text
ways = {"text finds picture": table, "picture finds text": table.T.contiguous()}
first = (1, 2, 3, 5, 10)
show.curves(
    {way: (first, [100 * recall_at(similarity, k) for k in first]) for way, similarity in ways.items()},
    x="among the first k",
    y="right answers found (%)",
    levels={"chance at 10": 100 * 10 / len(new)},
    caption=f"Searching among {len(new):,}. The right one is not always the first, but nearly always among the first few.",
)

# %%
found = {way: retrieval(similarity) for way, similarity in ways.items()}
for way, numbers in found.items():
    print(way, {name: round(value, 2) for name, value in numbers.items()})
both = found["text finds picture"]
claim("Your recall is the library's", recall_at(table, 5), "≈", both["recall@5"], 0.005)
claim("The right picture is the first of all, far above chance", 100 * both["recall@1"], ">", 100 / len(new), margin=50, unit="%")
claim("And nearly always among the first five", 100 * both["recall@5"], ">", 90, unit="%")
claim("The middle question finds its answer in the first place", both["median rank"], "==", 1)

# %% [markdown]
# The **median rank** is the place at which the right answer stands for the middle question, when questions are sorted by that place.
#
# Why is the first place not always right? Many captions fit several pictures: "a cat" is true of every cat, and nobody could
# know which one was meant. The other way round it is the same: the picture of a red cat may find "a red cat", which somebody wrote
# beside another picture.

# %% [markdown]
# ## 6 · Look inside
#
# ### What do the features keep?
#
# In chapter 02 the features of a network that learned from labels knew the thing, and had lost the color and the backdrop.
# Captions mention color and backdrop. Does it show? We train a **linear probe**, one matrix on features that stay as they are,
# for three questions, on three networks of the same build: untrained, trained on labels (the shipped one of chapter 02),
# trained on captions.

# %%
namer = weights.load("labels", Labels(ConvNet(), len(world.THINGS))).to(here)
encoders = {"untrained": ConvNet(seed=0).to(here), "labels": namer.encoder, "captions": patient.encoder}
known = world.draw(budget["probe"], size=32, mode="portrait", seed=50, device=here)
asked = {"thing": lambda b: b.labels, "color": lambda b: b.colors[:, 0], "backdrop": lambda b: b.backdrops}
read = {}
for name, encoder in encoders.items():
    shares = probe_accuracies(encoder, known, new, asked, C=1.0)
    read |= {(question, name): 100 * share for question, share in shares.items()}
show.bars(
    {f"{question}, {name}": read[question, name] for question in asked for name in encoders},
    x="read rightly from the features (%)",
    highlight=[f"{question}, captions" for question in asked],
    caption="Three questions to three networks of the same build. Features keep what their teacher talks about.",
)

# %%
claim("The thing is read from caption features far better than from untrained ones", read["thing", "captions"], ">=", read["thing", "untrained"], margin=40, unit="%")
claim("Labels lose the color, captions keep it", read["color", "captions"], ">", read["color", "labels"], margin=40, unit="%")
claim("Labels lose the backdrop, captions keep it", read["backdrop", "captions"], ">", read["backdrop", "labels"], margin=40, unit="%")

# %% [markdown]
# Look at the gray bars too. A network that has learned *nothing* tells the backdrop, and mostly the color: these are easily read from
# any mixture of pixels. What it cannot tell is the thing. Both teachers bring that in. The labels then destroy the rest; captions, which
# talk about it, keep it.

# %% [markdown]
# ### Open to new pairs
#
# Now the purple fish. All 400 sentences "a picture of a *color* *thing*." compete; for every picture below, the right one names a
# pair that was in no picture and in no caption of the training.

# %%
sentences = [f"a picture of a {color} {name}." for name in names for color in world.COLORS]
with torch.no_grad():
    pairs = patient.encode_text(sentences)  # (400, 128)
chosen = zero_shot(image_directions(patient, unseen.pictures), pairs)
kind = things[chosen // 10] == unseen.labels
color = chosen % 10 == unseen.colors[:, 0]
both = 100 * (kind & color).float().mean().item()
met = zero_shot(images, pairs)  # the same question about pairs that it has met
usual = 100 * ((things[met // 10] == new.labels) & (met % 10 == new.colors[:, 0])).float().mean().item()
print(f"thing and color right: {usual:.1f} % of pictures of pairs that it has met, {both:.1f} % of pairs that it never met")
wrong = (~(kind & color)).nonzero()[:8, 0]
show.pictures(
    unseen.pictures[wrong],
    titles=[f"not {sentences[i].removeprefix('a picture of ').rstrip('.')}" for i in chosen[wrong].tolist()],
    caption="Some of its few mistakes with pairs that it never met: what it said, wrongly.",
)

# %%
options = ["hardly ever: it can only know what it has seen", "about half of the time", "nearly always"]
reveal("03.pairs", options[0] if both < 25 else options[1] if both < 80 else options[2], f"{both:.1f} % of {len(unseen):,}")
claim("Thing and color of a pair that it never met are named rightly, nearly always", both, ">", 100 / 400, margin=80, unit="%")
claim("Hardly less often than those of pairs that it has met", both, ">", usual - 5, unit="%")

# %% [markdown]
# It has not learned four hundred pairs by heart. It has learned forty things and ten colors, and puts them together. Nobody told it
# to. But captions say "purple" and "fish" in words of their own, so each of the two could be learned from other pictures.
#
# ### Open to new things?
#
# A harder test: ten things that were in no picture and in no caption, such as a rabbit, a bus and a violin. Ten sentences
# compete. We write them in three ways: with the name; with a list of the parts of each thing; and with things that it knows and
# that look a little like it (chosen by hand, from looking at drawings of the ten).

# %%
strangers = world.draw(budget["new"], size=32, mode="portrait", seed=10, split="heldout_things", device=here)
resembles = {
    "rabbit": "a cat and a dog", "palm tree": "a tree and a flower", "pear": "an apple and a guitar",
    "planet": "a sun, a moon and a cloud", "bus": "a car and a house", "windmill": "a lighthouse and a flower",
    "sofa": "a bed and a chair", "brush": "a pencil and a hammer", "violin": "a guitar and a key",
    "dress": "a shirt and a lamp",
}  # fmt: skip
ways = {
    "its name": [f"a picture of a {name}." for name in resembles],
    "a list of its parts": [f"a picture of something with {', '.join(world.PARTS[name])}." for name in resembles],
    "known things that resemble it": [f"a picture of something between {known}." for known in resembles.values()],
}
numbers = torch.tensor([world.THINGS.index(name) for name in resembles], device=here)
directions, hits = image_directions(patient, strangers.pictures), {}
for way, prompts in ways.items():
    with torch.no_grad():
        found = numbers[zero_shot(directions, patient.encode_text(prompts))]
    hits[way] = 100 * (found == strangers.labels).float().mean().item()
    favorite = Counter(found.tolist()).most_common(1)[0]
    print(f"by {way}: its favorite answer is {world.THINGS[favorite[0]]}, given to {100 * favorite[1] / len(found):.0f} % of all pictures")
show.bars(hits, x="new things told apart (%)", levels={"chance": 10}, caption="Ten things that were never seen or named, told apart by sentences.")

# %%
claim("By known things that resemble them, new things are told apart above chance", hits["known things that resemble it"], ">", 10, margin=15, unit="%")
claim("By their parts hardly", hits["a list of its parts"], "<", hits["known things that resemble it"], margin=10, unit="%")

# %% [markdown]
# So its list is open, but not to everything. A word that never occurred is only letters to it; whatever is right among the names
# comes from a favorite answer, and from words inside a word ("palm *tree*"). Parts are never mentioned in our captions,
# so "with ears and a tail" says nothing to it, though it has seen many ears. What it can do is put together what its captions have
# taught it. A CLIP that was trained on the web has read nearly every word, and so seems to know everything. The rule is the same.
#
# ### Blind to who is where
#
# Portraits show one thing. So the course ships a second CLIP, trained further on *scenes*, whose captions say "a red cat
# to the left of a blue car". Take such a caption and swap the two sides: now it is false. Which of the two sentences fits the
# picture better, the true one or the false one?

# %%
predict(
    "03.left",
    "How often does the true caption score higher than the one with left and right swapped?",
    ["nearly always", "in about three of four cases", "in about half: like a coin"],
)

# %%
import re

reader = CLIP(ConvNet(), TextTransformer(len(clip.tokenizer), 96, 2, 4, length=48), clip.tokenizer)
weights.load("clip-scenes", reader).to(here)
scenes = world.draw(2 * budget["new"], size=48, seed=10, split="val", device=here)
plain = [color for color in world.COLORS if color != "gray"]  # captions may write it "grey"


def swapped(caption, one, other):
    """The caption with two words exchanged, wherever they stand alone."""
    return re.sub(rf"\b({one}|{other})\b", lambda found: other if found[0] == one else one, caption)


def changes(caption):
    """False captions made from a true one, each by one kind of change."""
    c, out = caption.lower(), {}
    said = re.findall(r"\w+", c)  # words, so that "upright" is not "right"
    for name, one, other in (("left and right swapped", "left", "right"), ("above and below swapped", "above", "below")):
        if (one in said) != (other in said):
            out[name] = swapped(c, one, other)
    colors = [word for word in said if word in plain]
    kinds = [name for name in names if re.search(rf"\b{name}\b", c)]
    if len(colors) == len(set(colors)) == 2:
        out["the two colors swapped"] = swapped(c, *colors)
    if colors:
        out["one color replaced"] = re.sub(rf"\b{colors[0]}\b", plain[plain.index(colors[0]) - 4], c, count=1)
    if kinds:
        out["one thing replaced"] = re.sub(rf"\b{kinds[0]}\b", names[names.index(kinds[0]) - 17], c)
    return {name: re.sub(r"\ba (?=[aeiou])", "an ", re.sub(r"\ban (?=[^aeiou])", "a ", false)) for name, false in out.items()}


# %% [markdown]
# Each kind of change is tried on all captions that allow it. As a comparison, two changes that should be easy to notice: a color, or a thing,
# that is not there.

# %%
falsified = [changes(caption) for caption in scenes.captions]
true_wins, moved = {}, {}
for change in ("left and right swapped", "above and below swapped", "the two colors swapped", "one color replaced", "one thing replaced"):
    at = torch.tensor([i for i, each in enumerate(falsified) if change in each])
    directions = image_directions(reader, scenes.pictures[at.to(here)])
    with torch.no_grad():
        true = (directions * reader.encode_text([scenes.captions[i].lower() for i in at.tolist()])).sum(1)  # (n,) cosines
        false = (directions * reader.encode_text([falsified[i][change] for i in at.tolist()])).sum(1)
    true_wins[change] = 100 * (true > false).float().mean().item()
    moved[change] = (true - false).abs().mean().item()
    print(f"{change:25} {len(at):5,} captions, the cosine changes by {moved[change]:.4f} on average")
show.bars(true_wins, x="the true caption scores higher (%)", levels={"a coin": 50}, caption="What a CLIP notices and what it does not. Swapping keeps all the words and changes who is where, or who has which color.")

# %%
left = true_wins["left and right swapped"]
reveal("03.left", "in about half: like a coin" if left < 62 else "in about three of four cases" if left < 88 else "nearly always", f"{left:.0f} %")
claim("With left and right swapped, it is a coin", left, "≈", 50, margin=8, unit="%")
claim("Swapping left and right moves the cosine far less than a wrong thing", moved["left and right swapped"], "<", moved["one thing replaced"] / 10)
claim("It hardly notices whose color is whose", true_wins["the two colors swapped"], "<", 70, unit="%")
claim("It does notice a color that is not there", true_wins["one color replaced"], ">", 90, unit="%")
claim("And a thing that is not there", true_wins["one thing replaced"], ">", 90, unit="%")

# %% [markdown]
# It reads a caption as a **bag of words**: which words are there, but not who is left of whom. Large CLIPs are found to
# do so too (Yuksekgonul and others, below). Is it the eye that fails, or the reader? Ask the text tower alone: how much does the direction
# of a caption change when left and right are swapped, and how much when another thing is named?

# %%
turned = {}
for change in ("left and right swapped", "one thing replaced"):
    at = [i for i, each in enumerate(falsified) if change in each]
    with torch.no_grad():
        one = reader.encode_text([scenes.captions[i].lower() for i in at])
        other = reader.encode_text([falsified[i][change] for i in at])
    turned[change] = (one * other).sum(1).mean().item()
    print(f"{change:24} cosine of the two sentences {turned[change]:.4f}")
claim("To the text tower the swapped sentence is nearly the same", turned["left and right swapped"], ">", 0.99)
claim("With another thing it is another sentence", turned["one thing replaced"], "<", 0.9)

# %% [markdown]
# The text tower has dropped the difference before the picture is even looked at. It need not have: its tokens know their places, and in
# section 2 one word changed everything behind it. But **the loss teaches what the batch asks**: to tell this caption from the *other
# captions of the batch*. In nearly every batch, the things and the colors alone settle that. No batch contains the same scene with left
# and right swapped. So nothing is gained by reading the order, and what brings no gain is not learned.
#
# ## 7 · What scales it
#
# ### A question for each pair: SigLIP
#
# CLIP's softmax divides by the sum over a whole row, and that sum runs over the whole batch. On hundreds of machines, each with a part
# of the batch, every machine needs the directions of all others. **SigLIP** asks every pair by itself: do you two belong together, yes or
# no? With $z = +1$ for the pairs on the diagonal and $z = -1$ for all others, the loss is
#
# $$ -\frac{1}{B} \sum_i \sum_j \ln \sigma\!\left(z_{ij}\,(s\, u_i \cdot v_j + b)\right) $$
#
# Here $\sigma(x) = 1 / (1 + e^{-x})$ turns a score into the probability of yes, $s$ is the scale, and $b$ a learned **bias**. Nearly all answers are no:
# B² − B of B². So $b$ begins far below zero, and the machine says no to everything before it has learned anything.
#
# ### Exercise 03.5 · Write SigLIP's loss
#
# *15 minutes · harder.* `F.logsigmoid` is the safe way to $\ln \sigma$.


# %%
def yes_or_no(image, text, scale, bias):
    """SigLIP's loss, shape (): images and texts (B, D), of length 1, text i belongs to image i."""
    raise NotImplementedError  # your lines here


yes_or_no = check("03.5", yes_or_no)

# %%
hint("03.5")
solution("03.5")

# %%
by_loop = 0.0
for i in range(5):
    for j in range(5):
        z = 1 if i == j else -1
        by_loop += log(1 + exp(-z * (10 * float(image[i] @ text[j]) - 5))) / 5  # -ln σ(x) is ln(1 + e^-x)
claim("Your SigLIP loss is that of the loop", yes_or_no(image, text, 10.0, -5.0), "≈", by_loop, 1e-4)
claim("Your SigLIP loss is that of the library", yes_or_no(image, text, 10.0, -5.0), "≈", siglip_loss(image, text, 10.0, -5.0), 1e-5)

# Block by block: only two columns of the table are ever in memory at once.
by_blocks = 0.0
for columns in torch.arange(5).split(2):
    z = 2 * (torch.arange(5)[:, None] == columns).float() - 1  # (5, 2)
    by_blocks += -F.logsigmoid(z * (10 * image @ text[columns].T - 5)).sum() / 5
claim("Its blocks simply add up", by_blocks, "≈", siglip_loss(image, text, 10.0, -5.0), 1e-5)

# %% [markdown]
# ### Curves
#
# What makes such a model better? The course ships the results of 51 short trainings: 51,200 pairs each, portraits of 24 × 24
# pixels, three seeds of everything. (`python -m course_lib pretrain clip-curves` makes them again.) The bands go from the lowest
# seed to the highest.
#
# First, **batch size and loss**. All trainings see equally many pairs, so a larger batch means fewer steps.

# %%
runs = weights.load_json("clip-curves")["runs"]


def measured(key, what="zero-shot"):
    """What the three seeds of one setting reached, in percent."""
    return [100 * run[what] for run in runs[key]]


def mean(key, what="zero-shot"):
    return sum(measured(key, what)) / 3


def curve(keys, what="zero-shot"):
    """The three seeds as three rows, a column for each setting."""
    return list(zip(*[measured(key, what) for key in keys], strict=True))


sizes = (32, 64, 128, 256)
show.curves(
    {loss: (sizes, curve([f"{loss}/{size}" for size in sizes])) for loss in ("CLIP", "SigLIP")},
    x="pairs in a batch",
    y="zero-shot, things named rightly (%)",
    levels={"chance": 2.5},
    logx=True,
    caption="Equally many pairs seen, in smaller or larger batches. Read the bands before you read the lines.",
)

# %%
spread = max(measured("SigLIP/32")) - min(measured("SigLIP/32"))
claim("At batch 32 the two losses differ by less than the seeds of one of them", abs(mean("CLIP/32") - mean("SigLIP/32")), "<", spread, unit="%")
claim("At batch 128 the softmax is ahead, here", mean("CLIP/128"), ">", mean("SigLIP/128"), margin=5, unit="%")
claim("The largest batch is not the best, when pairs are what is limited", mean("CLIP/256"), "<", mean("CLIP/64"), margin=5, unit="%")

# %% [markdown]
# Be careful with this figure, for two reasons. All these trainings have the same learning rate. Equally many pairs in larger batches are
# fewer steps, and fewer steps of the same size get less far: that alone may explain why the largest batch is not the best. The large
# batches of the papers were worth it in long trainings.
#
# And the SigLIP paper found its loss *ahead* at small batches, and equal at large ones. We find no such thing: at batch 32 its three seeds
# lie far apart, above and below CLIP's, and from 64 on it is behind. But our trainings are thousands of times shorter than theirs. What
# can you conclude? That neither is better *as such*. What the sigmoid does bring, at any size, is what you have just computed: its blocks
# add up, so the table never has to be in one place.
#
# Next, **how many pairs**, and **how clean**. The web is not clean. `world.Stream(alt_text=...)` spoils a share of the captions as the
# web does: file names, advertisements, captions cut short, the caption of some other picture. Many of them still name the thing.

# %%
noisy = world.draw(6, size=8, mode="portrait", seed=22, alt_text=1.0)
for clean, spoilt in zip(world.draw(6, size=8, mode="portrait", seed=22).captions, noisy.captions, strict=True):
    print(f"{clean:58} {spoilt}")

# %%
counts, noise = (1600, 6400, 25_600), (0.25, 0.5, 0.75, 1.0)
show.curves(
    {
        "zero-shot": ((*counts, 51_200), curve([*[f"pairs/{count}" for count in counts], "CLIP/128"])),
        "recall@1": ((*counts, 51_200), curve([*[f"pairs/{count}" for count in counts], "CLIP/128"], "recall@1")),
    },
    x="different pairs, seen 51,200 times in all",
    y="right (%)",
    logx=True,
    caption="The same number of steps from more and more pairs. From 1,600, each of them seen 32 times, little is learned that holds for new ones.",
)

# %%
show.curves(
    {
        "zero-shot": ([0, *[100 * n for n in noise]], curve(["CLIP/128", *[f"noise/{n}" for n in noise]])),
        "recall@1": ([0, *[100 * n for n in noise]], curve(["CLIP/128", *[f"noise/{n}" for n in noise]], "recall@1")),
    },
    x="captions spoilt as on the web (%)",
    y="right (%)",
    levels={"chance, zero-shot": 2.5},
    caption="Noise costs a lot in a short training, and the seeds drift apart. Where every caption is spoilt, the mean of three is still above chance.",
)

# %%
claim("Four times as many pairs are worth a lot at first", mean("pairs/6400"), ">", mean("pairs/1600"), margin=10, unit="%")
claim("Later, in a training this short, they are worth nothing", mean("CLIP/128") - mean("pairs/25600"), "<", 5, unit="%")
claim("Half of the captions spoilt costs more than a third", mean("noise/0.5"), "<", mean("CLIP/128") * 2 / 3, unit="%")
claim("With every caption spoilt three seeds together are still above chance", mean("noise/1.0"), ">", 2.5, margin=5, unit="%")

# %% [markdown]
# The web has so many pairs that nobody sees one twice. So those who train large CLIPs ask another question: which pairs are worth
# their place? (DataComp, in the table below.)
#
# ## 8 · Break it: a scale of 1
#
# In section 3 we worked out that at scale 1 even perfect towers have a high loss, and that all wrong texts are then pushed away alike.
# What does a training do whose scale is held at 1? Two short trainings, on smaller pictures to save time. In both the scale stays where
# it is; all that differs is where.

# %%
small = world.draw(budget["new"], size=24, mode="portrait", seed=10, split="val", device=here)


def short(method):
    """A short training with the scale held still; the method, ready for use, and the course of its loss."""
    method.logit_scale.requires_grad_(False)
    history = fit(method, world.Stream(budget["batch"], size=24, mode="portrait", seed=23), budget["short"], lr=1e-3)
    return method.eval(), course_of(history.loss)


high, high_loss = short(CLIP(*towers(), scale=40))
low, low_loss = short(CLIP(*towers(), scale=1))

# %%
show.curves(
    {"scale 40": high_loss, "scale 1": low_loss},
    y="loss",
    levels={"blind guess": log(budget["batch"]), "perfect at scale 1": log(exp(1) + budget["batch"] - 1) - 1},
    caption="At scale 1 the loss has little room between a blind guess and perfection. At scale 40 it begins higher and ends far lower.",
)

# %%
zero_shots = {f"scale {scale}": zero_shot_accuracy(method, prompt_classes(method.encode_text, names, templates), small) for scale, method in {40: high, 1: low}.items()}
show.bars(zero_shots, x="new pictures named rightly, by prompts (%)", levels={"chance": 2.5}, caption="The same pictures, steps and networks. With the scale at 1, it names hardly anything.")

# %%
learns, stays = zero_shots.values()
claim("At scale 40 training gets somewhere", learns, ">", 2.5, margin=5, unit="%")
claim("At scale 1 it names hardly anything", stays, "<", learns / 2, unit="%")

# %% [markdown]
# ## 9 · Labels and captions in one loss
#
# There are labeled pictures, and there are captioned ones. Must we choose? **UniCL** takes both into one batch. A label becomes a
# sentence: "a picture of a cat.", or "look, a cat!" And where two pictures have the same label, each of their texts is right for both.
# In the table, a row then has several right answers, and the loss shares the row's probability among them. The false negatives of
# section 3 are gone wherever the truth is known.
#
# Two things are new here: other *data*, one half of each batch with labels only, and another *loss*. To tell them apart we need a training
# with the one and without the other: the same batches, but CLIP's loss, which counts another cat's sentence as wrong.


# %%
class SameBatches(UniCL):
    """The batches of UniCL with the loss of CLIP."""

    def loss(self, batch):
        image, text, _ = self.pairs(batch)
        return Loss(clip_loss(image, text, self.logit_scale.exp()))


sentence = ["a {}.", "a picture of a {}.", "a drawing of a {}.", "there is a {}.", "look, a {}!", "here you see a {}."]
mixed, _ = short(SameBatches(*towers(), scale=40, names=world.THINGS, prompts=sentence))
unicl, _ = short(UniCL(*towers(), scale=40, names=world.THINGS, prompts=sentence))

# %%
reached = {}
for name, method in {"captions, CLIP's loss": high, "half labels, CLIP's loss": mixed, "half labels, UniCL's loss": unicl}.items():
    reached[name] = zero_shot_accuracy(method, prompt_classes(method.encode_text, names, templates), small)
    with torch.no_grad():
        recall = retrieval(method.encode_text(small.captions) @ image_directions(method, small.pictures).T)["recall@1"]
    print(f"{name:26} recall@1 {100 * recall:.0f} %")
show.bars(reached, x="new pictures named rightly, by prompts (%)", levels={"chance": 2.5}, caption="Equally many pictures and steps. First the data changes, then the loss.")

# %%
captions_only, labels_too, and_loss = reached.values()
claim("Labels for half of the pictures teach the names far faster", labels_too, ">", captions_only, margin=15, unit="%")
claim("Most of the gain comes from the data, not from the loss", labels_too - captions_only, ">", abs(and_loss - labels_too), unit="%")

# %% [markdown]
# So look twice before you praise a loss. Most of the gain is the *short sentences*: "a cat." leaves nothing but the thing to explain, where
# a caption offers color and backdrop. The loss itself adds a little on top, more with one seed than with another. That is no wonder:
# only half of each batch has labels, and forty things share them.
#
# When does the loss matter at all? Something that surprises many: if all pictures of a label get the *same* sentence, the two losses are
# equal, and so are their gradients. Equal sentences can never be told apart, and what cannot be told apart gets equal shares. The
# difference begins when one label is put into several sentences, as we did above.

# %%
from course_lib.pretrain import unicl_loss

labels = torch.tensor([0, 0, 1, 2, 2, 2])
image = F.normalize(torch.randn(6, 8, generator=g), dim=-1).requires_grad_()


def gradients(texts):
    """How the two losses would move the pictures, (6, 8) each."""
    of_clip = torch.autograd.grad(clip_loss(image, texts, 10.0), image)[0]
    return of_clip, torch.autograd.grad(unicl_loss(image, texts, 10.0, labels), image)[0]


same = F.normalize(torch.randn(3, 8, generator=g), dim=-1)[labels]  # one sentence for each label
several = F.normalize(same + 0.3 * torch.randn(6, 8, generator=g), dim=-1)  # a sentence of its own for each picture
equal, apart = [(one - other).abs().max() for one, other in (gradients(same), gradients(several))]
claim("With one sentence for each label, CLIP and UniCL learn the same", equal, "<", 1e-5)
claim("With several they do not", apart, ">", 0.01)

# %% [markdown]
# ### Neighbors of the idea
#
# | Paper | What it changes | What you know of it from here |
# |---|---|---|
# | [ConVIRT](https://arxiv.org/abs/2010.00747), 2020 | came before: the same loss, for medical pictures and reports | section 3 |
# | [ALIGN](https://arxiv.org/abs/2102.05918), 2021 | far more pairs, hardly cleaned | the curve of noise in section 7 |
# | [LiT](https://arxiv.org/abs/2111.07991), 2021 | a picture tower that is trained already and stays as it is; only the text tower learns | half of the work is done before |
# | [FILIP](https://arxiv.org/abs/2111.07783), 2021 | compares every word with every patch, not one direction with one direction | a finer table of matches |
# | [Florence](https://arxiv.org/abs/2111.11432), 2021 | UniCL's loss at the scale of the web, then regions and more tasks | section 9 |
# | [SLIP](https://arxiv.org/abs/2112.12750), 2021 | adds a loss on pictures alone: two views of one picture should agree | chapter 04 |
# | [UniCL](https://arxiv.org/abs/2204.03610), 2022 | labels and captions in one loss | section 9 |
# | [CoCa](https://arxiv.org/abs/2205.01917), 2022 | also writes the caption, word by word | the causal text tower of section 2 |
# | [SigLIP](https://arxiv.org/abs/2303.15343), 2023 | a sigmoid for each pair | section 7 |
# | [DataComp](https://arxiv.org/abs/2304.14108), 2023 | keeps the training as it is and looks for better pairs | the curves of section 7 |
#
# ## 10 · The lab
#
# Type a sentence on the left, and the pictures that fit best appear. Click one of them, and below you see which of your own
# sentences describes it best. You may also bring a picture of your own.
#
# Three things to try:
#
# 1. "a red cat", then "red", then "cat", then "a cat that is not red". What does it make of *not*, a word that no caption has?
# 2. "a purple fish": there is none among these pictures. What comes next best, the color or the thing?
# 3. Rank "a red cat", "cat red a" and "a cat" for a picture of a red cat. How much does the order of the words matter?

# %%
gallery = world.draw(2 * budget["new"], size=32, mode="portrait", seed=10, split="val", device=here)
from course_lib.chapters.ch03_learning_from_language.lab import search_lab

search_lab(
    patient,
    gallery.pictures,
    sentence="a red car",
    sentences=["a car", "a red car", "a blue car", "a red house", "a car at night", "something striped"],
    caption="The lab, as a still picture: what “a red car” finds among the new pictures. Where a kernel runs, you can type and click.",
)

# %% [markdown]
# ## 11 · In the wild
#
# Our `CLIP` takes the weights that OpenAI published, and computes what the original computes; the tests of the course hold the two together.
# Here it names photographs by sentences alone.

# %%
from safetensors.torch import load_file

from course_lib import photos
from course_lib.weights import published

photographs = photos.find(size=224, split="test", limit=200, fetch=profile() == "gpu")
file = published.fetch("timm/vit_base_patch32_clip_224.openai", "open_clip_model.safetensors", download=profile() == "gpu")
if photographs and file:
    wild = published.clip(load_file(file)).to(here)
    prompts = ["a photo of a {}.", "a blurry photo of a {}.", "a close-up of a {}."]
    classes = prompt_classes(wild.encode_text, [name.replace("_", " ") for name in photographs.classes], prompts)
    found = zero_shot(image_directions(wild, photographs.pictures.to(here)), classes).cpu()
    right = (found == photographs.labels).float().mean()
    print(f"{len(photographs)} photographs of {len(classes)} classes: {right:.0%} named rightly, and no label used.")
elif photographs:
    print("The published weights (605 MB) are not here: set COURSE_PROFILE=gpu, or run this chapter on Colab.")

# %% [markdown]
# ## 12 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 13 · In five sentences
#
# 1. Byte-pair encoding merges what occurs together most often, so frequent words become whole and no text is ever out of reach.
# 2. CLIP's two towers learn to point the same way for a picture and its caption, and each batch is a classification with the batch's own captions as classes.
# 3. A classifier can then be made of sentences, without any label; ask in the form in which the machine has learned, and in several ways.
# 4. Features keep what their teacher talks about: captions keep color and backdrop, and put known words together for pairs never seen.
# 5. The loss teaches only what the batch asks for, so such a model knows who is there and hardly who is where.
#
# ### Quiz

# %%
quiz("03")

# %% [markdown]
# ### Further reading
#
# - Radford and others, 2021, [*Learning Transferable Visual Models From Natural Language Supervision*](https://arxiv.org/abs/2103.00020). CLIP; figure 3 is the whole method in a dozen lines, section 3.1.4 is prompts.
# - Sennrich and others, 2015, [*Neural Machine Translation of Rare Words with Subword Units*](https://arxiv.org/abs/1508.07909). Byte-pair encoding; algorithm 1 is what you wrote.
# - Zhai and others, 2023, [*Sigmoid Loss for Language Image Pre-Training*](https://arxiv.org/abs/2303.15343). SigLIP; read section 3, and compare its batch-size figure with ours.
# - Yang and others, 2022, [*Unified Contrastive Learning in Image-Text-Label Space*](https://arxiv.org/abs/2204.03610). Labels and captions as one thing.
# - Gadre and others, 2023, [*DataComp*](https://arxiv.org/abs/2304.14108). What better data does when nothing else may change.
# - Yuksekgonul and others, 2022, [*When and Why Vision-Language Models Behave like Bags-of-Words*](https://arxiv.org/abs/2210.01936). The blindness of section 6, in large models.
#
# **Next:** chapter 04 asks whether a machine can learn to see from pictures alone, with neither labels nor captions.
