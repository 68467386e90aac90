"""Situation 18: a document of 2 GiB takes at most 8 MiB of memory over the start."""

import subprocess
import sys
import zlib

import pytest

from tests.amazon.made_up_amazon import StoredDocument

GIB, MIB = 1 << 30, 1 << 20
ROW = b"111-2222222-3333333\t12345678901234\t2026-03-09T10:00:00+00:00\tsome product\t1\r\n"
BLOCK = ROW * (MIB // len(ROW))

# Downloads a small document, so that all is loaded, then the big one; prints how many KiB the second took at its peak.
CHILD = """
import os, sys, datetime as dt, time
from pathlib import Path
from pipeline.amazon.account import load_amazon_account
from pipeline.amazon.calls import ApiCaller
from pipeline.amazon.client import AmazonClient
from pipeline.amazon.clock import AmazonClock
from pipeline.amazon.credentials import read_secrets
from pipeline.amazon.downloads import save_document

account = load_amazon_account(sys.argv[1])
clock = AmazonClock(lambda: dt.datetime(2026, 3, 10, 2, tzinfo=dt.UTC), time.monotonic, time.sleep)
client = AmazonClient(account, ApiCaller(account, read_secrets(account, os.environ), clock, print), print)

def read_kib(name):
    line = next(line for line in open("/proc/self/status") if line.startswith(name))
    return int(line.split()[1])

def download(number):
    return save_document(client, clock, lambda: client.get_feed_document(number), Path(sys.argv[2]))

download("small")
before = read_kib("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
download("big")
print("KiB", read_kib("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_packed", [True, False])
def test_s18_two_gib(home, fake, amazon, tmp_path, is_packed):
    target = tmp_path / "download"
    size = 2 * GIB // len(BLOCK) * len(BLOCK)

    def pack_blocks():
        packer = zlib.compressobj(1, wbits=31)
        for _ in range(size // len(BLOCK)):
            yield packer.compress(BLOCK)
        yield packer.flush()

    packed = b"".join(pack_blocks()) if is_packed else b""
    amazon.documents["small"] = StoredDocument(ROW, made=fake.time.amazon_time())
    amazon.documents["big"] = StoredDocument(b"", made=fake.time.amazon_time())

    def serve(request):
        if "big" not in request.path:
            return None
        request.send_response_only(200)
        request.send_header("Content-Length", str(len(packed) if is_packed else size))
        request.end_headers()
        for block in (packed[start : start + MIB] for start in range(0, len(packed), MIB)) if is_packed else ():
            request.wfile.write(block)
        for _ in range(0 if is_packed else size // len(BLOCK)):
            request.wfile.write(BLOCK)
        return "lose"

    fake.script["document"] = [serve] * 2
    environment = {name: value for name, value in home.environment.items() if value}
    command = [sys.executable, "-c", CHILD, home.account, target]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert result.returncode == 0, result.stderr
    kib = int(result.stdout.split("KiB")[-1])
    assert target.stat().st_size == (len(packed) if is_packed else size)
    assert kib <= 8 * 1024, f"{kib} KiB"
    target.unlink()
