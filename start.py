"""Learning to See: set up the course and open it.

    python start.py [--no-browser] [--port N]      open JupyterLab on the first chapter
    python start.py run [NN ...]                   execute chapters NN, or all, into pages/NN_name.html
    python start.py test [--fast] [words ...]      run every check of the course; further words go to pytest
    python start.py test --record NN ...           measure what chapters NN claim when the seeds are moved

`python start.py run --help` and `python start.py test --help` say more.

All is installed in the folder .venv beside this file. Delete that folder, and nothing is left behind.
This file needs Python alone, and an old Python can read it: it has to say so when Python is too old.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.txt"
INSTALL_LOG = VENV / "install.log"
JUPYTER_LOG = VENV / "jupyter.log"

OLDEST, NEWEST = (3, 11), (3, 13)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
Build = collections.namedtuple("Build", "pip_words gigabytes why")

# What `python start.py test` runs, and what with `--fast`: one group after the other, the steps of a group side by
# side. A pytest step runs over those of its folders that exist.
Step = collections.namedtuple("Step", "name commands folders")
PYTEST = "pytest -p no:nbval"  # which takes seconds to load
LIBRARY = PYTEST + " -n 2 --doctest-modules"
TESTED = "course_lib tests/unit tests/device tests/parity"
NBVAL = "--nbval-lax --nbval-current-env --nbval-cell-timeout=1800 --nbval-sanitize-with=tests/nbval.cfg"
STYLE = Step("style", ["ruff check --output-format concise", "ruff format --check", "lint-imports --no-logo"], "")
TYPES = Step("types", ["pyright"], "")
GROUPS = [
    [STYLE, TYPES, Step("notebooks", [PYTEST], "tests/notebooks")],
    [Step("library", [LIBRARY], TESTED)],
    [Step("chapters", ["pytest -n 2 --dist loadfile " + NBVAL], "notebooks")],
    [Step("browser", [PYTEST], "tests/browser"), Step("colab", [PYTEST], "tests/colab")],
]
FAST = [
    [STYLE, TYPES],
    [Step("library", [LIBRARY + " -m 'not slow'"], TESTED)],
    [Step("chapters", ["tests.notebooks.smoke"], "")],
]
CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"]


class Trouble(Exception):
    """A situation that ends the command with one sentence."""


class NoNetwork(Trouble):
    """pip could not reach the package index."""


# ------------------------------------------------------------------ Is this machine good for the course?


def check_python(version: tuple) -> None:
    """Stop where Python is too old; warn where it is newer than any the course was tested with."""
    this, oldest, newest = ("{}.{}".format(*numbers) for numbers in (version, OLDEST, NEWEST))
    if version[:2] < OLDEST:
        raise Trouble(
            f"This is Python {this}, and the course needs Python {oldest} to {newest}: "
            "install one of these and start this file with it."
        )
    if version[:2] > NEWEST:
        print(f"This is Python {this}; the course was tested with Python {oldest} to {newest}.")


def check_disk(needed: float) -> None:
    """Stop where fewer than `needed` gigabytes are free."""
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < needed:
        raise Trouble(f"The course needs {needed} GB of disk, and {free:.1f} GB are free: make some room.")


def answers(url: str, seconds: float) -> bool:
    """Whether an address answers within so many seconds; looking up its name counts, too."""
    answered = threading.Event()

    def ask() -> None:
        with contextlib.suppress(Exception):  # whatever the reason, there is another index
            urllib.request.urlopen(url, timeout=seconds).close()
            answered.set()

    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(seconds)


def torch_build() -> Build:
    """Which build of PyTorch to take: words for pip, gigabytes while installing, and one line on why."""
    if sys.platform != "linux":
        return Build([], 3, "PyTorch: the ordinary build for this system.")
    if shutil.which("nvidia-smi") or os.path.exists("/proc/driver/nvidia"):
        return Build([], 10, "PyTorch: the large build with CUDA, because this machine has an NVIDIA driver.")
    if answers(CPU_INDEX + "/torch/", seconds=3):
        why = "PyTorch: the small build for CPUs, because this machine has no NVIDIA driver."
        return Build(["--extra-index-url", CPU_INDEX], 3, why)
    return Build([], 10, "PyTorch: the ordinary build, which is large because it brings CUDA along.")


# ----------------------------------------------------------------------------------------- Setting up


def prepare(dev: bool = False) -> None:
    """Bring .venv to what pyproject.toml asks for; where nothing has changed, this takes a moment."""
    before = STAMP.read_text() if STAMP.exists() else ""
    if VENV.exists() and not has(*(["torch", "torchvision", "jupyterlab"] if before else [])):
        print("The environment .venv is broken: making it anew.")
        before = ""
        shutil.rmtree(str(VENV))
    if not before or before not in (stamp(dev), stamp(dev=True)):
        try:
            install(dev)
        except NoNetwork:
            if not before or dev:
                raise
            print("The course has changed, and there is no network: going on with what is installed.")


def has(*packages: str) -> bool:
    """Whether .venv has a Python that starts, with pip and these packages; none is imported."""
    code = "import pip; from importlib import metadata, util; "
    code += f"[metadata.version(name) + util.find_spec(name).origin for name in {packages}]"
    try:
        words = [str(PYTHON), "-I", "-c", code]
        return subprocess.call(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def stamp(dev: bool) -> str:
    """What STAMP says when all is installed. It differs when the course, its place or its Python does."""
    files = [ROOT / "pyproject.toml", VENV / "pyvenv.cfg"]
    parts = [str(ROOT)] + [path.read_text(encoding="utf-8") for path in files if path.exists()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() + (" with tests" if dev else "")


def install(dev: bool) -> None:
    """Install PyTorch, then the course with all else it needs. Interrupted, it goes on from there."""
    import tomllib  # an old Python has none

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    torch = [words for words in project["dependencies"] if words.startswith("torch")]
    build = torch_build()
    check_disk(1 if has("torch", "torchvision") else build.gigabytes)
    print("Setting up the course. The first time, this takes some minutes.")
    if not VENV.exists():
        make_venv()
    print("  " + build.why)
    pip_install("Installing PyTorch", build.pip_words + torch)
    title = "Installing the course and what its tests need" if dev else "Installing the course"
    pip_install(title, ["-e", ".[dev,parity]" if dev else "."])
    no_jupyter_news()
    STAMP.write_text(stamp(dev))


def make_venv() -> None:
    """Make an empty .venv."""
    if importlib.util.find_spec("ensurepip") is None:
        package = "python{}.{}-venv".format(*sys.version_info)
        raise Trouble(f"This Python cannot make environments: install {package} and start again.")
    # Not sys.executable: that may be the Python of the very .venv that is made anew.
    python = getattr(sys, "_base_executable", sys.executable)
    with shown("Making the folder .venv"):
        if subprocess.call([python, "-m", "venv", str(VENV)], stdout=subprocess.DEVNULL):
            raise Trouble(f"Python could not make the folder {VENV}: its words are above.")


def pip_install(title: str, words: list) -> None:
    """Run `pip install` in .venv, shown as one line; all that pip says goes to INSTALL_LOG."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--progress-bar=off"] + words
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONIOENCODING="utf-8")
    said = []
    with shown(title) as news, INSTALL_LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        with subprocess.Popen(
            command, cwd=str(ROOT), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as pip:
            for raw in pip.stdout or []:
                said.append(raw.decode("utf-8", "replace").rstrip())
                log.write(said[-1] + "\n")
                news.append(pip_news(said[-1]) or news[-1])
        if pip.returncode:
            raise pip_trouble(title, said)


def pip_news(said: str) -> str:
    """What is worth showing of one line of pip's."""
    if said.startswith("Installing collected packages"):
        return "unpacking"
    found = re.match(r"\s*(Collecting|Downloading|Using cached) (?:\S*/)?(\w+)(?:.*(\(.+ [kMG]B\)))?", said)
    return f"{found[1].lower()} {found[2]} {found[3] or ''}".rstrip() if found else ""


def pip_trouble(title: str, said: list) -> Trouble:
    """The one sentence for what pip said when it failed."""
    everything = "\n".join(said)
    if "No space left on device" in everything:
        return Trouble("The disk is full: make room and start again; it goes on from here.")
    if re.search("ConnectionError|Connect(ion)?Timeout|ReadTimeout|NameResolution|ProxyError", everything):
        return NoNetwork(
            "There is no network, and not all of the course is installed: go online and start again "
            f"(pip's own words are in {INSTALL_LOG})."
        )
    reasons = [line[7:] for line in said if line.startswith("ERROR: ")] or said[-1:] or ["pip said nothing"]
    return Trouble(f"{title} failed: {reasons[-1]} (pip's own words are in {INSTALL_LOG}).")


def no_jupyter_news() -> None:
    """Have this environment's JupyterLab look for no news and no updates, and not ask about them either."""
    folder = VENV / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    (folder / "overrides.json").write_text(json.dumps(quiet))


@contextlib.contextmanager
def shown(title: str):
    """One line for one step: its name, its time, and the last of the news in the list that this gives."""
    start, news, ended = time.monotonic(), [""], threading.Event()
    on_screen = sys.stdout.isatty()

    def show(what: str, end: str = "") -> None:
        text = f"  {title}  {clock(time.monotonic() - start)}  {what}"
        width = shutil.get_terminal_size().columns - 1
        print("\r" + text[:width].ljust(width) if on_screen else text, end=end, flush=True)

    def keep_fresh() -> None:
        while on_screen and not ended.wait(0.25):
            show(news[-1])

    painter, outcome = threading.Thread(target=keep_fresh, daemon=True), "stopped"
    painter.start()
    try:
        yield news
        outcome = "done"
    finally:
        ended.set()
        painter.join()
        show(outcome, end="\n")


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return "{}:{:02d}".format(*divmod(int(seconds), 60))


# ------------------------------------------------------------------------------------ The three commands


def free_port(wanted: int) -> int:
    """The wanted port, or the next one that nobody uses."""
    for port in range(wanted, min(wanted + 100, 65536)):
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return port
    raise Trouble(f"No port from {wanted} on is free: name another one with --port.")


def chapters() -> dict:
    """The chapters there are: two-digit number -> file."""
    return {path.name[:2]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))}


def open_lab(browser: bool, wanted_port: int) -> int:
    """Start JupyterLab for this machine alone, say where it is, and stay until it ends."""
    port, token = free_port(wanted_port), secrets.token_hex(24)
    if port != wanted_port:
        print(f"Port {wanted_port} is in use: taking {port}.")
    first = next(iter(chapters().values()), None)
    page = f"/lab/tree/notebooks/{first.name}" if first else "/lab"
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": ROOT,
        "ServerApp.open_browser": browser,
        "ServerApp.answer_yes": True,  # one Ctrl-C is enough
        "ServerApp.allow_root": True,  # as in a container
        "ServerApp.jpserver_extensions": "jupyterlab_jupytext=False",  # opens a chapter as one plain file
        "LabApp.default_url": page,
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    command = [str(PYTHON), "-m", "jupyterlab"] + [f"--{name}={value}" for name, value in settings.items()]
    environment = dict(os.environ, JUPYTER_TOKEN=token)  # not a word of the command: others could read that
    with JUPYTER_LOG.open("w") as log:
        lab = subprocess.Popen(command, cwd=str(ROOT), env=environment, stdout=log, stderr=subprocess.STDOUT)
    # Ctrl-C reaches JupyterLab by itself, and ends it; this file only waits for that.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: lab.terminate())
    while lab.poll() is None and not is_listening(port):
        time.sleep(0.1)
    if lab.poll() is None:
        print(f"The course is open at http://127.0.0.1:{port}{page}?token={token}")
        print("Leave this window open. Ctrl-C ends the course.")
    if lab.wait() > 0:
        raise Trouble(f"JupyterLab ended with an error; its words are in {JUPYTER_LOG}.")
    return 0


def is_listening(port: int) -> bool:
    """Whether a server listens at a port of this machine."""
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def chosen(numbers: list) -> list:
    """Chapter numbers with two digits, all of which exist."""
    there = chapters()
    numbers = [number.zfill(2) for number in numbers]
    for number in numbers:
        if number not in there:
            raise Trouble(f"There is no chapter {number}. These are there: {', '.join(there) or 'none yet'}.")
    return numbers


def in_venv(words: list, beside: int = 1, captured: bool = False) -> tuple:
    """Run a module or a program of the environment; return its exit status and, if captured, what it said.

    A number of workers (-n), and of steps that run beside each other, share the cores: if all computed with all
    cores they would get in each other's way.
    """
    if "-" in words[0]:
        command = [str(PYTHON.parent / words[0])] + words[1:]
    else:
        command = [str(PYTHON), "-m"] + words
    environment = dict(os.environ, PATH=os.pathsep.join([str(PYTHON.parent), os.environ.get("PATH", "")]))
    workers = re.search(r" -n (\d+)", " ".join(words))
    sharing = beside * max(1, int(workers.group(1)) if workers else 1)
    if sharing > 1:
        environment.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // sharing)))
    out, err = (subprocess.PIPE, subprocess.STDOUT) if captured else (None, None)
    done = subprocess.run(command, cwd=str(ROOT), env=environment, stdout=out, stderr=err)
    return done.returncode, (done.stdout or b"").decode("utf-8", "replace")


def test(words: list, fast: bool = False, full: bool = False) -> int:
    """Run the steps of all groups, or the fast ones, then say how each went."""
    if words:
        status, said = in_venv(PYTEST.split() + ["--markers", "--noconftest"] + words, captured=True)
        if status:
            reason = re.search(r"error: (.*)", said)
            raise Trouble(f"pytest stops at {' '.join(words)}: {reason.group(1) if reason else said.strip()}.")
    os.environ.setdefault("COURSE_PROFILE", "laptop")
    results = []
    for steps in FAST if fast else GROUPS:
        results += side_by_side(steps, words, full)
    print()
    for name, took, result in results:
        print(f"  {name:<10} {took:>6}  {result}")
    count = collections.Counter(re.split(r"\W", result)[0] for _, _, result in results)
    print(f"steps: {count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


def side_by_side(steps: list, words: list, full: bool) -> list:
    """Run steps at the same time, show what each said in one piece, and return name, time and result of each."""

    def timed(step: Step) -> tuple:
        begun = time.monotonic()
        result, said = test_step(step, words, full, len(steps))
        return (step.name, clock(time.monotonic() - begun), result), said

    if len(steps) > 1:
        print(f"\n--- {' and '.join(step.name for step in steps)}, side by side")
    with concurrent.futures.ThreadPoolExecutor(len(steps)) as pool:
        running = [pool.submit(timed, step) for step in steps]
        for one in concurrent.futures.as_completed(running):
            print(one.result()[1], end="")
    return [one.result()[0] for one in running]


def test_step(step: Step, words: list, full: bool, beside: int) -> tuple:
    """Run one step; return how it went (passed, failed and how, or skipped and why) and what it said if captured."""
    folders = [folder for folder in step.folders.split() if any((ROOT / folder).glob("*"))]
    if step.folders and not folders:
        return f"skipped: there is no {step.folders} yet", ""
    if step.name == "browser" and not any(map(shutil.which, CHROMIUM)):
        return "skipped: there is no Chromium on this machine", ""
    result, all_said = "passed", ""
    for line in step.commands:
        command = shlex.split(line) + folders
        if step.folders:
            command += ["--full"] if full and "tests/" in step.folders else []
            command += words
        title = f"\n--- {step.name}: {' '.join(command)}\n"
        if beside == 1:
            print(title, end="")
        status, said = in_venv(command, beside, captured=beside > 1)
        all_said += title + said
        if status == 5 and words:  # pytest's way to say that it found no test
            return f"skipped: nothing here is chosen by {' '.join(words)}", all_said
        if status:
            result = f"failed with exit status {status}"
    return result, all_said if beside > 1 else ""


class Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what it does not understand."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}. What there is: {self.prog} --help\n")


RAW = argparse.RawDescriptionHelpFormatter


def understood(words: list) -> argparse.Namespace:
    """What the words of the command line ask for."""
    parser = Parser("python start.py", description=__doc__, formatter_class=RAW, allow_abbrev=False)
    parser.add_argument("--no-browser", action="store_true", help="print the address and open nothing")
    parser.add_argument("--port", type=int, default=8888, metavar="N", help="the first port to try (8888)")
    commands = parser.add_subparsers(dest="command", metavar="command", title="commands")
    text = "Execute chapters and write each as a page into the folder pages; the notebooks stay as they are."
    run = commands.add_parser("run", help="execute chapters into pages", description=text, allow_abbrev=False)
    run.add_argument("numbers", nargs="*", metavar="NN", help="the number of a chapter; without one, all there are")
    text = """\
Install what the tests need and run everything that CI runs: style, types, the library, every chapter in the laptop
profile, the notebooks as they are kept, the chapters in a browser and under Colab's Jupyter. All other words go to
pytest: `python start.py test -k cat`."""
    usage = "%(prog)s [-h] [--fast | --full | --record NN ...] [words for pytest ...]"
    tests = commands.add_parser(
        "test", usage=usage, help="run the tests", description=text, formatter_class=RAW, allow_abbrev=False
    )
    kind = tests.add_mutually_exclusive_group()
    text = "minutes only: style, types, the library without slow tests, every chapter in its smallest size"
    kind.add_argument("--fast", action="store_true", help=text)
    text = "hours: also execute every chapter at three moved seeds, and train again what ships"
    kind.add_argument("--full", action="store_true", help=text)
    text = "measure what these chapters claim at three moved seeds, and write it to tests/notebooks/spreads"
    kind.add_argument("--record", dest="numbers", nargs="+", default=[], metavar="NN", help=text)
    parser.set_defaults(numbers=[])
    asked, asked.words = parser.parse_known_args(words)
    if asked.words and (asked.command != "test" or asked.numbers):
        parser.error(f"there is no {' '.join(asked.words)} here")
    return asked


def main(words: list) -> int:
    """Do what the words of the command line ask for; return the exit status."""
    asked = understood(words)
    try:
        check_python(sys.version_info)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)
        numbers = chosen(asked.numbers)
        prepare(dev=asked.command == "test")
        if asked.command == "test":
            if numbers:
                return in_venv(["tests.notebooks.spreads"] + numbers)[0]
            return test(asked.words, asked.fast, asked.full)
        if asked.command == "run":
            return in_venv(["course_lib", "run"] + numbers)[0]
        return open_lab(not asked.no_browser, asked.port)
    except (Trouble, OSError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
