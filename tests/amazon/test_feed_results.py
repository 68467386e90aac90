"""What the counts of processing reports say, before a run has judged them."""

import gzip

from pipeline.amazon.feed_results import count_refused_rows

SUMMARY = "Feed Processing Summary:\n\tNumber of records processed\t\t{}\n\tNumber of records successful\t\t{}\n\n"


def test_refused_rows_are_those_that_were_not_successful(tmp_path):
    reports = [tmp_path / name for name in ("one.txt", "two.txt.gz", "empty.txt", "strange.txt", "odd.txt")]
    reports[0].write_text(SUMMARY.format(7, 4), encoding="utf-8")
    reports[1].write_bytes(gzip.compress(SUMMARY.format(5, 5).encode("cp1252")))
    reports[2].write_bytes(b"")
    reports[3].write_text("order-id\tsku\n1\t2\n", encoding="utf-8")
    reports[4].write_text(SUMMARY.format(2, 3), encoding="utf-8")
    assert count_refused_rows(reports) == 3
    assert count_refused_rows([]) == 0
