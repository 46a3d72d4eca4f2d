"""What the world drew and said when its first weights were trained, it draws and says today.

Words and whole numbers are kept as digests. Of all else a weighted sum is kept, which
another machine may round otherwise.
"""

import hashlib
import json

import pytest
import torch
from torch import Tensor

from course_lib import world

WHOLE = ("numbers", "things", "colors", "patterns", "mirrored", "backdrops")
LENGTHS = ("centers", "sizes", "angles", "dials", "tints", "weave", "mood")
KEPT = {
    # mode, split: the digests of whole numbers and of words, the sums of the scene, the sums of what is drawn
    ("portrait", "train"): (
        "faa1ae9f31f795fb",
        "4b2741a1aed09a11",
        [0.1280, 3.8399, 0.1588, 0.0004, 0.0000, 14.2142, -0.2342],
        [96.273, 20.276, 7.637, 85.083],
    ),
    ("portrait", "val"): (
        "8d95fda143cf74c6",
        "17e400dd93b8757f",
        [0.0513, 3.7902, 0.2877, 0.0180, 0.0208, 13.6586, -0.2544],
        [87.302, 21.125, 7.949, 84.465],
    ),
    ("portrait", "test"): (
        "b694ea4a854d18d9",
        "0712e9d382d3d301",
        [-0.0597, 3.8039, 0.1313, -0.5354, 0.0093, 13.6666, 0.0577],
        [98.983, 20.145, 7.576, 83.117],
    ),
    ("portrait", "heldout_pairs"): (
        "3c446eaddcb9bf77",
        "6f994e9b23071016",
        [-0.0279, 3.8081, 0.1484, 0.6174, 0.0118, 13.3266, 0.3542],
        [93.732, 18.971, 7.142, 83.446],
    ),
    ("portrait", "heldout_things"): (
        "02117ca0024810a3",
        "0acb527ef3505a39",
        [-0.1035, 3.7954, -0.0753, 0.0600, -0.0068, 13.5412, -0.6433],
        [98.369, 19.920, 7.495, 82.681],
    ),
    ("scene", "train"): (
        "ae2c47d607e659b7",
        "c8377b5bdd929ab1",
        [-5.7635, 3.6684, -0.0756, 0.2898, -0.0183, 28.1733, -0.2342],
        [95.685, 7.906, 2.986, 95.139],
    ),
    ("scene", "val"): (
        "ca6cd6e40e0badd8",
        "9b05053b250a2636",
        [-6.9335, 3.6519, 0.0755, -0.1601, -0.0057, 26.7568, -0.2544],
        [96.440, 7.721, 2.915, 81.469],
    ),
    ("scene", "test"): (
        "e55d625597c4047b",
        "4f40de7190a64008",
        [-7.0376, 3.6453, 0.1935, 0.5909, -0.0107, 27.5304, 0.0577],
        [97.642, 7.369, 2.782, 77.754],
    ),
    ("scene", "heldout_pairs"): (
        "dd9bdf8ca6f9c17d",
        "2dc898f8c2b84a40",
        [-5.9593, 3.6250, 0.0980, 0.3252, 0.0035, 27.3480, 0.3542],
        [93.733, 7.573, 2.860, 94.828],
    ),
    ("scene", "heldout_things"): (
        "6993b40b6bd44eef",
        "d68984ebbfa6d4aa",
        [-5.1620, 3.6408, -0.0278, -0.5245, -0.0121, 27.2055, -0.6433],
        [98.614, 7.920, 2.990, 104.033],
    ),
}


def digest(*values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def weighted(tensor: Tensor) -> float:
    """A sum in which every place counts differently, divided by the number of places."""
    flat = tensor.double().flatten()
    return float((flat * torch.arange(1, len(flat) + 1, dtype=torch.float64).sqrt()).sum() / len(flat))


@pytest.mark.parametrize(("mode", "split"), KEPT)
def test_scenes_and_words_and_pictures_stay_as_they_were(mode, split):
    whole, words, lengths, drawn = KEPT[mode, split]
    batch = world.draw(60, size=16, mode=mode, split=split, seed=7, busy=0.5)
    noisy = world.draw(60, size=8, mode=mode, split=split, seed=7, alt_text=0.7)
    assert digest(*(getattr(batch.scene, name).tolist() for name in WHOLE)) == whole
    said = (batch.captions, batch.spans, batch.questions, batch.answers, noisy.captions, noisy.spans)
    assert digest(*said) == words
    for name, kept in zip(LENGTHS, lengths, strict=True):
        assert weighted(getattr(batch.scene, name)) == pytest.approx(kept, rel=1e-4, abs=2e-4), name
    for name, kept in zip(("pictures", "masks", "parts", "boxes"), drawn, strict=True):
        assert weighted(getattr(batch, name)) == pytest.approx(kept, rel=2e-3, abs=2e-3), name
