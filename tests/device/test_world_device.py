"""The world draws on a GPU without a tensor left behind on the CPU and without waiting for the device.

On the device "meta" tensors have shapes but no numbers: whatever mixes devices or asks for a number raises there.
"""

import pytest
import torch

from course_lib import world


@pytest.mark.parametrize("mode", world.MODES)
def test_drawing_never_waits_for_the_device(mode):
    batch = world.draw(12, size=32, mode=mode, device="meta")
    tensors = (batch.pictures, batch.masks, batch.boxes, batch.things, batch.labels, batch.parts)
    assert {t.device.type for t in tensors} == {"meta"}
    assert batch.pictures.shape == (12, 3, 32, 32)
    here = world.draw(12, size=32, mode=mode)
    assert batch.captions == here.captions and batch.answers == here.answers


def test_a_batch_moves_with_all_its_tensors():
    batch = world.draw(2, size=16).to("meta")
    assert batch.pictures.device.type == batch.things.device.type == batch.masks.device.type == "meta"
    assert len(batch.captions) == 2 and isinstance(batch.scene.things, torch.Tensor)
