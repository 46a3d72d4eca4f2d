"""What ships: it is listed, whole, made by a recipe of its name, and as good as the list says."""

import json

import pytest
import torch
from torch import nn

from course_lib import recipes, weights, world
from course_lib.__main__ import main
from course_lib.course.recipes import Made
from course_lib.folders import WEIGHTS
from course_lib.nn import ConvNet, ViT
from course_lib.pretrain import BYOL, CLIP, DINO, BarlowTwins, Labels, MoCo, MoCoV3, SimCLR, SimSiam, VICReg

LARGEST = 4e6  # bytes


def test_everything_that_ships_is_listed_and_whole():
    listed = weights.manifest()
    assert set(listed) == set(recipes.RECIPES)
    assert {p.name for p in WEIGHTS.iterdir()} == {entry["file"] for entry in listed.values()} | {"manifest.json"}
    for name, entry in listed.items():
        assert weights.verified_path(name).stat().st_size < LARGEST
        assert entry["command"] == f"python -m course_lib pretrain {name}" and entry["metrics"] and "seed" in entry


def test_the_shipped_labels_are_as_good_as_listed():
    method = weights.load("labels", Labels(ConvNet(), len(world.THINGS)))
    metrics = weights.manifest()["labels"]["metrics"]
    for busy, name in ((0.0, "accuracy"), (1.0, "accuracy on busy backdrops")):
        new = world.draw(500, size=32, mode="portrait", split="val", seed=9, busy=busy)
        assert recipes._accuracy(method, new) == pytest.approx(metrics[name], abs=0.02)


def test_the_shipped_clips_match_pictures_and_captions_as_well_as_listed():
    """On other pictures than those of the manifest: a tokenizer with other ids would be found out here."""
    for name, options in (("clip", {"size": 32, "mode": "portrait"}), ("clip-scenes", {"size": 48})):
        method = weights.load(name, CLIP(*recipes._towers()))
        found = recipes._matched(method, world.draw(1000, seed=77, split="val", **options))
        for metric in ("zero-shot", "recall@1", "recall@5"):
            assert found[metric] == pytest.approx(weights.manifest()[name]["metrics"][metric], abs=0.05)


ALONE = {
    "simclr": lambda: SimCLR(ConvNet()),
    "barlow-twins": lambda: BarlowTwins(ConvNet()),
    "vicreg": lambda: VICReg(ConvNet(), dim=512, hidden=512),
    "byol": lambda: BYOL(ConvNet()),
    "moco": lambda: MoCo(ConvNet()),
    "moco-v3": lambda: MoCoV3(ConvNet()),
    "simsiam": lambda: SimSiam(ConvNet()),
    "dino": lambda: DINO(ConvNet()),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_learned_from_pictures_alone_knows_as_much_as_listed(name):
    found, listed = recipes._known(weights.load(name, ALONE[name]()).encoder), weights.manifest()[name]["metrics"]
    assert found == pytest.approx({fact: listed[fact] for fact in found}, abs=0.01)


def test_dino_with_small_views_knows_as_much_as_listed():
    found = recipes._known(weights.load("dino-small-views", ConvNet()))
    listed = weights.manifest()["dino-small-views"]["metrics"]
    assert found == pytest.approx({fact: listed[fact] for fact in found}, abs=0.01)


def test_simsiam_before_one_sky_knows_as_much_as_listed():
    encoder = weights.load("simsiam-one-sky", SimSiam(ConvNet())).encoder
    listed = weights.manifest()["simsiam-one-sky"]["metrics"]
    assert recipes._known(encoder, recipes._before_one_sky) == pytest.approx(listed, abs=0.01)


def test_dinos_attention_fits_the_things_as_well_as_listed():
    trained = nn.ModuleDict({name: ViT(64, 4, 4, size=32, patch=4, stem="conv") for name in recipes.LOOKED_AT})
    weights.load("dino-vit", trained)
    for name, change in recipes.LOOKED_AT.items():
        listed = weights.manifest()["dino-vit"]["metrics"][f"fits the thing, {name}"]
        assert recipes._fits(trained[name], change) == pytest.approx(listed, abs=0.01)


def test_things_are_put_on_the_backdrops_of_their_neighbors():
    scene = world.draw(5, size=8, mode="portrait", seed=3).scene
    both = world.draw_scene(recipes._twice(scene), 24)
    here, elsewhere = both[:5], both[5:]
    assert torch.equal(here.masks, elsewhere.masks) and torch.equal(here.labels, elsewhere.labels)
    assert torch.equal(elsewhere.backdrops, here.backdrops.roll(1))
    thing = here.masks.any(1)[:, None].expand_as(here.pictures)
    apart = (here.pictures - elsewhere.pictures).abs()
    assert apart[~thing].mean() > 5 * apart[thing].mean()  # at its edge a thing mixes with what lies behind it


def test_weights_are_kept_and_found_again(tmp_path):
    layer, other = nn.Linear(3, 2), nn.Linear(3, 2)
    weights.save("layer", layer, {"right": 0.51234}, seed=4, folder=tmp_path)
    weights.save("numbers", {"a": [1, 2]}, {"mean": 1.5}, seed=5, folder=tmp_path)
    assert torch.equal(weights.load("layer", other, tmp_path).weight, layer.weight) and not other.training
    assert weights.load_json("numbers", tmp_path) == {"a": [1, 2]}
    assert weights.manifest(tmp_path)["layer"]["metrics"] == {"right": 0.5123}
    with pytest.raises(RuntimeError, match="size mismatch"):
        weights.load("layer", nn.Linear(2, 2), tmp_path)


def test_what_is_missing_or_damaged_is_said(tmp_path):
    with pytest.raises(weights.WeightsMissing, match="'layer' is not in .*pretrain layer"):
        weights.verified_path("layer", tmp_path)
    path = weights.save("layer", nn.Linear(3, 2), {}, seed=0, folder=tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(weights.WeightsMissing, match="is not the file that the course ships"):
        weights.load("layer", nn.Linear(3, 2), tmp_path)


@pytest.mark.full
def test_what_ships_can_be_made_again():
    """About half an hour on two cores."""
    assert main(["pretrain", "--check"]) == 0


def test_pretrain_makes_checks_and_explains(tmp_path, monkeypatch, capsys):
    measured = {"right": 0.5}
    monkeypatch.setattr(weights, "WEIGHTS", tmp_path)
    for function in (weights.keep, weights.manifest):  # the folder they were given when they were defined
        monkeypatch.setattr(function, "__defaults__", (*(function.__defaults__ or ())[:-1], tmp_path))

    def small() -> Made:
        """A small thing."""
        return Made(nn.Linear(2, 2), dict(measured))

    monkeypatch.setattr(recipes, "RECIPES", {"small": small})
    assert main(["pretrain"]) == 0 and "small        A small thing." in capsys.readouterr().out
    assert main(["pretrain", "large"]) == 1 and "expected names out of small, got 'large'" in capsys.readouterr().err
    assert main(["pretrain", "small"]) == 0 and "right 0.500" in capsys.readouterr().out
    before = json.dumps(weights.manifest())
    measured["right"] = 0.51
    assert main(["pretrain", "--check"]) == 0 and "small: as shipped" in capsys.readouterr().err
    measured["right"] = 0.6
    assert main(["pretrain", "small", "--check"]) == 1
    assert "differs from what ships, right 0.600" in capsys.readouterr().err
    assert json.dumps(weights.manifest()) == before
