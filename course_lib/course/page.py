"""Small pieces of page that read well in JupyterLab, Colab, GitHub and a terminal, in light and in dark.

Text takes the color of the page around it; only thin bars and pale tints have colors of their own, and a mark
(✓ ✗ ○) always says the same as the color. Folding is HTML's own `<details>`, so it works without a kernel.
"""

import html
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from IPython.core.getipython import get_ipython
from IPython.display import display

# Red, green and blue of a bar and its tint, told apart by people with any kind of color vision.
COLORS = {"good": "0, 158, 115", "wrong": "213, 94, 0", "open": "86, 140, 200", "plain": "128, 128, 128"}

_FONT = (
    "box-sizing: border-box; font-family: var(--jp-content-font-family, system-ui, sans-serif); "
    "font-size: 14px; line-height: 1.5;"
)
_CODE = (
    "font-family: var(--jp-code-font-family, ui-monospace, Menlo, Consolas, monospace); font-size: 13px; "
    "color: inherit; background: rgba(128, 128, 128, 0.14);"
)
_DIM = "opacity: 0.75;"
_LINE = "border-bottom: 1px solid rgba(128, 128, 128, 0.35);"


@dataclass(frozen=True, repr=False)
class Page:
    """Something to show: as HTML where a browser reads it, as text everywhere else.

    >>> Page("<b>seen</b>", "seen")
    seen
    """

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def show(page: object) -> None:
    """Show `page` at once: below the cell in a notebook, printed anywhere else.

    >>> show(Page("<b>seen</b>", "seen"))
    seen
    """
    if get_ipython() is not None:
        display(page)
        return
    encoding = sys.stdout.encoding or "utf-8"  # an old Windows console may know no ✓: it prints ? there
    print(repr(page).encode(encoding, "replace").decode(encoding))


def prose(text: str) -> str:
    """The HTML of a sentence: everything escaped, and `code` between backticks set as code.

    >>> prose("1 < 2")
    '1 &lt; 2'
    """
    style = f"{_CODE} padding: 1px 4px; border-radius: 3px;"
    return re.sub(r"`([^`]+)`", rf'<code style="{style}">\1</code>', html.escape(text))


def dim(text: str) -> str:
    """The HTML of a sentence of less weight.

    >>> "aside" in dim("aside")
    True
    """
    return f'<span style="{_DIM}">{prose(text)}</span>'


def code(source: str) -> str:
    """The HTML of a block of code.

    >>> "1 &lt; 2" in code("1 < 2")
    True
    """
    style = f"{_CODE} margin: 6px 0; padding: 10px 12px; border-radius: 6px; overflow-x: auto; white-space: pre;"
    return f'<pre style="{style}">{html.escape(source)}</pre>'


def card(kind: str, mark: str, body: str) -> str:
    """The HTML of a message: a bar and a tint of the `kind` (a name in COLORS), a mark, and the HTML `body`.

    >>> "well done" in card("good", "✓", "well done")
    True
    """
    color = COLORS[kind]
    outer = (
        f"{_FONT} display: flex; gap: 10px; max-width: 820px; margin: 6px 0; padding: 8px 14px; "
        f"border-left: 4px solid rgb({color}); border-radius: 4px; background: rgba({color}, 0.09);"
    )
    return (
        f'<div style="{outer}"><div style="font-weight: 700;">{html.escape(mark)}</div>'
        f'<div style="flex: 1; min-width: 0;">{body}</div></div>'
    )


def fold(summary: str, body: str, kind: str = "plain") -> str:
    """The HTML of a closed fold: a click on `summary` (plain text) opens `body` (HTML).

    >>> fold("Hint", "look").startswith("<details")
    True
    """
    color = COLORS[kind]
    outer = (
        f"{_FONT} max-width: 820px; margin: 5px 0; border: 1px solid rgba(128, 128, 128, 0.35); "
        "border-radius: 6px; overflow: hidden;"
    )
    inner = f"padding: 6px 14px 8px; border-left: 4px solid rgb({color}); background: rgba({color}, 0.09);"
    return (
        f'<details style="{outer}">'
        f'<summary style="cursor: pointer; padding: 6px 12px;">{prose(summary)}</summary>'
        f'<div style="{inner}">{body}</div></details>'
    )


def heading(text: str) -> str:
    """The HTML of a small heading.

    >>> "Claims" in heading("Claims")
    True
    """
    return f'<div style="{_FONT} max-width: 820px; font-weight: 600; margin: 12px 0 4px;">{prose(text)}</div>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The HTML of a table of plain text, columns to the left.

    >>> table(["a"], [["1"]]).count("<td")
    1
    """

    def row(tag: str, cells: Sequence[str], style: str) -> str:
        style = f"text-align: left; vertical-align: top; padding: 5px 22px 5px 0; font-size: 14px; {style}"
        inner = "".join(f'<{tag} style="{style}">{prose(cell)}</{tag}>' for cell in cells)
        return f'<tr style="background: transparent;">{inner}</tr>'

    body = "".join(row("td", cells, "border: none; " + _LINE) for cells in rows)
    top = f"<thead>{row('th', head, 'border: none; font-weight: 600; ' + _LINE)}</thead>" if any(head) else ""
    style = f"{_FONT} border-collapse: collapse; border: none; margin: 6px 0; color: inherit;"
    return f'<table style="{style}">{top}<tbody>{body}</tbody></table>'


def columns(rows: Sequence[Sequence[str]]) -> str:
    """The same rows as text in columns.

    >>> columns([["a", "1"], ["long", "2"]]).splitlines()
    ['a     1', 'long  2']
    """
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def format_number(value: float, digits: int = 3) -> str:
    """A number as people read it: whole numbers in full, others to `digits` significant digits.

    >>> format_number(0.123456), format_number(50), format_number(123456.7), format_number(0.00001), format_number(True)
    ('0.123', '50', '123,000', '1e-5', 'True')
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value + 0.0:.{digits}g}"  # + 0.0 turns -0.0 into 0
    if "e+" in text and abs(value) < 1e9:
        return f"{float(text):,.0f}"
    return re.sub(r"e([+-])0*(\d)", lambda found: "e" + found[1].strip("+") + found[2], text)
