"""Peer: the same eleven rules as ``peer_duckdb.py``: pandas' own reader, pandera for the cells, merges for the rest.

usage: peer_pandas.py ORDERS CONFIRMATION OUT_DIR AS_OF
"""

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas as pa

CARRIERS = Path(__file__).resolve().parents[2] / "schemas" / "lists" / "carriers.tsv"
STORE = "America/Los_Angeles"
ITEM = ["order-id", "order-item-id"]
SAME = [*ITEM, "quantity", "ship-date", "carrier-code", "carrier-name", "tracking-number"]
FEED = [*SAME, "ship-method"]
DATES = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8})?|[0-9]{8}|[0-9]{4}/[0-9]{2}/[0-9]{2}"


def tsv(path: str) -> pd.DataFrame:
    """The file as text; lines with too many cells are left out."""
    return pd.read_csv(
        path,
        sep="\t",
        dtype=str,
        quoting=csv.QUOTE_NONE,
        keep_default_na=False,
        index_col=False,
        on_bad_lines="skip",
        encoding_errors="replace",
    )


def cells(carriers: list[str]) -> pa.DataFrameSchema:
    """What a cell may hold, every check named by its code."""

    def check(pattern: str, code: str) -> pa.Column:
        return pa.Column(checks=pa.Check(lambda text: text.str.fullmatch(pattern), name=code))

    return pa.DataFrameSchema(
        {
            "order-id": check("[0-9]{3}-[0-9]{7}-[0-9]{7}", "FMT-002"),
            "order-item-id": check("(?:[0-9]{11,20})?", "FMT-002"),
            "ship-date": check(DATES, "FMT-003"),
            "quantity": check("(?:0*[1-9][0-9]{0,8})?", "FMT-004"),
            "carrier-code": pa.Column(checks=pa.Check(lambda text: text.isin(carriers), name="FMT-006")),
        }
    )


def faults(rows: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.Series:
    """The first code that pandera has for each row, empty where it has none."""
    code = pd.Series("", index=rows.index)
    try:
        schema.validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.dropna(subset=["index"]).sort_values("check", kind="stable")
        first = cases.drop_duplicates("index")
        code[first["index"].astype(int)] = first["check"].to_numpy()
    return code


def sold(path: str) -> pd.DataFrame:
    """Order, item, what remains to be shipped, and when it was bought."""
    rows = tsv(path)
    number = {name: pd.to_numeric(rows[f"quantity-{name}"], errors="coerce") for name in ("purchased", "shipped")}
    bought = pd.to_datetime(rows["purchase-date"], errors="coerce", utc=True, format="ISO8601")
    return rows[ITEM].assign(remaining=number["purchased"] - number["shipped"], bought=bought).drop_duplicates(ITEM)


def main(orders: str, confirmation: str, out: str, as_of: str) -> None:
    """Judge the confirmation by the orders, and write what passed and what did not."""
    Path(out).mkdir(parents=True, exist_ok=True)
    rows, known, now = tsv(confirmation), sold(orders), pd.Timestamp(as_of)
    code = faults(rows, cells(tsv(str(CARRIERS))["code"].tolist()))
    whole = known.groupby("order-id", as_index=False).agg(of_order=("remaining", "sum"), latest=("bought", "max"))
    both = rows.merge(known, on=ITEM, how="left").merge(whole, on="order-id", how="left")
    left = both["remaining"].where(both["order-item-id"] != "", both["of_order"])
    bought = both["bought"].fillna(both["latest"])
    text = rows["ship-date"].str.replace("[-/]", "", regex=True).str.slice(0, 8)
    shipped = pd.to_datetime(text, format="%Y%m%d", errors="coerce")
    local = bought.dt.tz_convert(STORE).dt.tz_localize(None).dt.normalize()
    conditions = {
        "FMT-003": shipped.isna(),
        "SHP-101": both["of_order"].isna(),
        "SHP-102": left.isna(),
        "SHP-110": now > bought + pd.Timedelta(days=30),
        "SHP-107": rows.duplicated(SAME),
        "SHP-108": shipped < local,
        "SHP-109": shipped > now.tz_convert(STORE).tz_localize(None).normalize(),
    }
    found = np.select([mask.to_numpy(bool) for mask in conditions.values()], list(conditions), "")
    code = code.where(code != "", pd.Series(found, index=code.index))
    units = pd.to_numeric(rows["quantity"], errors="coerce").fillna(left)
    asked = units.where(code == "", 0).groupby([rows[name] for name in ITEM]).transform("sum")
    code = code.mask((code == "") & (asked > left), "SHP-106")
    plain = {"sep": "\t", "index": False, "quoting": csv.QUOTE_NONE}
    rows.assign(**{"ship-date": shipped.dt.strftime("%Y-%m-%d")}).loc[code == "", FEED].to_csv(
        f"{out}/feed.tsv", **plain
    )
    errors = rows[ITEM].assign(line=rows.index + 2, code=code)[code != ""]
    errors[["line", *ITEM, "code"]].to_csv(f"{out}/errors.tsv", **plain)


if __name__ == "__main__":
    main(*sys.argv[1:5])
