"""Peer: eleven rules of the confirmation check as one DuckDB script, and nothing around it.

usage: peer_duckdb.py ORDERS CONFIRMATION OUT_DIR AS_OF

It writes OUT_DIR/feed.tsv (accepted rows) and OUT_DIR/errors.tsv (line, ids, first code). No ledger, no messages, no
other rule; lines that cannot be read are left out without a word. Dates are those of the store's own time zone.
"""

import sys
from pathlib import Path

import duckdb

CARRIERS = Path(__file__).resolve().parents[2] / "schemas" / "lists" / "carriers.tsv"

JUDGE = r"""
create macro tsv(path) as table
    from read_csv(path, delim = '\t', quote = '', escape = '', header = true, all_varchar = true,
                  ignore_errors = true, null_padding = false);
create temp table carriers as select code from tsv(getvariable('carriers'));
create temp table sold as
    select distinct on (order_id, item_id) "order-id" as order_id, "order-item-id" as item_id,
           try_cast("quantity-purchased" as int) - try_cast("quantity-shipped" as int) as remaining,
           try_cast("purchase-date" as timestamptz) as bought_at {more}
    from tsv(getvariable('orders'));
create temp table whole as
    select order_id, sum(remaining) as remaining, max(bought_at) as bought_at from sold group by all;
create temp table claimed as
    select row_number() over () + 1 as line, c.*,
           case when regexp_full_match(quantity, '[0-9]{1,9}') then quantity::int end as units,
           coalesce(try_strptime("ship-date"[:10], '%Y-%m-%d'), try_strptime("ship-date", '%Y%m%d'),
                    try_strptime("ship-date", '%Y/%m/%d'))::date as left_on
    from tsv(getvariable('confirmation')) c;
create temp table judged as
with facts as (
    select c.*, coalesce(s.remaining, case when "order-item-id" is null then w.remaining end) as remaining,
           coalesce(s.bought_at, w.bought_at) as bought_at, w.order_id is not null as has_order,
           c."carrier-code" in (from carriers) as listed,
           lag(line) over (
               partition by "order-id", "order-item-id", quantity, "ship-date", "carrier-code", "carrier-name",
                            "tracking-number"
               order by line) is not null as repeated
    from claimed c left join sold s on (s.order_id, s.item_id) = (c."order-id", c."order-item-id")
    left join whole w on w.order_id = c."order-id"),
first as (
    select *, case
        when not coalesce(regexp_full_match("order-id", '\d{3}-\d{7}-\d{7}'), false) then 'FMT-002'
        when not coalesce(regexp_full_match("order-item-id", '\d{11,20}'), true) then 'FMT-002'
        when left_on is null then 'FMT-003'
        when quantity is not null and coalesce(units, 0) = 0 then 'FMT-004'
        when not coalesce(listed, false) then 'FMT-006'
        when not has_order then 'SHP-101'
        when remaining is null then 'SHP-102'
        when getvariable('as_of')::timestamptz - interval 30 day > bought_at then 'SHP-110'
        when repeated then 'SHP-107'
        when left_on < bought_at::date then 'SHP-108'
        when left_on > getvariable('as_of')::timestamptz::date then 'SHP-109'
    end as fault
    from facts)
select *, coalesce(fault, if(
    sum(coalesce(units, remaining)) filter (fault is null) over item > remaining, 'SHP-106', null)) as code
from first window item as (partition by "order-id", "order-item-id");
"""
WRITE = r"""
copy (
    select "order-id", "order-item-id", quantity, left_on as "ship-date", "carrier-code", "carrier-name",
           "tracking-number", "ship-method"
    from judged where code is null order by line
) to (getvariable('out') || '/feed.tsv') (delimiter '\t', header, quote '', escape '');
copy (select line, "order-id", "order-item-id", code from judged where code is not null order by line)
    to (getvariable('out') || '/errors.tsv') (delimiter '\t', header, quote '', escape '');
"""


def judge(names: dict[str, str], more: str = "") -> duckdb.DuckDBPyConnection:
    """A connection whose table judged has every line with its fault; ``more`` are columns that sold has besides."""
    Path(names["out"]).mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("set TimeZone = 'America/Los_Angeles'")
    for name, value in {**names, "carriers": str(CARRIERS)}.items():
        con.execute(f"set variable {name} = $1", [value])
    con.execute(JUDGE.replace("{more}", more))
    return con


def main(orders: str, confirmation: str, out: str, as_of: str) -> None:
    """Judge the confirmation by the orders, and write what passed and what did not."""
    judge({"orders": orders, "confirmation": confirmation, "out": out, "as_of": as_of}).execute(WRITE)


if __name__ == "__main__":
    main(*sys.argv[1:5])
