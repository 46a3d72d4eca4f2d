"""The library and chapter 00 under the IPython, ipykernel and ipywidgets that Colab runs."""

import os
import subprocess

import nbformat

from course_lib.chapters import CHAPTERS, ROOT

VIEW = "application/vnd.jupyter.widget-view+json"

VERSIONS = (
    "import IPython, ipykernel, ipywidgets as w; print(IPython.__version__, ipykernel.__version__, w.__version__)"
)
EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient
from jupyter_client import KernelManager

book = nbformat.read(sys.argv[1], as_version=4)
book.cells.insert(0, nbformat.v4.new_code_cell(sys.argv[4]))
manager = KernelManager(kernel_name="python3")
NotebookClient(book, timeout=300, km=manager).execute(cwd=sys.argv[3])
nbformat.write(book, sys.argv[2])
"""


def test_chapter_00_under_colabs_jupyter(colab_python, tmp_path):
    environment = os.environ | {
        "COURSE_PROFILE": "smoke",
        "COURSE_PROGRESS": str(tmp_path / "progress.json"),
        "PYTHONPATH": str(ROOT),
        "JUPYTER_PATH": "",
    }
    done = tmp_path / "done.ipynb"
    said = subprocess.run(
        [colab_python, "-c", EXECUTE, CHAPTERS[0].path, done, tmp_path, VERSIONS],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr[-3000:]
    outputs = [o for c in nbformat.read(done, as_version=4).cells if c.cell_type == "code" for o in c.outputs]
    assert outputs[0].text.split() == ["7.34.0", "6.17.1", "7.7.1"]
    assert not [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    widgets = [o.data for o in outputs if o.output_type == "display_data" and VIEW in o.data]
    assert len(widgets) >= 3 and all("image/png" in data for data in widgets)
