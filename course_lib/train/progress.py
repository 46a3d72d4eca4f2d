"""Where a training shows how far it is: a bar in a terminal, a live curve in a notebook, or nowhere."""

from __future__ import annotations

from collections.abc import Callable

from tqdm import tqdm

from .history import History

LATEST = 20
"""Over how many steps the shown loss is averaged."""


class Screen:
    """Shows nothing; what all screens can do."""

    def update(self, history: History) -> None:
        """Some more steps were done."""

    def finish(self, history: History) -> None:
        """All steps were done."""

    def say(self, words: str) -> None:
        """A sentence for whoever watches."""
        print(words)

    def close(self) -> None:
        """Nothing more will be shown, whether the training was finished or not."""


class Bar(Screen):
    """A progress bar in a terminal."""

    def __init__(self, steps: int, history: History, title: str):
        self.bar = tqdm(total=steps, initial=len(history), unit="step", dynamic_ncols=True, desc=title or None)

    def update(self, history: History) -> None:
        self.bar.set_postfix_str(in_words(history), refresh=False)
        self.bar.update(len(history) - self.bar.n)

    def say(self, words: str) -> None:
        self.bar.write(words)

    def close(self) -> None:
        self.bar.close()


in_notebook: Callable[[int, History, str], Screen] = Bar
"""What a notebook shows for a training of so many steps; `course_lib.fit` puts the live curve of `show` here."""


def screen(steps: int, history: History, wanted: bool | str) -> Screen:
    """The best place there is to show progress: a notebook, a terminal, or none; words are the title."""
    if not wanted:
        return Screen()
    title = wanted if isinstance(wanted, str) else ""
    try:
        from IPython.core.getipython import get_ipython

        if hasattr(get_ipython(), "kernel"):
            return in_notebook(steps, history, title)
    except ImportError:
        pass
    return Bar(steps, history, title)


def in_words(history: History) -> str:
    """The mean of the latest losses, and the speed.

    >>> in_words(History(loss=[2.0, 1.0], pictures=3000, seconds=1.0))
    'loss 1.5, 3,000 pictures/s'
    """
    if not history.loss:
        return ""
    latest = history.loss[-LATEST:]
    return f"loss {sum(latest) / len(latest):.3g}, {history.speed:,.0f} pictures/s"
