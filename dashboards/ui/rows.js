// A trace as a row of a table, and how the keys move through such rows.
import { h, refill, text } from "./dom.js";
import { clock, colour, ms } from "./format.js";

export function rowHead() {
  return h("thead", null, h("tr", null, h("th", null, "began"), h("th", null, "what"), h("th", null, "services"), h("th.n", null, "spans"), h("th.n", null, "took"), h("th")));
}

export function traceRow(t) {
  const go = () => { location.hash = `#/trace/${t.id}`; };
  const row = h("tr.go.trace", { tabindex: 0, onclick: go, "data-id": t.id },
    h("td.mono.faint"), h("td.what"), h("td.who"), h("td.n.soft"), h("td.n"), h("td.lasts", null, h("div.bar", null, h("i"))));
  return row;
}

// fillRow shows what may still change of a trace; most is the longest shown.
export function fillRow(row, t, most) {
  const [began, what, who, spans, took, lasts] = row.children;
  const bar = lasts.firstElementChild.firstElementChild;
  bar.style.width = `${Math.max(1.5, (100 * t.ms) / most)}%`;
  const shape = JSON.stringify([t.start, t.name, t.spans, t.ms, t.errors, t.open]);
  if (row.shape === shape) return;
  row.shape = shape;
  bar.className = t.errors ? "failed" : colour(t.service);
  refill(what,
    h("span.chip", { class: colour(t.service) }, t.service), " ", h("span", null, t.name || "…"),
    t.errors ? h("span.badge.bad", null, t.errors === 1 ? "1 error" : `${t.errors} errors`) : null,
    t.open ? h("span.badge.warn", null, "under way") : null, t.partial ? h("span.badge.warn", null, "incomplete") : null,
    t.phase && t.phase !== "live" ? h("span.badge", null, t.phase) : null);
  who.replaceChildren(...t.services.slice(0, 8).map((name) => h("span.dot", { class: colour(name), title: name })), t.services.length > 8 ? h("span.faint", null, ` +${t.services.length - 8}`) : "");
  text(began, t.spans ? clock(t.start) : "…");
  text(spans, t.spans);
  text(took, ms(t.ms));
}

// choose moves the focus through the rows of a view: j and k, and Enter.
export function choose(root, event) {
  const rows = [...root.querySelectorAll("tr.go")];
  const here = rows.indexOf(document.activeElement);
  const step = { j: 1, ArrowDown: here < 0 ? 0 : 1, k: -1, ArrowUp: here < 0 ? 0 : -1 }[event.key];
  if (event.key === "Enter" && here >= 0) {
    rows[here].click();
    return true;
  }
  if (!step || !rows.length) return false;
  const first = root.querySelector("tr.trace") ?? rows[0];
  const next = here < 0 ? first : rows[Math.min(Math.max(here + step, 0), rows.length - 1)];
  next.focus();
  return true;
}
