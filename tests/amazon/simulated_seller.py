"""The made-up seller of `feedwarden simulate` behind the fake Amazon: what it sells, buyers order and Amazon answers.

Reports hold what the seller's state is at the moment at which Amazon makes them; a feed is answered by the processing
report that the simulation has for it, which counts the records that the feed must have.
"""

import datetime as dt
import gzip
import shutil

from pipeline import simulate
from tests.amazon.made_up_amazon import Seller, processing_report

FIRST_NIGHT = dt.datetime(2026, 10, 19, 7, tzinfo=dt.UTC)
KINDS = {
    "GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING": "unshipped",
    "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING": "orders",
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": "all-orders",
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": "returns",
}
FROM_AMAZON = (*KINDS.values(), "processing-report")
CONFIRMATIONS = "POST_FLAT_FILE_FULFILLMENT_DATA"


class SimulatedSeller(Seller):
    """A seller in the US with so many nights, simulated into ``folder``; ``time`` says which night it is."""

    def __init__(self, folder, nights, orders=300, seed=1, time=None):
        self.folder, self.time = folder, time
        options = {"orders": orders, "nights": nights, "seed": seed, "dirty": 0.0, "as_of": FIRST_NIGHT, "history": 35}
        simulate.simulate_seller(simulate.parse_options("US", **options), str(folder), lambda _: None)
        self.fed = []  # (night, feed type, records of the feed, records that the answer counts)

    @property
    def night(self):
        """The number of the night, from 1."""
        return (self.time.amazon_time() - FIRST_NIGHT).days + 1

    def files(self, night, kind):
        """The files of a kind that the simulation has for a night."""
        return sorted((self.folder / f"night-{night:03}" / "us").glob(f"{kind}-us-*"))

    def report_content(self, report):
        found = self.files(self.night, KINDS[report["reportType"]])
        return read_plain(found[0]) if found else None

    def process_feed(self, feed, content):
        """The simulation's answer to the parts of tonight's confirmations, in their order; no refusal for the rest."""
        records = len(content.splitlines()) - 1
        number = sum((night, kind) == (self.night, CONFIRMATIONS) for night, kind, *_ in self.fed)
        answers = self.files(self.night + 1, "processing-report")
        if feed["feedType"] == CONFIRMATIONS and number < len(answers):
            answer = read_plain(answers[number])
        else:
            answer = processing_report(records, [])
        counted = int(answer.splitlines()[1].split(b"\t")[-1])
        self.fed.append((self.night, feed["feedType"], records, counted))
        return answer

    def give_own_files(self, night, inbox):
        """What the seller has of its own tonight, laid into the inbox: confirmations, stock, claims, contacts."""
        inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted((self.folder / f"night-{night:03}" / "us").iterdir()):
            if not path.name.startswith((*FROM_AMAZON, "account.toml")):
                shutil.copy(path, inbox / path.name)

    def account_file(self):
        return self.folder / "night-001" / "us" / "account.toml"


def read_plain(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
