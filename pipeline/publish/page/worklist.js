(() => {
  const source = document.getElementById("worklist-data");
  if (!source) return;
  const { columns, horizons, orders } = JSON.parse(source.textContent);
  const total = columns.action[1].length;
  const table = document.querySelector("table[data-name=worklist]");
  const more = document.getElementById("worklist-more");
  const count = document.getElementById("worklist-count");
  const fields = Object.fromEntries(["horizon", "action", "marketplace", "sku", "words", "clear"].map((name) => [name, document.getElementById(`filter-${name}`)]));
  const step = 200;
  const orderId = /^[0-9]{3}-[0-9]{7}-[0-9]{7}$/;
  const words = new Intl.Collator("en", { numeric: true });
  const every = Array.from({ length: total }, (_, line) => line);
  let lines = every;
  let shown = 0;
  let order = null;

  const value = (name, line) => { const at = columns[name][1][line]; return at < 0 ? "" : columns[name][0][at]; };
  const explained = (code) => document.getElementById(`rule-${code}`) !== null;

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function link(href, text) {
    const element = make("a", "", text);
    element.href = href;
    return element;
  }

  function cell(row, label, className, ...parts) {
    const element = make("td", className);
    element.dataset.label = label;
    element.append(...parts);
    row.append(element);
  }

  function orderLink(line) {
    const id = value("order_id", line);
    if (!orderId.test(id)) return id;
    const element = link(orders[value("marketplace", line)] + id, id);
    element.rel = "noreferrer";
    return element;
  }

  function build(line) {
    const row = make("tr");
    const code = value("code", line);
    cell(row, "due", "", make("span", `due due-${value("horizon", line)}`, value("when", line)), make("span", "at", value("due_local", line)));
    cell(row, "action", "", make("b", "", value("action", line)));
    cell(row, "order", "id", orderLink(line), make("span", "at", value("order_item_id", line)));
    cell(row, "sku", "sku", value("sku", line));
    cell(row, "qty", "n", value("quantity", line));
    cell(row, "money", "n", `${value("amount", line)} ${value("currency", line)}`.trim());
    cell(row, "market", "keep", value("marketplace", line));
    cell(row, "rule", "", code && explained(code) ? link(`#rule-${code}`, code) : code);
    cell(row, "what to do", "why", value("reason", line));
    return row;
  }

  function showMore(number) {
    const rows = lines.slice(shown, shown + number).map(build);
    table.tBodies[0].append(...rows);
    shown += rows.length;
    more.hidden = shown >= lines.length;
    const lineCount = lines.length.toLocaleString("en");
    const part = shown < lines.length ? `The first ${shown.toLocaleString("en")} of ${lineCount}` : lines.length === 1 ? "1" : `All ${lineCount}`;
    const noun = lines.length === 1 ? "line" : "lines";
    count.textContent = lines.length ? `${part} ${noun}${lines.length < total ? ` that fit, of ${total.toLocaleString("en")}` : ""}` : `No line of ${total.toLocaleString("en")} fits`;
  }

  function show() {
    table.tBodies[0].replaceChildren();
    shown = 0;
    showMore(step);
  }

  function fitting(name, test) {
    const [values, at] = columns[name];
    const fits = values.map((one) => test(String(one).toLowerCase()));
    return (line) => at[line] >= 0 && fits[at[line]];
  }

  function filter() {
    const tests = [];
    for (const name of ["horizon", "action", "marketplace"]) {
      const wanted = fields[name].value;
      if (wanted !== "") tests.push(fitting(name, (text) => text === wanted.toLowerCase()));
    }
    const sku = fields.sku.value.trim().toLowerCase();
    if (sku) tests.push(fitting("sku", (text) => text.includes(sku)));
    for (const word of fields.words.value.toLowerCase().split(/\s+/).filter(Boolean)) {
      const anywhere = ["order_id", "order_item_id", "code", "reason"].map((name) => fitting(name, (text) => text.includes(word)));
      tests.push((line) => anywhere.some((fits) => fits(line)));
    }
    lines = every.filter((line) => tests.every((fits) => fits(line)));
    if (order) lines.sort(order);
    show();
  }

  function comparison(name, down) {
    const [values, at] = columns[name];
    const isNumber = ["minutes", "quantity", "amount"].includes(name);
    const sorted = values.map((_, index) => index).sort((a, b) => isNumber ? Number(values[a]) - Number(values[b]) : words.compare(values[a], values[b]));
    const rank = [];
    sorted.forEach((index, position) => { rank[index] = position; });
    return (a, b) => {
      if (at[a] < 0 || at[b] < 0) return (at[a] < 0) - (at[b] < 0) || a - b;
      return (down ? rank[at[b]] - rank[at[a]] : rank[at[a]] - rank[at[b]]) || a - b;
    };
  }

  for (const header of table.tHead.rows[0].cells) {
    if (!header.dataset.key) continue;
    const control = make("button");
    control.type = "button";
    control.append(...header.childNodes);
    control.addEventListener("click", () => {
      const down = header.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", down ? "descending" : "ascending");
      order = comparison(header.dataset.key, down);
      filter();
    });
    header.append(control);
  }

  for (const name of ["horizon", "action", "marketplace"]) {
    const numbers = new Map();
    const [values, at] = columns[name];
    for (const index of at) if (index >= 0) numbers.set(index, (numbers.get(index) ?? 0) + 1);
    const present = [...numbers.keys()].sort((a, b) => words.compare(String(values[a]), String(values[b])));
    for (const index of present) {
      const text = name === "horizon" ? horizons[values[index]] : values[index];
      const option = make("option", "", `${text} (${numbers.get(index).toLocaleString("en")})`);
      option.value = values[index];
      fields[name].append(option);
    }
    fields[name].addEventListener("change", filter);
  }
  for (const name of ["sku", "words"]) fields[name].addEventListener("input", filter);
  fields.clear.addEventListener("click", () => {
    for (const name of ["horizon", "action", "marketplace", "sku", "words"]) fields[name].value = "";
    order = null;
    for (const header of table.tHead.rows[0].cells) header.removeAttribute("aria-sort");
    filter();
  });
  for (const tile of document.querySelectorAll("a[data-horizon]")) {
    tile.addEventListener("click", () => {
      const wanted = tile.dataset.horizon;
      fields.horizon.value = [...fields.horizon.options].some((option) => option.value === wanted) ? wanted : "";
      filter();
    });
  }
  more.querySelector("button").addEventListener("click", () => showMore(step));
  addEventListener("beforeprint", () => showMore(1000));
  document.getElementById("worklist-filters").hidden = false;
  show();
})();
