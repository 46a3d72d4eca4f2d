"""Labs: a thin widget over a function that draws, and its still twin for readers without a kernel."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ipywidgets as widgets

from .click import Clickable
from .figure import PIXELS_PER_INCH, Figure, show_captioned, style

VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass
class Lab:
    """A live widget and its static twin: whoever cannot run the widget sees the figure instead.

    >>> from course_lib.show import subplots
    >>> sorted(Lab(widgets.IntSlider(), subplots()[0])._repr_mimebundle_()[0])[0]
    'application/vnd.jupyter.widget-view+json'
    """

    view: widgets.DOMWidget
    figure: Figure
    controls: dict[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = self.figure.bundle()
        live = {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id}
        return {VIEW: live, **data}, metadata

    def _ipython_display_(self) -> None:
        show_captioned(*self._repr_mimebundle_(), self.figure.caption)


def lab(
    function: Callable[..., Figure],
    controls: Mapping[str, Any],
    columns: int = 3,
    click: tuple[float, float] | None = None,
    step: tuple[float, float] = (0.1, 0.1),
) -> Lab:
    """A lab: controls, and the figure that a function draws from them, drawn anew when one is moved.

    The widget adds nothing to the function: `function(**settings)` gives the same figure without it. If the
    function raises, its sentence is shown in the lab and the last picture stays.

    Args:
        function: takes one keyword argument for each control, returns a figure in under half a second.
        controls: for each argument a widget that has a `value`.
        columns: how many controls stand side by side; a row of buttons has a line to itself.
        click: where the figure counts as clicked at first, as shares of its width and height. The function is then
            called with `at` too, the place of the last click.
        step: how far an arrow key moves that place.

    Raises:
        ValueError: if a control has no value, the function gives no figure, or there is no such column or place.
        Exception: whatever the function raises at the controls' first settings.

    >>> from course_lib import show
    >>> lab(lambda n: show.bars({"n": n}), {"n": widgets.IntSlider(3, 1, 9)}).figure.alt
    'Bars of values: n 3.'
    """
    controls = dict(controls)
    for name, control in controls.items():
        if not (isinstance(control, widgets.Widget) and control.has_trait("value")):
            raise ValueError(f"expected a widget that has a value as the control {name!r}, got {control!r:.60}")
    if columns < 1:
        raise ValueError(f"expected at least 1 column, got {columns}")
    if click is not None and not (len(click) == 2 and all(0 <= share <= 1 for share in click)):
        raise ValueError(f"expected click=(x, y), shares of the figure from 0 to 1, got {click}")

    def settings() -> dict[str, Any]:
        chosen = {name: control.value for name, control in controls.items()}
        return chosen if click is None else {**chosen, "at": click if canvas is None else canvas.at}

    def draw() -> Figure:
        with style():
            drawn = function(**settings())
        if not isinstance(drawn, Figure):
            raise ValueError(f"expected the function to return a figure of course_lib.show, got {drawn!r:.60}")
        return drawn

    canvas: Any = None
    figure = draw()
    width = round(figure.get_figwidth() * PIXELS_PER_INCH)
    if click is None:
        layout = widgets.Layout(max_width="100%", object_fit="contain")
        canvas = widgets.Image(value=figure.png(quick=True), format="png", width=width, layout=layout)
    else:
        canvas = Clickable(value=figure.png(quick=True), width=width, at=click, step=step)
    words = widgets.HTML(_said(figure.alt))

    def redraw(_: Any) -> None:
        try:
            drawn = draw()
            canvas.value, words.value = drawn.png(quick=True), _said(drawn.alt)
        except Exception as error:  # whatever a setting brings about belongs in the lab, not in a log
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            words.value = f"<b role='alert'>{html.escape(f'{kind}{error}')}</b>"

    wide = [control for control in controls.values() if isinstance(control, widgets.ToggleButtons)]
    narrow = [control for control in controls.values() if control not in wide]
    for control in controls.values():
        control.layout.width = "auto"
        if control.has_trait("continuous_update"):
            control.continuous_update = False
        control.observe(redraw, names="value")
    if click is not None:
        canvas.observe(redraw, names="at")
    template = f"repeat({columns}, minmax(0, 1fr))"
    grid = widgets.GridBox(
        narrow, layout=widgets.Layout(grid_template_columns=template, grid_gap="4px 16px", width="auto")
    )
    page = widgets.VBox([grid, *wide, canvas, words], layout=widgets.Layout(max_width=f"{max(width, 600)}px"))
    return Lab(page, figure, controls if click is None else {**controls, "at": canvas})


def _said(alt: str) -> str:
    """A figure's description for those who listen to the page; nothing to see."""
    hidden = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
    return f"<span role='status' style='{hidden}'>{html.escape(alt)}</span>"
