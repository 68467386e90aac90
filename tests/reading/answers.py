"""What Amazon answered: which feed a processing report means, and which rows it refuses (SPEC §8, §4)."""

from __future__ import annotations

from tests.reading.knowledge import CHECK_EVERY, Feed, File, Row


class Answers:
    """The part of a reading that is about processing reports."""

    def _answers(self) -> None:
        reports = [one for one in self.files if one.kind == "processing-report"]
        for report in sorted(reports, key=self._certainty):
            self._answer(report)
        for read in list(self.ambiguous):
            run, at, count = read
            fitting = [one for one in self._waiting() if len(one.rows) == count and one.run < run]
            if run < self.run and fitting and self.as_of - at > CHECK_EVERY:
                fitting[0].answered = fitting[0].guessed = True
                self.ambiguous.remove(read)
        for feed in self._waiting():
            if self.as_of - feed.at > CHECK_EVERY:
                self.told.answer_codes["ACK-604"] += 1

    def _waiting(self) -> list[Feed]:
        return [one for one in self.feeds if not one.answered]

    def _certainty(self, report: File) -> int:
        if any(row["order-id"] for row in report.rows):
            return 0
        return 2 if self._is_fatal(report) else 1

    def _is_fatal(self, report: File) -> bool:
        return any(row["original-record-number"] == "0" and row["error-type"] == "Fatal" for row in report.rows)

    def _answer(self, report: File) -> None:
        processed = report.counts[0]
        named = [row for row in report.rows if row["order-id"]]
        codes = self.told.answer_codes
        if named:
            feeds = [one for one in self.feeds if not one.answered or one.guessed]
            fitting = [one for one in feeds if all(self._find(one, row) for row in named)]
            fitting.sort(key=lambda one: (processed != len(one.rows), one.guessed))
            fitting = fitting[:1]
        else:
            fitting = [one for one in self._waiting() if processed in (len(one.rows), 0)]
        if len(fitting) == 1:
            fitting[0].answered, fitting[0].guessed = True, not named and not self._is_fatal(report)
            self._refuse(report, fitting[0])
        elif self._is_fatal(report):
            codes["ACK-605"] += 1
        else:
            codes["ACK-603"] += 1 + len(report.rows)
            self.ambiguous += [(self.run, self.as_of, processed)] if fitting and not report.rows else []

    def _refuse(self, report: File, feed: Feed) -> None:
        """What a report says of the rows of the feed that it answers."""
        codes, processed, refused = self.told.answer_codes, report.counts[0], set()
        for row in report.rows:
            whole = row["original-record-number"] == "0"
            if row["error-type"] == "Warning":
                codes["ACK-602"] += 1
                continue
            codes["ACK-601"] += 1
            refused |= set(range(1, len(feed.rows) + 1)) if whole else {self._find(feed, row)}
        expected = 0 if processed == 0 and len(refused) == len(feed.rows) else len(refused)
        if processed and (processed != len(feed.rows) or processed - report.counts[1] != expected):
            codes["ACK-603"] += 1
        for record in (one for item in self.items.values() for parcel in item.parcels for one in parcel.records):
            if self.feeds[record.feed[0]] is feed and record.number in refused:
                record.refused = True

    def _find(self, feed: Feed, row: Row) -> int:
        """The record of the feed that a row speaks of: by order and item, the nearest number; 0 for none."""
        number = int(row["original-record-number"])
        numbers = [
            at
            for at, ours in enumerate(feed.rows, 1)
            if ours["order-id"] == row["order-id"]
            and (not row["order-item-id"] or row["order-item-id"] in ours["items"])
        ]
        return min(numbers, key=lambda at: (abs(at - number), at), default=0)
