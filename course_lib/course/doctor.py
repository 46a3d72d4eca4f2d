"""What this machine is, and whether all that the course needs is here: `python -m course_lib doctor`."""

import os
import platform
import re
import shutil
import socket
import sys
import threading
import time
import tomllib
from dataclasses import dataclass
from importlib import metadata
from urllib.parse import urlsplit

import torch
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion

from course_lib.course.notebooks import REPOSITORY
from course_lib.folders import ROOT
from course_lib.train.device import device, precision, profile

PACKAGES = ("torch", "torchvision", "accelerate", "numpy", "matplotlib", "jupyterlab", "ipywidgets", "IPython")
SOURCES = {
    "the course": urlsplit(REPOSITORY).hostname or "",
    "CIFAR-10": "www.cs.toronto.edu",
    "published weights": "huggingface.co",
}
ROOM = 2  # gigabytes of disk for pictures, features and weights


@dataclass(frozen=True)
class Finding:
    """One line of the report, and what to do about it, if anything."""

    name: str
    value: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Everything there is to say about this machine, in the order it is told.

    >>> examine()[0].name
    'system'
    """
    return [*_machine(), *_computing(), *_versions(), *_downloads()]


def main() -> int:
    """Print the report; return 0 if nothing is missing, else 1."""
    findings = examine()
    for finding in findings:
        print(f"{finding.name:<27} {finding.value}")
    remedies = [finding.remedy for finding in findings if finding.remedy]
    print()
    print("\n".join(remedies) or "Everything the course needs is here.")
    return 1 if remedies else 0


def memory() -> float | None:
    """The machine's memory in gigabytes, or None where it does not say.

    >>> memory() is None or memory() > 0
    True
    """
    try:
        if sys.platform == "win32":
            return _windows_memory()
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (OSError, ValueError, AttributeError):
        return None


def _windows_memory() -> float:
    import ctypes

    kilobytes = ctypes.c_ulonglong()
    if not ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes)):  # type: ignore
        raise OSError("Windows does not say how much memory there is.")
    return kilobytes.value * 1024 / 1e9


def _machine() -> list[Finding]:
    ram, free = memory(), shutil.disk_usage(ROOT).free / 1e9
    python = SpecifierSet(">=3.11").contains(platform.python_version(), prereleases=True)
    return [
        Finding("system", f"{platform.system()} {platform.release()} on {platform.machine()}"),
        Finding("Python", platform.python_version(), "" if python else "Install Python 3.11, 3.12 or 3.13."),
        Finding("cores", str(os.cpu_count() or "unknown")),
        Finding("memory", f"{ram:.0f} GB" if ram else "unknown"),
        Finding(
            "free disk", f"{free:.0f} GB", "" if free >= ROOM else f"Make room: the course needs {ROOM} GB of disk."
        ),
    ]


def _computing() -> list[Finding]:
    try:
        where, work = device(), profile()
    except ValueError as error:
        return [Finding("device", "unclear", str(error))]
    chosen = precision(where)
    return [
        Finding("device", f"{where}{_device_details(where)}"),
        Finding("precision", f"{str(chosen.dtype).removeprefix('torch.')}: {chosen.why}"),
        Finding("profile", work),
    ]


def _device_details(where: torch.device) -> str:
    if where.type != "cuda":
        return ""
    found = torch.cuda.get_device_properties(where)
    return f", {found.name}, {found.total_memory / 1e9:.0f} GB"


def _ranges() -> dict[str, SpecifierSet]:
    """What the course asks of each package: from pyproject.toml, or from what an installation kept of it."""
    file = ROOT / "pyproject.toml"
    if file.exists():
        words = tomllib.loads(file.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        words = [need for need in metadata.requires("learning-to-see") or [] if "extra ==" not in need]
    return {need.name: need.specifier for need in map(Requirement, words)}


def _versions() -> list[Finding]:
    ranges, findings = _ranges(), []
    for name in PACKAGES:
        wanted = ranges.get(name, SpecifierSet())
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            findings.append(Finding(name, "missing", f"{name} is missing: run python start.py."))
            continue
        try:
            fits = wanted.contains(re.sub(r"\+.*", "", version), prereleases=True)
        except (InvalidVersion, TypeError):  # a damaged installation says nothing, or no version
            fits, version = False, str(version)
        remedy = f"{name} {version} is here, and the course needs {wanted}: run python start.py."
        findings.append(Finding(name, version, "" if fits else remedy))
    return findings


def reachable(host: str) -> bool:
    """Whether a host takes a connection within 2 seconds.

    >>> reachable("no-such-host.invalid")
    False
    """
    try:
        socket.create_connection((host, 443), timeout=2).close()
        return True
    except OSError:
        return False


def _downloads() -> list[Finding]:
    """What can be fetched; nothing that the chapters need is among it, so there is nothing to remedy."""
    answered: dict[str, bool] = {}

    def ask(name: str, host: str) -> None:
        answered[name] = reachable(host)

    asking = [threading.Thread(target=ask, args=source, daemon=True) for source in SOURCES.items()]
    for thread in asking:
        thread.start()
    end = time.monotonic() + 2.5  # looking up a name may take longer than the connection itself
    for thread in asking:
        thread.join(max(0, end - time.monotonic()))
    return [
        Finding(f"download: {name}", f"{'yes' if answered.get(name) else 'no'} ({host})")
        for name, host in SOURCES.items()
    ]
