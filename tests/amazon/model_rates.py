"""Writes pipeline/amazon/rates.json from Amazon's models: `python -m tests.amazon.model_rates FOLDER`."""

import json
import re
import sys
from pathlib import Path

RATES = Path(__file__).resolve().parents[2] / "pipeline" / "amazon" / "rates.json"
OPERATIONS = (
    *("createReport", "getReport", "getReports", "getReportDocument", "createRestrictedDataToken"),
    *("createFeedDocument", "createFeed", "getFeed", "getFeeds", "getFeedDocument"),
)
ROW = re.compile(r"^\|\s*([0-9.]+)\s*\|\s*([0-9]+)\s*\|$", re.MULTILINE)


def read_limits(folder):
    """Rate (calls a second) and burst (calls) of each operation, read off the table in its description."""
    limits = {}
    for path in sorted(Path(folder).glob("*.json")):
        for item in json.loads(path.read_text("utf-8"))["paths"].values():
            for method, operation in item.items():
                if method != "parameters" and operation["operationId"] in OPERATIONS:
                    (row,) = ROW.findall(operation["description"])
                    limits[operation["operationId"]] = {"rate": float(row[0]), "burst": int(row[1])}
    assert limits.keys() == set(OPERATIONS)
    return {name: limits[name] for name in OPERATIONS}


def format_limits(limits):
    return json.dumps(limits, indent=2) + "\n"


if __name__ == "__main__":
    RATES.write_text(format_limits(read_limits(sys.argv[1])), encoding="utf-8")
