"""Peer: the same eleven rules as ``peer_duckdb.py``, in Polars.

usage: peer_polars.py ORDERS CONFIRMATION OUT_DIR AS_OF
"""

import datetime as dt
import sys
from pathlib import Path

import polars as pl

CARRIERS = Path(__file__).resolve().parents[2] / "schemas" / "lists" / "carriers.tsv"
STORE = "America/Los_Angeles"
ITEM = ["order-id", "order-item-id"]
SAME = [*ITEM, "quantity", "ship-date", "carrier-code", "carrier-name", "tracking-number"]
FEED = [*SAME, "ship-method"]


def tsv(path: str) -> pl.LazyFrame:
    """The file as text; lines with too many cells are cut."""
    return pl.scan_csv(
        path, separator="\t", quote_char=None, infer_schema=False, truncate_ragged_lines=True, encoding="utf8-lossy"
    )


def sold(path: str) -> pl.LazyFrame:
    """Order, item, what remains to be shipped, and when it was bought."""
    left = pl.col("quantity-purchased").cast(pl.Int32, strict=False) - pl.col("quantity-shipped").cast(
        pl.Int32, strict=False
    )
    bought = pl.col("purchase-date").str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False)
    return (
        tsv(path)
        .select(*ITEM, left.alias("remaining"), bought.dt.convert_time_zone(STORE).alias("bought"))
        .unique(ITEM)
    )


def claimed(path: str) -> pl.LazyFrame:
    """The confirmation with its quantities and dates read."""
    text = pl.col("ship-date")
    days = [
        text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        text.str.to_date("%Y%m%d", strict=False),
        text.str.to_date("%Y/%m/%d", strict=False),
    ]
    units = pl.when(pl.col("quantity").str.contains("^[0-9]{1,9}$")).then(pl.col("quantity")).cast(pl.Int32)
    return tsv(path).with_row_index("line", 2).with_columns(units.alias("units"), pl.coalesce(days).alias("shipped"))


def first_fault(as_of: dt.datetime, carriers: list[str]) -> pl.Expr:
    """The code of the first rule that a row breaks."""
    now = pl.lit(as_of).dt.convert_time_zone(STORE)
    return (
        pl.when(
            ~pl.col("order-id").str.contains(r"^[0-9]{3}-[0-9]{7}-[0-9]{7}$").fill_null(value=False)
            | ~pl.col("order-item-id").str.contains("^[0-9]{11,20}$").fill_null(value=True)
        )
        .then(pl.lit("FMT-002"))
        .when(pl.col("shipped").is_null())
        .then(pl.lit("FMT-003"))
        .when(pl.col("quantity").is_not_null() & (pl.col("units").fill_null(0) < 1))
        .then(pl.lit("FMT-004"))
        .when(~pl.col("carrier-code").is_in(carriers).fill_null(value=False))
        .then(pl.lit("FMT-006"))
        .when(pl.col("of-order").is_null())
        .then(pl.lit("SHP-101"))
        .when(pl.col("remaining").is_null())
        .then(pl.lit("SHP-102"))
        .when(now > pl.col("bought").dt.offset_by("720h"))
        .then(pl.lit("SHP-110"))
        .when(pl.int_range(pl.len()).over(SAME) > 0)
        .then(pl.lit("SHP-107"))
        .when(pl.col("shipped") < pl.col("bought").dt.date())
        .then(pl.lit("SHP-108"))
        .when(pl.col("shipped") > now.dt.date())
        .then(pl.lit("SHP-109"))
    )


def main(orders: str, confirmation: str, out: str, as_of: str) -> None:
    """Judge the confirmation by the orders, and write what passed and what did not."""
    Path(out).mkdir(parents=True, exist_ok=True)
    known = sold(orders)
    whole = known.group_by("order-id").agg(pl.col("remaining").sum().alias("of-order"), pl.col("bought").max())
    carriers = tsv(str(CARRIERS)).select("code").collect()["code"].to_list()
    rows = (
        claimed(confirmation)
        .join(known, on=ITEM, how="left")
        .join(whole, on="order-id", how="left", suffix="-of-order")
        .with_columns(
            pl.when(pl.col("order-item-id").is_null()).then("of-order").otherwise("remaining").alias("remaining"),
            pl.coalesce("bought", "bought-of-order").alias("bought"),
        )
        .sort("line")
        .with_columns(first_fault(dt.datetime.fromisoformat(as_of), carriers).alias("first"))
    )
    sound = pl.col("first").is_null()
    asked = pl.coalesce("units", "remaining").filter(sound).sum().over(ITEM)
    code = pl.when(sound & (asked > pl.col("remaining"))).then(pl.lit("SHP-106")).otherwise(pl.col("first"))
    judged = rows.with_columns(code.alias("code")).collect()
    accepted = judged.filter(pl.col("code").is_null()).with_columns(pl.col("shipped").alias("ship-date"))
    accepted.select(FEED).write_csv(f"{out}/feed.tsv", separator="\t", quote_style="never")
    refused = judged.filter(pl.col("code").is_not_null())
    refused.select("line", *ITEM, "code").write_csv(f"{out}/errors.tsv", separator="\t", quote_style="never")


if __name__ == "__main__":
    main(*sys.argv[1:5])
