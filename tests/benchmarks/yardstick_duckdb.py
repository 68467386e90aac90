"""Yardstick: eleven rules of the confirmation check, as one DuckDB script and nothing around it.

usage: yardstick_duckdb.py ORDERS CONFIRMATION OUT_DIR AS_OF

For where the sibling folder's own yardstick is not at hand. It writes OUT_DIR/feed.tsv (accepted rows) and
OUT_DIR/errors.tsv (line, ids, first code); no ledger, no messages, no other rule, UTC dates.
"""

import sys
from pathlib import Path

import duckdb

CARRIERS = Path(__file__).resolve().parents[2] / "schemas" / "lists" / "carriers.tsv"

RULES = r"""
create macro tsv(path) as table
    from read_csv(path, delim = '\t', quote = '', escape = '', header = true, all_varchar = true);
create temp table carriers as select code from tsv(getvariable('carriers'));
create temp table sold as
    select "order-id" as order_id, "order-item-id" as item_id, "quantity-purchased"::int as purchased,
           "purchase-date"::timestamptz as bought_at
    from tsv(getvariable('orders'));
create temp table claimed as
    select row_number() over () + 1 as line, c.*,
           case when regexp_full_match(quantity, '[0-9]{1,9}') then quantity::int end as units,
           try_cast("ship-date" as date) as left_on
    from tsv(getvariable('confirmation')) c;
create temp table judged as
with known as (select order_id from sold group by all),
facts as (
    select c.*, s.purchased, s.bought_at, c."carrier-code" in (from carriers) as listed,
           c."order-id" in (from known) as has_order,
           lag(line) over (
               partition by "order-id", "order-item-id", quantity, "ship-date", "carrier-code", "carrier-name",
                            "tracking-number"
               order by line) is not null as repeated
    from claimed c left join sold s on (s.order_id, s.item_id) = (c."order-id", c."order-item-id")),
first as (
    select *, case
        when not regexp_full_match("order-id", '\d{3}-\d{7}-\d{7}') then 'FMT-002'
        when not coalesce(regexp_full_match("order-item-id", '\d{11,20}'), true) then 'FMT-002'
        when left_on is null then 'FMT-003'
        when coalesce(units, 0) = 0 then 'FMT-004'
        when not coalesce(listed, false) then 'FMT-006'
        when not has_order then 'SHP-101'
        when purchased is null then 'SHP-102'
        when getvariable('as_of')::timestamptz - interval 30 day > bought_at then 'SHP-110'
        when repeated then 'SHP-107'
        when left_on < bought_at::date then 'SHP-108'
        when left_on > getvariable('as_of')::timestamptz::date then 'SHP-109'
    end as fault
    from facts)
select *, coalesce(fault, if(sum(units) filter (fault is null) over item > purchased, 'SHP-106', null)) as code
from first window item as (partition by "order-id", "order-item-id");
copy (
    select "order-id", "order-item-id", quantity, "ship-date", "carrier-code", "carrier-name", "tracking-number",
           "ship-method"
    from judged where code is null order by line
) to (getvariable('out') || '/feed.tsv') (delimiter '\t', header, quote '', escape '');
copy (select line, "order-id", "order-item-id", code from judged where code is not null order by line)
    to (getvariable('out') || '/errors.tsv') (delimiter '\t', header, quote '', escape '');
"""


def main(orders: str, confirmation: str, out: str, as_of: str) -> None:
    """Judge the confirmation by the orders, and write what passed and what did not."""
    Path(out).mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    names = {"orders": orders, "confirmation": confirmation, "out": out, "as_of": as_of, "carriers": str(CARRIERS)}
    for name, value in names.items():
        con.execute(f"set variable {name} = $1", [value])
    con.execute(RULES)


if __name__ == "__main__":
    main(*sys.argv[1:5])
