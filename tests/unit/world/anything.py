"""What people hand over by mistake, for tests in which a function gives what it promises or says one sentence."""

import numpy as np
import torch
from hypothesis import Phase, settings
from hypothesis import strategies as st

QUICK = settings(max_examples=30, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))

ANYTHING = st.one_of(
    st.integers(-3, 12), st.floats(-40, 40),
    st.sampled_from(
        [None, True, "", "5", "scene", 3j, b"5", [], [1], (1, 2), {}, {"a": 1}, print, 12.0, float("nan"), float("inf"),
         np.int64(9), np.float32(2.5), np.bool_(True), np.zeros(2), torch.zeros(2), torch.tensor(9), torch.tensor(0.5)]
    ),
)  # fmt: skip
