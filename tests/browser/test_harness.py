"""The browser harness itself: it sees a failing cell."""

import nbformat
import pytest


def test_a_failing_cell_is_seen(lab, page):
    cells = [nbformat.v4.new_code_cell("1 / 0")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.folder / "failing.ipynb")
    with pytest.raises(AssertionError, match="division by zero"):
        lab.run_all(page, "failing.ipynb", seconds=60)
