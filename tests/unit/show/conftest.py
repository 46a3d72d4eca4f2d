"""What a notebook would be given to show."""

import pytest


@pytest.fixture
def displayed(monkeypatch) -> list[tuple[dict, dict]]:
    """What a notebook would be given to show."""
    import IPython.display

    out = []

    def display(thing, metadata=None, raw=False):
        out.append((thing, metadata) if raw else (thing._repr_mimebundle_() or thing._repr_markdown_(), {}))

    class Markdown:
        def __init__(self, text):
            self.text = text

        def _repr_mimebundle_(self):
            return {"text/markdown": self.text}

    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(IPython.display, "Markdown", Markdown)
    return out
