"""Every method's forward pass and loss run on a GPU that is not there: nothing is left on the CPU, nothing waits.

Under FakeTensorMode tensors know their shapes and their device, but have no numbers. A tensor that was left on the CPU
raises, and so does whatever asks for a number, which on a real GPU would make the step wait.
"""

from types import SimpleNamespace

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from course_lib import views, world
from course_lib.nn import ConvNet
from course_lib.pretrain import Labels, Loss, Method, SemanticSoftmax
from course_lib.views import Views

METHODS = {
    "labels": lambda: Labels(ConvNet(), 50, smoothing=0.1),
    "semantic softmax": lambda: SemanticSoftmax(ConvNet(), (50, 10, 4)),
}


def batch(b=6, size=32):
    """A batch of the world as it would look on a GPU."""
    return SimpleNamespace(
        pictures=torch.rand(b, 3, size, size), labels=torch.randint(50, (b,)), paths=torch.randint(4, (b, 3))
    )


@pytest.mark.parametrize("name", METHODS)
def test_a_loss_leaves_nothing_behind_and_waits_for_nothing(name):
    with FakeTensorMode(), torch.device("cuda"):
        method = METHODS[name]()
        loss = method.loss(batch())
        method.after_step(0.5)
        assert loss.total.device.type == "cuda" and loss.total.shape == ()
        assert all(value.device.type == "cuda" and value.shape == () for value in loss.watch.values())


def test_what_is_left_behind_or_waits_is_noticed():
    class LeftBehind(Method):
        def loss(self, batch):
            return Loss((batch.pictures * torch.ones(1, 3, 1, 1, device="cpu")).mean())

    class Waits(Method):
        def loss(self, batch):
            return Loss(batch.pictures.mean() / batch.pictures.max().item())

    with FakeTensorMode(), torch.device("cuda"):
        with pytest.raises(RuntimeError, match="cpu"):
            LeftBehind().loss(batch())
        with pytest.raises(DataDependentOutputException):
            Waits().loss(batch())


def test_views_leave_nothing_behind_and_wait_for_nothing(monkeypatch):
    monkeypatch.setattr(views, "color_order", lambda generator: [2, 0, 3, 1])  # drawn on the CPU, no wait for the GPU
    with FakeTensorMode():
        seen = Views(size=24, solarize=0.2)(torch.rand(5, 3, 32, 32, device="cuda"))
        assert seen.device.type == "cuda" and seen.shape == (5, 3, 24, 24)


def test_some_of_a_batch_are_taken_without_a_wait():
    some = world.draw(6, size=16, device="meta")[torch.tensor([4, 0])]
    assert some.pictures.device.type == "meta" and len(some.captions) == 2
