"""The figures and labs of chapter 07: softened answers, kinds never shown, neighbors of patches, features as colors."""

import math
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course_lib.chapters.ch07_a_teacher_is_worth_what_it_knows.lab import (
    HEAD,
    LEFT,
    SIDE,
    Told,
    class_means,
    distillation_diagram,
    feature_colors,
    neighbor_lab,
    patch_neighbors,
    self_distillation_diagram,
    softened,
    unseen_kinds,
    unseen_lab,
)
from course_lib.chapters.ch07_a_teacher_is_worth_what_it_knows.recipes import ABLATIONS, build_ablated
from course_lib.pretrain import Data2Vec
from course_lib.show import WIDTH, Figure

from ..figures import apart, noise, on_the_page, parts_of, words_of, ys

NAMES = ("cat", "lighthouse", "ice cream", "sun", "car", "palm tree", "bed", "drum", "saw", "key")
PICTURES = noise(6, 3, 16, 16)
LOGITS = torch.tensor([5.0, 1.0, 2.0, 4.0, 0.0, 3.0, -1.0, -2.0, -3.0, -4.0])


def legible(figure: Figure) -> None:
    """Words are large enough, on the page, and cover one another nowhere."""
    words = words_of(figure)
    boxes = [(text.get_text(), text.get_window_extent()) for text in words]
    for text, box in zip(words, boxes, strict=True):
        assert float(text.get_fontsize()) >= 11 and on_the_page(box[1], figure), box[0]
    for (one, a), (other, b) in combinations(boxes, 2):
        assert apart(a, b), f"{one!r} covers {other!r}"
    assert figure.get_figwidth() <= 9 and not figure.alt[0].islower() and figure.alt[-1] == "."


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in words_of(figure)]


# Distillation


def test_the_diagram_of_distillation_shows_five_kinds_of_the_teacher_and_marks_the_right_one():
    figure = distillation_diagram(PICTURES[0], LOGITS, LOGITS.flip(0), 3, 2.0, NAMES, caption="Look.")
    legible(figure)
    shares = (LOGITS / 2).softmax(0)
    assert figure.caption == "Look." and f"cat {100 * shares[0]:.0f} % and " in figure.alt
    assert "The right answer is sun." in figure.alt
    found = texts(figure)
    for name in ("cat", "✓ sun", "palm tree", "ice cream", "lighthouse"):  # those of the teacher, in both lists
        assert found.count(name) == 2
    assert "car" not in found and found.count("5 others") == 2 and found.count("softened answers, T = 2") == 2


def test_answers_are_the_softmax_of_logits_over_temperature():
    figure = softened(PICTURES[0], torch.tensor([0.0, math.log(3) * 4, -200.0]), [4, 1], NAMES[:3])
    legible(figure)
    told = "T = 4: lighthouse 75 %, cat 25 %, ice cream 0 %."
    assert told.replace("0 %.", "< 0.1 %.") in figure.alt
    assert "T = 1: lighthouse 99 %, cat 1.2 %, ice cream < 0.1 %." in figure.alt
    many = softened(PICTURES[0], LOGITS, [1, 2, 4, 8], NAMES)
    legible(many)
    assert "4 others" in texts(many) and "bed" not in texts(many) and many.alt.count("cat") == 4


@pytest.mark.parametrize(
    ("logits", "temperatures", "words"),
    [
        (LOGITS[:4], [1.0], "expected a logit for each of the 10 names"),
        (LOGITS, [1.0, 0.0], "expected a temperature above 0"),
        (LOGITS, [], "expected one to four temperatures, got 0"),
        (LOGITS, [1, 2, 3, 4, 5], "expected one to four temperatures, got 5"),
    ],
)
def test_answers_that_cannot_be_softened_are_refused(logits, temperatures, words):
    with pytest.raises(ValueError, match=words):
        softened(PICTURES[0], logits, temperatures, NAMES)


def test_a_right_answer_without_a_name_is_refused():
    with pytest.raises(ValueError, match="expected a label below 10, for so many names, got 10"):
        distillation_diagram(PICTURES[0], LOGITS, LOGITS, 10, 2.0, NAMES)


def test_the_diagram_of_self_distillation_counts_what_is_covered():
    mask = torch.arange(16) % 3 == 0
    figure = self_distillation_diagram(PICTURES[0], mask, 4)
    legible(figure)
    assert "6 of its 16 patches covered" in figure.alt and "no gradient" in texts(figure)
    with pytest.raises(ValueError, match="expected a square picture, got one of 16 by 8 pixels"):
        self_distillation_diagram(PICTURES[0, :, :, :8], mask[:8], 4)
    with pytest.raises(ValueError):
        self_distillation_diagram(PICTURES[0], mask[:9], 4)


# Kinds never shown

LABELS = torch.tensor([0, 1, 2, 3, 8, 9])
HIDDEN = [8, 9]


def answers() -> dict[str, torch.Tensor]:
    """One student is right on what it was shown, and never says 8 or 9 unless 3 or 5 are added; 9 is taken for 8."""
    one = torch.nn.functional.one_hot(LABELS, 10).float() * 4
    one[4:] = 0
    one[4, 0], one[4, 8] = 4.0, 1.25
    one[5, 0], one[5, 8], one[5, 9] = 4.0, -1.25, -2.0
    return {"right answers": one, "soft answers, T = 8": torch.zeros(6, 10)}


def test_a_bias_moves_answers_from_shown_to_hidden_kinds():
    given = (answers(), LABELS, PICTURES, HIDDEN, NAMES, "right answers")
    none, some, much = (unseen_kinds(*given, bias) for bias in (0.0, 3.0, 20.0))
    for figure in (none, some, much):
        legible(figure)
        assert "Among hidden kinds alone 50 %, chance 50 %." in figure.alt  # whatever the bias
    assert "100 % on shown kinds, 0 % on hidden ones" in none.alt and "it gets 0 right" in none.alt
    assert "100 % on shown kinds, 50 % on hidden ones" in some.alt and "it gets 1 right" in some.alt
    assert "0 % on shown kinds, 50 % on hidden ones" in much.alt
    assert "✓" in texts(some) and "✗" in texts(some) and "pale: soft answers, T = 8" in texts(some)


def test_curves_are_what_the_accuracy_would_be_at_each_bias():
    generator = torch.Generator().manual_seed(0)
    logits, labels = 6 * torch.randn(300, 10, generator=generator), torch.arange(300) % 10
    logits[torch.arange(300), labels] += 6
    figure = unseen_kinds({"one": logits}, labels, PICTURES.repeat(50, 1, 1, 1), [2, 5, 7], NAMES, "one", 6.0)
    curves = [ys(line) for line in figure.axes[1].lines if len(ys(line)) == 41]
    is_hidden = torch.isin(labels, torch.tensor([2, 5, 7]))
    added = torch.zeros(10)
    for i in (0, 12, 40):
        added[[2, 5, 7]] = i / 2
        hit = (logits + added).argmax(1) == labels
        want = [100 * hit[chosen].float().mean().item() for chosen in (~is_hidden, is_hidden)]
        np.testing.assert_allclose([curve[i] for curve in curves], want, rtol=1e-5)


def test_the_lab_of_hidden_kinds_follows_its_controls():
    lab = unseen_lab(answers(), LABELS, PICTURES, HIDDEN, NAMES, caption="Try.")
    said = parts_of(lab)[-1]
    assert lab.figure.caption == "Try." and "right answers”, with 0 added" in said.value
    lab.controls["bias"].value = 3.0
    assert "right answers”, with 3 added" in said.value and "50 % on hidden ones" in said.value
    lab.controls["student"].value = "soft answers, T = 8"
    assert "soft answers, T = 8”, with 3 added" in said.value
    assert lab.controls["bias"].max == 20 and lab.controls["bias"].step == 0.5


def test_of_many_hidden_kinds_eight_are_shown():
    labels = torch.arange(10)
    figure = unseen_kinds({"a": noise(10, 10)}, labels, noise(10, 3, 8, 8), list(range(9)), NAMES, "a", 1.5)
    legible(figure)
    assert "Of 8 pictures" in figure.alt and any("a picture of 8 hidden kinds" in text for text in texts(figure))


def test_answers_that_do_not_fit_are_refused():
    given = answers()
    with pytest.raises(ValueError, match="expected a student out of right answers, soft"):
        unseen_kinds(given, LABELS, PICTURES, HIDDEN, NAMES, "nobody", 0.0)
    with pytest.raises(ValueError, match=r"expected answers \(6, 10\) from b, got \(5, 10\)"):
        unseen_kinds({"b": given["right answers"][:5]}, LABELS, PICTURES, HIDDEN, NAMES, "b", 0.0)
    with pytest.raises(ValueError, match="expected pictures of hidden kinds and of others"):
        unseen_kinds(given, LABELS, PICTURES, [5], NAMES, "right answers", 0.0)
    with pytest.raises(ValueError, match="expected a bias from 0 to 20"):
        unseen_kinds(given, LABELS, PICTURES, HIDDEN, NAMES, "right answers", 21.0)
    with pytest.raises(ValueError, match="at least one student"):
        unseen_lab({}, LABELS, PICTURES, HIDDEN, NAMES)


# Patches

KINDS = torch.full((6, 16), -1)
KINDS[:, 5], KINDS[:3, 6] = 2, 2
PARTS = torch.where(KINDS >= 0, 7, -1)
PARTS[1, 5] = 8


def tokens() -> dict[str, torch.Tensor]:
    """One objective knows the kind of a patch, and of two of a kind the place; another knows nothing."""
    by_kind = torch.nn.functional.one_hot(KINDS + 1, 5).float()
    by_kind[:, :, 4] = torch.arange(16) / 100
    return {"kind": 3 * by_kind, "noise": noise(6, 16, 9) - 0.5}


def test_neighbors_are_of_other_pictures_and_counted_by_kind_and_part():
    figure = patch_neighbors(tokens(), PICTURES, KINDS, PARTS, 0, (1, 1), caption="Look.")
    legible(figure)
    # Of the seven patches of this kind in other pictures (five at place 5, two at place 6), one is of another part.
    assert "A patch of a thing in row 2, column 2" in figure.alt and figure.caption == "Look."
    assert "kind 7 and 6," in figure.alt and "random 0.7 and 0.6." in figure.alt
    one = patch_neighbors(tokens(), PICTURES, KINDS, PARTS, 0, (0, 0), k=3)
    legible(one)
    assert "A patch of backdrop" in one.alt and "Of its 3 nearest" in one.alt and "kind 3 and 3" in one.alt


def test_a_crop_at_the_border_repeats_the_edge():
    """All patches of the other picture are alike but the first: its crop shows the corner's color beyond the border."""
    pictures = torch.zeros(2, 3, 16, 16)
    pictures[1, 0, :4, :4] = 1.0  # the corner patch is red
    features = torch.zeros(2, 16, 2)
    features[:, :, 1] = 1.0
    features[0, 3], features[1, 0] = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0])
    none = torch.full((2, 16), -1)
    figure = patch_neighbors({"a": features}, pictures, none, none, 0, (0, 3), k=1)
    strip = figure.axes[0].images[1].get_array()
    assert strip is not None
    size = strip.shape[0]
    assert strip[2, 2].tolist() == strip[size // 2, size // 2].tolist() == [1, 0, 0]
    assert strip[size - 3, size - 3].tolist() == [0, 0, 0]


def test_the_lab_of_neighbors_follows_clicks_and_its_slider():
    lab = neighbor_lab(tokens(), PICTURES, KINDS, PARTS)
    said, tall = parts_of(lab)[-1], lab.figure.get_figheight()
    assert "row 3, column 3" in said.value
    lab.controls["at"].at = ((LEFT + 1.1 / 4 * SIDE) / WIDTH, (HEAD + 1.5 / 4 * SIDE) / tall)
    assert "a thing in row 2, column 2" in said.value
    before = parts_of(lab)[-2].value
    lab.controls["picture"].value = 3
    assert parts_of(lab)[-2].value != before and "row 2, column 2" in said.value
    lab.controls["at"].at = (0.99, 0.99)  # beyond the picture: its nearest patch
    assert "row 4, column 4" in said.value


@pytest.mark.parametrize("objectives", [1, 7])
def test_neighbors_of_few_and_of_many_objectives_are_legible(objectives):
    many = {f"objective {i}": noise(6, 16, 5, seed=i) for i in range(objectives)}
    legible(patch_neighbors(many, PICTURES, KINDS, PARTS, 1, (3, 0)))


def test_patches_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="expected the features of at least one objective"):
        neighbor_lab({}, PICTURES, KINDS, PARTS)
    with pytest.raises(ValueError, match=r"expected noise of 6 pictures and 16 patches, .*got \(6, 15, 9\)"):
        patch_neighbors({"noise": noise(6, 15, 9)}, PICTURES, KINDS, PARTS, 0, (0, 0))
    with pytest.raises(ValueError, match="expected kinds of 6 pictures and 16 patches"):
        patch_neighbors(tokens(), PICTURES, KINDS[:4], PARTS, 0, (0, 0))
    with pytest.raises(ValueError, match="expected one of 6 pictures and 4 × 4 patches"):
        patch_neighbors(tokens(), PICTURES, KINDS, PARTS, 0, (4, 0))
    with pytest.raises(ValueError, match="expected at most 16 neighbors, got 17"):
        patch_neighbors(tokens(), PICTURES, KINDS, PARTS, 0, (0, 0), k=17)


def test_colors_are_principal_components_of_one_row():
    flat = noise(6, 16, 1) @ torch.tensor([[1.0, 2.0, 0.0, -3.0]]) + 1e-4 * noise(6, 16, 4, seed=1)
    figure = feature_colors({"flat": flat, "noise": noise(6, 16, 9)}, PICTURES, caption="Look.", side=4)
    legible(figure)
    assert figure.caption == "Look." and "flat 100 %" in figure.alt.replace("> 99", "100") and "noise " in figure.alt
    shown = [np.asarray(image.get_array()) for image in figure.axes[0].images]
    assert len(shown) == 18 and all(image.shape == (4, 4, 3) for image in shown[6:])
    red = np.concatenate([image[..., 0].ravel() for image in shown[6:12]])
    # The largest loading, that of the last number, counts upward whichever way the direction was found.
    middle = (red > 0.05) & (red < 0.95)
    assert np.corrcoef(red[middle], flat.flatten(0, 1)[:, 3].numpy()[middle])[0, 1] > 0.99
    assert red.min() == 0 and red.max() == 1


def test_colors_can_be_taken_from_more_pictures():
    many = noise(40, 16, 6)
    alone = feature_colors({"a": many[:6]}, PICTURES, side=4)
    with_more = feature_colors({"a": many[:6]}, PICTURES, side=4, fit_on={"a": many})
    assert alone.alt != with_more.alt
    with pytest.raises(ValueError, match="expected a in fit_on too, 6 numbers for each patch"):
        feature_colors({"a": many[:6]}, PICTURES, side=4, fit_on={"b": many})
    with pytest.raises(ValueError, match="expected a of 6 pictures and 64 patches"):
        feature_colors({"a": many[:6]}, PICTURES)
    with pytest.raises(ValueError, match="at least one objective"):
        feature_colors({}, PICTURES)


def test_a_shuffled_table_is_as_soft_and_says_the_same_of_the_kind_itself():
    logits, labels = noise(12, 8), torch.arange(4).repeat(3)
    told = Told(noise(12, 3, 8, 8), labels, logits, noise(12, 2))
    table, shuffled = class_means(told).logits, class_means(told, shuffled=True).logits
    own = labels[:, None]
    assert torch.equal(table.gather(1, own), shuffled.gather(1, own))
    assert torch.allclose(table.sort(1).values, shuffled.sort(1).values) and not torch.allclose(table, shuffled)
    assert torch.equal(shuffled[:4], shuffled[4:8]) and torch.equal(told.logits, logits)


def test_each_ablation_takes_away_what_it_says():
    batch = SimpleNamespace(pictures=noise(4, 3, 32, 32))

    def step(part: str) -> Data2Vec:
        method = build_ablated("data2vec", part, seed=0)
        assert isinstance(method, Data2Vec)
        torch.manual_seed(0)
        method.loss(batch).total.backward()
        return method

    made = {part: step(part) for part in ABLATIONS["data2vec"]}
    whole, hollow = (
        made[part].encoder.get_parameter("transformer.blocks.1.norm1.weight").grad
        for part in ("all parts", "no stop-gradient")
    )
    assert whole is not None and hollow is not None and not torch.allclose(whole, hollow)
    assert made["nothing covered"](batch.pictures)[1].sum() == 0 and made["all parts"](batch.pictures)[1].any()
    for part, follows in (("no slow copy", 1.0), ("a teacher that never learns", 0.0)):
        method = made[part]
        student, teacher = (x.get_parameter("norm.weight") for x in (method.encoder, method.teacher[0]))
        before = teacher.clone()
        with torch.no_grad():
            student.add_(1.0)
        method.after_step(0.5)
        assert torch.allclose(teacher, before + follows)
