"""Weights: what ships with the course (`load`, `load_json`), and what others have published (`published`).

>>> from course_lib import weights
>>> "simclr" in weights.manifest()
True
"""

from .shipped import WeightsMissing, load, load_json, manifest, save, verified_path

__all__ = ["WeightsMissing", "load", "load_json", "manifest", "save", "verified_path"]
