"""An S3 on this machine, in a process of its own: what holds Python's lock waits for no thread of it."""

import contextlib
import subprocess
import sys
import urllib.request

BUCKET = "sellers"
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "anybody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
}
SERVE = """
import sys
from moto.server import ThreadedMotoServer
store = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
store.start()
print("http://{}:{}".format(*store.get_host_and_port()), flush=True)
sys.stdin.read()
store.stop()
"""


@contextlib.contextmanager
def run_store():
    """The settings by which programs find it, among them its endpoint; it has one bucket."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            endpoint = next(line.strip() for line in process.stdout if line.startswith("http"))
            request = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")  # noqa: S310  our own
            urllib.request.urlopen(request).close()  # noqa: S310
            yield {**SETTINGS, "AWS_ENDPOINT_URL": endpoint}
        finally:
            process.kill()
