// The edges as a table: their figures, by the second. Those of a large system
// can be searched, and sorted by what one looks for.
import { h, keep, s, text } from "./dom.js";
import { between } from "./chip.js";
import { colour, count, ms, percent, rate } from "./format.js";
import { linked } from "./rows.js";

const few = 12; // edges that need no search
const figures = [["calls", "requests"], ["per second", "rate"], ["errors", "error_share"], ["p50", "p50_ms"], ["p95", "p95_ms"], ["p99", "p99_ms"]];

// edges makes the table; its update takes the edges as the server tells them.
export function edges() {
  const rows = h("tbody");
  const search = h("input.small", { type: "search", placeholder: "Search edges", "aria-label": "Search edges", hidden: true });
  const none = h("div.empty", { hidden: true }, "No service calls another: name them under ", h("code", null, "calls:"), " in seam.yaml.");
  const state = { by: null, all: [] };
  const show = () => {
    const word = search.value.trim().toLowerCase();
    const shown = state.all.filter((e) => e.edge.toLowerCase().includes(word));
    if (state.by) shown.sort((a, b) => b[state.by] - a[state.by]);
    keep(rows, shown, (e) => e.edge, make, fill);
  };
  const heads = figures.map(([words, name]) => {
    const head = h("th.n", { class: name === "requests" || name === "error_share" || name === "p99_ms" ? "" : "wide" }, h("button.sort", { type: "button", title: `Sort by ${words}`, onclick: () => {
      state.by = state.by === name ? null : name;
      for (const other of heads) other.removeAttribute("aria-sort");
      if (state.by) head.setAttribute("aria-sort", "descending");
      show();
    } }, words));
    return head;
  });
  search.addEventListener("input", show);
  const table = h("table.edges", null, h("thead", null, h("tr", null, h("th", null, "call"), h("th.wide", null, "last minute"), heads)), rows);
  const list = h("div.rows", null, table);
  const panel = h("section.panel", null, h("div.head", null, h("h2", null, "Edges"), h("span.faint", null, "the last minute; percentiles of the latest 1,000 calls"), search), none, list);
  return {
    panel,
    update: (all) => {
      state.all = all;
      search.hidden = all.length <= few;
      none.hidden = all.length > 0;
      list.hidden = !all.length;
      show();
    },
  };
}

function make(edge) {
  const address = `#/traces?edge=${encodeURIComponent(edge.edge)}`;
  const cells = Object.fromEntries(["requests", "rate", "errors", "p50", "p95"].map((name) => [name, h("td.n", { class: name === "requests" || name === "errors" ? "" : "wide" })]));
  const p99 = h("a.slow", { href: `${address}&sort=slowest`, title: "Its slowest traces" });
  const chart = s("svg.spark", { viewBox: "0 0 132 24", preserveAspectRatio: "none", class: colour(edge.provider), role: "img", "aria-label": "Calls by second" });
  const link = h("a.open", { href: address }, between(edge.edge));
  const row = linked(h("tr.go", { "data-edge": edge.edge }, h("td", null, link), h("td.sparks.wide", null, chart), Object.values(cells), h("td.n", null, p99)), link);
  row.parts = { ...cells, p99, chart };
  return row;
}

function fill(row, edge) {
  const c = row.parts;
  const some = edge.requests > 0;
  text(c.requests, count(edge.requests));
  text(c.rate, rate(edge.rate));
  text(c.errors, edge.error_share ? percent(edge.error_share) : edge.errors ? `${count(edge.errors)} earlier` : "–").classList.toggle("bad", edge.error_share > 0);
  c.errors.classList.toggle("soft", !edge.error_share);
  for (const name of ["p50", "p95", "p99"]) text(c[name], some ? ms(edge[`${name}_ms`]) : "–");
  spark(c.chart, edge);
}

// spark draws a bar for each second, the failed calls at its foot.
function spark(chart, { calls, failed }) {
  const shape = `${calls}|${failed}`;
  if (chart.shape === shape) return;
  chart.shape = shape;
  const most = Math.max(...calls, 4);
  const wide = 132 / calls.length;
  const bars = (numbers) => numbers.map((n, i) => {
    const high = Math.max(1.5, (n / most) * 22);
    return n ? `M${(i * wide).toFixed(1)} 23v${-high.toFixed(1)}h${(wide - 0.5).toFixed(1)}v${high.toFixed(1)}z` : "";
  }).join("");
  chart.replaceChildren(s("line", { x1: 0, x2: 132, y1: 23.5, y2: 23.5 }), s("path", { d: bars(calls) }), s("path.failed", { d: bars(failed) }));
}
