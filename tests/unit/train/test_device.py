"""The device, its precision and the profile, on machines that are mostly made up."""

import pytest
import torch

from course_lib.train.device import device, precision, profile


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be a machine with or without CUDA and MPS, with nothing set."""

    def pretend(cuda=False, mps=False, capability=(9, 0)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: int(cuda))
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *a, **k: True)  # as on a T4, where it is emulated
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.delenv("COURSE_DEVICE", raising=False)
        monkeypatch.delenv("COURSE_PROFILE", raising=False)

    return pretend


@pytest.mark.parametrize(
    "cuda, mps, expected", [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_best_device_is_taken(machine, cuda, mps, expected):
    machine(cuda, mps)
    assert device() == torch.device(expected)


def test_the_environment_overrules_the_device(machine, monkeypatch):
    machine(cuda=True)
    for name in ("cpu", "cuda", "cuda:0"):
        monkeypatch.setenv("COURSE_DEVICE", name)
        assert device() == torch.device(name)
    monkeypatch.setenv("COURSE_DEVICE", "")
    assert device().type == "cuda"


@pytest.mark.parametrize("name", ["cuda:1", "cuda:x", "cuda:", "mps", "tpu", "CPU"])
def test_a_device_that_is_not_there_is_one_clear_sentence(machine, monkeypatch, name):
    machine(cuda=True)
    monkeypatch.setenv("COURSE_DEVICE", name)
    with pytest.raises(ValueError, match=f"COURSE_DEVICE is '{name}'.*set it to cuda or cpu"):
        device()


@pytest.mark.parametrize(
    "kind, capability, dtype, scaler",
    [
        ("cpu", None, torch.float32, False),
        ("mps", None, torch.float32, False),
        ("cuda", (7, 5), torch.float16, True),  # T4
        ("cuda", (7, 0), torch.float16, True),  # V100
        ("cuda", (8, 0), torch.bfloat16, False),  # A100
        ("cuda", (9, 0), torch.bfloat16, False),  # H100
    ],
)
def test_precision_fits_the_device(machine, kind, capability, dtype, scaler):
    machine(cuda=kind == "cuda", capability=capability)
    chosen = precision(torch.device(kind))
    assert (chosen.dtype, chosen.scaler) == (dtype, scaler)
    assert chosen.why


def test_the_profile_is_read_each_time(machine, monkeypatch):
    machine()
    assert profile() == "laptop"
    machine(cuda=True)
    assert profile() == "gpu"
    for name in ("smoke", "laptop", "gpu"):
        monkeypatch.setenv("COURSE_PROFILE", name)
        assert profile() == name
    monkeypatch.setenv("COURSE_PROFILE", "huge")
    with pytest.raises(ValueError, match="COURSE_PROFILE is 'huge', and it has to be one of smoke, laptop, gpu."):
        profile()
