"""Where the course keeps what it downloads, trains and remembers."""

import os
from pathlib import Path

DATA = Path(os.environ.get("COURSE_DATA") or Path(__file__).resolve().parents[1] / "data")
"""The course's data folder; the environment variable COURSE_DATA names another one."""
CHECKPOINTS = DATA / "checkpoints"
"""Trainings that were interrupted, until they are finished."""
DOWNLOADS = DATA / "downloads"
"""Photographs and weights from elsewhere."""
WEIGHTS = DATA / "weights"
"""Weights and histories that ship with the course."""
