"""Speed and memory of a whole run, against a yardstick: `python -m tests.benchmarks`.

Here is what the made-up files are made of; light to import, so that the runner stays small beside what it measures.
"""

from collections.abc import Sequence

AS_OF = "2026-03-10T07:00:00Z"
REPORT = (
    "order-id order-item-id purchase-date payments-date reporting-date promise-date days-past-promise buyer-email "
    "buyer-name buyer-phone-number sku product-name quantity-purchased quantity-shipped quantity-to-ship "
    "ship-service-level recipient-name ship-address-1 ship-address-2 ship-address-3 ship-city ship-state "
    "ship-postal-code ship-country is-business-order purchase-order-number price-designation \r\n"
)
CONFIRMATION = "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number ship-method\n"
FIRST = "Avery Câline Dorin Élodie Fenna Göran Hollis Idris Jory Kestrel Linnea Marlo Noor Ottilie Perrin".split()
LAST = "Ashgrove Brindlemere Coldwater Dunmarrow Emberly Fallowfield Gröntal Hathersby Ivelstone Løvring".split()
STREET = "Lantern St|Thistle Avenue|Quarry Lane|HERON CT|Saffron Road|Millrace Terrace|Juniper Blvd NE".split("|")
TOWN = "Alderwick\tCA|Brambleton\tNY|Cinderford Falls\tTexas|EASTMARROW\tFL|Fernhollow\tOH|New Hollowell\tWA".split("|")
STYLE = "Norwick Stainless|Palador Foldable|Tamsin&Reed Heavy-Duty|Ostravel Organic|Härtling Replacement".split("|")
THING = "Water Bottle|Desk Lamp|Filter Cartridge|Travel Mug|Shelf Bracket|Garden Hose Nozzle|Door Mat".split("|")
EXTRA = [
    "for Home, Office and Travel",
    '12" x 18", Matte Black',
    "with Children's Lid (Pack of 2)",
    "Fits TX-100, TX-48",
]
BUSINESS = ["true\t\t", "true\tPO-20417\t", "true\tQ1 office\tBusiness Price"]
POOLS: dict[str, tuple[str, *tuple[Sequence[object], ...]]] = {  # how a value is put together; {0} is its number
    "name": ("{1} {2}. {3}", FIRST, "ABCDEFGHJKLMNPRSTW", LAST),
    "phone": ("+1 {1}-555-01{2:02} ext. {3:05}", range(201, 990), range(100), range(100_000)),
    "goods": ("{1}-{0:05}-{2}\t{3} {4} {5}", ["NW", "PAL", "K7"], ["BLK", "2PK"], STYLE, THING, EXTRA),
    "service": ("{1}", ["Standard"] * 99 + ["Expedited"]),
    "street": ("{1} {2}\t{3}\t", range(1, 9900), STREET, ["", "", "", "Unit B", "Apt 12"]),
    "place": ("{1}\t{2:05}-{3:04}\tUS", TOWN, range(501, 99_951), range(1, 9999)),
    "trade": ("{1}", ["false\t\t"] * 97 + BUSINESS),
}
BAD = {
    "order-id": [b"112-1234567-123456", b"11212345671234567", b"Order 4711", b"112-12E4567-1234567"],
    "ship-date": [b"03/04/2026", b"2026-02-30", b"yesterday", b"31.01.2026"],
    "quantity": [b"0", b"-1", b"two", b"1,5"],
    "carrier-code": [b"Pony Express", b"UPPS", b"My Cousin", b"Fed-Ex"],
}
