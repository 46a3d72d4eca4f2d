"""Chapter 03, learning from language: pieces of words, tables of matches, prompts, retrieval, and yes or no."""

from collections import Counter

import torch
import torch.nn.functional as F

from course_lib.course.declare import Exercise, Mistake, Option, Question

# --- 03.1

Words = dict[tuple[str, ...], int]


def most_frequent_pair(words: dict[tuple[str, ...], int]) -> tuple[str, str]:
    """The pair of neighboring pieces that occurs most often; `words` says how often each word, in pieces, occurs."""
    counts = {}
    for pieces, often in words.items():
        for pair in zip(pieces, pieces[1:], strict=False):
            counts[pair] = counts.get(pair, 0) + often
    return max(counts, key=lambda pair: counts[pair])


def _counted(words: Words) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for pieces, often in words.items():
        for pair in zip(pieces, pieces[1:], strict=False):
            counts[pair] += often
    return counts


def _once_a_word(words: Words) -> tuple[str, str]:
    counts = Counter(pair for pieces in words for pair in zip(pieces, pieces[1:], strict=False))
    return counts.most_common(1)[0][0]


def _any_order(words: Words) -> tuple[str, str]:
    counts: Counter[tuple[str, ...]] = Counter()
    for pieces, often in words.items():
        for pair in zip(pieces, pieces[1:], strict=False):
            counts[tuple(sorted(pair))] += often
    one, other = counts.most_common(1)[0][0]
    return one, other


def _disjoint(words: Words) -> tuple[str, str]:
    counts: Counter[tuple[str, str]] = Counter()
    for pieces, often in words.items():
        for i in range(0, len(pieces) - 1, 2):
            counts[pieces[i], pieces[i + 1]] += often
    return counts.most_common(1)[0][0] if counts else ("", "")


def _across(words: Words) -> tuple[str, str]:
    row = [piece for pieces, often in words.items() for _ in range(often) for piece in pieces]
    return Counter(zip(row, row[1:], strict=False)).most_common(1)[0][0]


def _letters(words: Words) -> tuple[str, str]:
    counts: Counter[tuple[str, str]] = Counter()
    for pieces, often in words.items():
        letters = "".join(pieces)
        for pair in zip(letters, letters[1:], strict=False):
            counts[pair] += often
    return counts.most_common(1)[0][0] if counts else ("", "")


def _once_in_a_word(words: Words) -> tuple[str, str]:
    counts: Counter[tuple[str, str]] = Counter()
    for pieces, often in words.items():
        for pair in dict.fromkeys(zip(pieces, pieces[1:], strict=False)):
            counts[pair] += often
    return counts.most_common(1)[0][0]


def _single(words: Words) -> tuple[str, str]:
    counts: Counter[str] = Counter()
    for pieces, often in words.items():
        for piece in pieces:
            counts[piece] += often
    (one, _), (other, _) = counts.most_common(2)
    return one, other


def _word_cases(seed: int) -> list[tuple]:
    fixed = [
        ({("c", "a", "t"): 1, ("c", "a", "n"): 1},),
        ({("x", "y"): 5, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "b", "d"): 1},),
        ({("b", "a"): 3, ("a", "b", "x"): 2, ("a", "b", "z"): 2, ("z", "a"): 1},),
        ({("a", "b", "c"): 4, ("d", "b", "c"): 3, ("d", "e"): 1},),
        ({("q",): 9, ("p", "r", "s"): 4, ("p", "r", "t"): 3},),
        ({("an", "an", "a</w>"): 4, ("an", "d</w>"): 3, ("an", "d</w>", "s"): 2},),
        ({("d", "e", "d", "e", "d", "e"): 3, ("e", "f"): 5, ("e", "f", "g"): 3},),
    ]
    generator = torch.Generator().manual_seed(seed)
    drawn: list[tuple] = []
    while len(drawn) < 12:
        words: Words = {}
        for _ in range(4 + len(drawn) // 3):
            length = int(torch.randint(1, 6, (), generator=generator))
            letters = torch.randint(5, (length,), generator=generator).tolist()
            words[tuple("abcde"[i] for i in letters)] = int(torch.randint(1, 30, (), generator=generator))
        top = _counted(words).most_common(2)
        if len(top) == 2 and top[0][1] > top[1][1]:  # no ties, so that there is one right answer
            drawn.append((words,))
    return fixed + drawn


PAIR = Exercise(
    id="03.1",
    title="Find the pair to merge",
    minutes=10,
    difficulty=2,
    reference=most_frequent_pair,
    cases=_word_cases,
    mistakes=(
        Mistake(
            _once_a_word,
            "You count each different word once. `words` also says how often the word occurs in the texts: a pair in "
            "a word that occurs 9 times counts 9.",
        ),
        Mistake(
            _any_order,
            'You count "ab" and "ba" as the same pair. Order matters: merged, they become different pieces.',
        ),
        Mistake(
            _disjoint,
            "You go two pieces at a time, so every second pair is left out. In c-a-t there are two pairs: (c, a) and "
            "(a, t). `zip(pieces, pieces[1:])` gives all of them.",
        ),
        Mistake(
            _across,
            "You put all words into one row, so the end of one word and the start of the next count as a pair. "
            "Merges never cross the border of a word: go through the words one by one.",
        ),
        Mistake(
            _letters,
            "You glue the pieces of a word together and count pairs of letters. Pieces that are merged already stay "
            "whole: count pairs of neighboring *pieces*, as `words` has them.",
        ),
        Mistake(
            _once_in_a_word,
            "You count a pair once in each word, even where the word has it several times. In b-a-n-a-n-a the pair "
            "(a, n) occurs twice.",
        ),
        Mistake(
            _single,
            "You take the two most frequent pieces. They may never stand side by side: count pairs of neighbors.",
        ),
        Mistake(
            lambda words: _counted(words).most_common()[-1][0],
            "You give back the rarest pair. The most frequent one saves the most pieces.",
        ),
    ),
    hints=(
        "For each word go through its pairs of neighbors, `zip(pieces, pieces[1:])`, and add to the count of each pair "
        "as often as the word occurs.",
        "Start with `counts = {}`. In a double loop, `counts[pair] = counts.get(pair, 0) + often`. At the end, "
        "`max(counts, key=lambda pair: counts[pair])`.",
    ),
)

# --- 03.2


def contrast(image: torch.Tensor, text: torch.Tensor, scale: float) -> torch.Tensor:
    """CLIP's loss, shape (): images and texts (B, D) of length 1, text i belonging to image i."""
    scores = scale * image @ text.T
    right = torch.arange(len(image))
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


def _directions(b: int, d: int, generator: torch.Generator) -> torch.Tensor:
    return F.normalize(torch.randn(b, d, generator=generator), dim=1)


def _pair_cases(seed: int) -> list[tuple]:
    fixed_generator, generator = torch.Generator().manual_seed(12), torch.Generator().manual_seed(seed)
    fixed = [
        (torch.eye(2), torch.eye(2), 1.0),
        (torch.eye(3), F.normalize(torch.eye(3) + 0.5 * torch.eye(3).roll(1, 0) + 0.2, dim=1), 5.0),
        (_directions(5, 3, fixed_generator), _directions(5, 3, fixed_generator), 7.0),
    ]
    drawn = []
    for i in range(9):
        b, d = 2 + i, 3 + i // 2
        drawn.append((_directions(b, d, generator), _directions(b, d, generator), (0.5, 4.0, 14.0)[i % 3]))
    return fixed + drawn


def _one_way(scores: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(scores, torch.arange(len(scores)))


def _both(scores: torch.Tensor) -> torch.Tensor:
    return (_one_way(scores) + _one_way(scores.T)) / 2


CONTRAST = Exercise(
    id="03.2",
    title="Write CLIP's loss",
    minutes=15,
    difficulty=3,
    reference=contrast,
    cases=_pair_cases,
    mistakes=(
        Mistake(
            lambda image, text, scale: _one_way(scale * image @ text.T),
            "This is half of it: each picture looks for its text. Now let each text look for its picture too, in the "
            "columns of the same table (`scores.T`), and take the mean of both.",
        ),
        Mistake(
            lambda image, text, scale: _one_way(scale * text @ image.T),
            "This is half of it: each text looks for its picture. Now let each picture look for its text too, in the "
            "rows of the table images × texts, and take the mean of both.",
        ),
        Mistake(
            lambda image, text, scale: 2 * _both(scale * image @ text.T),
            "Both directions are there, added up. Take their mean: the loss of a blind guess should be ln B, not twice "
            "that.",
        ),
        Mistake(
            lambda image, text, scale: _both(image @ text.T),
            "You left the scale out. Cosines lie between −1 and 1, so without it the softmax can never be sure.",
        ),
        Mistake(
            lambda image, text, scale: _both(image @ text.T / scale),
            "You divide by the scale. It is 1 / temperature: *multiply* the cosines by it.",
        ),
        Mistake(
            lambda image, text, scale: _both(scale * image @ text.T) * len(image),
            "You add up over the batch where the mean is asked for.",
        ),
        Mistake(
            lambda image, text, scale: (
                (_one_way((scale * image @ text.T).softmax(1)) + _one_way((scale * text @ image.T).softmax(1))) / 2
            ),
            "You put a softmax before `F.cross_entropy`, which has one of its own inside: hand it the plain scores.",
        ),
        Mistake(
            lambda image, text, scale: -(scale * (image * text).sum(1)).mean(),
            "You reward matching pairs, and nothing pushes the others apart. Then the best answer is to send every "
            "picture and every text to the same point. The softmax over the row makes the others rivals.",
        ),
        Mistake(
            lambda image, text, scale: _both(scale * image @ image.T),
            "You compare pictures with pictures. Each picture is to find its *text*: `image @ text.T`.",
        ),
    ),
    hints=(
        "`scores = scale * image @ text.T` is the table, (B, B). Row i holds the scores of picture i with every text, "
        "and the right one stands at place i. That is a classification with B classes: `F.cross_entropy` does it.",
        "`right = torch.arange(len(image))`; then the mean of `F.cross_entropy(scores, right)` and "
        "`F.cross_entropy(scores.T, right)`.",
    ),
)

# --- 03.3


def classify(images: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
    """For each image (N, D) its class, (N,); prompts (P, C, D), P sentences for each of C classes, all of length 1."""
    classes = F.normalize(prompts.mean(0), dim=-1)
    return (images @ classes.T).argmax(1)


_NARROW = torch.tensor([[[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]], [[1.0, 0.0, 0.0], [0.6, -0.8, 0.0]]])
"""Two prompts of two classes; those of the second point apart, so that their plain mean is short."""


def _prompt_cases(seed: int) -> list[tuple]:
    fixed_generator, generator = torch.Generator().manual_seed(5), torch.Generator().manual_seed(seed)
    fixed = [
        (torch.eye(2), torch.eye(2)[None]),
        (torch.eye(3)[:2], _NARROW.roll(1, 2)),
        (_directions(6, 3, fixed_generator), _NARROW),
        (_directions(8, 2, fixed_generator), F.normalize(torch.randn(3, 4, 2, generator=fixed_generator), dim=-1)),
        (_directions(40, 3, fixed_generator), F.normalize(torch.randn(3, 5, 3, generator=fixed_generator), dim=-1)),
    ]
    drawn = []
    for i in range(9):
        prompts = F.normalize(torch.randn(2 + i % 3, 3 + i // 2, 4, generator=generator), dim=-1)
        drawn.append((_directions(10 + i, 4, generator), prompts))
    return fixed + drawn


ZERO_SHOT = Exercise(
    id="03.3",
    title="A classifier made of sentences",
    minutes=10,
    difficulty=2,
    reference=classify,
    cases=_prompt_cases,
    mistakes=(
        Mistake(
            lambda images, prompts: (images @ prompts.mean(0).T).argmax(1),
            "Nearly. The mean of several directions is shorter than 1, and shortest for a class whose prompts "
            "disagree. Such a class would lose for being short. Bring the means back to length 1 with "
            "`F.normalize(..., dim=-1)`.",
        ),
        Mistake(
            lambda images, prompts: (images @ F.normalize(prompts.mean(1), dim=-1).T).argmax(1),
            "You take the mean over the classes, which leaves one direction for each prompt. The prompts are the first "
            "axis of (P, C, D): `prompts.mean(0)` leaves one direction for each class.",
        ),
        Mistake(
            lambda images, prompts: (images @ prompts[0].T).argmax(1),
            "You use the first prompt only. Take the mean over all P prompts of a class.",
        ),
        Mistake(
            lambda images, prompts: torch.einsum("nd,pcd->npc", images, prompts).amax(1).argmax(1),
            "You take each class by its best prompt. One odd sentence can then win: take the mean of the directions.",
        ),
        Mistake(
            lambda images, prompts: (images @ F.normalize(prompts.mean(0), dim=0).T).argmax(1),
            "You bring to length 1 along the wrong axis. Each class is a row of (C, D): `dim=-1`.",
        ),
        Mistake(
            lambda images, prompts: (images @ F.normalize(prompts.mean(0), dim=-1).T).argmin(1),
            "You take the class that points the *least* like the picture. A large cosine means that they fit.",
        ),
        Mistake(
            lambda images, prompts: (images @ F.normalize(prompts.mean(0), dim=-1).T).argmax(0),
            "Your `argmax` runs over the pictures: it gives a picture for each class. A class for each picture is "
            "asked for, the largest in each row.",
        ),
        Mistake(
            lambda images, prompts: (images @ F.normalize(prompts.mean(0), dim=-1).T).amax(1),
            "You give back the highest cosine. Its place is asked for: `argmax`.",
        ),
    ),
    hints=(
        "Three steps: one direction for each class, the mean of its prompts, (C, D). Back to length 1. Then for each "
        "picture the class with the highest cosine.",
        "`classes = F.normalize(prompts.mean(0), dim=-1)`; the table `images @ classes.T` is (N, C); `argmax(1)` gives "
        "the class of each row.",
    ),
)

# --- 03.4


def recall_at(similarity: torch.Tensor, k: int) -> float:
    """The share of questions whose right answer is among the first k; question i's right answer is i, (N, N)."""
    best = similarity.topk(k, dim=1).indices
    return (best == torch.arange(len(similarity))[:, None]).any(1).float().mean().item()


def _hits(similarity: torch.Tensor, k: int) -> torch.Tensor:
    return similarity.topk(k, dim=1).indices == torch.arange(len(similarity))[:, None]


def _table_cases(seed: int) -> list[tuple]:
    generator, fixed_generator = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(3)
    leaning = torch.tensor([[0.9, 0.8, 0.7], [0.6, 0.5, 0.1], [0.4, 0.2, 0.3]])
    fixed = [(torch.eye(3), 1), (leaning, 1), (leaning, 2), (torch.rand(6, 6, generator=fixed_generator), 3)]
    drawn = []
    for i in range(9):
        n = 5 + i
        table = torch.rand(n, n, generator=generator) + 0.4 * torch.eye(n)
        drawn.append((table, (1, 2, 4)[i % 3]))
    return fixed + drawn


RECALL = Exercise(
    id="03.4",
    title="Recall among the first k",
    minutes=10,
    difficulty=2,
    reference=recall_at,
    cases=_table_cases,
    mistakes=(
        Mistake(
            lambda similarity, k: _hits(similarity, 1).any(1).float().mean().item(),
            "You look at the first place only and leave `k` out. Among the first k is enough.",
        ),
        Mistake(
            lambda similarity, k: _hits(similarity.T, k).any(1).float().mean().item(),
            "You go down the columns. Then the other side asks: texts look for pictures where pictures should look for "
            "texts. Each *row* is a question: `topk(k, dim=1)`.",
        ),
        Mistake(
            lambda similarity, k: _hits(similarity, k).any(1).float().sum().item(),
            "You count the questions that are answered. Their share is asked for: divide by N.",
        ),
        Mistake(
            lambda similarity, k: _hits(similarity, k).float().mean().item(),
            "You divide by k as well. A question has one right answer, and is answered or not: `any(1)` over the k "
            "places, then the mean over questions.",
        ),
        Mistake(
            lambda similarity, k: _hits(-similarity, k).any(1).float().mean().item(),
            "You take the k *least* similar. A high similarity means a good answer.",
        ),
        Mistake(
            lambda similarity, k: (similarity > similarity.diagonal()[:, None]).sum(1).lt(k - 1).float().mean().item(),
            "One place too few: with k − 1 better answers the right one stands at place k, and that still counts.",
        ),
    ),
    hints=(
        "`similarity.topk(k, dim=1).indices` gives for each question the places of its k best answers, (N, k). The "
        "right place for question i is i.",
        "Compare with a column of numbers: `best == torch.arange(N)[:, None]` is (N, k), yes or no. `any(1)` says "
        "which questions are answered; then the mean, as a plain number with `.item()`.",
    ),
)

# --- 03.5


def yes_or_no(image: torch.Tensor, text: torch.Tensor, scale: float, bias: float) -> torch.Tensor:
    """SigLIP's loss, shape (): images and texts (B, D) of length 1, text i belonging to image i."""
    sign = 2 * torch.eye(len(image)) - 1
    return -F.logsigmoid(sign * (scale * image @ text.T + bias)).sum() / len(image)


def _sigmoid_cases(seed: int) -> list[tuple]:
    fixed_generator, generator = torch.Generator().manual_seed(7), torch.Generator().manual_seed(seed)
    fixed = [
        (torch.eye(2), torch.eye(2), 2.0, -1.0),
        (_directions(4, 3, fixed_generator), _directions(4, 3, fixed_generator), 5.0, -3.0),
        (torch.eye(3), torch.eye(3).roll(1, 0), 200.0, -10.0),
    ]
    drawn = []
    for i in range(9):
        b, d = 2 + i, 3 + i // 2
        pairs = _directions(b, d, generator), _directions(b, d, generator)
        drawn.append((*pairs, (1.0, 5.0, 10.0)[i % 3], (-1.0, -4.0)[i % 2]))
    return fixed + drawn


def _answers(image: torch.Tensor, text: torch.Tensor, scale: float, bias: float) -> torch.Tensor:
    return (2 * torch.eye(len(image)) - 1) * (scale * image @ text.T + bias)


YES_OR_NO = Exercise(
    id="03.5",
    title="Write SigLIP's loss",
    minutes=15,
    difficulty=3,
    reference=yes_or_no,
    cases=_sigmoid_cases,
    mistakes=(
        Mistake(
            lambda image, text, scale, bias: -F.logsigmoid(_answers(image, text, scale, bias)).mean(),
            "You divide by all B² pairs. Divide by B: then each matching pair keeps its weight when the batch grows.",
        ),
        Mistake(
            lambda image, text, scale, bias: -F.logsigmoid(_answers(image, text, scale, bias)).sum(),
            "You add up over all pairs, and that is right. Now divide by B, the number of pictures.",
        ),
        Mistake(
            lambda image, text, scale, bias: -F.logsigmoid(_answers(image, text, scale, 0.0)).sum() / len(image),
            "You left the bias out. Add it to every score, before the sign.",
        ),
        Mistake(
            lambda image, text, scale, bias: (
                -F.logsigmoid((2 * torch.eye(len(image)) - 1) * (scale * image @ text.T) + bias).sum() / len(image)
            ),
            "You add the bias after the sign. Then it pushes *every* answer the same way. It belongs to the score: "
            "sign · (scale · cosine + bias).",
        ),
        Mistake(
            lambda image, text, scale, bias: -F.logsigmoid(-_answers(image, text, scale, bias)).sum() / len(image),
            "The sign is the other way round: it must be +1 where picture and text belong together (the diagonal) and "
            "−1 elsewhere.",
        ),
        Mistake(
            lambda image, text, scale, bias: (
                -F.logsigmoid(_answers(image, text, scale, bias)).diagonal().sum() / len(image)
            ),
            "You ask about the matching pairs only. Then answering yes to everything is perfect: all other pairs have "
            "to be asked too, and answered with no.",
        ),
        Mistake(
            lambda image, text, scale, bias: -_answers(image, text, scale, bias).sigmoid().log().sum() / len(image),
            "Right for small scores. For a score of −190 the sigmoid is rounded to 0 and its logarithm is minus "
            "infinity. `F.logsigmoid` works it out safely.",
        ),
        Mistake(
            lambda image, text, scale, bias: (
                -F.logsigmoid(torch.eye(len(image)) * (scale * image @ text.T + bias)).sum() / len(image)
            ),
            "Your sign is 1 and 0. With 0 the score is wiped out, and every wrong pair costs ln 2, come what may. "
            "The right answer off the diagonal is no: −1.",
        ),
        Mistake(
            lambda image, text, scale, bias: -F.logsigmoid(scale * image @ text.T + bias).sum() / len(image),
            "You ask for yes everywhere. Off the diagonal the right answer is no: turn the sign of those scores.",
        ),
    ),
    hints=(
        "`sign = 2 * torch.eye(B) - 1` is +1 on the diagonal and −1 elsewhere. The score of a pair is scale times the "
        "cosine, plus the bias. How surprised are you by the right answer, if σ(score) is the probability of yes?",
        "The probability of the *right* answer is σ(sign · score), for yes and for no, since 1 − σ(x) = σ(−x). So "
        "`-F.logsigmoid(sign * scores).sum() / B`.",
    ),
)

EXERCISES = [PAIR, CONTRAST, ZERO_SHOT, RECALL, YES_OR_NO]

QUIZ = [
    Question(
        "A batch has 128 pairs. What is CLIP's loss when the towers give every pair the same cosine, and what would it "
        "be in a batch of 256?",
        (
            Option(
                "ln 128 in both cases: the loss is a mean.",
                False,
                "It is a mean over questions, but each question has as many possible answers as the batch has pairs. "
                "With 256 answers to choose from a blind guess is worse.",
            ),
            Option(
                "ln 128 ≈ 4.85, then ln 256 ≈ 5.55.",
                True,
                "Each picture chooses among all texts of the batch. So losses of different batch sizes cannot be "
                "compared: a lower one may only mean an easier question.",
            ),
            Option(
                "0.5, since half of the directions are right by chance.",
                False,
                "The loss counts surprise, not mistakes. All texts get about the same probability, 1/128, and "
                "−ln(1/128) = ln 128.",
            ),
        ),
    ),
    Question(
        "Why are the cosines multiplied by a learned scale?",
        (
            Option(
                "To make the gradients larger, so that training is faster.",
                False,
                "A learning rate could do that. The scale changes *which* answer the softmax can express: between "
                "cosines of −1 and 1 it can never be sure.",
            ),
            Option(
                "Because cosines lie between −1 and 1, and a softmax of such small differences is nearly flat.",
                True,
                "With scale 1, perfect towers and 128 texts the right one gets e / (e + 127), about 2 %. With a larger "
                "scale the model can be sure, and it learns how sure it should be.",
            ),
            Option(
                "To give directions length 1.",
                False,
                "That is the normalization, which comes before. It is because of it that a scale is needed.",
            ),
        ),
    ),
    Question(
        'A CLIP scores "a cat to the left of a dog" and "a cat to the right of a dog" nearly the same for every '
        "picture. What is the likeliest reason?",
        (
            Option(
                'The words "left" and "right" are too rare in the captions.',
                False,
                "They are in many captions. But being there is not enough: something has to depend on them.",
            ),
            Option(
                "In nearly every batch, knowing who is there is enough to find the right caption.",
                True,
                "The loss asks to tell a caption from the *other captions of the batch*. Almost none of them differs "
                "in left and right alone, so nothing is gained by reading it: the loss teaches what the batch asks.",
            ),
            Option(
                "A transformer of text cannot know the order of words.",
                False,
                "It has positions and can. It has no reason to use them here.",
            ),
        ),
    ),
    Question(
        "What does the sigmoid loss make easier than the softmax loss?",
        (
            Option(
                "Every pair is a question of its own, so the table can be worked through block by block.",
                True,
                "A softmax needs the sum over a whole row before any of its scores counts. A sigmoid does not: blocks "
                "can be added up one after the other, or on different machines.",
            ),
            Option(
                "It needs no negatives.",
                False,
                "It has as many: every pair off the diagonal is a question whose answer is no.",
            ),
            Option(
                "It is better than the softmax loss at every batch size.",
                False,
                "Its paper finds it ahead at small batches, and the two about equal at large ones. Which is ahead on "
                "your own data, only a measurement there can tell.",
            ),
        ),
    ),
    Question(
        "You want a classifier for ten kinds of mushrooms, and have a published CLIP but no labeled pictures. What do "
        "you do first?",
        (
            Option(
                "Train a probe on its features.",
                False,
                "A good second step, but a probe needs labels, and you have none yet.",
            ),
            Option(
                "Write a few sentences for each kind, and take the kind whose mean direction is nearest.",
                True,
                "That is a zero-shot classifier with a prompt ensemble. Then label a hundred pictures all the same: "
                "not to train, but to know how far you can trust it.",
            ),
            Option(
                "Nothing: it was not trained on these classes.",
                False,
                "It was trained on sentences, and its list is open. It may well have read these names. Whether it "
                "has, a few labeled pictures will tell.",
            ),
        ),
    ),
]
