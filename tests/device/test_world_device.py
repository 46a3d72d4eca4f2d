"""The world draws on a GPU without a tensor left behind on the CPU and without waiting for the device."""

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from course_lib import world
from course_lib.world.numbers import scene_numbers
from course_lib.world.render import render
from course_lib.world.scene import sample


def test_drawing_on_a_pretended_gpu():
    for mode in world.MODES:
        scene = sample(scene_numbers(0, 12), mode, "train", 0.5)
        with FakeTensorMode(allow_non_fake_inputs=True):
            drawn = render(scene, 32, "cuda", want_parts=True)
            assert {t.device.type for t in (drawn.pictures, drawn.masks, drawn.boxes)} == {"cuda"}
            assert drawn.pictures.shape == (12, 3, 32, 32)
            assert drawn.parts is not None and drawn.parts.device.type == "cuda"


def test_a_batch_moves_with_all_its_tensors():
    batch = world.draw(2, size=16).to("meta")
    assert batch.pictures.device.type == batch.things.device.type == batch.masks.device.type == "meta"
    assert len(batch.captions) == 2 and isinstance(batch.scene.things, torch.Tensor)
