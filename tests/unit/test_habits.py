"""What surrounds the course keeps its word: line ends, citing, contributing, hooks, workflows, forms."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


def words_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def data_of(path: Path) -> Any:
    return yaml.safe_load(words_of(path))


# ------------------------------------------------------------------------------------------ Line ends


def git(*words: str, where: Path, home: Path, given: bytes = b"") -> bytes:
    """What git says, with no settings but its own; inside a hook, it must not take this repository for that one."""
    if not shutil.which("git"):
        pytest.skip("there is no git on this machine")
    (home / "no-settings").touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(home / "no-settings")}
    for role in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{role}_NAME": "Somebody", f"GIT_{role}_EMAIL": "somebody@example.org"}
    asked = ["git", "-c", f"safe.directory={ROOT.as_posix()}", *words]
    return subprocess.run(asked, cwd=where, env=environment, input=given, capture_output=True, check=True).stdout


def checked_out_elsewhere(files: dict[str, bytes], tmp_path: Path) -> dict[str, bytes]:
    """The same files after a commit, and a clone with the usual setting of Git for Windows."""
    here, there = tmp_path / "here", tmp_path / "there"
    for name, content in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(content)
    git("init", "-q", where=here, home=tmp_path)
    git("add", "-A", where=here, home=tmp_path)
    git("commit", "-q", "-m", "All of it", where=here, home=tmp_path)
    git("clone", "-q", "-c", "core.autocrlf=true", str(here), str(there), where=tmp_path, home=tmp_path)
    return {name: (there / name).read_bytes() for name in files}


def shipped_numbers() -> dict[str, bytes]:
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "data/weights").rglob("*.json")}


def sums_that_fail(files: dict[str, bytes]) -> list[str]:
    """Which of the files are not what the manifest lists."""
    listed = json.loads(files["data/weights/manifest.json"])
    sums = {f"data/weights/{entry['file']}": entry["sha256"] for entry in listed.values()}
    there = sorted(set(sums) & set(files))
    assert there, "the manifest lists none of these files"
    return [name for name in there if hashlib.sha256(files[name]).hexdigest() != sums[name]]


def test_a_checkout_with_other_line_ends_keeps_every_sum(tmp_path):
    files = shipped_numbers() | {".gitattributes": (ROOT / ".gitattributes").read_bytes()}
    assert sums_that_fail(files) == []
    found = checked_out_elsewhere(files, tmp_path)
    assert found == files
    assert sums_that_fail(found) == []


def test_without_gitattributes_sums_would_fail(tmp_path):
    """So that the test above is one that can fail."""
    assert sums_that_fail(checked_out_elsewhere(shipped_numbers(), tmp_path))


def test_text_gets_plain_line_ends_and_everything_else_is_left_alone(tmp_path):
    text, odd = b"one\ntwo\n", b"one\r\ntwo\nthree\r\n"
    plain = ["start.py", "README.md", "notebooks/00_a.ipynb", "pyproject.toml", ".ci/run", "data/weights/manifest.json",
             "tests/notebooks/spreads/00.json", "course_lib/show/page.css", "course_lib/show/lab.js"]  # fmt: skip
    exact = ["data/weights/a.safetensors", "docs/pictures/a.png", "data/weights/a.json", "data/weights/ch00/a.json"]
    files = {name: text for name in plain} | {f"from-windows/{name}": odd for name in plain[:4]}
    files |= {name: odd for name in exact}
    found = checked_out_elsewhere(files | {".gitattributes": (ROOT / ".gitattributes").read_bytes()}, tmp_path)
    assert {name: found[name] for name in plain} == dict.fromkeys(plain, text)
    assert {name: found[name] for name in exact} == dict.fromkeys(exact, odd)
    assert all(found[name] == odd.replace(b"\r\n", b"\n") for name in files if name.startswith("from-windows/"))


def test_every_file_of_the_course_is_known_as_text_or_not(tmp_path):
    try:
        top = git("rev-parse", "--show-toplevel", where=ROOT, home=tmp_path).decode().strip()
    except subprocess.CalledProcessError:
        pytest.skip("the course was not fetched with git")
    if not ROOT.samefile(top):
        pytest.skip("the course lies in another repository")
    names = git("ls-files", "-coz", "--exclude-standard", where=ROOT, home=tmp_path)
    said = git("check-attr", "-z", "--stdin", "text", "eol", where=ROOT, home=tmp_path, given=names).decode()
    parts = said.split("\0")[:-1]
    rules = {(name, key): value for name, key, value in zip(parts[::3], parts[1::3], parts[2::3], strict=True)}
    for name in {name for name, _ in rules if (ROOT / name).is_file()}:
        content = (ROOT / name).read_bytes()
        exact = rules[name, "text"] == "unset"
        assert exact or rules[name, "eol"] == "lf", f"{name}: its line ends depend on the system"
        assert exact or b"\0" not in content, f"{name}: .gitattributes should call it binary"


# ------------------------------------------------------------------------- Contributing, changes, citing


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name):
    links = re.findall(r"\[[^\]]+\]\(([^)]+)\)", words_of(ROOT / name))
    assert links
    for link in links:
        if not link.startswith("http"):
            assert (ROOT / link).exists(), f"{name}: {link} does not exist"
        elif "github.com" in link:
            assert link.startswith(REPOSITORY + "/"), f"{name}: {link} is another repository"


def test_contributing_names_what_there_is():
    text = words_of(ROOT / "CONTRIBUTING.md")
    assert f"git clone {REPOSITORY}\n" in text
    for option in re.findall(r"start\.py test (--\w+)", text):
        assert option in words_of(ROOT / "start.py"), f"start.py knows no {option}"
    for form in FORMS:
        assert f"**{data_of(form)['name']}.**" in text
    for row in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE):
        for room in re.findall(r"`(?:course_lib/)?([\w.]+?)/?`", row):
            assert (ROOT / "course_lib" / room).exists(), f"course_lib has no {room}"


def test_the_newest_version_is_the_same_everywhere():
    versions = re.findall(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d)$", words_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    headings = re.findall(r"^## .+$", words_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "## Unreleased" and len(headings) == 1 + len(versions)
    assert versions[0][0] == PROJECT["version"]
    dates = [date for _, date in versions]
    assert dates == sorted(dates, reverse=True)


def test_the_citation_agrees_with_the_project():
    citation = data_of(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software" and citation["message"]
    assert words_of(ROOT / "README.md").startswith(f"# {citation['title']}\n")
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["abstract"] == PROJECT["description"]
    assert citation["repository-code"] == REPOSITORY
    assert citation["authors"] == PROJECT["authors"]


# ---------------------------------------------------------------------------------------------- Hooks


def test_hooks_run_what_is_installed_with_the_tests():
    installs = {Requirement(words).name for words in PROJECT["optional-dependencies"]["dev"]}
    brought_by = {"ruff": "ruff", "lint-imports": "import-linter"}
    (repository,) = data_of(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"].split() for hook in repository["hooks"]]
    assert [entry[:2] for entry in entries if entry[0] == "ruff"] == [["ruff", "check"], ["ruff", "format"]]
    assert ["lint-imports"] in entries and ["python", "-m", "course_lib", "notebooks", "--check"] in entries
    for hook, entry in zip(repository["hooks"], entries, strict=True):
        assert hook["language"] == "system", f"{hook['id']} would be downloaded"
        assert {"id", "name"} <= hook.keys()
        assert entry[:3] == ["python", "-m", "course_lib"] or brought_by[entry[0]] in installs
        for pattern in (hook.get("files", ""), hook.get("exclude", "")):
            re.compile(pattern)


def test_hooks_look_at_what_they_should():
    (repository,) = data_of(ROOT / ".pre-commit-config.yaml")["repos"]
    hooks = {hook["id"]: hook for hook in repository["hooks"]}
    assert re.search(hooks["notebooks"]["files"], "notebooks/py/00_a_map_of_seeing.py")
    assert re.search(hooks["notebooks"]["files"], "notebooks/00_a_map_of_seeing.ipynb")
    assert re.search(hooks["lint-imports"]["files"], "course_lib/nn/vit.py")
    assert not re.search(hooks["lint-imports"]["files"], "tests/unit/test_habits.py")
    assert re.search(hooks["ruff-format"]["exclude"], "notebooks/py/00_a_map_of_seeing.py")
    assert not re.search(hooks["ruff-format"]["exclude"], "course_lib/nn/vit.py")


# ------------------------------------------------------------------------------------------ Workflows


def steps_of(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)  # an id "full" would be the mark
def test_workflows_may_only_read_and_end_in_time(path):
    workflow = data_of(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    assert all(0 < job["timeout-minutes"] <= 360 for job in workflow["jobs"].values())
    for step in steps_of(workflow):
        assert ("run" in step) != ("uses" in step)
        assert "${{" not in step.get("run", ""), "words from outside must not become part of a command"
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v0"))
        for option in re.findall(r"start\.py test (--\w+)", step.get("run", "")):
            assert option in words_of(ROOT / "start.py"), f"start.py knows no {option}"


def test_every_push_is_tested_on_three_systems_and_every_python():
    workflow = data_of(GITHUB / "workflows" / "tests.yml")
    events = workflow.get("on", workflow.get(True))  # YAML takes a bare "on" for a yes
    assert {"push", "pull_request"} <= events.keys()
    fast, whole = workflow["jobs"]["fast"], workflow["jobs"]["whole"]
    assert fast["strategy"]["matrix"]["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    oldest, newest = re.findall(
        r"\(3, (\d+)\)", re.findall(r"^OLDEST, NEWEST = .+$", words_of(ROOT / "start.py"), re.M)[0]
    )
    pythons = [f"3.{minor}" for minor in range(int(oldest), int(newest) + 1)]
    assert fast["strategy"]["matrix"]["python"] == pythons
    assert fast["steps"][-1]["run"] == "python start.py test --fast"
    assert whole["steps"][-1]["run"] == "bash .ci/run"


def test_what_takes_hours_starts_only_by_hand():
    workflow = data_of(GITHUB / "workflows" / "full.yml")
    assert set(workflow.get("on", workflow.get(True))) == {"workflow_dispatch"}
    assert "start.py test --full" in words_of(GITHUB / "workflows" / "full.yml")


# ---------------------------------------------------------------------------------------------- Forms

REQUIRED = {
    "a_check_said_something_wrong": {"chapter", "exercise", "code", "said", "expected", "doctor"},
    "a_sentence_is_not_so": {"chapter", "sentence", "kind", "evidence"},
}


def test_there_is_a_form_for_each_kind_of_report():
    assert {path.stem for path in FORMS} == REQUIRED.keys()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_are_what_github_takes(path):
    form = data_of(path)
    assert form.keys() <= {"name", "description", "title", "labels", "assignees", "projects", "type", "body"}
    assert all(isinstance(form[key], str) and form[key] for key in ("name", "description"))
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert all(part["attributes"]["value"] for part in form["body"] if part["type"] == "markdown")
    ids, labels = [field["id"] for field in fields], [field["attributes"]["label"] for field in fields]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in ids)
    assert len(set(labels)) == len(labels) and all(labels)
    for field in fields:
        assert field["type"] in {"input", "textarea", "dropdown", "checkboxes"}
        assert isinstance(field.get("validations", {}).get("required", False), bool)
        options = field["attributes"].get("options", [])
        assert (field["type"] in {"dropdown", "checkboxes"}) == bool(options)
        assert len(set(map(str, options))) == len(options)
        if field["type"] == "dropdown":  # "00" without its quotes would be a number, and no would be a no
            assert all(isinstance(option, str) for option in options)
    assert {field["id"] for field in fields if field["validations"]["required"]} == REQUIRED[path.stem]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_know_every_chapter(path):
    in_readme = re.findall(r"^\| (\d\d) \|", words_of(ROOT / "README.md"), re.MULTILINE)
    (chapter,) = [field for field in data_of(path)["body"] if field.get("id") == "chapter"]
    assert [option for option in chapter["attributes"]["options"] if option.isdigit()] == in_readme


def test_links_beside_the_forms_lead_into_the_repository():
    for link in data_of(GITHUB / "ISSUE_TEMPLATE" / "config.yml")["contact_links"]:
        assert link.keys() == {"name", "url", "about"}
        assert (ROOT / link["url"].removeprefix(f"{REPOSITORY}/blob/main/")).exists()


def test_a_pull_request_is_asked_for_what_contributing_asks():
    template, guide = words_of(GITHUB / "PULL_REQUEST_TEMPLATE.md"), words_of(ROOT / "CONTRIBUTING.md")
    assert "- [ ] `python start.py test` is green." in template and "- `python start.py test` is green." in guide
    assert "CONTRIBUTING.md" in template and template.count("- [ ] ") >= 5
