"""BEiT with the layer that guesses visual tokens, as its authors and Hugging Face publish it."""

from __future__ import annotations

from ...pretrain import BEiT
from .convert import NotPublished, State, expect_axes, expect_tensors, filled
from .hugging_face import as_timm
from .vits import vit

KIND = "BEiT with its last layer"


def beit(state: State) -> BEiT:
    """BEiT as it was pre-trained (Bao and others, 2021, arXiv 2106.08254), without the tokenizer that taught it.

    Its `forward` takes pictures (B, 3, H, W) in [0, 1] and a mask (B, N), and scores the codes of each patch, (B, N,
    8192) in all published sizes. A file is got with `fetch`, once.

    Args:
        state: of microsoft/unilm, what lies under "model" in its file, or Hugging Face's of
            `BeitForMaskedImageModeling`.

    Raises:
        NotPublished: if these are other weights, or hold tensors that this BEiT does not have, by name; BEiT v2 has.

    >>> from safetensors.torch import load_file
    >>> from course_lib.weights import published
    >>> file = published.fetch("microsoft/beit-base-patch16-224-pt22k", "model.safetensors", download=False)
    >>> method = beit(load_file(file)) if file else None
    """
    expect_tensors(state, KIND)
    if "beit.embeddings.cls_token" in state:
        state = as_timm(state, KIND)
    head = {key.removeprefix("lm_head."): value for key, value in state.items() if key.startswith("lm_head.")}
    expect_axes(head, {"weight": 2, "bias": 1}, f"{KIND}, lm_head")
    encoder = vit({key: value for key, value in state.items() if not key.startswith("lm_head.")})
    if encoder.mask_token is None or encoder.rel_pos_bias is None:
        missing = "mask_token" if encoder.mask_token is None else "rel_pos_bias.relative_position_bias_table"
        raise NotPublished(f"expected the weights of {KIND}: missing '{missing}'")
    model = BEiT(encoder, codes=len(head["weight"]))
    filled(model.head, {key: value.float() for key, value in head.items()}, KIND)
    return model.eval()
