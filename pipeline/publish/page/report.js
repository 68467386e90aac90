"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const named = () => { button.textContent = dark() ? "Light theme" : "Dark theme"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; named(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", named);
  named();

  const text = (row, at) => { const cell = row.cells[at]; return cell.dataset.value ?? cell.textContent.trim(); };
  const number = (value) => value === "" ? NaN : Number(value.replace(/[,%\s]/g, ""));
  const words = new Intl.Collator("en", { numeric: true });

  function sort(table, at, header) {
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [row, text(row, at)]);
    const filled = rows.filter(([, value]) => value !== "");
    const numeric = filled.every(([, value]) => !Number.isNaN(number(value)));
    filled.sort(([, a], [, b]) => (down ? -1 : 1) * (numeric ? number(a) - number(b) : words.compare(a, b)));
    body.append(...filled.map(([row]) => row), ...rows.filter(([, value]) => value === "").map(([row]) => row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((header, at) => {
      if ("plain" in header.dataset) return;
      const control = document.createElement("button");
      control.type = "button";
      control.append(...header.childNodes);
      control.addEventListener("click", () => sort(table, at, header));
      header.append(control);
    });
  }

  for (const table of document.querySelectorAll("table.filter")) {
    const name = table.dataset.name;
    const line = document.createElement("p");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("span");
    line.className = "find";
    count.className = "muted";
    count.setAttribute("role", "status");
    input.type = "search";
    input.id = `find-${name}`;
    label.htmlFor = input.id;
    label.textContent = `Filter the ${name}`;
    line.append(label, input, count);
    table.closest(".scroll").before(line);
    const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, held] of rows) {
        row.hidden = !wanted.every((word) => held.includes(word));
        shown += !row.hidden;
      }
      count.textContent = wanted.length ? `${shown} of ${rows.length} shown` : "";
    });
  }

  const rules = [...document.querySelectorAll("tbody.rule")].map((body) => {
    const detail = body.querySelector("tr.more");
    const title = body.querySelector("th.title");
    const control = document.createElement("button");
    const open = (wanted) => {
      detail.hidden = !wanted;
      control.setAttribute("aria-expanded", String(wanted));
    };
    control.type = "button";
    control.setAttribute("aria-controls", detail.id);
    control.append(...title.childNodes);
    control.addEventListener("click", () => open(detail.hidden));
    title.append(control);
    open(false);
    return { body, open };
  });
  const openTarget = () => {
    for (const { body, open } of rules) if (body.id && body.id === location.hash.slice(1)) open(true);
  };
  addEventListener("hashchange", openTarget);
  document.addEventListener("click", (event) => { if (event.target.closest("a[href^='#rule-']")) setTimeout(openTarget); });
  openTarget();

  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    for (const { open } of rules) open(true);
  });
})();
