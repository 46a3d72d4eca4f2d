"""Building blocks: networks and layers that know nothing of the picture world.

>>> from course_lib.nn import ConvNet
>>> ConvNet().width
128
"""

from .convnet import ConvNet
from .encoder import Encoder
from .seeding import seeded

__all__ = ["ConvNet", "Encoder", "seeded"]
