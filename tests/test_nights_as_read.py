"""Made-up sellers live through six nights, and SPEC read row by row in plain Python says the same as the program."""

import collections

import pytest

from tests import tables
from tests.reading import knowledge, nights, seller

NIGHTS = 6
LINE_CODES = {*knowledge.ERRORS, "SHP-115", "SHP-116", "SHP-121", "SHP-124", "SHP-125", "SHP-126", "SHP-127", "CAN-504"}
LINE_CODES -= {"SHP-108", "SHP-109", "SHP-111", "SHP-114", "CAN-502"}  # of one row by itself: test_laws reads them
ANSWER_CODES = {f"ACK-{number}" for number in (601, 602, 603, 604)}
ITEM_CODES = {f"LIF-{number}" for number in (201, 202, 203, 204, 205, 206, 209, 214, 215)}
ACTIONS = ("ship", "confirm", "cancel", "review")


def rows_of(path):
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]


def read_program(out, files):
    """What the program says of a night, as the reading says it."""
    told = knowledge.Told()
    for row in rows_of(out / "reports/orders.tsv"):
        numbers = (int(row[f"quantity_{name}"] or 0) for name in ("shipped", "confirmed", "remaining"))
        key = (row["order_id"], row["order_item_id"] or f"{knowledge.NO_ID}{row['sku']}")
        told.items[key] = sorted([*told.items.get(key, []), (row["state"], *numbers)])
    uploads = {file.name for file in files if file.kind in ("confirmation", "cancellation")}
    for file in files:
        for line in range(2, len(file.rows) + 2) if file.name in uploads else []:
            told.lines[file.name, line] = set()
    for row in rows_of(out / "reports/findings.tsv"):
        code, place = row["code"], (row["source_file"], int(row["line"] or 0))
        if place[0] in uploads and code in LINE_CODES:
            told.lines[place].add(code)
        elif code in ITEM_CODES and row["order_item_id"]:
            told.item_codes.add((code, row["order_id"], row["order_item_id"]))
        elif code.startswith("ACK"):
            told.answer_codes[code] += 1
        told.gap = told.gap or code == "LIF-207"
    for place in [place for place, codes in told.lines.items() if codes & knowledge.ERRORS]:
        told.lines[place] -= {"SHP-121", "SHP-127"}  # what it would be beside what is wrong
    told.todo.update(
        (row["action"], row["order_id"], row["order_item_id"])
        for row in rows_of(out / "reports/worklist.tsv")
        if row["action"] in ACTIONS and row["order_item_id"]
    )
    feed = out / "feeds/shipping-confirmation-001.tsv"
    told.feed = rows_of(feed) if feed.exists() else []
    return told


def differences(read, program):
    """What the two say otherwise, in words."""
    found = []
    for name in ("items", "lines"):
        ours, theirs = getattr(read, name), getattr(program, name)
        found += [
            (name, key, f"read {said(ours.get(key))}", f"program {said(theirs.get(key))}")
            for key in sorted({*ours, *theirs})
            if ours.get(key) != theirs.get(key)
        ]
    for name in ("item_codes", "answer_codes", "todo"):
        ours, theirs = (collections.Counter(getattr(one, name)) for one in (read, program))
        found += [(name, key, "read only", number) for key, number in sorted((ours - theirs).items())]
        found += [(name, key, "program only", number) for key, number in sorted((theirs - ours).items())]
    fed = [[{name: row[name] for name in knowledge.IDENTITY} for row in one.feed] for one in (read, program)]
    if fed[0] != fed[1]:
        found.append(("feed", "", f"read {len(fed[0])} rows", f"program {len(fed[1])} rows"))
    if read.gap != program.gap:
        found.append(("gap", "", read.gap, program.gap))
    return found


def said(value):
    return sorted(value) if isinstance(value, set) else value


def live(seed, home, count=NIGHTS):
    """Every difference of a seller's nights; the first night with any is the last."""
    maker = seller.Seller(seed)
    reading = nights.Reading(complete=maker.complete)
    for night in range(count):
        files = maker.files()
        data = {file.name: seller.written(file, marks=maker.marks) for file in files}
        as_of = maker.as_of
        out = tables.run_night(home, data, as_of, tables.Options(account=maker.account))
        read, program = reading.night(as_of, files), read_program(out, files)
        found = differences(read, program)
        if found:
            return night + 1, files, found
        maker.read_feed(program.feed)
    return None


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
def test_nights_are_judged_as_the_contract_reads(seed, tmp_path):
    found = live(seed, tmp_path)
    assert found is None, f"night {found[0]}: {found[2]}"


def test_the_nights_hold_all_that_is_compared():
    """A reading that never meets a case says nothing of it."""
    met = set()
    for seed in range(20):
        maker = seller.Seller(seed)
        reading = nights.Reading(complete=maker.complete)
        for _ in range(NIGHTS):
            as_of = maker.as_of
            read = reading.night(as_of, maker.files())
            met |= {code for codes in read.lines.values() for code in codes} | {code for code, *_ in read.item_codes}
            met |= {*read.answer_codes, *(action for action, *_ in read.todo), *(["LIF-207"] if read.gap else [])}
            met |= {"a file again" for file in reading.files if file.repeated}
            met |= {"without item ids" for item in reading.items.values() if item.without_id}
            maker.read_feed([{name: row[name] for name in knowledge.IDENTITY} for row in read.feed])
    wanted = {*LINE_CODES, *ITEM_CODES, *ACTIONS, *ANSWER_CODES, "LIF-207", "a file again", "without item ids"}
    assert wanted - met == set()
