"""start.py, tried on tiny courses of its own: every bad situation ends in one clear sentence."""

import ast
import http.server
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pip
import pytest

ROOT = Path(__file__).parents[2]

CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# A course that any pip can install with no index: its build backend lies in its own folder.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "learning-to-see"
version = "0.1.0"
dependencies = ["torch>=2.6,<3", "torchvision", "jupyterlab"]
optional-dependencies = { dev = [] }
"""
BACKEND = """
import os, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "learning_to_see-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("course.pth", os.getcwd())
        info = "learning_to_see-0.1.0.dist-info/"
        needs = "".join("Requires-Dist: %s\\n" % name for name in ("torch", "torchvision", "jupyterlab"))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: learning-to-see\\nVersion: 0.1.0\\n"
                       + needs + "Provides-Extra: dev\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""


def write_wheel(folder: Path, name: str) -> None:
    """A package that holds nothing but its own name."""
    with zipfile.ZipFile(folder / f"{name}-2.6.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "")
        info = f"{name}-2.6.0.dist-info/"
        wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.6.0\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")


def write_course(folder: Path) -> None:
    """A tiny course with the chapters 00 and 02, and the real start.py."""
    for name in ("course_lib", "notebooks"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "start.py", folder)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "course_lib" / "__init__.py").write_text("")
    main = "import sys; open('ran.txt', 'w').write(str(sys.argv[1:]))"
    (folder / "course_lib" / "__main__.py").write_text(main)
    for name in ("00_one", "02_two"):
        (folder / "notebooks" / f"{name}.ipynb").write_text("{}")


@pytest.fixture
def start(tmp_path):
    """The start.py of a tiny course, as a module; nothing is installed yet."""
    write_course(tmp_path / "course")
    return load(tmp_path / "course" / "start.py")


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def shelf(start, tmp_path, monkeypatch):
    """A folder of wheels that pip takes everything from: it asks no network and reads no settings."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in ("torch", "torchvision", "jupyterlab"):
        write_wheel(folder, name)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(start, "torch_build", lambda: start.Build([], 0, "PyTorch: an empty one."))
    return folder


LIMIT = 300  # seconds: only what hangs comes near it, however busy the machine is


def run(start: ModuleType, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a student types it."""
    command = [sys.executable, "start.py", *words]
    return subprocess.run(command, cwd=start.ROOT, capture_output=True, text=True)


# ------------------------------------------------------------------------------- Before anything is done


def test_an_old_python_can_read_the_file():
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told_which_to_take(start, monkeypatch, capsys):
    monkeypatch.setattr(start.sys, "version_info", (3, 9, 18))
    assert start.main([]) == 1
    said = capsys.readouterr().err
    assert "This is Python 3.9" in said and "needs Python 3.11 to 3.13" in said and said.count("\n") == 1
    assert not start.VENV.exists()


@pytest.mark.parametrize(("minor", "said"), [(11, ""), (13, ""), (14, "This is Python 3.14")])
def test_a_new_python_is_only_warned(start, capsys, minor, said):
    start.check_python((3, minor, 1))
    assert capsys.readouterr().out.partition(";")[0] == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("tets", "'tets'"),
        ("--brwser", "there is no --brwser here"),
        ("run --fast", "there is no --fast here"),
        ("test --record", "--record"),
        ("test --record 00 -k cat", "there is no -k cat here"),
        ("test --fast --full", "--full: not allowed with argument --fast"),
        ("--port x", "'x'"),
    ],
)
def test_what_is_not_understood_is_said_in_one_sentence(start, capsys, words, said):
    with pytest.raises(SystemExit) as ended:
        start.main(words.split())
    error = capsys.readouterr().err
    assert ended.value.code == 2 and error.count("\n") == 1
    assert error.startswith("python start.py") and said in error and error.endswith("--help\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--help", ["run [NN ...]", "test [--fast]", "--no-browser", "--port N"]),
        ("run --help", ["NN", "pages"]),
        ("test --help", ["--fast", "--full", "--record NN", "pytest"]),
    ],
)
def test_each_command_explains_itself_and_does_nothing(start, words, said):
    done = run(start, *words.split())
    assert done.returncode == 0 and done.stderr == "" and all(each in done.stdout for each in said)
    assert not start.VENV.exists()


def test_words_for_pytest_stay_in_their_order(start):
    asked = start.understood(["test", "-k", "cat", "--fast", "--durations", "5", "tests/unit", "-x"])
    assert asked.fast and asked.words == ["-k", "cat", "--durations", "5", "tests/unit", "-x"]


def test_a_chapter_that_does_not_exist_names_those_that_do(start):
    done = run(start, "run", "2", "7")
    assert done.returncode == 1
    assert done.stderr == "There is no chapter 07. These are there: 00, 02.\n"
    assert not start.VENV.exists()


def test_a_full_disk_is_told_in_gigabytes(start, monkeypatch, capsys):
    monkeypatch.setattr(start, "torch_build", lambda: start.Build([], 10, ""))
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=2.54e9))
    assert start.main([]) == 1
    said = capsys.readouterr().err
    assert said == "The course needs 10 GB of disk, and 2.5 GB are free: make some room.\n"
    assert not start.VENV.exists()


def test_a_python_that_makes_no_environments_says_what_to_install(start, monkeypatch):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(start.Trouble, match=r"install python3\.\d+-venv"):
        start.make_venv()


# ----------------------------------------------------------------------------------- Which PyTorch to take


@pytest.mark.parametrize(
    ("platform", "driver", "online", "words", "gigabytes", "why"),
    [
        ("linux", None, True, ["--extra-index-url", CPU_INDEX], 3, "no NVIDIA driver"),
        ("linux", None, False, [], 10, "ordinary"),
        ("linux", "/usr/bin/nvidia-smi", True, [], 10, "has an NVIDIA driver"),
        ("darwin", None, True, [], 3, "ordinary"),
        ("win32", None, True, [], 3, "ordinary"),
    ],
)
def test_the_build_of_pytorch(start, monkeypatch, platform, driver, online, words, gigabytes, why):
    monkeypatch.setattr(start.sys, "platform", platform)
    monkeypatch.setattr(start.shutil, "which", lambda name: driver)
    monkeypatch.setattr(start.os.path, "exists", lambda path: False)
    monkeypatch.setattr(start, "answers", lambda url, seconds: online)
    build = start.torch_build()
    assert (build.pip_words, build.gigabytes) == (words, gigabytes)
    assert why in build.why


def test_an_index_answers_or_is_left_alone(start):
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert start.answers(f"http://127.0.0.1:{server.server_port}/", seconds=LIMIT)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not start.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.2)


# ---------------------------------------------------------------------------------------------- Installing


@pytest.mark.slow
def test_one_life_of_a_course(start, shelf, capsys):
    """Set up, start again, update, break: all with a real environment and a real pip."""
    assert start.main(["run", "2"]) == 0
    said = capsys.readouterr().out
    assert (start.ROOT / "ran.txt").read_text() == "['run', '02']"
    assert "Making the folder .venv" in said and "PyTorch: an empty one." in said
    assert all(
        re.search(rf"{title}  \d+:\d\d  done", said) for title in ("Installing PyTorch", "Installing the course")
    )
    log = start.INSTALL_LOG.read_text()
    assert "Successfully installed torch-2.6.0" in log and "learning-to-see-0.1.0" in log

    assert start.main(["run"]) == 0
    assert capsys.readouterr().out == "" and start.INSTALL_LOG.read_text() == log

    with (start.ROOT / "pyproject.toml").open("a") as pyproject:
        pyproject.write("# changed\n")
    start.prepare()
    assert "Installing the course" in capsys.readouterr().out

    assert start.has("torch", "torchvision", "jupyterlab")
    shutil.rmtree(next(start.VENV.glob("**/site-packages")) / "torch")
    assert not start.has("torch", "torchvision", "jupyterlab") and start.has()


def test_an_interrupted_installation_goes_on(start, monkeypatch, capsys):
    """Without a stamp, an environment with pip in it is kept, and all steps are taken again."""
    start.VENV.mkdir()
    (start.VENV / "kept.txt").write_text("")
    done = []
    monkeypatch.setattr(start, "torch_build", lambda: start.Build([], 0, ""))
    monkeypatch.setattr(start, "has", lambda *packages: packages == ())
    monkeypatch.setattr(start, "pip_install", lambda title, words: done.append(words))
    start.prepare()
    assert done == [["torch>=2.6,<3", "torchvision"], ["-e", "."]]
    assert (start.VENV / "kept.txt").exists() and "broken" not in capsys.readouterr().out
    assert start.STAMP.read_text() == start.stamp(dev=False)


@pytest.mark.parametrize("damage", ["no pip", "no python", "no folder bin"])
def test_a_broken_environment_is_made_anew(start, monkeypatch, capsys, damage):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(start.VENV)], check=True)
    if damage == "no python":
        start.PYTHON.unlink()
    elif damage == "no folder bin":
        shutil.rmtree(start.PYTHON.parent)
    there = []
    monkeypatch.setattr(start, "install", lambda dev: there.append(start.VENV.exists()))
    start.prepare()
    assert capsys.readouterr().out == "The environment .venv is broken: making it anew.\n"
    assert there == [False]


def test_the_stamp_tells_what_is_installed(start, monkeypatch):
    start.VENV.mkdir()
    config = start.VENV / "pyvenv.cfg"
    config.write_text("version = 3.12.1")
    stamps = {start.stamp(dev=False), start.stamp(dev=True)}
    config.write_text("version = 3.13.0")
    stamps.add(start.stamp(dev=False))
    with (start.ROOT / "pyproject.toml").open("a") as pyproject:
        pyproject.write("# changed")
    stamps.add(start.stamp(dev=False))
    monkeypatch.setattr(start, "ROOT", Path(shutil.copytree(start.ROOT, start.ROOT.parent / "moved")))
    stamps.add(start.stamp(dev=False))
    assert len(stamps) == 5


@pytest.mark.parametrize(("there", "asked", "work"), [(0, 0, []), (1, 0, []), (1, 1, []), (0, 1, [True])])
def test_the_tests_need_more_than_the_course(start, monkeypatch, there, asked, work):
    start.VENV.mkdir()
    start.STAMP.write_text(start.stamp(dev=bool(there)))
    done = []
    monkeypatch.setattr(start, "has", lambda *packages: True)
    monkeypatch.setattr(start, "install", done.append)
    start.prepare(dev=bool(asked))
    assert done == work


def make_quick_venv(start: ModuleType) -> None:
    """An environment with a copy of this one's pip, which is there much sooner than a pip of its own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(start.VENV)], check=True)
    shutil.copytree(Path(pip.__file__).parent, next(start.VENV.glob("**/site-packages")) / "pip")


def test_no_network_and_nothing_installed(start, shelf, monkeypatch, capsys):
    monkeypatch.setattr(start, "make_venv", lambda: make_quick_venv(start))
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    assert start.main([]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("There is no network, and not all of the course is installed: go online")
    assert captured.err.count("\n") == 1 and str(start.INSTALL_LOG) in captured.err
    assert re.search(r"Installing PyTorch  \d+:\d\d  stopped", captured.out)
    assert not start.STAMP.exists()


def test_no_network_and_an_older_course_installed(start, monkeypatch, capsys):
    def install(dev: bool) -> None:
        raise start.NoNetwork("There is no network.")

    start.VENV.mkdir()
    start.STAMP.write_text("older")
    monkeypatch.setattr(start, "has", lambda *packages: True)
    monkeypatch.setattr(start, "install", install)
    start.prepare()
    assert "going on with what is installed" in capsys.readouterr().out
    with pytest.raises(start.NoNetwork):
        start.prepare(dev=True)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "There is no network"),
        ("Collecting x\nERROR: Nothing matches x\nhint", "failed: Nothing matches x ("),
        ("Collecting x\nkilled", "failed: killed ("),
        ("", "failed: pip said nothing ("),
    ],
)
def test_what_pip_says_becomes_one_sentence(start, said, sentence):
    assert sentence in str(start.pip_trouble("Installing x", said.splitlines()))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Collecting numpy<3,>=1.26 (from learning-to-see==0.1.0)", "collecting numpy"),
        ("  Downloading torch-2.14.1-cp311-cp311-linux.whl (190.5 MB)", "downloading torch (190.5 MB)"),
        ("  Using cached https://a.b/c/einops-0.8.2-py3.whl.metadata (13 kB)", "using cached einops (13 kB)"),
        ("Installing collected packages: einops, torch", "unpacking"),
        ("Requirement already satisfied: numpy", ""),
    ],
)
def test_what_pip_does_is_shown(start, said, shown):
    assert start.pip_news(said) == shown


def test_ctrl_c_ends_quietly(start, monkeypatch, capsys):
    def install(dev: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "install", install)
    assert start.main([]) == 130
    assert capsys.readouterr().err == "\nStopped.\n"


# ------------------------------------------------------------------------------------------ JupyterLab


def test_a_port_in_use_is_passed_over(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert start.is_listening(port)
        assert port < start.free_port(port) <= port + 100
    with pytest.raises(start.Trouble, match="--port"):
        start.free_port(70000)


def test_a_jupyterlab_that_fails_names_its_log(start, monkeypatch, capsys):
    start.VENV.mkdir()
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PYTHONPATH", str(start.ROOT))
    (start.ROOT / "jupyterlab.py").write_text("raise SystemExit('no room')")
    monkeypatch.setattr(start.signal, "signal", lambda *_: None)
    with pytest.raises(start.Trouble, match="jupyter.log"):
        start.open_lab(browser=False, wanted_port=8888)
    assert "no room" in start.JUPYTER_LOG.read_text()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no way to press Ctrl-C for another process")
def test_a_second_start_is_quick_safe_and_ends_quietly():
    start = load(ROOT / "start.py")
    if not start.STAMP.exists() or start.STAMP.read_text() not in (start.stamp(False), start.stamp(True)):
        pytest.skip("what start.py installed here is not what pyproject.toml asks for now")
    before = start.INSTALL_LOG.stat().st_mtime_ns
    start.prepare()
    assert start.INSTALL_LOG.stat().st_mtime_ns == before  # nothing was installed

    command = [sys.executable, str(ROOT / "start.py"), "--no-browser", "--port"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        lab = subprocess.Popen(
            [*command, port], stdout=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores Ctrl-C
        )  # fmt: skip
        assert lab.stdout
        assert lab.stdout.readline().startswith(f"Port {port} is in use: taking ")
    with lab:
        try:
            address = lab.stdout.readline().split()[-1]
            assert "Ctrl-C" in lab.stdout.readline()
            page, token = address.split("?token=")
            server = page.split("/lab")[0]
            assert server.startswith("http://127.0.0.1:") and len(token) >= 32
            assert status(address) == status(f"{server}/api/contents?token={token}") == 200
            assert status(f"{server}/api/contents") == 403
        finally:
            os.killpg(lab.pid, signal.SIGINT)
        assert lab.wait(timeout=LIMIT) == 0
        assert lab.stdout.read() == ""


def status(address: str) -> int:
    """The status with which a server answers."""
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


# ------------------------------------------------------------------------------------------- The tests


@pytest.fixture
def steps(start, monkeypatch):
    """Five steps, two of them side by side, one without a folder; each exits with a status that a test may change."""
    for name in ("tests/unit", "tests/browser"):
        (start.ROOT / name).mkdir(parents=True)
        (start.ROOT / name / "test_it.py").write_text("")
    style = start.Step("style", ["ruff check", "lint-imports"], "")
    groups = [
        [style, start.Step("types", ["pyright"], "")],
        [start.Step("library", ["pytest -n 2"], "tests/unit tests/device")],
        [start.Step("chapters", ["pytest --nbval-lax"], "notebooks")],
        [start.Step("colab", ["pytest"], "tests/colab"), start.Step("browser", ["pytest"], "tests/browser")],
    ]
    fast = [[style], [start.Step("library", ["pytest -m 'not slow'"], "tests/unit tests/device")]]
    statuses, ran = {}, []

    def in_venv(words, beside=1, captured=False):
        ran.append(" ".join(words))
        return statuses.get(words[0], 0), f"{words[0]} says this\n" if captured else ""

    monkeypatch.setattr(start, "GROUPS", groups)
    monkeypatch.setattr(start, "FAST", fast)
    monkeypatch.setattr(start, "in_venv", in_venv)
    monkeypatch.setattr(start, "CHROMIUM", [sys.executable])
    monkeypatch.setenv("COURSE_PROFILE", "laptop")
    return SimpleNamespace(statuses=statuses, ran=ran)


def test_all_steps_run_over_the_folders_that_exist(start, steps, capsys):
    assert start.test([]) == 0
    assert sorted(steps.ran[:3]) == ["lint-imports", "pyright", "ruff check"]
    assert steps.ran[3:] == ["pytest -n 2 tests/unit", "pytest --nbval-lax notebooks", "pytest tests/browser"]
    said = capsys.readouterr().out
    assert "skipped: there is no tests/colab yet" in said
    assert said.endswith("steps: 5 passed, 0 failed, 1 skipped\n")


def test_what_runs_side_by_side_is_shown_in_one_piece(start, steps, capsys):
    start.test([])
    said = capsys.readouterr().out
    style = "\n--- style: ruff check\nruff says this\n\n--- style: lint-imports\nlint-imports says this\n"
    assert "--- style and types, side by side" in said and style in said
    assert "\n--- types: pyright\npyright says this\n" in said


def test_a_failed_step_stops_no_other_and_fails_the_whole(start, steps, capsys):
    steps.statuses["ruff"] = 1
    assert start.test([]) == 1
    assert len(steps.ran) == 6
    said = capsys.readouterr().out
    assert "failed with exit status 1" in said and said.endswith("steps: 4 passed, 1 failed, 1 skipped\n")


def test_fast_runs_steps_of_its_own(start, steps, capsys):
    assert start.test([], fast=True) == 0
    assert steps.ran == ["ruff check", "lint-imports", "pytest -m not slow tests/unit"]
    assert capsys.readouterr().out.endswith("steps: 2 passed, 0 failed, 0 skipped\n")


def test_every_step_of_the_course_is_there_and_fast_has_no_other():
    start = load(ROOT / "start.py")
    names, fast = ([step.name for steps in groups for step in steps] for groups in (start.GROUPS, start.FAST))
    assert sorted(names) == ["browser", "chapters", "colab", "library", "notebooks", "style", "types"]
    assert fast == ["style", "types", "library", "chapters"]
    named = [folder for steps in start.GROUPS for step in steps for folder in step.folders.split()]
    holding = {path.parent for path in (ROOT / "tests").glob("*/**/test_*.py")}
    assert all(any(folder.is_relative_to(ROOT / name) for name in named) for folder in holding)


def test_full_reaches_the_tests_that_know_it(start, steps):
    start.test([], full=True)
    assert steps.ran[3:] == [
        "pytest -n 2 tests/unit --full", "pytest --nbval-lax notebooks", "pytest tests/browser --full",
    ]  # fmt: skip


def test_words_go_to_pytest(start, steps):
    start.test(["-k", "cat"])
    assert steps.ran[0].endswith("--markers --noconftest -k cat")  # asks whether pytest knows these words
    assert [line for line in steps.ran if line.endswith("-k cat")][1:] == [
        "pytest -n 2 tests/unit -k cat", "pytest --nbval-lax notebooks -k cat", "pytest tests/browser -k cat",
    ]  # fmt: skip


def test_words_that_pytest_does_not_know_stop_before_the_first_step(start, monkeypatch):
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    with pytest.raises(start.Trouble, match="^pytest stops at --fats: unrecognized arguments: --fats.$"):
        start.test(["--fats"])


def test_no_test_found_is_a_failure_unless_tests_were_chosen(start, steps, monkeypatch, capsys):
    steps.statuses["pytest"] = 5
    assert start.test([]) == 1
    monkeypatch.setattr(start, "PYTEST", "whether-pytest-knows-them")
    assert start.test(["-k", "cat"]) == 0
    assert "skipped: nothing here is chosen by -k cat" in capsys.readouterr().out


def test_browser_tests_need_a_chromium(start, steps, monkeypatch, capsys):
    monkeypatch.setattr(start, "CHROMIUM", ["no-such-browser"])
    assert start.test([]) == 0
    assert "skipped: there is no Chromium on this machine" in capsys.readouterr().out
    assert "pytest tests/browser" not in steps.ran


@pytest.mark.parametrize(
    ("words", "done"),
    [
        (["test", "--record", "2", "0"], ["tests.notebooks.spreads", "02", "00"]),
        (["run", "0"], ["course_lib", "run", "00"]),
        (["test", "--fast", "-x"], (["-x"], True, False)),
        (["test", "--full"], ([], False, True)),
    ],
)
def test_each_command_does_its_work(start, monkeypatch, words, done):
    did = []
    monkeypatch.setattr(start, "prepare", lambda dev: did.append(dev))
    monkeypatch.setattr(start, "in_venv", lambda words: did.append(words) or (3, ""))
    monkeypatch.setattr(start, "test", lambda *asked: did.append(asked) or 3)
    assert start.main(words) == 3
    assert did == [words[0] == "test", done]


def test_a_step_runs_in_the_environment(start, monkeypatch):
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    code = "import os, sys; print('here'); sys.exit(len(sys.argv) + 10 * os.path.exists('start.py'))"
    (start.ROOT / "count.py").write_text(code)
    assert start.in_venv(["count", "one", "two"], captured=True) == (13, f"here{os.linesep}")


@pytest.mark.skipif(os.name == "nt", reason="Windows needs more than a text to have a program")
def test_a_program_of_the_environment_is_found(start, monkeypatch, tmp_path):
    program = tmp_path / "lint-nothing"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit(len(sys.argv))\n")
    program.chmod(0o755)
    monkeypatch.setattr(start, "PYTHON", tmp_path / "python")
    assert start.in_venv(["lint-nothing", "one"])[0] == 2


def test_workers_and_steps_share_the_cores(start, monkeypatch):
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(start.os, "cpu_count", lambda: 6)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (start.ROOT / "own_threads.py").write_text("import os, sys; sys.exit(int(os.environ.get('OMP_NUM_THREADS', 0)))")
    assert start.in_venv(["own_threads"])[0] == 0
    assert start.in_venv(["own_threads", "-n", "2"])[0] == 3
    assert start.in_venv(["own_threads", "-n", "9"])[0] == 1
    assert start.in_venv(["own_threads", "-n", "auto"])[0] == 0
    assert start.in_venv(["own_threads"], beside=2)[0] == 3
    assert start.in_venv(["own_threads", "-n", "2"], beside=3)[0] == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert start.in_venv(["own_threads", "-n", "2"])[0] == 5
