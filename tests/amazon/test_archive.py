"""What a run has read is archived, and nothing that it has not, though it has the same bytes."""

import hashlib
import json

import pytest

from pipeline.amazon.archive import archive_inputs

SAME = b"Feed Processing Summary:\r\n\tNumber of records processed\t\t4\r\n"


@pytest.fixture
def folders(tmp_path):
    """Output, inbox and archive; the run read one processing report and one file in a folder."""
    output, inbox, archive = (tmp_path / name for name in ("out", "inbox", "archive"))
    (inbox / "mine").mkdir(parents=True)
    output.mkdir()
    contents = {"processing-report-51.txt": SAME, "mine/confirmation.txt": b"order-id\n"}
    for name, content in contents.items():
        (inbox / name).write_bytes(content)
    inputs = [{"name": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in contents.items()]
    (output / "manifest.json").write_text(
        json.dumps({"run_id": "1", "as_of": "2026-03-10T07:00:00Z", "outputs": [], "inputs": inputs})
    )
    return output, inbox, archive


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_same_bytes_that_came_later_stay(folders):
    output, inbox, archive = folders
    (inbox / "processing-report-50.txt").write_bytes(SAME)
    (inbox / "processing-report-62.txt").write_bytes(SAME)
    assert archive_inputs(output, inbox, archive) == 2
    assert names(archive) == ["mine/confirmation.txt", "processing-report-51.txt"]
    assert names(inbox) == ["processing-report-50.txt", "processing-report-62.txt"]
    assert archive_inputs(output, inbox, archive) == 0
    assert names(inbox) == ["processing-report-50.txt", "processing-report-62.txt"]


def test_renamed_file_is_known_by_its_bytes(folders):
    output, inbox, archive = folders
    (inbox / "processing-report-51.txt").rename(inbox / "renamed.txt")
    assert archive_inputs(output, inbox, archive) == 2
    assert names(archive) == ["mine/confirmation.txt", "renamed.txt"]
