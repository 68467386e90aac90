"""A part of an earlier run stands in a new output without being copied, where it is what was published."""

import hashlib
import os

import pytest

from pipeline.publish.files.output_folder import OutputFolder, WrittenFile

PART, NAME = b"order-id\tquantity\n111-0000000-0000001\t2\n", "feeds/earlier/2026-03-08T07-00-00Z/part.tsv"
KNOWN = WrittenFile(NAME, hashlib.sha256(PART).hexdigest(), 1)


@pytest.fixture
def source(tmp_path):
    """A part of an earlier output."""
    with OutputFolder(tmp_path / "old").create_file("part.tsv") as output:
        output.write(PART)
    return tmp_path / "old/part.tsv"


@pytest.fixture
def folder(tmp_path):
    """A new output, in which one file is made already."""
    made = OutputFolder(tmp_path / "new")
    with made.create_file("summary.txt") as output:
        output.write(b"1")
    return made


def test_a_part_that_is_as_published_is_linked_and_listed(tmp_path, folder, source):
    assert folder.link_file(str(source), KNOWN)
    assert (tmp_path / "new" / NAME).samefile(source)
    assert KNOWN in folder.list_outputs()
    source.unlink()
    assert (tmp_path / "new" / NAME).read_bytes() == PART


def changed(source):
    source.write_bytes(PART + b"\n")


def more_open(source):
    source.chmod(0o604)


def a_link(source):
    source.rename(source.with_name("real.tsv"))
    source.symlink_to("real.tsv")


@pytest.mark.parametrize("happens", [changed, more_open, a_link])
def test_a_part_that_is_anything_else_is_left_to_be_copied(tmp_path, folder, source, happens):
    happens(source)
    assert not folder.link_file(str(source), KNOWN)
    assert not (tmp_path / "new" / NAME).exists()
    assert [written.path for written in folder.list_outputs()] == ["summary.txt"]


def test_a_part_of_which_the_hash_is_unknown_is_left_to_be_copied(folder, source):
    assert not folder.link_file(str(source), KNOWN._replace(sha256=""))


def test_a_file_system_without_links_has_copies(folder, source, monkeypatch):
    def refuse(_source, _target):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert not folder.link_file(str(source), KNOWN)


def test_a_dry_run_links_nothing(source):
    assert not OutputFolder(None).link_file(str(source), KNOWN)
