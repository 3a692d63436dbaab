// The first view: the map, the edges with their figures, the latest traces.
import { h, keep, text } from "./dom.js";
import { edges } from "./edges.js";
import { bytes, count, ms, percent, rate } from "./format.js";
import { ask, live } from "./live.js";
import { map } from "./map.js";
import { choose, fillRow, rowHead, traceRow } from "./rows.js";

const latest = 12;

export function overview(root, _rest, params) {
  const facts = h("div.facts");
  const figure = h("section.panel.map");
  const table = edges();
  const rows = h("tbody");
  const none = h("div.empty", null, "No call has crossed an edge yet. Call the entry: ", h("code"));
  root.append(
    h("h1.unseen", null, "Map"), facts, figure, table.panel,
    h("section.panel", null, h("div.head", null, h("h2", null, "Latest traces"), h("a.more", { href: "#/traces" }, "All traces")), none, h("table", null, rowHead(), rows)),
  );
  const draw = map(figure);

  const system = () => {
    const now = live.system;
    draw(now, params.get("around"));
    showFacts(facts, now);
    text(none.lastElementChild, now.entry ? `curl ${now.entry}/` : "seam.yaml names none");
    table.update(now.edges);
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
    again: (_none, now) => {
      params = now;
      if (live.system) draw(live.system, params.get("around"));
      return true;
    },
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
