"""Peer: the eleven rules of peer_duckdb, and the large outputs of a night under the names that feedwarden gives them.

usage: python -m tests.benchmarks.peer_duckdb_night ORDERS CONFIRMATION OUT_DIR AS_OF

The feed, findings and order items as text and as Parquet, and the worklist, in the columns of feedwarden. No ledger, no
page, no other rule; every finding of a rule has the same words, and times are those of the store's own time zone.
"""

import sys
from pathlib import Path

from tests.benchmarks.peer_duckdb import judge

MORE = """, sku, "sales-channel" as sales_channel, try_cast("quantity-purchased" as int) as purchased,
    try_cast("quantity-shipped" as int) as shipped, try_cast("promise-date" as timestamptz) as promised_at,
    try_cast("reporting-date" as timestamptz) as reported_at"""
NIGHT = r"""
create macro instant(moment) as strftime(moment at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ');
create temp table now as select getvariable('as_of')::timestamptz as moment;
create temp table texts as from (values
    ('FMT-002', 'the id {} is not one of Amazon', 'Copy it from the order report.'),
    ('FMT-003', 'the ship-date {} is not a date', 'Write it as YYYY-MM-DD.'),
    ('FMT-004', 'the quantity {} is not a number above 0', 'Write it in digits.'),
    ('FMT-006', 'the carrier-code {} is not in the list', 'Choose Other and give a carrier-name.'),
    ('SHP-101', 'the order {} is in no report', 'Load the report that has it.'),
    ('SHP-102', 'the item {} is not in the order', 'Take the item id from the report.'),
    ('SHP-106', 'the units {} are more than are left to ship', 'Lower the quantity.'),
    ('SHP-107', 'the line repeats one above for {}', 'Remove it.'),
    ('SHP-108', 'the ship-date {} is before the purchase', 'Correct the date.'),
    ('SHP-109', 'the ship-date {} is still to come', 'Correct the date.'),
    ('SHP-110', 'the order {} was canceled after 30 days', 'Nothing can be confirmed any more.')
) as text(code, message, hint);
create temp table findings as
with faults as (
    select j.*, parse_filename(getvariable('confirmation')) as source_file, case code
        when 'FMT-002' then 'order-item-id' when 'FMT-003' then 'ship-date' when 'FMT-004' then 'quantity'
        when 'FMT-006' then 'carrier-code' when 'SHP-101' then 'order-id' when 'SHP-102' then 'order-item-id'
        when 'SHP-106' then 'quantity' when 'SHP-108' then 'ship-date' when 'SHP-109' then 'ship-date'
        else 'order-id' end as fault_column
    from judged j where code is not null)
select source_file, line, line - 1 as record, "order-id" as order_id, "order-item-id" as order_item_id,
       fault_column as "column", code, 'error' as severity, value,
       replace(message, '{}', coalesce(value, '')) as message, hint
from (select *, case fault_column when 'order-item-id' then "order-item-id" when 'ship-date' then "ship-date"
          when 'quantity' then quantity when 'carrier-code' then "carrier-code" else "order-id" end as value
      from faults)
join texts using (code) order by source_file, line, code, "column";
create temp table confirmed as
select "order-id" as order_id, "order-item-id" as item_id, sum(coalesce(units, remaining)) as units
from judged where code is null group by all;
create temp table items as
select s.order_id, s.item_id as order_item_id, sku,
       case when remaining <= coalesce(c.units, 0) then 'shipped'
            when (select moment from now) > bought_at + interval 720 hour then 'auto-canceled'
            when shipped + coalesce(c.units, 0) > 0 then 'partially-shipped' else 'unshipped' end as state,
       bought_at as purchase_date, bought_at + interval 30 minute as released_at, promised_at as promise_date,
       bought_at + interval 720 hour as confirm_by, purchased as quantity_purchased,
       shipped + coalesce(c.units, 0) as quantity_shipped, coalesce(c.units, 0) as quantity_confirmed,
       greatest(remaining - coalesce(c.units, 0), 0) as quantity_remaining, 'Merchant' as fulfillment_channel,
       sales_channel, reported_at as first_seen, reported_at as last_seen
from sold s left join confirmed c on (c.order_id, c.item_id) = (s.order_id, s.item_id)
order by s.order_id, s.item_id;
create macro tonight() as table
select * replace (instant(purchase_date) as purchase_date, instant(released_at) as released_at,
                  instant(promise_date) as promise_date, instant(confirm_by) as confirm_by,
                  instant(first_seen) as first_seen, instant(last_seen) as last_seen) from items;
create macro work() as table
with open_items as (select *, moment >= confirm_by - interval 168 hour as is_late, moment
                    from items, now where state in ('unshipped', 'partially-shipped')),
due as (select *, promise_date as due_at, 'ship' as action, null as code,
               'promised to be shipped by ' || instant(promise_date) as reason from open_items
        union all
        select *, confirm_by, 'confirm', 'LIF-201', 'canceled unpaid after ' || instant(confirm_by)
        from open_items where is_late)
select instant(due_at) as due_at, round(date_diff('second', moment, due_at) / 3600, 1) as hours_left, action, order_id,
       order_item_id, sku, quantity_remaining as quantity, null as amount, null as currency, code, reason,
       strftime(due_at, '%Y-%m-%d %H:%M PT') as due_local
from due order by 1, action, order_id, order_item_id;
"""
WRITE = {
    "feeds/shipping-confirmation-001.tsv": """select "order-id", "order-item-id", quantity, left_on as "ship-date",
        "carrier-code", "carrier-name", "tracking-number", "ship-method"
        from judged where code is null order by line""",
    "reports/findings.tsv": "from findings",
    "reports/findings.parquet": "from findings",
    "reports/orders.tsv": "from tonight()",
    "reports/orders.parquet": "from items",
    "reports/worklist.tsv": "from work()",
}
_FORMATS = {".tsv": r"delimiter '\t', header, quote '', escape ''", ".parquet": "format parquet"}


def main(orders: str, confirmation: str, out: str, as_of: str) -> None:
    """Judge the confirmation by the orders, and write what a night writes of them."""
    con = judge({"orders": orders, "confirmation": confirmation, "out": out, "as_of": as_of}, MORE)
    con.execute(NIGHT)
    for name, query in WRITE.items():
        path = Path(out, name)
        path.parent.mkdir(exist_ok=True)
        con.execute(f"copy ({query}) to '{path.as_posix()}' ({_FORMATS[path.suffix]})")


if __name__ == "__main__":
    main(*sys.argv[1:5])
