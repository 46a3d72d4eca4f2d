"""A picture that can be clicked."""

from __future__ import annotations

import anywidget
import traitlets

_SCRIPT = """
export default {
  render({ model, el }) {
    const image = document.createElement("img");
    image.className = "course-clickable";
    image.tabIndex = 0;
    image.style.cssText = "max-width: 100%; cursor: crosshair; display: block";
    image.width = model.get("width");
    let address = null;
    const draw = () => {
      if (address) URL.revokeObjectURL(address);
      address = URL.createObjectURL(new Blob([model.get("value")], { type: "image/png" }));
      image.src = address;
    };
    const move = (x, y) => {
      const inside = (v) => Math.min(0.9999, Math.max(0, v));
      model.set("at", [inside(x), inside(y)]);
      model.save_changes();
    };
    image.addEventListener("click", (event) => {
      const box = image.getBoundingClientRect();
      move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    });
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    image.addEventListener("keydown", (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      event.stopPropagation();
      const [x, y] = model.get("at"), [across, down] = model.get("step"), [i, j] = steps[event.key];
      move(x + i * across, y + j * down);
    });
    model.on("change:value", draw);
    draw();
    el.appendChild(image);
    return () => address && URL.revokeObjectURL(address);
  },
};
"""


class Clickable(anywidget.AnyWidget):
    """A PNG picture that knows where it was clicked, as shares of its width and height; arrow keys move by `step`.

    >>> Clickable(value=b"", at=(0.25, 0.5)).at
    (0.25, 0.5)
    """

    _esm = _SCRIPT
    value = traitlets.Bytes(b"").tag(sync=True)
    width = traitlets.Int(600).tag(sync=True)
    at = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.0, 0.0)).tag(sync=True)
    step = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(0.1, 0.1)).tag(sync=True)
