"""Losses that are given what does not fit say so in one sentence."""

import pytest
import torch

from course_lib.pretrain import (
    barlow_twins_loss,
    byol_loss,
    dino_loss,
    moco_v3_loss,
    negative_cosine,
    nt_xent,
    supcon_loss,
    vicreg_loss,
)


def test_bad_input_gets_one_clear_sentence():
    z = torch.randn(4, 3)
    for loss in (nt_xent, moco_v3_loss, byol_loss, negative_cosine, barlow_twins_loss, vicreg_loss):
        with pytest.raises(ValueError, match=r"expected two lists of embeddings \(B, D\), got \(4, 3\) and \(3, 3\)"):
            loss(z, z[:3])
    for call, words in (
        (lambda: nt_xent(z, z, 0.0), "temperature above 0"),
        (lambda: supcon_loss(z, z, torch.zeros(4), -1.0), "temperature above 0"),
        (lambda: supcon_loss(z, z, torch.zeros(3)), r"a label for each picture, \(B,\), got \(3,\) for 4"),
        (lambda: dino_loss(z, z, torch.zeros(3)), r"expected scores \(V, B, K\) and \(T, B, K\)"),
        (lambda: dino_loss(z[None], z[None], torch.zeros(3)), "at least two views"),
        (lambda: dino_loss(z[None], torch.stack([z, z]), torch.zeros(3)), "at least two views"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
