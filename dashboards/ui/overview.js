// The first view: the map, the edges with their figures, the latest traces.
import { h, keep, s, text } from "./dom.js";
import { bytes, colour, count, ms, outside, percent, rate } from "./format.js";
import { ask, live } from "./live.js";
import { map } from "./map.js";
import { choose, fillRow, rowHead, traceRow } from "./rows.js";

const latest = 12;

export function overview(root) {
  const facts = h("div.facts");
  const figure = h("figure");
  const edges = h("tbody");
  const rows = h("tbody");
  const none = h("div.empty", null, "No call has crossed an edge yet. Call the entry: ", h("code"));
  root.append(
    facts, h("section.panel", null, figure),
    h("section.panel", null, h("div.head", null, h("h2", null, "Edges"), h("span.faint", null, "the last minute; percentiles of the latest 1,000 calls")),
      h("table.edges", null, h("thead", null, h("tr", null, h("th", null, "call"), h("th", null, "last minute"), h("th.n", null, "calls"), h("th.n", null, "per second"),
        h("th.n", null, "errors"), h("th.n", null, "p50"), h("th.n", null, "p95"), h("th.n", null, "p99"))), edges)),
    h("section.panel", null, h("div.head", null, h("h2", null, "Latest traces"), h("a.more", { href: "#/traces" }, "All traces")), none, h("table", null, rowHead(), rows)),
  );
  const draw = map(figure);

  const system = () => {
    const now = live.system;
    draw(now);
    showFacts(facts, now);
    text(none.lastElementChild, now.entry ? `curl ${now.entry}/` : "seam.yaml names none");
    keep(edges, now.edges, (e) => e.edge, makeEdge, showEdge);
  };
  const list = async () => {
    if (!live.system) return; // colours go by the order of services
    const found = await ask(`api/traces?limit=${latest}`).catch(() => null);
    if (!found) return;
    none.hidden = found.length > 0;
    rows.parentElement.hidden = !found.length;
    const most = Math.max(...found.map((t) => t.ms), 0.001);
    keep(rows, found, (t) => t.id, traceRow, (row, t) => fillRow(row, t, most));
    root.dataset.ready = "";
  };
  let first = true;
  return {
    hear: (kind) => {
      if (kind === "system") system();
      if (kind === "traces" || first) list();
      first &&= kind !== "system";
    },
    key: (event) => choose(root, event),
  };
}

function showFacts(facts, system) {
  const sum = (of) => system.edges.reduce((all, edge) => all + of(edge), 0);
  const minute = sum((e) => e.calls.reduce((a, b) => a + b, 0));
  const failed = sum((e) => e.failed.reduce((a, b) => a + b, 0));
  const up = system.services.filter((v) => v.state === "ready").length;
  const entry = system.edges.find((e) => !e.consumer);
  keep(facts, [
    [up === system.services.length ? String(up) : `${up} of ${system.services.length}`, up === 1 ? "service up" : "services up", up < system.services.length],
    [rate(sum((e) => e.rate)), "calls per second"],
    [percent(minute ? failed / minute : 0), "errors in the last minute", failed > 0],
    ...(entry?.requests ? [[ms(entry.p99_ms), "p99 at the entry"]] : []),
    [count(system.store.traces), `traces, ${bytes(system.store.bytes)} of ${bytes(system.store.max_bytes)}`],
  ], ([, label]) => label.split(",")[0], () => h("div", null, h("b"), h("span")), (element, [value, label, wrong]) => {
    text(element.firstElementChild, value).classList.toggle("bad", Boolean(wrong));
    text(element.lastElementChild, label);
  });
}

function makeEdge(edge) {
  const from = edge.consumer || outside;
  const cells = Object.fromEntries(["requests", "rate", "errors", "p50", "p95", "p99"].map((name) => [name, h("td.n")]));
  const chart = s("svg.spark", { viewBox: "0 0 132 24", preserveAspectRatio: "none", class: colour(edge.provider), role: "img", "aria-label": "Calls by second" });
  const go = () => { location.hash = `#/traces?edge=${encodeURIComponent(edge.edge)}`; };
  const row = h("tr.go", { tabindex: 0, onclick: go, "data-edge": edge.edge }, h("td", null, h("span.between", null,
    h("span.chip", { class: edge.consumer ? colour(from) : "outside" }, from), h("span.arrow", null, "→"), h("span.chip", { class: colour(edge.provider) }, edge.provider))),
  h("td.sparks", null, chart), Object.values(cells));
  row.cells_ = { ...cells, chart };
  return row;
}

function showEdge(row, edge) {
  const c = row.cells_;
  const some = edge.requests > 0;
  text(c.requests, count(edge.requests));
  text(c.rate, rate(edge.rate));
  text(c.errors, edge.error_share ? percent(edge.error_share) : edge.errors ? `${count(edge.errors)} earlier` : "–").classList.toggle("bad", edge.error_share > 0);
  c.errors.classList.toggle("soft", !edge.error_share);
  text(c.p50, some ? ms(edge.p50_ms) : "–");
  text(c.p95, some ? ms(edge.p95_ms) : "–");
  text(c.p99, some ? ms(edge.p99_ms) : "–");
  spark(c.chart, edge);
}

// spark draws a bar for each second, the failed calls at its foot.
function spark(chart, { calls, failed }) {
  const shape = `${calls}|${failed}`;
  if (chart.shape === shape) return;
  chart.shape = shape;
  const most = Math.max(...calls, 4);
  const wide = 132 / calls.length;
  const bars = [s("line", { x1: 0, x2: 132, y1: 23.5, y2: 23.5 })];
  calls.forEach((n, i) => {
    if (!n) return;
    const high = Math.max(1.5, (n / most) * 22);
    const low = failed[i] ? Math.max(1.5, (failed[i] / most) * 22) : 0;
    bars.push(s("rect", { x: i * wide, y: 23 - high, width: wide - 0.5, height: high }));
    if (low) bars.push(s("rect.failed", { x: i * wide, y: 23 - low, width: wide - 0.5, height: low }));
  });
  chart.replaceChildren(...bars);
}
