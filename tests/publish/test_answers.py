ANSWER = "reports/processing-report/confirm.txt.txt"
HEADER = "original-record-number\torder-id\torder-item-id\terror-code\terror-type\terror-message\n"


def summary(processed, successful):
    return (
        f"Feed Processing Summary:\n\tNumber of records processed\t\t{processed}\n"
        f"\tNumber of records successful\t\t{successful}\n"
    )


def test_nothing_to_say(night):
    night.report([1])
    night.confirm([1])
    night.publish()
    assert night.text(ANSWER) == summary(1, 1)


def test_errors_and_warnings_by_record_then_code(night):
    night.report([1, 2])
    header = ["order-id", "order-item-id", "quantity", "ship-date", "carrier-code", "tracking-number", "odd"]
    rows = [
        night.confirmed(9, carrier_code="Pigeon"),
        night.confirmed(1, quantity="3"),
        night.confirmed(2, tracking_number=""),
    ]
    night.table("confirm.txt", header, rows)
    night.publish()
    text = night.text(ANSWER)
    assert text.startswith(summary(3, 1) + "\n" + HEADER)
    told = [line.split("\t")[:5] for line in text.removeprefix(summary(3, 1) + "\n" + HEADER).split("\n")[:-1]]
    assert told == [
        ["0", "", "", "90061", "Warning"],
        ["1", night.order(9), night.item(9), "5004", "Error"],
        ["1", night.order(9), night.item(9), "18028", "Error"],
        ["2", night.order(1), night.item(1), "18021", "Error"],
        ["3", night.order(2), night.item(2), "SHP-112", "Warning"],
    ]


def test_unreadable_lines_are_records(night):
    night.report([1])
    night.confirm([1])
    path = night.inputs / "confirm.txt"
    path.write_bytes(path.read_bytes() + b"\x01\n\n")
    night.publish()
    told = night.text(ANSWER).removeprefix(summary(2, 1) + "\n" + HEADER).split("\t")
    assert told[:5] == ["2", "", "", "FIL-007", "Error"]


def test_a_file_refused_whole_is_fatal(night):
    night.table("confirm.txt", ["order-id", "ship-date", "tracking-number"], [{"order-id": night.order(1)}])
    night.publish()
    header, row = night.text(ANSWER).removeprefix(summary(0, 0) + "\n").removesuffix("\n").split("\n")
    assert header + "\n" == HEADER
    assert row.split("\t")[:5] == ["0", "", "", "90012", "Fatal"]


def test_each_confirmation_file_and_no_other(night):
    night.report([1, 2])
    night.confirm([1])
    night.confirm([2], "sub/other.tsv")
    night.publish()
    assert [path for path in night.files() if "processing-report" in path] == [
        ANSWER,
        "reports/processing-report/sub/other.tsv.txt",
    ]
