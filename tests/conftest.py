"""What all tests share: the long ones run on request, figures open no window, workers share the cores.

`python start.py test --fast` leaves out what is marked slow, and `--full` adds what is marked full.
"""

import os

import matplotlib
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

matplotlib.use("agg")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the tests marked full, which take long")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: takes long; runs only with --full")
    config.addinivalue_line("markers", "slow: takes seconds; left out by python start.py test --fast")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full"):
        for item in items:
            if "full" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="takes long: runs with --full"))
