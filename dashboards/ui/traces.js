// The second view: a filter, a picture of durations over time, and the list.
import { h, keep, refill, s, text } from "./dom.js";
import { clock, ms } from "./format.js";
import { ask, live } from "./live.js";
import { choose, fillRow, rowHead, traceRow } from "./rows.js";

const names = ["text", "service", "operation", "edge", "phase", "failed", "min", "sort"];

export function traces(root, _rest, params) {
  const fields = {
    text: h("input", { type: "search", name: "text", placeholder: "Search names, attributes, ids", "aria-label": "Search" }),
    service: h("select", { name: "service", "aria-label": "Service" }),
    operation: h("select", { name: "operation", "aria-label": "Operation" }),
    edge: h("select", { name: "edge", "aria-label": "Edge" }),
    failed: h("select", { name: "failed", "aria-label": "Status" }, h("option", { value: "" }, "Any status"), h("option", { value: "true" }, "Failed")),
    min: h("input.min", { type: "text", name: "min", placeholder: "At least 20ms", "aria-label": "Minimal duration" }),
    sort: h("select", { name: "sort", "aria-label": "Order" }, h("option", { value: "" }, "Newest first"), h("option", { value: "slowest" }, "Slowest first")),
    phase: h("select", { name: "phase", "aria-label": "Phase", hidden: true }, ["", "live", "drive", "verify", "warm-up", "load"].map((p) => h("option", { value: p }, p || "Any phase"))),
  };
  const clear = h("button.clear", { type: "button", onclick: () => { location.hash = "#/traces"; } }, "Clear");
  const contract = h("a.clear", { hidden: true }, "Its contract");
  const said = h("span.faint.said", { role: "status" });
  const wrong = h("p.bad", { hidden: true });
  const scatter = s("svg.scatter", { role: "group", "aria-label": "Durations over time" });
  const rows = h("tbody");
  const list = h("section.panel", null, h("table", null, rowHead(), rows));
  const none = h("section.panel", { hidden: true }, h("div.empty"));
  root.append(h("h1.unseen", null, "Traces"), h("div.filter", { role: "search" }, Object.values(fields), clear, contract, said), wrong, h("section.panel.plot", null, scatter), none, list);

  const wanted = () => Object.fromEntries(names.map((name) => [name, params.get(name) ?? ""]).filter(([, value]) => value));
  const load = async () => {
    if (!live.system) return; // colours go by the order of services
    const query = new URLSearchParams({ limit: 100, ...wanted() });
    try {
      const found = await ask(`api/traces?${query}`);
      wrong.hidden = true;
      const most = Math.max(...found.map((t) => t.ms), 0.001);
      keep(rows, found, (t) => t.id, traceRow, (row, t) => fillRow(row, t, most));
      fields.phase.hidden &&= !params.get("phase") && !found.some((t) => t.phase && t.phase !== "live");
      none.hidden = found.length > 0;
      if (!found.length) nothing(none.firstElementChild, wanted());
      list.hidden = !found.length;
      scatter.parentElement.hidden = found.length < 2;
      plot(scatter, found.filter((t) => t.spans));
      text(said, found.length ? `${found.length} ${params.get("sort") || "newest"}` : "");
    } catch (error) {
      text(wrong, error.message).hidden = false;
    }
    root.dataset.ready = "";
  };
  const set = (name, value) => {
    const next = { ...wanted(), [name]: value };
    if (name === "service") delete next.operation;
    const query = new URLSearchParams(Object.entries(next).filter(([, v]) => v));
    history.replaceState(null, "", `#/traces${query.size ? `?${query}` : ""}`);
    again([], query);
  };
  for (const [name, field] of Object.entries(fields)) {
    let waiting;
    field.addEventListener(field.tagName === "SELECT" ? "change" : "input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => set(name, field.value.trim()), field.tagName === "SELECT" ? 0 : 180);
    });
  }
  const again = (_none, now) => {
    params = now;
    for (const name of names) if (document.activeElement !== fields[name]) fields[name].value = params.get(name) ?? "";
    clear.hidden = !Object.keys(wanted()).length;
    const edge = params.get("edge");
    contract.hidden = !edge || !live.system?.contracts.some((c) => c.edge === edge);
    contract.href = `#/contracts/${encodeURIComponent(edge)}`;
    offer(fields, params);
    load();
    return true;
  };
  again([], params);
  if (params.has("find")) fields.text.focus();
  return {
    again,
    hear: (kind) => {
      if (kind === "system" && !("ready" in root.dataset)) return void again([], params);
      if (kind === "system") offer(fields, params);
      if (kind === "traces") load();
    },
    key: (event) => choose(root, event),
  };
}

// nothing says why a list is empty, and what to do.
function nothing(element, wanted) {
  const entry = live.system.entry;
  if (Object.keys(wanted).length) refill(element, "No trace matches. ", h("a", { href: "#/traces" }, "Show all"));
  else if (entry) refill(element, "No trace yet. Call the entry: ", h("code", null, `curl ${entry}/`));
  else refill(element, "No trace yet. Call one of the services through its edge, or send spans to ", h("code", null, live.system.otlp || "seam"));
}

// offer fills the lists that one can choose from.
function offer(fields, params) {
  const system = live.system;
  if (!system) return;
  options(fields.service, "Any service", system.services.map((v) => v.name), params.get("service"));
  options(fields.edge, "Any edge", system.edges.map((e) => e.edge), params.get("edge"), (edge) => edge.replace("->", " → "));
  const service = params.get("service") ?? "";
  fields.operation.hidden = !service;
  if (service && fields.operation.dataset.of !== service) {
    fields.operation.dataset.of = service;
    ask(`api/operations?service=${encodeURIComponent(service)}`).then((all) => options(fields.operation, "Any operation", all, params.get("operation"))).catch(() => {});
  }
}

function options(select, any, values, chosen, say = (v) => v) {
  const all = ["", ...new Set(chosen ? [...values, chosen] : values)];
  const shape = all.join("\n");
  if (select.dataset.shape !== shape) {
    select.dataset.shape = shape;
    select.replaceChildren(...all.map((value) => h("option", { value }, value ? say(value) : any)));
  }
  if (document.activeElement !== select) select.value = chosen ?? "";
}

// plot draws a dot for each trace: when it began, how long it took.
function plot(svg, found) {
  const shape = found.map((t) => `${t.id}${t.ms}${t.errors}`).join();
  if (svg.shape === shape || found.length < 2) return;
  svg.shape = shape;
  const [wide, high, left, foot] = [1240, 118, 58, 20];
  const times = found.map((t) => +new Date(t.start));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(...found.map((t) => t.ms)) * 1.12 || 1;
  const x = (time) => left + ((time - from) / Math.max(to - from, 1)) * (wide - left - 22) + 6;
  const y = (value) => 10 + (1 - value / most) * (high - foot - 14);
  const parts = [0, 0.5, 1].map((share) => share * most / 1.12).flatMap((value) => [
    s("line.grid", { x1: left, x2: wide - 10, y1: y(value), y2: y(value) }), s("text.tick", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, ms(value))]);
  parts.push(s("text.tick", { x: left, y: high - 2 }, clock(from).slice(0, 8)), s("text.tick", { x: wide - 10, y: high - 2, "text-anchor": "end" }, clock(to).slice(0, 8)));
  for (const [i, t] of found.entries()) {
    parts.push(s("a", { href: `#/trace/${t.id}`, tabindex: -1, "aria-hidden": "true" }, s("circle", { cx: x(times[i]), cy: y(t.ms), r: t.errors ? 5 : 4, class: t.errors ? "failed" : "" },
      s("title", null, `${t.service} ${t.name}, ${ms(t.ms)}`))));
  }
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.replaceChildren(...parts);
}
