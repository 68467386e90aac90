"""One night of a made-up seller: write the files of a test, settle them, publish them."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from pipeline import policy
from pipeline.ingest import sources
from pipeline.model.account import Account
from pipeline.model.run_context import RunContext
from pipeline.publish import publish_run
from tests import whole

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
AS_OF = dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC)
UNSHIPPED = (
    "order-id order-item-id purchase-date payments-date reporting-date promise-date days-past-promise buyer-email "
    "buyer-name buyer-phone-number sku product-name quantity-purchased quantity-shipped quantity-to-ship "
    "ship-service-level recipient-name ship-address-1 ship-address-2 ship-address-3 ship-city ship-state "
    "ship-postal-code ship-country"
).split()
CONFIRMATION = "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number ship-method".split()


class Night:
    """The input files of a run, and what became of them."""

    def __init__(self, home):
        self.home = home
        self.inputs = home / "input"
        self.inputs.mkdir()
        self.out = home / "out"

    @staticmethod
    def order(number):
        return f"111-{number:07d}-0000000"

    @staticmethod
    def item(number):
        return f"{number:014d}"

    def confirmed(self, number, **cells):
        """The cells of a confirmation that is accepted where the report holds the order."""
        return {
            "order-id": self.order(number),
            "order-item-id": self.item(number),
            "quantity": "2",
            "ship-date": "2026-03-09",
            "carrier-code": "Royal Mail",
            "tracking-number": "RN302315884GB",
        } | {name.replace("_", "-"): value for name, value in cells.items()}

    def write(self, name, content):
        path = self.inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def table(self, name, header, rows, end="\n"):
        """A file of that header; each row a dict of what is not blank."""
        lines = [header, *([row.get(column, "") for column in header] for row in rows)]
        return self.write(name, "".join("\t".join(line) + end for line in lines))

    def report(self, numbers, name="unshipped.txt", **cells):
        """Orders of those numbers, one item each, all of them with the same cells otherwise."""
        row = {
            "purchase-date": "2026-03-08T10:00:00+00:00",
            "payments-date": "2026-03-08T10:00:00+00:00",
            "reporting-date": "2026-03-08T10:31:00+00:00",
            "promise-date": "2026-03-12T06:59:59+00:00",
            "days-past-promise": "-3",
            "buyer-name": "Zoë Quillfeather",
            "sku": "SKU-1",
            "quantity-purchased": "2",
            "quantity-shipped": "0",
            "quantity-to-ship": "2",
            "recipient-name": "Zoë Quillfeather",
            "ship-address-1": "5181 Millrace Terrace",
            "ship-city": "Cinderford Falls",
            "ship-postal-code": "85803-1791",
            "ship-country": "US",
        } | {name.replace("_", "-"): value for name, value in cells.items()}
        rows = [{"order-id": self.order(number), "order-item-id": self.item(number)} | row for number in numbers]
        return self.table(name, UNSHIPPED, rows)

    def confirm(self, numbers, name="confirm.txt", end="\n", **cells):
        """A confirmation of each of the orders."""
        return self.table(name, CONFIRMATION, [self.confirmed(number, **cells) for number in numbers], end)

    def evil(self):
        """Texts that want to be more than text, wherever a file can hold one: cells, headings, names; all of them."""
        corpus = tomllib.loads((FIXTURES / "awkward/injection.toml").read_text("utf-8"))
        texts = [text for group in corpus.values() for text in group]
        header, *lines = (
            self.report(range(1, len(texts) + 1), sku="SKU", ship_country="CC").read_text("utf-8").split("\n")
        )
        told = [line.replace("SKU", text).replace("CC", text) for line, text in zip(lines, texts, strict=False)]
        self.write("unshipped.txt", "\n".join([header, *told, ""]))
        odd = [dict.fromkeys(("carrier_code", "ship_date", "tracking_number"), text) for text in texts]
        self.table("confirm.txt", CONFIRMATION, [self.confirmed(at, **cells) for at, cells in enumerate(odd, 1)])
        self.table("headings.txt", [*CONFIRMATION, *dict.fromkeys(texts)], [self.confirmed(1)])
        for text in texts[:4]:
            self.write(text.replace("/", "|")[:80] + ".txt", "odd\n")
        return texts

    def settle(self, as_of=AS_OF, **account):
        scratch = self.home / "scratch"
        scratch.mkdir(exist_ok=True)
        found = sources.discover_sources([str(self.inputs)], str(scratch))
        return whole.settle(found, RunContext(as_of, Account(**account), policy.load_policy("amazon")))

    def publish(self, **account):
        return publish_run(whole.ready(self.settle(**account)), self.out)

    def text(self, path):
        return (self.out / path).read_bytes().decode()

    def lines(self, path):
        return self.text(path).removesuffix("\n").split("\n")

    def rows(self, path):
        """The rows of a TSV file as dicts."""
        header, *rows = [line.split("\t") for line in self.lines(path)]
        return [dict(zip(header, row, strict=True)) for row in rows]

    def files(self):
        return sorted(path.relative_to(self.out).as_posix() for path in self.out.rglob("*") if path.is_file())


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)
