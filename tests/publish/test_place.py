import fcntl
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipeline.publish import OutputInUse, OutputRefused, check_output
from pipeline.publish.files import atomic_replace
from pipeline.publish.files.atomic_replace import place_output

RUN = "0123456789ab" + "f" * 20
OTHER = "ba9876543210" + "0" * 20


def output(folder, **files):
    """A folder that is an output, by its manifest."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(content)
    told = {"run_id": "1", "outputs": [{"path": name} for name in files]}
    (folder / "manifest.json").write_text(json.dumps(told))
    return folder


def put(out, run=RUN, **files):
    with place_output(out, run) as folder:
        for name, content in files.items():
            (folder / name).write_text(content)
        (folder / "manifest.json").write_text(
            json.dumps({"run_id": run, "outputs": [{"path": name} for name in files]})
        )


def meanwhile(out, happens):
    """An output is placed, and while it is written something happens."""
    with place_output(out, RUN) as folder:
        (folder / "b").write_text("2")
        happens()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_place_that_is_free(tmp_path):
    check_output(tmp_path / "new/below/out")
    assert names(tmp_path) == []
    put(tmp_path / "new/below/out", a="1")
    assert names(tmp_path / "new/below") == ["out"]
    assert names(tmp_path / "new/below/out") == ["a", "manifest.json"]


def test_an_empty_folder(tmp_path):
    (tmp_path / "out").mkdir()
    check_output(tmp_path / "out")
    put(tmp_path / "out", a="1")
    assert names(tmp_path) == ["out"]


def test_an_earlier_output_is_replaced(tmp_path):
    output(tmp_path / "out", a="1", b="2")
    check_output(tmp_path / "out")
    put(tmp_path / "out", c="3")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["c", "manifest.json"]


def test_a_link_to_a_folder_stays_one(tmp_path):
    output(tmp_path / "real", a="1")
    (tmp_path / "out").symlink_to("real")
    put(tmp_path / "out", b="2")
    assert (tmp_path / "out").is_symlink()
    assert names(tmp_path / "real") == ["b", "manifest.json"]


def stranger(out):
    output(out, a="1")
    (out / "mine.txt").write_text("precious")


def strange_link(out):
    output(out, a="1")
    (out / "mine").symlink_to("/")


def strange_folder(out):
    output(out, a="1")
    (out / "mine").mkdir()


def no_manifest(out):
    out.mkdir()
    (out / "mine.txt").write_text("precious")


def no_run(out):
    out.mkdir()
    (out / "manifest.json").write_text('{"outputs": []}')


def not_ours(out):
    out.mkdir()
    (out / "manifest.json").write_text("[1]")


def a_file(out):
    out.write_text("precious")


def below_a_file(out):
    out.parent.rmdir()
    out.parent.write_text("precious")


def mentioned_twice(out):
    output(out, a="1")
    (out / "a\nb").write_text("precious")


@pytest.mark.parametrize(
    "make",
    [
        stranger, strange_link, strange_folder, no_manifest, no_run, not_ours, a_file, below_a_file, mentioned_twice,
    ],
)  # fmt: skip
def test_what_is_not_ours_is_refused_and_left_alone(tmp_path, make):
    out = tmp_path / "parent/out"
    out.parent.mkdir()
    make(out)
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    with pytest.raises(OutputRefused) as refused:
        check_output(out)
    assert "\n" not in str(refused.value)
    assert str(out) in str(refused.value)
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("out", ["s3://bucket/out", "file:///tmp/out", "/", "/proc", "x" * 250])
def test_places_that_are_none(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputRefused):
        check_output(out)


def test_a_stranger_that_comes_during_the_run_is_left_alone(tmp_path):
    output(tmp_path / "out", a="1")
    with pytest.raises(OutputRefused):
        meanwhile(tmp_path / "out", lambda: (tmp_path / "out/mine.txt").write_text("precious"))
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["a", "manifest.json", "mine.txt"]


@pytest.mark.parametrize("trouble", [OSError("disk full"), KeyboardInterrupt()])
def test_after_trouble_all_is_as_it_was(tmp_path, trouble):
    output(tmp_path / "out", a="1")

    def fails():
        raise trouble

    with pytest.raises(type(trouble)):
        meanwhile(tmp_path / "out", fails)
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["a", "manifest.json"]


def test_a_rename_that_fails_brings_the_old_output_back(tmp_path, monkeypatch):
    output(tmp_path / "out", a="1")
    rename = Path.rename

    def fails(self, target):
        if self.suffix == ".tmp":
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="no"):
        put(tmp_path / "out", b="2")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["a", "manifest.json"]


def test_two_runs_at_once(tmp_path):
    with place_output(tmp_path / "out", RUN):
        with pytest.raises(OutputInUse, match="another run"):
            check_output(tmp_path / "out")
        with pytest.raises(OutputInUse, match="another run"), place_output(tmp_path / "out", OTHER):
            pass
    assert names(tmp_path) == ["out"]


def test_another_output_of_a_like_name_is_none_of_ours(tmp_path):
    with place_output(tmp_path / "out.new", RUN) as folder:
        put(tmp_path / "out", a="1")
        assert folder.exists()
    assert names(tmp_path) == ["out", "out.new"]


KILLED = """
    import os, sys
    from pathlib import Path
    from pipeline.publish.files import atomic_replace
    out, at = Path(sys.argv[1]), int(sys.argv[2])
    steps = 0
    def step(event, arguments):  # every rename, removal and opening is a moment to be killed at
        global steps
        if event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "open") and str(out.name) in str(arguments[0]):
            steps += 1
            if steps == at:
                os.kill(os.getpid(), 9)
    sys.addaudithook(step)
    with atomic_replace.place_output(out, "0123456789ab") as folder:
        (folder / "b").write_text("2")
        (folder / "manifest.json").write_text('{"run_id": "2", "outputs": [{"path": "b"}]}')
"""


def killed_at(out, at):
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(out), str(at)]
    return subprocess.run(command, check=False, cwd=Path(atomic_replace.__file__).parents[3]).returncode


@pytest.mark.slow
@pytest.mark.parametrize("earlier", [True, False])
def test_killed_at_any_step_the_old_output_or_the_new_is_there(tmp_path, earlier):
    whole, at = 0, 0
    while whole == 0:
        at += 1
        home = tmp_path / str(at)
        home.mkdir()
        out = home / "the-output"
        if earlier:
            output(out, a="1")
        whole = killed_at(out, at) == 0
        check_output(out)
        left = names(out) if out.exists() else []
        assert left in ([["a", "manifest.json"], ["b", "manifest.json"]] if earlier else [[], ["b", "manifest.json"]])
        assert names(home) in (["the-output"], [])
    assert left == ["b", "manifest.json"]
    assert at > 5


def test_no_lock_is_needed_where_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic_replace, "fcntl", None)
    put(tmp_path / "out", a="1")
    assert names(tmp_path) == ["out"]


def test_a_lock_does_not_outlive_its_process(tmp_path):
    left = tmp_path / ".out.0123456789ab.tmp"
    left.mkdir()
    handle = os.open(left, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(OutputInUse):
        check_output(tmp_path / "out")
    os.close(handle)
    check_output(tmp_path / "out")
    assert names(tmp_path) == []
