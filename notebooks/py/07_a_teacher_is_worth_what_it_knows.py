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
# [![Open this chapter in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/learning-to-see/learning-to-see/blob/main/notebooks/07_a_teacher_is_worth_what_it_knows.ipynb)

# %% [markdown]
# # 07 · A teacher is worth what it knows
#
# **The question of this chapter:** can a machine be its own teacher, and why does that not go in circles?
#
# **When you are done you can**
#
# - teach a small network with the soft answers of a large one, and say what is in them that labels lack;
# - make a student name things that it has never seen;
# - write one step of data2vec and the loss of iBOT, in which a model is its own teacher;
# - say what keeps such a pair from agreeing on nothing, and tell agreement from understanding.
#
# **You should know** the Vision Transformer of chapter 01, the slow teacher, centering and sharpening of chapter 05, masks of chapter 06.
#
# **Time:** about 90 minutes of reading and solving. The computer's own share is some two and a half minutes on a laptop.

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
# The tools, and the amount of work.

# %%
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import cross_entropy

from course_lib import check, claim, claims_table, hint, photos, predict, progress, quiz, reveal, show, solution, weights, world
from course_lib.chapters.ch06_fill_in_what_is_missing.recipes import load_encoders as load_masked
from course_lib.chapters.ch07_a_teacher_is_worth_what_it_knows import lab
from course_lib.chapters.ch07_a_teacher_is_worth_what_it_knows.recipes import build_vit, load_encoders, load_teacher, one_sky_pictures
from course_lib.epochs import Epochs
from course_lib.evaluate import features, label_accuracy, probe_accuracy, rank_me
from course_lib.fit import fit
from course_lib.nn import ConvNet, MomentumEncoder, ViT, block_masking
from course_lib.nn.encoder import IMAGENET
from course_lib.pretrain import Labels, Loss, Method, hint_loss
from course_lib.pretrain.dino import entropy_of
from course_lib.pretrain.ibot import marginal_entropy
from course_lib.train.device import device, profile
from course_lib.train.optim import adamw
from course_lib.weights import published

budget = {  # steps of a small student, of data2vec and of iBOT; new pictures to test on
    "smoke": {"student": 4, "data2vec": 4, "iBOT": 4, "new": 200},
    "laptop": {"student": 250, "data2vec": 120, "iBOT": 100, "new": 1000},
    "gpu": {"student": 250, "data2vec": 600, "iBOT": 300, "new": 2000},
}[profile()]
here = device()
new = world.draw(budget["new"], size=32, mode="portrait", seed=20, split="val", device=here)
known = world.draw(625, size=32, mode="portrait", seed=21, device=here)

# %% [markdown]
# ## 1 · The problem
#
# You have some 500 pictures with their labels, about fifteen of each of 32 kinds, and a network that must be small, since it shall run on a telephone. From so few pictures it learns them by heart and names new ones badly.
#
# You also have a large network which has seen far more, and names all of this right. It is too large for the telephone. But you can *ask* it: you may show it your pictures, and it tells you what it thinks of each. It gives you no new label. (Our world has forty kinds. Eight of them we put aside, drawn at random, for section 3.)

# %%
predict("07.ask", "It names all of them right, as your labels do. Can its answers make the small network better on new pictures?", ["no: it says nothing that the labels do not say", "yes, if we look at more than its first choice", "yes, but only with new pictures"])

# %%
hidden = torch.tensor(world.TRAINED_THINGS)[torch.randperm(40, generator=torch.Generator().manual_seed(0))[:8]].to(here)
known, shown = (batch[(~torch.isin(batch.labels, hidden)).nonzero().flatten()] for batch in (known, new))  # 32 kinds
teacher = load_teacher().to(here).eval()  # the ConvNet of chapter 02
told = lab.ask(teacher, known.pictures, known.labels)  # pictures, their mirror images, and what it says: logits, features


class Student(Labels):
    """A small network and its lesson: a function that makes a loss of the student's numbers and of a batch."""

    def __init__(self, lesson, numbers=50):
        super().__init__(ConvNet((8, 16, 32, 48)), numbers)
        self.lesson = lesson

    def loss(self, batch):
        return Loss(self.lesson(self.logits(batch.pictures), batch))


def study(lesson, told, numbers=50):
    """A student after its lessons."""
    student = Student(lesson, numbers)
    fit(student, Epochs(told, 64), budget["student"], lr=3e-3, max_grad_norm=torch.inf, progress=False)
    return student.to(here).eval()


def by_label(logits, batch):
    return cross_entropy(logits, batch.labels)


first = study(by_label, told)
right = {"labels": 100 * label_accuracy(first, shown)}
at_home = 100 * label_accuracy(first, known)
sizes = [sum(p.numel() for p in net.parameters()) / 1e3 for net in (first, teacher)]
print(f"student: {sizes[0]:.0f},000 weights, {at_home:.0f} % of its own pictures right, {right['labels']:.0f} % of new ones")
print(f"teacher: {sizes[1]:.0f},000 weights, {100 * label_accuracy(teacher, shown):.0f} % of new ones; by chance: 3 %")
claim("The student knows its own pictures by heart, and names far fewer of the new ones", right["labels"], "<", at_home, margin=20, unit="%")

# %% [markdown]
# (All students of sections 1 to 4 are trained alike: AdamW, a learning rate of 0.003 that rises for 5 % of the steps and then falls along a cosine, 64 pictures a step, mirrored at random, 250 steps, gradients not clipped.)
#
# ## 2 · Soft answers
#
# What does the teacher really say? Not a word but fifty numbers, its **logits**, and softmax makes shares of them. With such a sure teacher the first share is nearly 1 and the rest invisible. Dividing all logits $z$ by a **temperature** $T$ before the softmax brings the rest to light:
#
# $$ p_k = \frac{e^{z_k / T}}{\sum_j e^{z_j / T}} $$

# %%
lab.softened(known.pictures[3], told.logits[3], (1, 2, 4, 8), world.THINGS, caption="One picture, and what the teacher says of it at four temperatures. What it ranks second and third is there at T = 1 too, but too small to count.")

# %% [markdown]
# At $T = 8$ the answer is a little lesson on likeness: of all the things that this is not, which does it look like? **Knowledge distillation** (Hinton, Vinyals and Dean, 2015) teaches the student to say the same, softened alike. The measure is the **Kullback-Leibler divergence**, KL: the extra surprise, on average, if answers come as the teacher's $p$ and you expected the student's $q$. It is 0 where both say the same.
#
# $$ \ell = T^2 \, \sum_k p_k \, (\ln p_k - \ln q_k) $$
#
# Why $T^2$? At a high temperature both answers are nearly flat, and the gradient fades: by $1/T$ since the logits are divided, and by about $1/T$ more since the answers hardly differ. $T^2$ brings it back, so that the loss may be added to others, such as that of the labels, and its share does not depend on $T$.
#
# ### Exercise 07.1 · Soft answers
#
# *10 minutes · medium.* The loss above, a mean over the batch. No gradient goes to the teacher. Logits may be large: `log_softmax` is safe where the logarithm of a softmax is not.


# %%
def distillation_loss(student, teacher, temperature):
    """KL divergence of the student's softened answers from the teacher's, times T²; logits (B, C) of both.

    A sum over the classes and a mean over the batch: a tensor, (). No gradient flows into the teacher.
    """
    raise NotImplementedError  # your lines here


distillation_loss = check("07.1", distillation_loss)

# %%
hint("07.1")
solution("07.1")

# %% [markdown]
# Your loss now teaches. Two students: one with $T = 1$, one with $T = 8$. They never see a label. (The first lines show what $T^2$ is for: how long the gradient is that a student gets who knows nothing.)


# %%
def soft(T):
    """The lesson of your loss at a temperature."""
    return lambda logits, batch: distillation_loss(logits, batch.logits, T)


fresh = Student(None).to(here).logits(known.pictures[:64]).detach().requires_grad_()  # logits of one that knows nothing
for T in (1, 2, 8, 20):
    (slope,) = torch.autograd.grad(distillation_loss(fresh, told.logits[:64], T), fresh)
    print(f"T = {T:2}: length of the gradient {slope.norm():.3f}, without T² {slope.norm() / T**2:.5f}")
students = {T: study(soft(T), told) for T in (1, 8)}
right |= {f"your loss, T = {T}": 100 * label_accuracy(student, shown) for T, student in students.items()}
reveal("07.ask", "yes, if we look at more than its first choice")
lab.distillation_diagram(known.pictures[3], told.logits[3], students[8].logits(known.pictures[3:4])[0], int(known.labels[3]), 8, world.THINGS, caption="Knowledge distillation, with your student after its lessons, on a picture that it has seen.")

# %%
show.bars(right, x="new pictures named right (%)", highlight="your loss, T = 8", caption="The same pictures, the same network, as many steps: what changes is the lesson.")

# %%
claim("At T = 8 the student names far more new pictures than with labels", right["your loss, T = 8"], ">", right["labels"], margin=5, unit="%")
claim("At T = 1, where the first choice has nearly all, far fewer than at T = 8", right["your loss, T = 1"], "<", right["your loss, T = 8"], margin=5, unit="%")

# %% [markdown]
# ## 3 · Dark knowledge
#
# What was in the soft answers? Hinton called it **dark knowledge**, and had a test for it: leave a class out. So have we: of the forty kinds, eight were never shown to your students. Of these they only heard, from pictures of other kinds, how much those look like them. Two controls are taught by a *table*: all pictures of a kind get one answer, the mean of the teacher's logits for that kind. A table knows which kinds are alike, and nothing of the single picture. In the second table each kind's likenesses to the others are dealt out anew at random: its answers are as soft, and they mean nothing.

# %%
print("never shown:", ", ".join(world.THINGS[kind] for kind in hidden))
predict("07.dark", "You show the student of soft answers the hidden kinds, and let it choose among the eight. How often is it right? (By chance: 12.5 %.)", ["by chance", "a third of the time", "most of the time"])
trained = {
    "soft answers, T = 8": students[8],
    "a table, T = 8": study(soft(8), lab.class_means(told)),
    "a shuffled table, T = 8": study(soft(8), lab.class_means(told, shuffled=True)),
    "labels": first,
}
unseen = {name: student.logits(new.pictures).detach() for name, student in trained.items()}  # each (N, 50)

# %% [markdown]
# One more thing. A student that has never seen a mushroom has learned that the answer is never "mushroom". Ask it freely, and it will not say so, whatever it knows. Hinton's cure: add one number, the same for all hidden kinds, to their logits, a **bias**. The lab has a slider for it.
#
# 1. With bias 0, which of the students names hidden kinds?
# 2. Raise the bias. What does it cost among the shown kinds, and what does it bring among the hidden ones?
# 3. Does the student of labels have a good bias?

# %%
lab.unseen_lab(unseen, new.labels, new.pictures, hidden.tolist(), world.THINGS, bias=3, caption="The lab, as a still picture. Where a kernel runs, you choose the student and the bias.")

# %%
found = {name: lab.measure_unseen(logits, new.labels, hidden.tolist()) for name, logits in unseen.items()}
for name, x in found.items():
    print(f"{name:23} among the eight {x['among']:2.0f} %; bias 0: shown {x['shown']:2.0f} %, hidden {x['hidden']:2.0f} %; bias {x['bias']:.2f}: shown {x['shown, biased']:2.0f} %, hidden {x['hidden, biased']:2.0f} %")
for kind in hidden[:4].tolist():
    print(f"most like a {world.THINGS[kind]}:", ", ".join(world.THINGS[k] for k in lab.likest(told, kind)))
reveal("07.dark", "most of the time" if found["soft answers, T = 8"]["among"] > 50 else "a third of the time" if found["soft answers, T = 8"]["among"] > 25 else "by chance")
claim("Taught softly, it tells kinds apart that it has never seen", found["soft answers, T = 8"]["among"], ">", 60, unit="%")
claim("A table of likenesses teaches most of this", found["a table, T = 8"]["among"], ">", 50, unit="%")
claim("A shuffled table teaches far less", found["a shuffled table, T = 8"]["among"], "<", found["a table, T = 8"]["among"], margin=20, unit="%")
claim("Of the shown kinds, too, the table teaches more than labels or a shuffled table", found["a table, T = 8"]["shown"], ">", max(found["labels"]["shown"], found["a shuffled table, T = 8"]["shown"]), margin=4, unit="%")

# %% [markdown]
# (The bias printed is the smallest with which a fifth of all answers name a hidden kind, since 8 of the 40 kinds in the test are hidden. It needs no label, but it needs to know that share.)
#
# So it works, and the tables say *what* works. Most of it is not what the teacher makes of the single picture, nor that the answers are soft. It is **which kinds are alike**, to the teacher. That is what a label leaves out.
#
# (Hinton's figures, on handwritten digits: without a single 3 in the student's lessons it gets 133 of 1,010 threes wrong; with a bias chosen on the test digits, 14.)
#
# ## 4 · Hints: features as answers
#
# The teacher has more to say than fifty numbers. One layer below its answers are its **features**, 128 numbers. Let the student say those. Its own are 48, so one more linear layer takes them to 128: a **hint** (FitNets, 2014), with the squared error as its loss. And since these are now the teacher's features, the teacher's *own last layer* can read them (SimKD, 2022).

# %%
hinted = study(lambda features, batch: 10 * hint_loss(features, batch.features), told, numbers=128)
right["hints, read by the teacher's last layer"] = 100 * (teacher.head(hinted.logits(shown.pictures)).argmax(1) == shown.labels).float().mean().item()
show.bars(right, x="new pictures named right (%)", highlight="hints, read by the teacher's last layer", caption="The figure of section 2, with one more student. It has learned to say the teacher's features, and lets the teacher's last layer name them.")

# %%
claim("Features teach more than soft answers, and far more than labels", right["hints, read by the teacher's last layer"], ">", right["your loss, T = 8"], unit="%")

# %% [markdown]
# With a ViT for a student, the same can be done patch by patch: the teacher has a feature for each place of the picture, and the ViT learns to say it. **MVP** and **EVA** (2022) do so with CLIP (chapter 03) for a teacher, and cover patches first, as in chapter 06: the student must say what the teacher sees there. **BEiT v2** makes codes of the teacher's features and predicts those, as BEiT does with codes of pixels. Section 7 shows what such a teacher brings to our ViT.

# %% [markdown]
# ## 5 · Be your own teacher
#
# So a teacher is worth what it knows. What if there is none, neither labels nor captions, only pictures? Then the only network at hand is the student itself. A student that repeats its own answers learns nothing: that is the circle.
#
# Chapter 05 found a way out for whole pictures: the teacher is a slow copy of the student, and looks at *another view*. For patches there is a second one: the teacher sees the whole picture, the student only a part. What the teacher says of a covered patch holds something that the student cannot see, and must work out.

# %%
mask = block_masking(1, 8, 8, 0.4, torch.Generator().manual_seed(9))[0]
lab.self_distillation_diagram(new.pictures[4].cpu(), mask, 4, caption="Self-distillation of patches. Both are ViTs with the same shape. Only the student learns; the teacher follows it slowly, as an exponential moving average (EMA) of its weights.")

# %% [markdown]
# **data2vec** (Baevski and others, 2022) does this as a regression. What is the answer to be? Not the last block's tokens alone: those of the last $K$ blocks, each brought to mean 0 and variance 1 along its numbers, and then their mean. They are normalized *first* so that all blocks count alike, however large their numbers are. The norm has no parameters.
#
# ### Exercise 07.2 · What the teacher says
#
# *10 minutes · medium.* Normalize each of the last blocks' tokens along D (the variance is the mean of squares; add 1e-5 to it before the root), then take the mean over these blocks.


# %%
def data2vec_targets(layers, top):
    """The mean of the last `top` blocks' tokens, each normalized first; layers: a list of (B, N, D), from first to last.

    Returns (B, N, D).
    """
    raise NotImplementedError  # your lines here


data2vec_targets = check("07.2", data2vec_targets)

# %%
hint("07.2")
solution("07.2")

# %% [markdown]
# ### Exercise 07.3 · One step of data2vec
#
# *20 minutes · hard.* The heart of the matter, and what you write here is trained next. You have two ViTs without a class token, so that each token is a patch:
#
# | | |
# |---|---|
# | `student.tokens(pictures, mask=mask)` | tokens (B, N, D), with a mask token in each covered place |
# | `head` | a linear layer from D to D: the student's prediction |
# | `teacher.intermediate(pictures, range(-2, 0), norm=False)` | tokens (B, N, D) after each of its last two blocks, a list |
#
# The loss is the squared error, a mean over the D numbers of a patch and over all covered patches of the batch.


# %%
def data2vec_step(student, teacher, head, pictures, mask):
    """The loss of one step, (): the student sees pictures (B, 3, H, W) covered by mask (B, N) bool, the teacher whole ones.

    The targets are `data2vec_targets` of the teacher's last two blocks. Student and head learn; the teacher does not.
    """
    raise NotImplementedError  # your lines here


data2vec_step = check("07.3", data2vec_step)

# %%
hint("07.3")
solution("07.3")


# %%
class YourData2Vec(Method):
    """A small ViT, a linear layer and a teacher, the ViT's slow copy: your step is the loss."""

    def __init__(self):
        super().__init__()
        self.encoder = ViT(64, 3, 4, size=32, patch=8, pool="mean", pos_embed="sincos", mask_token=True)
        self.head = nn.Linear(64, 64)
        self.teacher = MomentumEncoder(self.encoder, momentum=0.99)  # rises to 1 on the way

    def loss(self, batch):
        mask = block_masking(len(batch.pictures), 4, 4, 0.6, device=batch.pictures.device)
        return Loss(data2vec_step(self.encoder, self.teacher[0], self.head, batch.pictures, mask))

    def after_step(self, progress):
        self.teacher.update(progress)


def train(method, steps, lr=2e-3, title=False):
    """Train with AdamW (betas .9 and .95), a rate that rises for 5 % of the steps and falls along a cosine, 64 pictures a step."""
    fit(method, world.Stream(64, size=32, mode="portrait", seed=22), steps, lr=lr, optimizer=adamw(betas=(0.9, 0.95)), progress=title)
    return method.to(here).eval()


yours = train(YourData2Vec(), budget["data2vec"], title="your data2vec")

# %% [markdown]
# The loss falls. Hold it against two floors that need no learning. One says at each place the mean target there, over all pictures. The other adds how far the targets of the *visible* patches of this very picture are from theirs, on average: it knows how the picture is, and nothing of what is covered. And hold it against a student whose teacher is a *random* network that never learns.


# %%
@torch.no_grad()
def targets_of(encoder):
    """What an encoder says of each patch of the new pictures, (N, 16, 64)."""
    return data2vec_targets(encoder.intermediate(new.pictures, range(-2, 0), norm=False), 2)


covered = block_masking(len(new), 4, 4, 0.6, torch.Generator().manual_seed(6)).to(here)  # (N, 16)


@torch.no_grad()
def losses(method):
    """The loss on new pictures, and the losses of the two floors."""
    said = targets_of(method.teacher[0])
    place = said.mean(0)
    visible = ((said - place) * ~covered[..., None]).sum(1, keepdim=True) / (~covered).sum(1)[:, None, None]
    loss = data2vec_step(method.encoder, method.teacher[0], method.head, new.pictures, covered)
    return [loss.item()] + [(said - guess).square().mean(-1)[covered].mean().item() for guess in (place, place + visible)]


of_random = YourData2Vec()
of_random.teacher = MomentumEncoder(of_random.encoder, momentum=1.0)  # stays what it is
for name, method in {"your data2vec": yours, "a random teacher": train(of_random, budget["data2vec"])}.items():
    loss, place, visible = losses(method)
    print(f"{name:17} loss {loss:.2f}; the mean of each place {place:.2f}; with the visible patches {visible:.2f}")
    claim(f"The student knows what is covered better than both floors: {name}", loss, "<", min(place, visible))

# %% [markdown]
# Mind the second line. Even a teacher that knows nothing is foretold better than by both floors. **Agreement does not show that anybody has understood anything.**
#
# ## 6 · Why does it not go in circles?
#
# The two could agree at once: let all pictures have the same tokens, and every answer is right. This is **collapse**, as in chapter 05. Take away what stands in its way: let the gradient flow into the targets too. (The teacher is then the student itself.)


# %%
class NoStopGradient(YourData2Vec):
    """The same without a teacher: the student's own targets, which learn as well."""

    def loss(self, batch):
        mask = block_masking(len(batch.pictures), 4, 4, 0.6, device=batch.pictures.device)
        layers = self.encoder.intermediate(batch.pictures, range(-2, 0), norm=False)
        targets = torch.stack([nn.functional.layer_norm(x, x.shape[-1:]) for x in layers]).mean(0)
        prediction = self.head(self.encoder.tokens(batch.pictures, mask=mask))
        return Loss((prediction - targets)[mask].square().mean())


circled = train(NoStopGradient(), budget["data2vec"])
std, rank = {}, {}
for name, encoder in {"untrained": YourData2Vec().encoder.to(here).eval(), "yours": yours.encoder, "no stop-gradient": circled.encoder}.items():
    std[name] = targets_of(encoder).std(0).mean().item()  # of the targets at one place, over pictures
    rank[name] = rank_me(features(encoder, new.pictures))
    print(f"{name:17} standard deviation of targets at one place {std[name]:.3f}; effective rank of the features {rank[name]:4.1f} of 64")
claim("Without the stop-gradient all pictures get the same targets", std["no stop-gradient"], "<", 0.1 * std["untrained"])
claim("The effective rank does not notice", rank["no stop-gradient"], ">", rank["yours"])

# %% [markdown]
# Look at the two ranks. The effective rank (chapter 05) asks along how many directions features are spread, *whatever their size*; it does not fall while everything shrinks. One instrument is not enough.
#
# Now every part taken away once, 200 steps each, three seeds; this table ships:

# %%
ablations = weights.load_json("self-ablations")
show.measures(ablations["data2vec"], caption="data2vec with one part taken away: how targets of one place differ from picture to picture (100: as much as can be), the effective rank of the features beside their width, and a probe for the kind. In percent; a dot for each seed.")

# %%
stds = {part: [run["target std"] for run in runs] for part, runs in ablations["data2vec"].items()}
claim("The stop-gradient alone keeps targets apart: whatever else is taken away, they differ ten times as much", min(min(x) for part, x in stds.items() if part != "no stop-gradient"), ">", 10 * max(stds["no stop-gradient"]))

# %% [markdown]
# As with BYOL in chapter 05, the slow copy is not what holds it up. Without it the teacher is the student of this very step; it still must not learn from the loss, and for 200 steps that is enough.
#
# **iBOT** (Zhou and others, 2021) is DINO for patches: the answer is no vector but a *choice* among $K$ **prototypes**, as in chapter 05, made by a head on top of each token. It is BEiT whose tokenizer is the teacher. A loss of choices has two more ways to agree on nothing, and DINO's two remedies against them: all patches get the same choice (**centering** takes off the mean $c$ of what the teacher says), or all choices are equally likely (**sharpening**: the teacher's temperature $T_t$ is smaller than the student's $T_s$; we take it away with $T_t = 1$, far above $T_s = 0.1$).
#
# $$ \ell = \frac{1}{B}\sum_b \frac{1}{|M_b|} \sum_{i \in M_b} -\sum_k P_{ik} \ln Q_{ik}, \qquad P_i = \mathrm{softmax}\big((t_i - c) / T_t\big), \quad Q_i = \mathrm{softmax}(s_i / T_s) $$
#
# Here $t_i$ and $s_i$ are teacher's and student's $K$ scores of patch $i$, and $M_b$ are the covered patches of picture $b$.
#
# ### Exercise 07.4 · iBOT's loss
#
# *15 minutes · medium.* First a mean over the covered patches of each picture (each has at least one), then over the pictures. No gradient flows into the teacher.


# %%
def ibot_loss(student, teacher, mask, center, student_temperature, teacher_temperature):
    """The cross-entropy of the student's choices under the teacher's where patches are covered, a tensor, ().

    Scores (B, N, K) of both; mask (B, N) bool, True where covered; center (K,), taken off the teacher's scores.
    """
    raise NotImplementedError  # your lines here


ibot_loss = check("07.4", ibot_loss)

# %%
hint("07.4")
solution("07.4")


# %%
class YourIBOT(YourData2Vec):
    """The same pair, with a head of 256 prototypes and your loss; DINO's loss for whole pictures is left out."""

    def __init__(self, centering=True):
        super().__init__()
        self.head = nn.Sequential(nn.Linear(64, 128), nn.GELU(), nn.Linear(128, 256))
        self.teacher = MomentumEncoder(self.encoder, self.head, momentum=0.99)
        self.register_buffer("center", torch.zeros(256))
        self.centering = centering

    def loss(self, batch):
        mask = block_masking(len(batch.pictures), 4, 4, 0.5, device=batch.pictures.device)
        with torch.no_grad():
            told = self.teacher[1](self.teacher[0].tokens(batch.pictures))  # (B, 16, 256)
        self.fresh = told.mean((0, 1))
        said = self.head(self.encoder.tokens(batch.pictures, mask=mask))
        return Loss(ibot_loss(said, told, mask, self.center, 0.1, 0.04))

    def after_step(self, progress):
        super().after_step(progress)
        if self.centering:
            self.center.lerp_(self.fresh, 0.1)


entropy = {}
for name, method in {"untrained": YourIBOT(), "all parts": YourIBOT(), "no centering": YourIBOT(centering=False)}.items():
    method = method.to(here).eval() if name == "untrained" else train(method, budget["iBOT"])
    with torch.no_grad():
        scores = method.teacher[1](method.teacher[0].tokens(new.pictures))
    entropy[name] = [100 * of(scores, method.center, 0.04).item() for of in (entropy_of, marginal_entropy)]
    print(f"{name:14} entropy of each answer {entropy[name][0]:3.0f}, of the mean answer {entropy[name][1]:3.0f}; in percent of the most there can be")
claim("With centering patches use far more of the prototypes than without", entropy["all parts"][1], ">", entropy["no centering"][1], margin=15, unit="%")

# %% [markdown]
# Two entropies tell the collapses apart: of *each* answer (near 100: nobody says anything), and of the *mean* answer (near 0: all say the same). In a hundred steps neither is complete. In the table that ships both are:

# %%
show.measures(
    ablations["iBOT"],
    caption="iBOT, with DINO's loss for whole pictures, one part taken away, 200 steps; entropies are of patches, at T = 0.04; in percent of the most there can be; a dot for each of three seeds. Sinkhorn and Knopp's method, which makes all prototypes equally common in each batch, is what DINOv2 has for centering.",
)

# %%
unsure, spread = ({part: [100 * run[what] for run in runs] for part, runs in ablations["iBOT"].items()} for what in ("entropy", "marginal entropy"))
claim("Without centering patches crowd into few prototypes", max(spread["no centering"]), "<", min(spread["untrained"]), margin=20, unit="%")
claim("Without sharpening answers become flat", min(unsure["no sharpening"]), ">", max(unsure["untrained"] + unsure["all parts"]), margin=15, unit="%")

# %% [markdown]
# ## 7 · What does such a teacher know?
#
# Those were a hundred steps. Give it time: the ViT of chapter 06, as long on one core as MAE and SimCLR there (half an hour), with data2vec, and with iBOT as DINOv2 has it (two heads, Sinkhorn and Knopp for centering, and KoLeo, which pushes the features of a batch apart). In the same table stand a ViT that says the features of our teacher of section 1, patch by patch, in a third of the time, and one with a *global view*: the losses of MAE and of SimCLR (chapter 04) added up.

# %%
predict("07.self", "From whose features does a probe read the kind best?", ["data2vec or iBOT, which teach themselves", "MAE or SimCLR", "the ViT whose teacher has learned from labels"])

# %%
table = {**weights.load_json("masked-table")["rows"], **weights.load_json("teachers-table")["rows"]}
own = ("data2vec", "iBOT")
names = ("pixels", "random", "MAE", "SimCLR", "MAE+SimCLR", *own, "features")
colors = {name: show.PALETTE[1] for name in own} | {"features": show.PALETTE[2]}
reveal("07.self", "the ViT whose teacher has learned from labels")
show.measures({name: table[name] for name in names}, colors, caption="The same ViT. Gray: floors. Blue: no teacher. Orange: its own teacher. Green: a teacher that has learned from labels. In percent; a dot for each of three evaluations of one training.")

# %%
best = {name: max(100 * run["probe"] for run in table[name]) for name in names}
least = {name: min(100 * run["probe"] for run in table[name]) for name in names}
claim("Who teaches himself learns more of the kind than nothing", min(least[name] for name in own), ">", best["random"], margin=5, unit="%")
claim("But far less than MAE and SimCLR do", max(best[name] for name in own), "<", min(least["MAE"], least["SimCLR"]), margin=20, unit="%")
claim("Somebody else, who knows, teaches it far more than all of them, in a third of the time", least["features"], ">", max(best[name] for name in names if name != "features"), margin=20, unit="%")
neighbors = {name: [100 * run["neighbors"] for run in table[name]] for name in names}
claim("A global view brings MAE's pictures of one kind together", min(neighbors["MAE+SimCLR"]), ">", max(neighbors["MAE"]), margin=20, unit="%")
claim("It costs some of what single patches know", max(100 * run["kind of a patch"] for run in table["MAE+SimCLR"]), "<", min(100 * run["kind of a patch"] for run in table["MAE"]), unit="%")

# %% [markdown]
# With a global view MAE's features become much like SimCLR's: nearest neighbors are more often of one kind. Some of what patches know is lost. (It has had a fifth of MAE's steps in the same time.)
#
# So it does not go in circles; and yet it does not get far. What do the two agree about, if not about kinds? Ask of what the features vary: the share of their variance that lies *between* groups of pictures (with one backdrop, or of one kind), $\eta^2$. The floor: kinds that are dealt out anew at random.

# %%
masked, taught = load_masked(), load_encoders()
encoders = {"random": build_vit(), "MAE": masked["MAE"], "SimCLR": masked["SimCLR"], **taught}
about = {}
shuffled = new.labels[torch.randperm(len(new), generator=torch.Generator().manual_seed(0)).to(here)]
for name in ("random", "MAE", "SimCLR", *own):
    seen_as = features(encoders[name].to(here), new.pictures).to(here)
    about[name] = [100 * lab.share_between(seen_as, groups) for groups in (new.backdrops, new.labels, shuffled)]
    print(f"{name:9} between backdrops {about[name][0]:2.0f} %, between kinds {about[name][1]:2.0f} %; between shuffled kinds {about[name][2]:.0f} %")
claim("Of what varies in data2vec and iBOT, less than a third as much is kind as in SimCLR", max(about[name][1] for name in own), "<", about["SimCLR"][1] / 3, unit="%")
claim("Most of it is the backdrop", min(about[name][0] for name in own), ">", 50, unit="%")

# %% [markdown]
# Our reading: a covered patch is foretold best by what goes through the whole picture, the backdrop. So this is what student and teacher come to agree on. Nobody asks them for more, and since the teacher is the student of a moment ago, nobody can. SimCLR's loss *makes demands*: tell this picture from all others in the batch; two pictures with one backdrop must be told apart by something else. MAE's loss has a teacher that cannot give in: the pixels.
#
# Is that so? Then change what there is to agree about. iBOT once more, as long, with *all things before the same sky*. Now the kind is nearly all that is left; or is it?

# %%
predict("07.sky", "Before one sky, what will iBOT's student and teacher agree about?", ["the kind: the backdrop was in its way", "the color of the thing", "nothing: it collapses"])

# %%
sky_known, sky_new = (batch[torch.arange(800)].to(here) for batch in one_sky_pictures(seed=23))
sky = {}
for name in ("random", "iBOT", "iBOT, one sky", "SimCLR"):
    seen_as = features(encoders[name].to(here), sky_new.pictures).to(here)
    between = [100 * lab.share_between(seen_as, groups) for groups in (sky_new.colors[:, 0], sky_new.labels)]
    sky[name] = *between, 100 * probe_accuracy(encoders[name], sky_known, sky_new)
    print(f"{name:14} between colors {sky[name][0]:2.0f} %, between kinds {sky[name][1]:2.0f} %; a probe reads the kind in {sky[name][2]:2.0f} %")
reveal("07.sky", "the color of the thing")
claim("Without backdrops iBOT agrees about the color far more than about the kind", sky["iBOT, one sky"][0], ">", sky["iBOT, one sky"][1], margin=20, unit="%")
claim("In SimCLR's features it is the other way round", sky["SimCLR"][1], ">", sky["SimCLR"][0], margin=30, unit="%")

# %% [markdown]
# It is not the backdrop as such. Take it away, and the pair finds what is next easiest: all patches of a thing share its color. (The iBOT that was taught with backdrops knows as much of the kind here.) A teacher that is only agreement teaches what is easy to agree on.
#

# %% [markdown]
# ## 8 · The lab: whose patches are alike?
#
# Click a patch (or press Tab until the picture has the focus, and move with the arrow keys). Below stand its eight nearest neighbors among the patches of some 270 other pictures, encoder by encoder.
#
# 1. Click patches of things. In whose neighbors is the kind the same, in whose the color?
# 2. Click patches of the backdrop. Who finds the same backdrop, and who does not care?

# %%
few = new[(new.labels < 13).nonzero().flatten()]  # pictures of eleven kinds, so that each is there often
with torch.no_grad():
    tokens = {name: encoders[name].to(here).feature_map(few.pictures).flatten(2).transpose(1, 2) for name in ("random", "MAE", "SimCLR", "MAE+SimCLR", *own, "features")}  # (M, 64, 96)
kinds, parts = few.patch_things(8).flatten(1), few.patch_parts(8).flatten(1)
lab.neighbor_lab(tokens, few.pictures, kinds, parts, caption="The lab, as a still picture. Where a kernel runs, you choose the picture and the patch.")

# %%
facts = {"kind": kinds, "color of the thing": torch.where(kinds >= 0, few.colors[:, :1], -1), "backdrop": torch.where(kinds < 0, few.backdrops[:, None], -1)}
for name in tokens:
    shares = lab.shared_by_neighbors(tokens[name], facts)
    print(f"{name:18}" + "; ".join(f"{fact} {100 * shares[fact]:2.0f} % (by chance {100 * shares[f'{fact}, chance']:.0f})" for fact in facts))

# %% [markdown]
# ## 9 · At real scale
#
# Published figures, ImageNet's 1,000 kinds, in percent:
#
# | | teacher | k-NN | linear probe | fine-tuned | source |
# |---|---|---|---|---|---|
# | MAE, ViT-B | none: pixels | | 68.0 | 83.6 | MAE, tables 3 and 12 |
# | MAE, ViT-H | none: pixels | 49.4 | 76.6 | | DINOv2, table 4 |
# | data2vec, ViT-B | itself, patches | | | 84.2 | data2vec, table 1 |
# | I-JEPA, ViT-B | itself, patches | | 72.9 | | I-JEPA, table 1 |
# | DINO, ViT-B | itself, views | 76.1 | 78.2 | | DINO, table 2 |
# | iBOT, ViT-B | itself, views and patches | 77.1 | 79.5 | 84.0 | iBOT's repository |
# | DINOv2, ViT-g, 142 million pictures | itself, views and patches | 83.5 | 86.5 | | DINOv2, table 4 |
# | DINOv2, ViT-S | DINOv2's ViT-g | 79.0 | 81.1 | | DINOv2, table 4 |
# | EVA, ViT-g | CLIP, features of patches | | | 89.7 | EVA, table 1 |
#
# There the order is another: who teaches himself is ahead of MAE, of its size, wherever features are taken as they are. Three things differ, and which of them counts we have not measured. Those trainings are thousands of times as long as ours, with batches of a thousand pictures and more. The views of DINO and iBOT cut pictures into small pieces, in which the backdrop is often gone. And in photographs the backdrop is worth agreeing about: it tells much of the kind, while in our world it tells nothing, since kind and backdrop are drawn independently. What holds there as here are the last rows: the small models of DINOv2 are all *distilled* from the largest.
#
# And knowledge distillation, CIFAR-100: a ResNet-8x4 reaches 73.1 % with labels, 74.4 % with soft answers, and 78.1 % with hints that the teacher's last layer reads; its teacher, a ResNet-32x4, has 79.4 % (SimKD, table 2). There every student has 50,000 pictures, and what is left to gain is smaller than with our 500.
#
# Since then: **DINOv3** (2025) trains a ViT of seven billion weights on itself and distills it into small ones; what kept its patches from becoming dull is one more teacher, an earlier copy of itself. **AM-RADIO** (2023) distills CLIP, DINOv2 and SAM into one student. **CAPI** (2025) predicts which cluster the teacher puts a covered patch into, and needs no views.
#
# ## 10 · In the wild
#
# Real photographs, and features of networks that have seen drawings alone. The colors are the three directions along which patches of these photographs differ most.

# %%
shots = photos.samples(64).pictures.to(here)
with torch.no_grad():
    maps = {name: encoders[name].feature_map(shots).flatten(2).transpose(1, 2) for name in ("random", "MAE", "iBOT", "features")}
lab.feature_colors(maps, shots, side=16, caption="Photographs of 64 × 64, patches of 4 × 4. The untrained network parts its surfaces as clearly as MAE does: that colors differ is not yet understanding. The student of features gives each photograph nearly one color: its teacher names whole pictures.")

# %%
file = published.fetch("timm/vit_small_patch14_reg4_dinov2.lvd142m", "model.safetensors", download=profile() == "gpu")
if file:  # DINOv2's ViT-S, distilled from its ViT-g
    dinov2 = published.vit(load_file(file), IMAGENET).to(here).eval()
    large = photos.samples(224).pictures.to(here)
    with torch.no_grad():
        seen_by = {"DINOv2, ViT-S": dinov2.feature_map(large).flatten(2).transpose(1, 2)}
    lab.feature_colors(seen_by, large, side=16, caption="The same by DINOv2, at 224 × 224: its teacher has seen 142 million photographs.")._ipython_display_()
else:
    print("DINOv2's ViT-S (some 90 MB) colors the same photographs: open the course where there is a GPU and a network, or set COURSE_PROFILE=gpu.")

# %% [markdown]
# ## 11 · What we claimed

# %%
claims_table()

# %%
progress()

# %% [markdown]
# ## 12 · In five sentences
#
# 1. A teacher's soft answers teach a small network more than labels of the same pictures; what they add is which kinds are alike, and one mean answer for each kind is nearly enough.
# 2. So a student can tell kinds apart that it has never seen, and with one bias for all of them it names many.
# 3. Features, one layer below the answers, teach more yet.
# 4. A model can be its own teacher if the teacher sees more than the student and gets no gradient; without this stop-gradient all targets become one, and the effective rank does not notice; iBOT needs centering and sharpening besides.
# 5. Agreement is not understanding: our data2vec and iBOT agree about the backdrop and, without one, about the color; they learn far less of kinds than MAE or SimCLR. A teacher is worth what it knows.
#
# ### Quiz

# %%
quiz("07")

# %% [markdown]
# ### Further reading
#
# - Hinton, Vinyals and Dean, 2015, [*Distilling the Knowledge in a Neural Network*](https://arxiv.org/abs/1503.02531). Eight pages; section 3 leaves digits out.
# - Romero and others, 2014, [*FitNets: Hints for Thin Deep Nets*](https://arxiv.org/abs/1412.6550). Features as answers.
# - Chen and others, 2022, [*Knowledge Distillation with the Reused Teacher Classifier*](https://arxiv.org/abs/2203.14001). SimKD: the student of section 4.
# - Müller, Kornblith and Hinton, 2019, [*When Does Label Smoothing Help?*](https://arxiv.org/abs/1906.02629). Why a teacher that was itself told softened labels teaches worse: likeness is lost.
# - Baevski and others, 2022, [*data2vec*](https://arxiv.org/abs/2202.03555). One recipe for pictures, speech and text.
# - Zhou and others, 2021, [*iBOT: Image BERT Pre-Training with Online Tokenizer*](https://arxiv.org/abs/2111.07832). The teacher as a tokenizer.
# - Oquab and others, 2023, [*DINOv2*](https://arxiv.org/abs/2304.07193). What it takes at scale; table 1 adds one part at a time.
# - Assran and others, 2023, [*I-JEPA*](https://arxiv.org/abs/2301.08243). Predict features of blocks, without views.
# - Fang and others, 2022, [*EVA*](https://arxiv.org/abs/2211.07636), and Peng and others, 2022, [*BEiT v2*](https://arxiv.org/abs/2208.06366). CLIP as the teacher of patches.
#
# **Next:** chapter 08 puts pictures and words into one model, and masks both.
