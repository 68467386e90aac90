"""Made-up claims: orders, confirmations, contacts, returns and claims whose dates collide as often as can be."""

from __future__ import annotations

import datetime as dt
import random

AS_OFS = ("2026-03-10T07:00:00Z", "2026-03-29T22:30:00Z", "2026-11-02T07:59:59Z", "2026-10-26T23:00:00Z")
CHANNELS = ("", "Amazon.com", "Amazon.de", "Amazon.co.jp")
KINDS = ("not-received", "not-received", "not-as-described", "not-refunded", "international-return", "extra-charges")
TRACKING = ("TRACK1", "", "NULL", "1Z999AA10123456784", "1Z999AA10123456785")
STEPS = (
    0,
    1,
    3600,
    86_400,
    172_799,
    172_800,
    172_801,
    259_200,
    2_592_000,
)  # seconds: the ends of the windows among them
HEADERS = {
    "orders": "order-id order-item-id purchase-date payments-date sku quantity-purchased currency item-price "
    "shipping-price ship-country sales-channel latest-ship-date latest-delivery-date",
    "all-orders": "amazon-order-id order-item-id purchase-date last-updated-date order-status fulfillment-channel "
    "sales-channel sku item-status quantity currency item-price shipping-price ship-country",
    "confirmation": "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number ship-method",
    "contacts": "contact-id order-id sent-date direction channel topic",
    "returns": "Order ID\tOrder Item ID\tReturn request date\tReturn request status\tA-to-Z Claim\tIn policy\t"
    "Return delivery date\tOrder Amount\tRefunded Amount",
    "claims": "claim-id order-id order-item-id claim-type claim-date claim-amount currency info-requested-date "
    "info-answered-date refund-date refund-amount withdrawn-date decision decision-date funded-by appeal-date "
    "appeal-decision appeal-decision-date latest-delivery-date tracking-promised-date delivered-date returned-date "
    "charged-amount domestic-return-address prepaid-label full-refund-offered",
}


def columns(kind):
    return HEADERS[kind].split("\t" if kind == "returns" else " ")


class World:
    """One seller's files, of so many orders with a claim each and some without."""

    def __init__(self, seed, orders):
        self.pick = random.Random(seed)
        self.as_of = dt.datetime.fromisoformat(self.choice(AS_OFS))
        self.rows = {kind: [] for kind in HEADERS}
        for number in range(1, orders + 1):
            self._order(number)

    def choice(self, values):
        return self.pick.choice(values)

    def maybe(self, share, value):
        return value if self.pick.random() < share else ""

    def files(self):
        made = {}
        for kind, rows in self.rows.items():
            lines = [
                "\t".join(columns(kind)),
                *("\t".join(row.get(name, "") for name in columns(kind)) for row in rows),
            ]
            made[f"{kind}.txt"] = ("\n".join(lines) + "\n").encode()
        return made

    def when(self, base, spread=9):
        """A moment near another: an instant or a plain date."""
        moved = base + dt.timedelta(seconds=self.choice(STEPS) + 86_400 * self.pick.randrange(spread) // 2)
        return moved.strftime("%Y-%m-%dT%H:%M:%SZ") if self.pick.random() < 0.7 else moved.strftime("%Y-%m-%d")

    def _order(self, number):
        order, channel = f"111-0000000-{number:07d}", self.choice(CHANNELS)
        bought = self.as_of - dt.timedelta(
            days=self.choice([3, 12, 26, 29, 45, 59, 60, 61]), seconds=self.choice([0, 1])
        )
        known, items = self.pick.random() < 0.95, self.choice([1, 1, 2])
        promise = bought + dt.timedelta(days=self.choice([1, 3, 5]))
        estimate = bought + dt.timedelta(days=self.choice([4, 8, 12, 30]), hours=self.choice([0, 7, 21]))
        paid = bought + dt.timedelta(seconds=self.choice([0, 0, 1800, 1801, 90_000]))
        reported = self.pick.random() < 0.15
        for item in range(1, items + 1) if known else ():
            self._item(
                (order, f"1{number:07d}{item:06d}"), channel, (bought, paid, promise, estimate), reported=reported
            )
        self._talk(order, bought)
        if self.pick.random() < 0.2:
            self._return(order, bought)
        if self.pick.random() < 0.85:
            self._claim(number, order, items, bought)

    def _item(self, ids, channel, dates, *, reported):
        bought, paid, promise, estimate = (one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in dates)
        row = {"order-item-id": ids[1], "purchase-date": bought, "sku": "S", "sales-channel": channel}
        row |= {"currency": self.choice(["USD", "USD", "EUR", ""]), "item-price": self.choice(["20.00", "20.00", ""])}
        row |= {"shipping-price": self.maybe(0.5, "5.00"), "ship-country": self.choice(["US", "CA", ""])}
        if reported:
            last = self.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
            row |= {"amazon-order-id": ids[0], "last-updated-date": last, "order-status": "Shipped"}
            row |= {"item-status": "Shipped", "quantity": "1", "fulfillment-channel": "Merchant"}
            self.rows["all-orders"].append(row)
            return
        row |= {"order-id": ids[0], "payments-date": paid, "quantity-purchased": "1"}
        row |= {"latest-ship-date": self.maybe(0.9, promise), "latest-delivery-date": self.maybe(0.8, estimate)}
        self.rows["orders"].append(row)
        if self.pick.random() < 0.6:
            shipped = min(dates[2] + dt.timedelta(days=self.choice([-1, 0, 1])), self.as_of - dt.timedelta(days=1))
            sent = {
                "order-id": ids[0],
                "order-item-id": ids[1],
                "quantity": "1",
                "ship-date": shipped.strftime("%Y-%m-%d"),
            }
            number = self.choice(TRACKING)
            sent |= {"carrier-code": "OnTrac" if number == "TRACK1" else "UPS", "tracking-number": number}
            self.rows["confirmation"].append(sent)

    def _talk(self, order, bought):
        for _ in range(self.choice([0, 0, 1, 2, 3])):
            row = {
                "contact-id": f"C{len(self.rows['contacts'])}",
                "order-id": order,
                "sent-date": self.when(bought, 20),
            }
            row |= {"direction": self.choice(["buyer", "buyer", "seller", "seller", "amazon"])}
            row["topic"] = self.choice(["delivery", "delivery", "item", "other", "address", ""])
            self.rows["contacts"].append(row | {"channel": self.choice(["message", "return-request", "message", ""])})

    def _return(self, order, bought):
        day = bought + dt.timedelta(days=self.choice([3, 6]))
        back = day + dt.timedelta(days=self.choice([1, 40]))
        row = {"Order ID": order, "Return request date": day.strftime("%d-%b-%Y"), "A-to-Z Claim": "N"}
        row |= {
            "In policy": self.choice(["Y", "N", ""]),
            "Return request status": self.choice(["Approved", "New", "Completed"]),
        }
        row |= {"Return delivery date": self.maybe(0.7, back.strftime("%d-%b-%Y"))}
        row |= {
            "Order Amount": self.maybe(0.5, "20.00"),
            "Refunded Amount": self.choice(["", "10.00", "20.00", "50.00"]),
        }
        self.rows["returns"].append(row)

    def _claim(self, number, order, items, bought):
        filed = bought + dt.timedelta(days=self.choice([2, 5, 9, 15]))
        row = {
            "claim-id": f"K{number}",
            "order-id": order,
            "claim-type": self.choice(KINDS),
            "claim-date": self.when(filed),
        }
        row["order-item-id"] = self.choice(["", "", f"1{number:07d}{self.choice([1, items]):06d}"])
        row |= {"claim-amount": self.choice(["20.00", "25.00", "25.01", "50.01", ""]), "currency": "USD"}
        for name, share in (("info-requested", 0.4), ("info-answered", 0.2), ("refund", 0.2), ("withdrawn", 0.1)):
            row[f"{name}-date"] = self.maybe(share, self.when(filed))
        row["refund-amount"] = self.choice(["", "10.00", "20.00", "25.00", "50.00"])
        if self.pick.random() < 0.5:
            row |= {"decision": self.choice(["granted", "granted", "denied"]), "decision-date": self.when(filed)}
            row |= {"funded-by": self.choice(["seller", "seller", "amazon", ""])}
            row["appeal-date"] = self.maybe(0.5, self.when(filed + dt.timedelta(days=self.choice([1, 29, 30, 31]))))
            row["appeal-decision"] = self.maybe(0.3, self.choice(["reversed", "upheld"]))
            row["appeal-decision-date"] = self.maybe(0.5, self.when(filed, 40)) if row["appeal-decision"] else ""
        near = bought + dt.timedelta(days=6)
        for name, share in (
            ("latest-delivery", 0.3),
            ("tracking-promised", 0.3),
            ("delivered", 0.5),
            ("returned", 0.4),
        ):
            row[f"{name}-date"] = self.maybe(share, self.when(near))
        row["charged-amount"] = self.choice(["", "25.00", "25.01", "70.00"])
        for name in ("domestic-return-address", "prepaid-label", "full-refund-offered"):
            row[name] = self.choice(["", "N", "N", "Y"])
        self.rows["claims"].append(row)
