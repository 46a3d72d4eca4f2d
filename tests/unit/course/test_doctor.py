"""What the doctor says about machines that are made up: a T4, an A100, a Mac, and one that is cut off."""

import os
import threading
import types

import pytest
import torch

from course_lib.__main__ import main
from course_lib.course import doctor


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Pretend to be a machine with this GPU, or with none; nothing is set and nothing can be downloaded."""

    def pretend(name="", capability=(0, 0), gigabytes=0, mps=False):
        found = types.SimpleNamespace(name=name, total_memory=gigabytes * 1e9)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(name))
        monkeypatch.setattr(torch.cuda, "device_count", lambda: int(bool(name)))
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device=None: found)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    monkeypatch.setattr(doctor, "reachable", lambda host: False)
    pretend()
    return pretend


def told(capsys):
    """The report as name -> value, its last paragraph, and its exit status."""
    status = doctor.main()
    lines, end = capsys.readouterr().out.split("\n\n")
    return dict(line.split(maxsplit=1) for line in lines.splitlines()), end.strip(), status


@pytest.mark.parametrize(
    "name, capability, gigabytes, precision",
    [("Tesla T4", (7, 5), 16, "float16: this GPU"), ("NVIDIA A100", (8, 0), 42, "bfloat16: this GPU")],
)
def test_a_gpu_is_named_with_its_precision_and_why(machine, capsys, name, capability, gigabytes, precision):
    machine(name, capability, gigabytes)
    report, end, status = told(capsys)
    assert report["device"] == f"cuda, {name}, {gigabytes} GB"
    assert report["precision"].startswith(precision)
    assert report["profile"] == "gpu"


def test_a_mac_and_a_laptop_without_a_gpu(machine, capsys):
    report = told(capsys)[0]
    assert (report["device"], report["profile"]) == ("cpu", "laptop")
    machine(mps=True)
    report = told(capsys)[0]
    assert (report["device"], report["profile"]) == ("mps", "laptop")
    assert report["precision"].startswith("float32")


def test_a_machine_that_is_cut_off_has_all_it_needs(capsys):
    report, end, status = told(capsys)
    assert (end, status) == ("Everything the course needs is here.", 0)
    assert set(doctor.PACKAGES) < set(report)
    assert [finding.value[:2] for finding in doctor._downloads()] == ["no"] * 3


def test_what_can_be_downloaded_is_asked_at_once_and_not_for_long(monkeypatch):
    """Two hosts answer when both were asked, the third never does; a clock of our own, so that any machine may try."""
    together, never, done = threading.Barrier(2), threading.Event(), threading.Event()
    *quick, _ = doctor.SOURCES.values()

    def slow(host):
        if host in quick:
            together.wait(600)
        else:
            never.wait(600)
            done.set()
        return True

    ticks = iter((0.0, -600.0, -600.0, 2.4))  # all the time for those that answer, hardly any for the third
    monkeypatch.setattr(doctor, "reachable", slow)
    monkeypatch.setattr(doctor, "time", types.SimpleNamespace(monotonic=lambda: next(ticks)))
    assert [finding.value.split()[0] for finding in doctor._downloads()] == ["yes", "yes", "no"]
    assert not done.is_set()  # nobody has waited for the third
    never.set()
    assert done.wait(600)


def test_an_old_and_a_missing_package_are_said_with_what_to_do(monkeypatch, capsys):
    real = doctor.metadata.version

    def version(name):
        if name == "jupyterlab":
            raise doctor.metadata.PackageNotFoundError(name)
        return {"torch": "1.13.1+cu117", "torchvision": "0.21.0+cpu"}.get(name) or real(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    report, end, status = told(capsys)
    assert status == 1
    assert report["jupyterlab"] == "missing"
    assert end.splitlines() == [
        "torch 1.13.1+cu117 is here, and the course needs <3,>=2.6: run python start.py.",
        "jupyterlab is missing: run python start.py.",
    ]


@pytest.mark.parametrize("version", [None, "unknown"])
def test_a_damaged_package_is_said_with_what_to_do(monkeypatch, capsys, version):
    real = doctor.metadata.version
    monkeypatch.setattr(doctor.metadata, "version", lambda name: version if name == "numpy" else real(name))
    report, end, status = told(capsys)
    assert status == 1 and end.startswith(f"numpy {version} is here, and the course needs")


def test_a_full_disk_and_a_wrong_setting_are_said_with_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1e8))
    monkeypatch.setenv("COURSE_PROFILE", "huge")
    report, end, status = told(capsys)
    assert status == 1
    assert report["device"] == "unclear"
    assert end.splitlines() == [
        "Make room: the course needs 2 GB of disk.",
        "COURSE_PROFILE is 'huge', and it has to be one of smoke, laptop, gpu.",
    ]


def test_memory_is_a_number_or_unknown(monkeypatch, capsys):
    monkeypatch.setattr(
        os, "sysconf", lambda name: {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 4_000_000}[name], raising=False
    )
    assert doctor.memory() == pytest.approx(16.384)
    monkeypatch.delattr(os, "sysconf")
    assert doctor.memory() is None
    assert told(capsys)[0]["memory"] == "unknown"


def test_without_a_pyproject_the_ranges_are_those_of_the_installation(monkeypatch, tmp_path):
    needs = ["torch<3,>=2.6", 'pytest<10,>=8; extra == "dev"']
    monkeypatch.setattr(doctor.metadata, "requires", lambda name: needs)
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert {name: str(wanted) for name, wanted in doctor._ranges().items()} == {"torch": "<3,>=2.6"}


def test_the_command_line_calls_the_doctor(capsys):
    assert main(["doctor"]) == 0
    assert "Everything the course needs is here." in capsys.readouterr().out
