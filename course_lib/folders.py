"""Where the course is, and where it keeps what it downloads, trains and remembers."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the course: notebooks/, course_lib/, data/."""
DATA = Path(os.environ.get("COURSE_DATA") or ROOT / "data")
"""The course's data folder; the environment variable COURSE_DATA names another one."""
CHECKPOINTS = DATA / "checkpoints"
"""Trainings that were interrupted, until they are finished."""
DOWNLOADS = DATA / "downloads"
"""Photographs and weights from elsewhere."""
WEIGHTS = DATA / "weights"
"""Weights and histories that ship with the course."""
