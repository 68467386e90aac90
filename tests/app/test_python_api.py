"""``from pipeline import run, audit``: README's lines run, and results, errors and options are the commands' own."""

import contextlib
import datetime as dt
import decimal
import re
import shutil
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

import pipeline
from pipeline import cli
from tests.conftest import ROOT
from tests.house import NIGHTS, order, report, upload

DEMO = ROOT / "fixtures/runs/demo/input"
FRONT_PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
README_BLOCKS = re.findall(r"^```python\n(.*?)^```$", FRONT_PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_lines_of_readme_run(work):
    shutil.copytree(DEMO, work / "inbox")
    assert README_BLOCKS
    names = {}
    for block in README_BLOCKS:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102  our own page
    night = names["night"]
    assert (night.exit_status, night.accepted, night.rejected) == (1, 81, 20)  # as the summary on that page has it
    assert night.page.is_file()
    assert all(path.is_file() for path in night.paths)
    assert {path for path in work.joinpath("out/tonight").rglob("*") if path.is_file()} == {
        work / path for path in night.paths
    }
    assert len(names["errors"]) == night.errors
    assert len(names["open_items"]) == 10
    assert [path.name for path in names["feeds"]] == [
        "order-cancellation-001.tsv",
        "shipping-confirmation-001.tsv",
        "stock.tsv",
    ]


def test_frames_are_the_reports_with_arrow_dtypes(work):
    given = [report(work / "unshipped.txt", 1, 2), upload(work / "up.txt", (1, "2", "T1"), (9, "1", "T9"))]
    night = pipeline.run(*given, out=work / "out", ledger="l", as_of=dt.datetime.fromisoformat(NIGHTS[0]))
    for name in ("findings", "orders", "worklist", "claims"):
        frame = getattr(night, name)
        assert frame is getattr(night, name)  # read once
        assert all(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
        lines = (work / f"out/reports/{name}.tsv").read_text(encoding="utf-8").splitlines()
        assert [*frame.columns] == lines[0].split("\t")
        assert len(frame) == len(lines) - 1
    assert night.worklist["due_at"].dtype.pyarrow_dtype == pa.timestamp("us", "UTC")
    assert night.worklist["order_id"].tolist() == [order(2)[0]]
    assert isinstance(night.worklist["hours_left"].iloc[0], decimal.Decimal)
    assert "SHP-101" in night.findings["code"].tolist()


def test_formulas_are_as_the_seller_wrote_them(work):
    path = report(work / "unshipped.txt", 1)
    path.write_text(path.read_text(encoding="utf-8").replace("SKU-1", "=SKU"), encoding="utf-8")
    night = pipeline.run(path, out="out", no_ledger=True, as_of=NIGHTS[0])
    assert "\t'=SKU\t" in (work / "out/reports/worklist.tsv").read_text(encoding="utf-8")
    assert night.worklist["sku"].tolist() == ["=SKU"]


@pytest.mark.parametrize(
    ("inputs", "options", "kind", "status", "words"),
    [
        (["nowhere"], {}, "WrongUsage", 2, "nowhere: no such file or folder"),
        ([DEMO], {"memory": "much"}, "WrongUsage", 2, "not a size of memory"),
        ([DEMO], {"as_of": dt.datetime(2026, 3, 10)}, "WrongUsage", 2, "has no offset"),  # noqa: DTZ001  that is it
        ([DEMO], {"engine": "spark"}, "WrongUsage", 2, "spark"),
        ([DEMO], {"scheduler": "tcp://x:1"}, "WrongUsage", 2, "--engine dask"),
        ([DEMO], {"account": "none.toml"}, "WrongUsage", 2, "no such account file"),
        ([], {}, "WrongUsage", 2, "Missing argument"),
        (["empty"], {}, "NoUsableInput", 3, "no input files found"),
        (["odd.txt"], {}, "NoUsableInput", 3, "no file can be used"),
    ],
)
def test_errors_are_exceptions_with_the_exit_status(work, inputs, options, kind, status, words):
    (work / "empty").mkdir()
    (work / "odd.txt").write_text("", encoding="utf-8")
    with pytest.raises(getattr(pipeline, kind), match=re.escape(words)) as caught:
        pipeline.run(*inputs, out="out", no_ledger=True, **{"as_of": NIGHTS[0], **options})
    assert isinstance(caught.value, pipeline.FeedwardenError)
    assert caught.value.exit_status == status
    if inputs == ["odd.txt"]:
        assert caught.value.output.findings["code"].tolist() == ["FIL-001"]


def test_what_cannot_finish_keeps_its_cause(work, monkeypatch):
    from pipeline.app import jobs

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(jobs, "discover_sources", fail)
    with pytest.raises(pipeline.CouldNotFinish, match="nothing was published: OSError: the disk is full") as caught:
        pipeline.run(DEMO, out="out", no_ledger=True)
    assert caught.value.exit_status == 4
    assert isinstance(caught.value.__cause__, OSError)
    assert not (work / "out").exists()


def test_an_option_that_does_not_exist_is_a_type_error(work):
    with pytest.raises(TypeError, match="run\\(\\) has no option 'verbose'"):
        pipeline.run(DEMO, out=work / "out", verbose=True)
    with pytest.raises(TypeError, match="audit\\(\\) has no option 'ledger'"):
        pipeline.audit(DEMO, out=work / "out", ledger="l")
    with pytest.raises(TypeError, match="'5%'"):
        pipeline.run(DEMO, out=work / "out", max_rejected=0.05)


@pytest.mark.slow
def test_options_and_status_are_those_of_the_command(work, monkeypatch):
    monkeypatch.setenv("FEEDWARDEN_RUN_DRY_RUN", "1")  # the environment is for the command
    files = [report(work / "unshipped.txt", 1), upload(work / "up.txt", (1, "2", "T1"))]
    for more, words in (({}, []), ({"fail_on": "warning"}, ["--fail-on", "warning"]), ({"jobs": 1}, ["--jobs", "1"])):
        night = pipeline.run(*files, out="api", no_ledger=True, as_of=NIGHTS[0], **more)
        command = ["run", *map(str, files), "--out", "cli", "--no-ledger", "--as-of", NIGHTS[0], *words]
        monkeypatch.setenv("FEEDWARDEN_RUN_DRY_RUN", "0")
        assert CliRunner().invoke(cli.main, command).exit_code == night.exit_status
        monkeypatch.setenv("FEEDWARDEN_RUN_DRY_RUN", "1")
        for path in night.paths:
            assert path.read_bytes() == (work / "cli" / path.relative_to("api")).read_bytes()


def test_an_audit_has_its_findings_and_what_it_is_compared_with(work):
    first = pipeline.audit(DEMO, out="first", as_of=NIGHTS[1])
    second = pipeline.audit(DEMO, out="second", as_of=NIGHTS[2], against=["first"])
    assert len(first.findings) == len(second.findings) > 0
    assert not hasattr(first, "worklist")
    assert (work / "second/reports/audit.json").is_file()


@pytest.mark.usefixtures("work")
@pytest.mark.slow
def test_after_a_dry_run_or_another_run_there_is_nothing_to_read():
    dry = pipeline.run(DEMO, out="out", no_ledger=True, as_of=NIGHTS[2], dry_run=True)
    assert (dry.paths, dry.accepted) == ((), 81)
    with pytest.raises(FileNotFoundError, match="dry run"):
        _ = dry.findings
    first = pipeline.run(DEMO, out="out", no_ledger=True, as_of=NIGHTS[2])
    pipeline.run(DEMO, out="out", no_ledger=True, as_of=NIGHTS[3])
    with pytest.raises(FileNotFoundError, match="output of another run"):
        _ = first.worklist


def test_loading_the_package_loads_no_pandas():
    code = "import sys; import pipeline; from pipeline import run, audit; sys.exit('pandas' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.usefixtures("work")
def test_nothing_is_printed(capfd):
    with contextlib.suppress(pipeline.FeedwardenError):
        pipeline.run("nowhere", out="out")
    pipeline.run(DEMO, out="out", ledger="l", as_of=NIGHTS[2])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("script", "is_changed"), [("feedwarden", True), ("theirs.py", False)])
def test_only_the_program_collects_garbage_rarely(script, is_changed):
    """Whoever imports the package keeps their own setting."""
    code = f"import gc, sys; sys.argv = [{script!r}]; before = gc.get_threshold(); import pipeline.cli, pipeline"
    code += "; print(gc.get_threshold() != before)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.split() == [str(is_changed)]
