// A trace as a row of a table, and how the keys move through such rows.
import { h, refill, text } from "./dom.js";
import { chip } from "./chip.js";
import { clock, colour, ms } from "./format.js";

export function rowHead() {
  return h("thead", null, h("tr", null, h("th", null, "began"), h("th", null, "what"), h("th.wide", null, "services"), h("th.n.wide", null, "spans"), h("th.n", null, "took"), h("th.wide", { "aria-label": "beside the others" })));
}

// A row leads where its link leads, wherever it is clicked.
export function linked(row, link) {
  row.addEventListener("click", (event) => { if (!event.target.closest("a") && !String(getSelection())) link.click(); });
  return row;
}

export function traceRow(t) {
  const link = h("a.open", { href: `#/trace/${t.id}` });
  return linked(h("tr.go.trace", { "data-id": t.id },
    h("td.mono.faint"), h("td.what", null, link), h("td.who.wide"), h("td.n.soft.wide"), h("td.n"), h("td.lasts.wide", null, h("div.bar", null, h("i")))), link);
}

// fillRow shows what may still change of a trace; most is the longest shown.
export function fillRow(row, t, most) {
  const [began, what, who, spans, took, lasts] = row.children;
  const bar = lasts.firstElementChild.firstElementChild;
  bar.style.width = `${Math.max(1.5, (100 * t.ms) / most)}%`;
  const shape = JSON.stringify([t.start, t.name, t.spans, t.ms, t.errors, t.open, t.edge_ms]);
  if (row.shape === shape) return;
  row.shape = shape;
  bar.className = t.errors ? "failed" : colour(t.service);
  refill(what.firstElementChild,
    chip(t.service), h("bdi.cut", { title: t.name.length > 40 ? t.name : null }, t.name || "…"),
    t.errors ? h("span.badge.bad", null, t.errors === 1 ? "1 error" : `${t.errors} errors`) : null,
    t.open ? h("span.badge.warn", null, "under way") : null, t.partial ? h("span.badge.warn", null, "incomplete") : null,
    t.phase && t.phase !== "live" ? h("span.badge", null, t.phase) : null, t.edge_ms ? h("span.badge", null, `${ms(t.edge_ms)} on the edge`) : null);
  who.replaceChildren(...t.services.slice(0, 8).map((name) => h("span.dot", { class: colour(name), title: name })), t.services.length > 8 ? h("span.faint", null, ` +${t.services.length - 8}`) : "");
  text(began, t.spans ? clock(t.start) : "…");
  text(spans, t.spans);
  text(took, ms(t.ms));
}

// choose moves the focus through the rows of a view: j and k.
export function choose(root, event) {
  const links = [...root.querySelectorAll("tr.go a.open")].filter((link) => link.offsetParent);
  const here = links.indexOf(document.activeElement);
  const step = { j: 1, ArrowDown: here < 0 ? 0 : 1, k: -1, ArrowUp: here < 0 ? 0 : -1 }[event.key];
  if (!step || !links.length) return false;
  const first = links.find((link) => link.closest("tr.trace")) ?? links[0];
  (here < 0 ? first : links[Math.min(Math.max(here + step, 0), links.length - 1)]).focus();
  return true;
}
