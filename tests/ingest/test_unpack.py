"""An input is brought in as plain UTF-8 text, in bounded memory, and the manifest says what it was."""

import codecs
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ingest import unpack
from tests import tables

TEXT = "sku\tquantity\tcounted-at\r\nGröße-𝄞\t1\t2026-03-09T10:00:00Z\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1 << 22])
@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")])
def test_utf16_is_transcoded_block_by_block(tmp_path, monkeypatch, size, mark, encoding):
    monkeypatch.setattr(unpack, "_COPY_SIZE", size)
    path = tmp_path / "stock.txt"
    path.write_bytes(mark + TEXT.encode(encoding))
    (source,) = unpack.unpack_source("stock.txt", str(path), str(tmp_path))
    assert (source.name, source.source_encoding) == ("stock.txt", "utf-16")
    assert Path(source.path).read_bytes() == TEXT.encode()


def test_plain_text_stays_where_it_lies(tmp_path):
    path = tmp_path / "stock.txt"
    path.write_bytes(TEXT.encode())
    (source,) = unpack.unpack_source("stock.txt", str(path), str(tmp_path))
    assert (source.path, source.source_encoding) == (str(path), "")


def test_the_manifest_says_utf16_and_hashes_what_was_given(tmp_path):
    path = tmp_path / "stock.txt"
    path.write_bytes(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"))
    words = ["run", str(path), "--no-ledger", "--as-of", tables.AS_OF.isoformat(), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli.main, words)
    assert result.exit_code == 0, result.output
    (given,) = json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))["inputs"]
    assert (given["encoding"], given["bytes"], given["accepted"]) == ("utf-16", path.stat().st_size, 1)
    assert given["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
