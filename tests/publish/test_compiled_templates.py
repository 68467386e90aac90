"""Compiled templates are kept beside the modules, and nothing that befalls them changes a page."""

import sys

import pytest

from pipeline.publish.files.html import create_environment


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "page.html").write_text("<p>{{ text }}</p>", encoding="utf-8")
    (tmp_path / "__pycache__").mkdir()
    return tmp_path


def render(folder):
    return create_environment(folder).get_template("page.html").render(text="a < b")


@pytest.mark.parametrize("size", [0, 10, 30, 60, 200])  # bytes: in its version, in the hash of its source, in its code
def test_a_damaged_one_is_compiled_again(folder, size):
    told = render(folder)
    (kept,) = (folder / "__pycache__").iterdir()
    data = kept.read_bytes()
    kept.write_bytes(data[:size])
    assert render(folder) == told == "<p>a &lt; b</p>"
    assert kept.read_bytes() == data


def test_a_changed_template_is_compiled_again(folder):
    render(folder)
    (folder / "page.html").write_text("<b>{{ text }}</b>", encoding="utf-8")
    assert render(folder) == "<b>a &lt; b</b>"


def test_where_nothing_can_be_kept_the_page_is_the_same(folder):
    (folder / "__pycache__").rmdir()
    assert render(folder) == "<p>a &lt; b</p>"
