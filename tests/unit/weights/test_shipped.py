"""What ships: it is listed, whole, small, holds what the chapters open and nothing else, and is as good as listed."""

from collections.abc import Callable
from functools import cache, partial

import pytest
import torch
from torch import nn

from course_lib import weights, world
from course_lib.chapters.ch03_learning_from_language.recipes import build_towers, measure_matches
from course_lib.chapters.ch05_without_negatives.recipes import LOOKED_AT, measure_attention_fit
from course_lib.chapters.ch06_fill_in_what_is_missing.recipes import build_vit
from course_lib.chapters.ch07_a_teacher_is_worth_what_it_knows.recipes import FILES, build_encoder
from course_lib.course.rooms import recipes
from course_lib.evaluate import features, knn, label_accuracy, masked_psnr, probe_accuracies, psnr
from course_lib.folders import DATA, WEIGHTS
from course_lib.nn import ConvNet, Encoder, ViT, random_mask, vit
from course_lib.pretrain import CLIP, MAE, BarlowTwins, Labels, SimCLR, Tokenizer
from course_lib.weights.shipped import read_tensors
from course_lib.world.interventions import one_sky, small_things

LARGEST, ALL = 4e6, 60e6  # bytes
SIZES = ("500", "2000", "8000", "50000")


def labels(encoder: Encoder) -> Labels:
    return Labels(encoder, len(world.THINGS))


def several(names: tuple[str, ...], make: Callable[[], nn.Module]) -> nn.ModuleDict:
    return nn.ModuleDict({name: make() for name in names})


OPENED: dict[str, Callable[[], nn.Module]] = {
    "backbone-cnn": lambda: several(SIZES, lambda: labels(ConvNet())),
    "backbone-vit": lambda: several(SIZES, lambda: labels(ViT(80, 4, 4, size=32, patch=8, pool="mean"))),
    "backbone-conv-stem": lambda: several(
        SIZES, lambda: labels(ViT(80, 4, 4, size=32, patch=8, pool="mean", stem="conv"))
    ),
    "vit": lambda: labels(vit("mini", size=64, patch=8, stem="conv")),
    "labels": lambda: labels(ConvNet()),
    "clip": lambda: CLIP(*build_towers()),
    "clip-scenes": lambda: CLIP(*build_towers()),
    "simclr": lambda: SimCLR(ConvNet()),
    "simclr-temperatures": lambda: several(
        ("at 0_05", "at 0_1", "at 0_2", "at 0_5", "at 1"), lambda: SimCLR(ConvNet())
    ),
    "simclr-views": lambda: several(("all changes", "no color", "no crop", "crop alone", "color alone"), ConvNet),
    "simclr-backdrops": lambda: several(("calm", "loud", "swapped"), ConvNet),
    "small-batches": lambda: several(("SimCLR", "MoCo 256", "MoCo 2048"), ConvNet),
    "barlow-twins": lambda: BarlowTwins(ConvNet()),
    "vicreg": ConvNet,
    "moco": ConvNet,
    "moco-v3": ConvNet,
    "byol": ConvNet,
    "simsiam": ConvNet,
    "simsiam-one-sky": ConvNet,
    "dino": ConvNet,
    "dino-small-views": ConvNet,
    "tokenizer": Tokenizer,
    "mae": lambda: MAE(build_vit()),
    "vit-simmim": lambda: build_vit(mask_token=True),
    "vit-maskfeat": lambda: build_vit(mask_token=True),
    "vit-beit": lambda: build_vit(mask_token=True),
    "vit-simclr": build_vit,
    **{file: partial(build_encoder, name) for name, file in FILES.items()},
    "dino-vit": lambda: several(tuple(LOOKED_AT), lambda: ViT(64, 4, 4, size=32, patch=4, stem="conv")),
}
"""For each file of weights the module that a chapter opens it with."""


def test_everything_that_ships_is_listed_and_whole():
    listed = weights.manifest()
    assert set(listed) == set(recipes())
    assert {p.name for p in WEIGHTS.iterdir()} == {entry["file"] for entry in listed.values()} | {"manifest.json"}
    for name, entry in listed.items():
        assert weights.verified_path(name).stat().st_size < LARGEST
        assert entry["command"] == f"python -m course_lib pretrain {name}" and entry["metrics"] and "seed" in entry
    assert {name for name, entry in listed.items() if not entry["file"].endswith(".json")} == set(OPENED)


def test_what_ships_is_small():
    files = [*WEIGHTS.rglob("*"), DATA / "README.md"]
    assert sum(path.stat().st_size for path in files if path.is_file()) < ALL


@pytest.mark.parametrize("name", OPENED)
def test_a_file_holds_what_a_chapter_opens_and_nothing_else(name):
    tensors, module = read_tensors(weights.verified_path(name)), OPENED[name]()
    assert {key: t.shape for key, t in tensors.items()} == {key: t.shape for key, t in module.state_dict().items()}
    assert {t.dtype for t in tensors.values() if t.is_floating_point()} == {torch.float16}
    weights.load(name, module)
    assert {p.dtype for p in module.parameters()} == {torch.float32} and not module.training
    assert all(t.isfinite().all() for t in module.state_dict().values())


@pytest.mark.slow
def test_the_shipped_labels_are_as_good_as_listed():
    method = weights.load("labels", OPENED["labels"]())
    metrics = weights.manifest()["labels"]["metrics"]
    assert isinstance(method, Labels)
    for busy, name in ((0.0, "accuracy"), (1.0, "accuracy on busy backdrops")):
        new = world.draw(200, size=32, mode="portrait", split="val", seed=9, busy=busy)
        assert label_accuracy(method, new) == pytest.approx(metrics[name], abs=0.02)


@pytest.mark.slow
def test_the_shipped_networks_of_chapter_01_are_as_good_as_listed():
    new = world.draw(200, size=32, mode="portrait", split="val", seed=9)
    for name in ("backbone-cnn", "backbone-vit", "backbone-conv-stem"):
        trained, metrics = weights.load(name, OPENED[name]()), weights.manifest()[name]["metrics"]
        assert isinstance(trained, nn.ModuleDict)
        for size, method in trained.items():
            assert isinstance(method, Labels)
            assert label_accuracy(method, new) == pytest.approx(metrics[f"accuracy from {size}"], abs=0.1)
    looker, large = weights.load("vit", OPENED["vit"]()), world.draw(100, size=64, mode="portrait", split="val", seed=9)
    assert isinstance(looker, Labels)
    assert label_accuracy(looker, large) == pytest.approx(weights.manifest()["vit"]["metrics"]["accuracy"], abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"), [("clip", {"size": 32, "mode": "portrait"}), ("clip-scenes", {"size": 48})]
)
def test_the_shipped_clips_match_pictures_and_captions_as_well_as_listed(name, options):
    """On other pictures than those of the manifest: a tokenizer with other ids would be found out here."""
    method, listed = weights.load(name, OPENED[name]()), weights.manifest()[name]["metrics"]
    assert isinstance(method, CLIP)
    found = measure_matches(method, world.draw(300, seed=77, split="val", **options))
    assert found["zero-shot"] == pytest.approx(listed["zero-shot"], abs=0.1)
    assert all(found[metric] > listed[metric] - 0.05 for metric in ("recall@1", "recall@5"))  # among fewer: easier


def as_it_is(scene: world.Scene) -> world.Scene:
    return scene


@cache
def portraits(change: Callable[[world.Scene], world.Scene]) -> tuple[world.Batch, world.Batch]:
    """The known pictures of the manifest's figures and the first of the new ones, drawn once for all tests."""
    known, new = (world.draw(2000, size=8, mode="portrait", seed=121, split=split).scene for split in ("train", "val"))
    return world.draw_scene(change(known), 24), world.draw_scene(change(new[torch.arange(400)]), 24)


KNOWING = [
    *[
        (name, "", as_it_is)
        for name in ("simclr", "barlow-twins", "vicreg", "moco", "moco-v3", "byol", "simsiam", "dino")
    ],
    ("dino-small-views", "", as_it_is),
    ("simsiam-one-sky", "", one_sky),
    ("simclr-temperatures", "at 0_5", as_it_is),
    ("simclr-views", "no color", as_it_is),
    ("simclr-backdrops", "swapped", partial(small_things, busy=1.0)),
    ("small-batches", "MoCo 2048", as_it_is),
]
"""Encoders, one of each file that has several, and what is done to the pictures of their figures."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part", "change"), KNOWING, ids=[name for name, *_ in KNOWING])
def test_what_learned_from_pictures_alone_knows_as_much_as_listed(name, part, change):
    module, listed = weights.load(name, OPENED[name]()), weights.manifest()[name]["metrics"]
    module = module[part] if isinstance(module, nn.ModuleDict) else module
    encoder = module if isinstance(module, Encoder) else module.get_submodule("encoder")
    known, new = portraits(change)
    voted = knn(features(encoder, known.pictures), known.labels, features(encoder, new.pictures))
    found = (voted == new.labels).float().mean().item()
    assert found == pytest.approx(listed["kind by neighbors" + (f", {part}" if part else "")], abs=0.07)


@pytest.mark.slow
def test_probes_read_as_much_as_listed():
    encoder, listed = weights.load("vicreg", ConvNet()), weights.manifest()["vicreg"]["metrics"]
    assert isinstance(encoder, ConvNet)
    known, new = portraits(as_it_is)
    facts = {"kind": lambda batch: batch.labels, "color": lambda batch: batch.colors[:, 0]}
    for fact, found in probe_accuracies(encoder, known, new, facts).items():
        assert found == pytest.approx(listed[fact], abs=0.07)


@pytest.mark.slow
def test_dinos_attention_fits_the_things_as_well_as_listed():
    trained = weights.load("dino-vit", OPENED["dino-vit"]())
    assert isinstance(trained, nn.ModuleDict)
    for name, change in LOOKED_AT.items():
        listed = weights.manifest()["dino-vit"]["metrics"][f"fits the thing, {name}"]
        assert measure_attention_fit(trained[name], change) == pytest.approx(listed, abs=0.01)


@pytest.mark.slow
def test_masked_models_paint_and_know_as_much_as_listed():
    known, new = (world.draw(800, size=32, mode="portrait", seed=78, split=split) for split in ("train", "val"))
    tokenizer, mae = Tokenizer(), MAE(build_vit())
    for name, module in (("tokenizer", tokenizer), ("mae", mae)):
        weights.load(name, module)
    listed = weights.manifest()
    codes = tokenizer.encode(new.pictures)
    assert psnr(tokenizer.decode(codes), new.pictures) == pytest.approx(listed["tokenizer"]["metrics"]["PSNR"], abs=0.4)
    mask = random_mask(len(new), 8, 8, 0.75, torch.Generator().manual_seed(1))
    painted = masked_psnr(mae.reconstruct(new.pictures, mask), new.pictures, mask, 4)
    assert painted == pytest.approx(listed["mae"]["metrics"]["masked PSNR"], abs=0.4)
    encoders = {name: OPENED[name]() for name in ("vit-simmim", "vit-maskfeat", "vit-beit", "vit-simclr")}
    for name, encoder in encoders.items():
        weights.load(name, encoder)
    for name, encoder in {"mae": mae.encoder, **encoders}.items():
        assert isinstance(encoder, Encoder)
        found = probe_accuracies(encoder, known, new, {"kind": lambda batch: batch.labels})["kind"]
        assert listed[name]["metrics"]["kind"] - 0.25 < found < listed[name]["metrics"]["kind"] + 0.07  # fewer known


def test_the_lab_of_chapter_05_has_what_its_figure_reads():
    runs = weights.load_json("collapse-lab")["runs"]
    assert len(runs) == 18
    assert {tuple(run) for run in runs.values()} == {
        ("feature_std", "rank", "probe", "spectrum", "map", "loss"),
    }


def test_weights_are_kept_and_found_again(tmp_path):
    layer, other = nn.Linear(3, 2), nn.Linear(3, 2)
    weights.save("layer", layer, {"right": 0.51234}, seed=4, folder=tmp_path)
    weights.save("numbers", {"a": [1, 2]}, {"mean": 1.5}, seed=5, folder=tmp_path)
    weights.load("layer", other, tmp_path)
    assert torch.equal(other.weight, layer.weight) and not other.training
    assert weights.load_json("numbers", tmp_path) == {"a": [1, 2]}
    entry = weights.manifest(tmp_path)["layer"]
    assert entry["metrics"] == {"right": 0.5123} and entry["holds"] == "Linear, float32" and "converted" not in entry
    assert weights.manifest(tmp_path)["numbers"]["holds"] == "a table"
    with pytest.raises(RuntimeError, match="size mismatch"):
        weights.load("layer", nn.Linear(2, 2), tmp_path)


def test_half_precision_goes_into_a_module_that_keeps_its_own(tmp_path):
    pair = nn.ModuleDict({"one": nn.Linear(3, 2), "two": nn.Linear(3, 2)}).half()
    weights.save("pair", pair, {}, seed=0, folder=tmp_path)
    other = weights.load("pair", nn.ModuleDict({"two": nn.Linear(3, 2), "one": nn.Linear(3, 2)}), tmp_path)
    assert all(torch.equal(p, pair.get_parameter(name).float()) for name, p in other.named_parameters())
    assert weights.manifest(tmp_path)["pair"]["holds"] == "2 Linear, float16"


def test_the_same_weights_make_the_same_file(tmp_path):
    layer, sums = nn.Linear(3, 2), []
    for folder in (tmp_path / "one", tmp_path / "two"):
        weights.save("layer", layer, {}, seed=0, folder=folder)
        weights.save("numbers", {"a": 1}, {}, seed=0, folder=folder)
        sums.append([entry["sha256"] for entry in weights.manifest(folder).values()])
        assert (folder / "numbers.json").read_bytes() == b'{"a":1}\n'
    assert sums[0] == sums[1]


def test_what_is_missing_or_damaged_is_said(tmp_path):
    with pytest.raises(weights.WeightsMissing, match="'layer' is not in .*pretrain layer"):
        weights.verified_path("layer", tmp_path)
    path = weights.save("layer", nn.Linear(3, 2), {}, seed=0, folder=tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(weights.WeightsMissing, match="is not the file that the course ships"):
        weights.load("layer", nn.Linear(3, 2), tmp_path)


def test_a_name_that_is_nearly_right_is_told(tmp_path):
    weights.save("layer", nn.Linear(3, 2), {}, seed=0, folder=tmp_path)
    with pytest.raises(weights.WeightsMissing, match="did you mean 'layer'. Else make it"):
        weights.load("layers", nn.Linear(3, 2), tmp_path)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"layer": 3}', b'{"layer": {"file": "x"}}', b"\xff\xfe\x00"])
def test_a_list_that_cannot_be_read_is_said(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(weights.WeightsMissing, match="fetch the course again"):
        weights.verified_path("layer", tmp_path)


def test_a_list_with_a_mark_of_byte_order_is_read(tmp_path):
    weights.save("layer", nn.Linear(3, 2), {}, seed=0, folder=tmp_path)
    path = tmp_path / "manifest.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert set(weights.manifest(tmp_path)) == {"layer"}


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:40], lambda b: b"", lambda b: b"no weights" * 9])
def test_a_damaged_file_is_said_though_its_sum_is_listed(tmp_path, damage):
    path = weights.save("layer", nn.Linear(30, 2), {}, seed=0, folder=tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(weights.WeightsMissing, match="cannot be read as weights"):
        read_tensors(path)


def test_weights_are_no_table_and_a_table_is_no_weights(tmp_path):
    weights.save("layer", nn.Linear(3, 2), {}, seed=0, folder=tmp_path)
    weights.save("numbers", {"a": 1}, {}, seed=0, folder=tmp_path)
    with pytest.raises(weights.WeightsMissing, match="open it with load_json"):
        weights.load("numbers", nn.Linear(3, 2), tmp_path)
    with pytest.raises(weights.WeightsMissing, match="open it with load"):
        weights.load_json("layer", tmp_path)
