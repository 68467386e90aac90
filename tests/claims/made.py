"""Made-up sellers with claims: orders, contacts, returns and defects whose dates and amounts collide at every turn."""

from __future__ import annotations

import datetime as dt
import random

AS_OFS = ("2026-03-10T07:00:00Z", "2026-03-29T22:30:00Z", "2026-11-02T07:59:59Z", "2026-10-26T23:00:00Z")
CHANNELS = ("", "Amazon.com", "Amazon.de", "Amazon.co.jp")
POLICIES = ("amazon", "amazon", "amazon-zh")
KINDS = ("not-received", "not-received", "not-as-described", "not-refunded", "international-return", "extra-charges")
CARRIERS = {"TRACK1": "OnTrac", "": "UPS", "NULL": "UPS", "1Z999AA10123456784": "UPS", "1Z999AA10123456785": "UPS"}
STEPS = (
    0,
    1,
    3600,
    86_400,
    172_799,
    172_800,
    172_801,
    259_199,
    259_200,
    259_201,
    2_592_000,
)  # ends of windows, seconds
HELD_BY = (*("orders",) * 5, "unshipped", "unshipped orders", "all-orders", "all-orders", "orders all-orders", "")
PRICES = {
    "item-price": ("20.00", "20.00", "25.00", ""),
    "item-tax": ("1.66", "0.00", "1.66", ""),
    "shipping-price": ("5.00", "0.00", "5.00", ""),
    "shipping-tax": ("0.40", "0.00"),
    "gift-wrap-price": ("0.00", "0.00", "3.00", ""),
    "gift-wrap-tax": ("0.00", "0.25"),
    "item-promotion-discount": ("0.00", "0.00", "5.00", "-5.00", ""),
    "ship-promotion-discount": ("0.00", "1.00"),
}
RESOLUTIONS = ("StandardRefund", "", "", "ReplacementIssued")
AMOUNTS = ("20.00", "25.00", "25.01", "27.06", "27.07", "22.06", "50.01", "5.00")
REPORTS = ("unshipped", "orders", "all-orders")
IN_STOCK = "S"
HEADERS = {
    "orders": "order-id order-item-id purchase-date payments-date sku quantity-purchased currency "
    f"{' '.join(PRICES)} ship-country sales-channel latest-ship-date latest-delivery-date",
    "unshipped": "order-id order-item-id purchase-date payments-date reporting-date promise-date days-past-promise sku "
    "quantity-purchased quantity-shipped quantity-to-ship ship-country",
    "all-orders": "amazon-order-id order-item-id purchase-date last-updated-date order-status fulfillment-channel "
    f"sales-channel sku item-status quantity currency {' '.join(PRICES)} ship-country",
    "confirmation": "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number ship-method",
    "contacts": "contact-id order-id sent-date direction channel topic resolved-date",
    "returns": "Order ID\tOrder Item ID\tReturn request date\tReturn request status\tA-to-Z Claim\tIn policy\t"
    "Return delivery date\tOrder Amount\tCurrency code\tRefunded Amount\tReturn quantity\tOrder quantity\tResolution",
    "defects": "defect-id order-id defect-type defect-date removed-date",
    "stock": "sku quantity counted-at",
    "claims": "claim-id order-id order-item-id claim-type claim-date claim-amount currency info-requested-date "
    "info-answered-date refund-date refund-amount withdrawn-date decision decision-date funded-by appeal-date "
    "appeal-decision appeal-decision-date latest-delivery-date tracking-promised-date delivered-date returned-date "
    "charged-amount domestic-return-address prepaid-label full-refund-offered",
}


def columns(kind):
    return HEADERS[kind].split("\t" if kind == "returns" else " ")


def written(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """One seller's files: of each order its reports, what was sent, said and returned, and claims about some."""

    def __init__(self, seed, orders):
        self.pick = random.Random(seed)
        self.as_of = dt.datetime.fromisoformat(self.choice(AS_OFS))
        self.marketplace, self.home = (
            self.choice(["Amazon.com", "Amazon.de", "Amazon.co.jp"]),
            self.choice(["US", "CA"]),
        )
        self.policy, self.talks = self.choice(POLICIES), self.pick.random() < 0.85
        self.resolves, self.judged = self.pick.random() < 0.6, self.pick.random() < 0.7
        self.rows = {kind: [] for kind in HEADERS}
        for number in range(1, orders + 1):
            self._order(number)
        counted = written(self.as_of - dt.timedelta(days=90))
        self.rows["stock"] = [
            {"sku": IN_STOCK, "quantity": "100000", "counted-at": counted},
            {"sku": "GONE", "quantity": "0", "counted-at": counted},
        ]

    def choice(self, values):
        return self.pick.choice(values)

    def maybe(self, share, value):
        return value if self.pick.random() < share else ""

    def given(self):
        """The kinds of file that the seller gives."""
        missing = {"contacts"} - ({"contacts"} if self.talks else set())
        missing |= set() if self.judged else {"defects"}
        return [kind for kind in self.rows if kind not in missing and self.rows[kind]]

    def files(self, night=0):
        """The files, or those of one of two nights: reports and uploads in the first, of the rest every other row."""
        made = {}
        for kind in self.given():
            named = [name for name in columns(kind) if name != "resolved-date" or self.resolves]
            rows = self.rows[kind] if not night else self.of_night(kind, night)
            lines = ["\t".join(named), *("\t".join(row.get(name, "") for name in named) for row in rows)]
            made |= {f"{kind}.txt": ("\n".join(lines) + "\n").encode()} if rows else {}
        return made

    def account(self):
        return f'marketplace = "{self.marketplace}"\nhome-country = "{self.home}"\n'

    def of_night(self, kind, night):
        if kind in ("contacts", "returns", "claims", "defects"):
            return self.rows[kind][night - 1 :: 2]
        return self.rows[kind] if (kind == "stock") == (night == 2) else []

    def place(self, claim, nights):
        """Where the row of a claim stands in what the last night was given."""
        number = int(claim[1:])
        if nights == 1:
            return "claims.txt", str(number + 2)
        return ("claims.txt", str(number // 2 + 2)) if number % 2 else ("ledger", "0")

    def when(self, base, spread=9):
        """A moment near another: an instant or a plain date."""
        moved = base + dt.timedelta(seconds=self.choice(STEPS) + 86_400 * self.pick.randrange(spread) // 2)
        return written(moved) if self.pick.random() < 0.7 else moved.strftime("%Y-%m-%d")

    def _order(self, number):
        order, ages = f"111-0000000-{number:07d}", [3, 12, 12, 21, 21, 26, 26, 29, 30, 45, 60]
        bought = self.as_of - dt.timedelta(days=self.choice(ages), seconds=self.choice([-1, 0, 0, 1]))
        items = [f"1{number:07d}{item:06d}" for item in range(1, self.choice([1, 1, 2]) + 1)]
        facts = {"purchase-date": written(bought), "sku": self.choice([IN_STOCK, IN_STOCK, "GONE", "UNKNOWN"])}
        facts |= {"sales-channel": self.choice(CHANNELS), "ship-country": self.choice(["US", "CA", ""])}
        facts["currency"] = self.choice(["USD", "USD", "USD", "EUR", ""])
        kinds, promise = self.choice(HELD_BY).split(), bought + dt.timedelta(days=self.choice([1, 3, 5]))
        estimate = bought + dt.timedelta(days=self.choice([4, 8, 12, 30]), hours=self.choice([0, 7, 21]))
        statuses = self.choice(["Shipped", "Shipping", "Pending", "Cancelled"]) if len(kinds) == 1 else "Shipping"
        facts["status"], facts["by"] = statuses, self.choice(["Merchant", "Merchant", "Merchant", "Amazon"])
        for item in items if kinds else ():
            self._item((order, item), kinds, facts, (bought, promise, estimate))
        self._talk(order, bought)
        for item in self.choice([(), (), (), items[:1], ("",), items]):
            self._return(order, item, bought)
        self._defect(order, bought)
        for _ in range(self.choice([0, 0, 1, 1, 1, 1, 1, 2])):
            self._claim(order, items, bought)

    def _item(self, ids, kinds, facts, dates):
        bought, promise, estimate = dates
        prices = {name: self.choice(values) for name, values in PRICES.items()}
        bare = self.pick.random() < 0.5  # nothing of the price is missing
        prices |= {name: PRICES[name][0] for name, value in prices.items() if bare and not value}
        row = facts | prices | {"order-item-id": ids[1], "quantity-purchased": self.choice(["1", "1", "1", "2"])}
        sent = "0"
        if "orders" in kinds:
            held = {"order-id": ids[0], "payments-date": written(bought)}
            held |= {"latest-ship-date": self.maybe(0.9, written(promise))}
            self.rows["orders"].append(row | held | {"latest-delivery-date": self.maybe(0.8, written(estimate))})
        if "unshipped" in kinds:
            sent = "1" if row["quantity-purchased"] == "2" and self.pick.random() < 0.3 else "0"
            held = {"order-id": ids[0], "payments-date": written(bought), "promise-date": written(promise)}
            held |= {"reporting-date": written(self.as_of - dt.timedelta(hours=1)), "quantity-shipped": sent}
            held["quantity-to-ship"] = str(int(row["quantity-purchased"]) - int(sent))
            self.rows["unshipped"].append(row | held)
        if "all-orders" in kinds:
            item = {"Shipping": "Unshipped", "Pending": "Unshipped"}.get(facts["status"], facts["status"])
            held = {
                "amazon-order-id": ids[0],
                "last-updated-date": written(self.as_of - dt.timedelta(hours=1)),
                "item-status": item,
            }
            held |= {
                "order-status": facts["status"],
                "fulfillment-channel": facts["by"] if len(kinds) == 1 else "Merchant",
            }
            self.rows["all-orders"].append(row | held | {"quantity": row["quantity-purchased"]})
        if self.pick.random() < 0.6:
            self._confirm(ids, row, sent, promise)

    def _confirm(self, ids, row, sent, promise):
        day = min(promise + dt.timedelta(days=self.choice([-1, 0, 1])), self.as_of - dt.timedelta(days=1))
        left, number = int(row["quantity-purchased"]) - int(sent), self.choice(list(CARRIERS))
        shipped = {"order-id": ids[0], "order-item-id": ids[1], "ship-date": day.strftime("%Y-%m-%d")}
        shipped |= {"quantity": self.choice(["1", str(left)]), "tracking-number": number}
        self.rows["confirmation"].append(shipped | {"carrier-code": CARRIERS[number]})

    def _talk(self, order, bought):
        for _ in range(self.choice([0, 0, 1, 2, 3, 4])):
            row = {"contact-id": f"C{len(self.rows['contacts'])}", "order-id": order}
            row |= {
                "sent-date": self.when(bought, 20),
                "topic": self.choice(["delivery", "delivery", "item", "other", "address", ""]),
            }
            row["direction"] = self.choice(["buyer", "buyer", "seller", "seller", "amazon"])
            row["resolved-date"] = self.maybe(0.25, self.when(bought, 24))
            self.rows["contacts"].append(row | {"channel": self.choice(["message", "message", "return-request", ""])})

    def _return(self, order, item, bought):
        day = bought + dt.timedelta(days=self.choice([3, 6, 9]))
        back = day + dt.timedelta(days=self.choice([1, 40]))
        row = {"Order ID": order, "Order Item ID": item, "Return request date": day.strftime("%d-%b-%Y")}
        row |= {"A-to-Z Claim": self.choice(["N", "N", "Y", ""]), "In policy": self.choice(["Y", "Y", "N", ""])}
        row |= {"Return request status": self.choice(["Approved", "New", "Completed"])}
        row |= {"Currency code": self.choice(["USD", "USD", "USD", "EUR", ""]), "Resolution": self.choice(RESOLUTIONS)}
        row["Return delivery date"] = self.maybe(0.7, back.strftime("%d-%b-%Y"))
        row |= {
            "Order Amount": self.choice(["", "27.06", "20.00", "27.06"]),
            "Return quantity": "1",
            "Order quantity": self.choice(["1", "1", "1", "2", ""]),
        }
        row["Refunded Amount"] = self.choice(["", "", "0.00", "10.00", "20.00", "25.00", "27.06"])
        self.rows["returns"].append(row)

    def _defect(self, order, bought):
        for _ in range(self.choice([0] * 9 + [1, 2])):
            row = {"defect-id": f"D{len(self.rows['defects'])}", "order-id": order}
            row |= {
                "defect-type": self.choice(["negative-feedback", "chargeback"]),
                "defect-date": self.when(bought, 20),
            }
            self.rows["defects"].append(row | {"removed-date": self.maybe(0.3, self.when(bought, 40))})

    def _claim(self, order, items, bought):
        filed = bought + dt.timedelta(days=self.choice([2, 5, 9, 15]))
        row = {"claim-id": f"K{len(self.rows['claims'])}", "order-id": order, "claim-date": self.when(filed)}
        row |= {
            "claim-type": self.choice(KINDS),
            "order-item-id": self.choice(["", "", "", *items, *items, "19999999999999"]),
        }
        row |= {"claim-amount": self.choice([*AMOUNTS, ""]), "currency": self.choice(["USD", "USD", "USD", "USD", ""])}
        for name, share in (("info-requested", 0.4), ("info-answered", 0.2), ("withdrawn", 0.1)):
            row[f"{name}-date"] = self.maybe(share, self.when(filed))
        row["refund-date"] = self.maybe(0.25, self.when(filed - dt.timedelta(days=2)))
        row["refund-amount"] = self.choice([*AMOUNTS, "10.00", ""]) if row["refund-date"] else self.maybe(0.1, "10.00")
        if self.pick.random() < 0.4:
            row |= {
                "decision": self.choice(["granted", "granted", "denied"]),
                "funded-by": self.choice(["seller", "amazon", ""]),
            }
            row["decision-date"] = self.maybe(0.8, self.when(filed))
            row["appeal-date"] = self.maybe(0.4, self.when(filed + dt.timedelta(days=self.choice([1, 29, 30, 31]))))
            row["appeal-decision"] = self.maybe(0.2, self.choice(["reversed", "upheld"]))
            row["appeal-decision-date"] = self.maybe(0.5, self.when(filed, 40)) if row["appeal-decision"] else ""
        near = bought + dt.timedelta(days=6)
        for name, share in (
            ("latest-delivery", 0.3),
            ("tracking-promised", 0.3),
            ("delivered", 0.5),
            ("returned", 0.4),
        ):
            row[f"{name}-date"] = self.maybe(share, self.when(near))
        row["charged-amount"] = self.choice(["", *AMOUNTS])
        for name in ("domestic-return-address", "prepaid-label", "full-refund-offered"):
            row[name] = self.choice(["", "N", "N", "N", "Y"])
        self.rows["claims"].append(dict.fromkeys(columns("claims"), "") | row)
