"""feedwarden fetch against the fake Amazon over HTTP: what happens when all is well."""

import gzip
import stat

KINDS = ["all-orders", "orders", "returns", "unshipped"]


def test_every_report_wanted_is_in_the_inbox(home, fake):
    assert home.fetch() == 0, home.output
    assert home.kinds() == KINDS
    assert fake.calls("createReport") == len(KINDS)
    for path in home.inbox.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.name.endswith(".txt.gz")
        assert gzip.decompress(path.read_bytes()).count(b"\n") == 1
    assert stat.S_IMODE(home.inbox.stat().st_mode) == 0o700
    assert home.codes() == []
