// Draws the services and the calls between them, and keeps the figures on it.
import { h, s, text } from "./dom.js";
import { colour, ms, outside, rate } from "./format.js";
import { box, layout } from "./graph.js";

const margin = { x: 26, top: 4, bottom: 4 };
const many = { services: 30, edges: 60 }; // beyond which one service is shown with its neighbours
const everything = "*";

// map draws into a panel; its update takes the system as the server tells it,
// and around whom a large one is drawn.
export function map(panel) {
  const figure = h("figure");
  const around = h("select", { "aria-label": "Around", onchange: () => { location.hash = `#/?around=${encodeURIComponent(around.value)}`; } });
  const hint = h("span.faint", null, "a service, its callers and those it calls");
  const head = h("div.head", { hidden: true }, h("h2", null, "Map"), hint, around);
  panel.append(head, figure);
  let drawn = "";
  let parts = null;
  return (system, wanted) => {
    const large = system.services.length > many.services || system.edges.length > many.edges;
    const centre = large ? centreOf(system, wanted) : everything;
    const shape = JSON.stringify([system.services.map((v) => v.name), system.edges.map((e) => e.edge), centre]);
    if (shape !== drawn) {
      drawn = shape;
      head.hidden = !large;
      around.replaceChildren(h("option", { value: everything }, `All ${system.services.length} services`), ...system.services.map((v) => h("option", { value: v.name }, v.name)));
      around.value = centre;
      hint.hidden = centre === everything;
      parts = draw(figure, near(system, centre), centre);
    }
    for (const service of system.services) showService(parts.nodes.get(service.name), service);
    for (const edge of system.edges) showEdge(parts.edges.get(edge.edge), edge);
  };
}

// centreOf is who a large system is drawn around: who is asked for, else who
// the world outside calls.
function centreOf({ services, edges }, wanted) {
  if (wanted === everything || services.some((v) => v.name === wanted)) return wanted;
  return edges.find((e) => !e.consumer)?.provider ?? services[0]?.name ?? everything;
}

function near(system, centre) {
  if (centre === everything) return system;
  const edges = system.edges.filter((e) => e.consumer === centre || e.provider === centre);
  const names = new Set([centre, ...edges.flatMap((e) => [e.consumer, e.provider])]);
  return { ...system, edges, services: system.services.filter((v) => names.has(v.name)) };
}

function draw(figure, system, centre) {
  const edges = system.edges.map((e) => ({ from: e.consumer || outside, to: e.provider }));
  const names = [...new Set([...edges.filter((e) => e.from === outside).map((e) => e.from), ...system.services.map((v) => v.name)])];
  const plan = layout(names, edges);
  const width = plan.width + 2 * margin.x;
  const height = plan.height + margin.top + margin.bottom;
  const root = s("g", { transform: `translate(${margin.x} ${margin.top})` });
  const lines = system.edges.map((edge, i) => line(edge, plan.edges[i]));
  const nodes = new Map([...plan.nodes].map(([name, place]) => [name, node(name, place, centre)]));
  root.append(...lines.map((l) => l.curve), ...[...nodes.values()].map((n) => n.group), ...lines.map((l) => l.label));
  const head = s("marker", { id: "head", viewBox: "0 0 8 8", refX: 5, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
    s("path", { d: "M1 1 L6.5 4 L1 7", class: "head" }));
  const picture = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Services of ${system.name} and the calls between them` }, s("defs", null, head), root);
  picture.style.width = `${Math.round(width)}px`;
  picture.style.minWidth = `${Math.round(width * 0.68)}px`; // smaller it cannot be read: then it scrolls
  picture.classList.toggle("many", system.edges.length > 8);
  figure.replaceChildren(picture);
  point(picture, system.edges, lines, nodes);
  const first = plan.nodes.get(centre) ?? plan.nodes.get(names[0]);
  if (first) figure.scrollTo(0, (first.y * picture.clientHeight) / height - figure.clientHeight / 2);
  return { nodes, edges: new Map(lines.map((l) => [l.edge, l])) };
}

// node leads to the traces of a service; in a part of a large system its
// neighbours lead on.
function node(name, { x, y }, centre) {
  const stranger = name === outside;
  const state = s("circle.state", { cx: box.width - 17, cy: 18, r: 3.5 });
  const title = s("title");
  const kind = s("text.kind", { x: 18, y: 38 }, stranger ? "calls the entry" : "");
  const on = centre === everything || centre === name ? `#/traces?service=${encodeURIComponent(name)}` : `#/?around=${encodeURIComponent(name)}`;
  const group = s(stranger ? "g.node" : "a.node", { href: stranger ? null : on, class: stranger ? "outside" : colour(name), transform: `translate(${x} ${y - box.height / 2})` },
    s("rect.card", { width: box.width, height: box.height, rx: 11 }),
    s("rect.mark", { x: 6, y: 11, width: 3.5, height: box.height - 22, rx: 1.75 }),
    s("text.name", { x: 18, y: 22 }, short(name)), kind, stranger ? "" : state, title);
  return { group, state, title, kind };
}

// short cuts a name between characters as a reader counts them.
function short(name) {
  const letters = [...new Intl.Segmenter().segment(name)].map((part) => part.segment);
  return letters.length > 14 ? `${letters.slice(0, 13).join("")}…` : name;
}

function showService(node, service) {
  if (!node) return;
  node.state.setAttribute("class", `state ${service.state}`);
  const how = { run: `ready in ${ms(service.ready_ms)}`, url: "runs elsewhere", stub: "played from its pacts" }[service.kind];
  text(node.kind, service.state === "ready" ? how : service.state);
  node.group.classList.toggle("died", service.state === "died");
  text(node.title, `${service.name} is ${service.state}${service.why ? `: ${service.why}` : ""}`);
}

function line(edge, { path, label }) {
  const rest = s("path.rest", { d: path, "marker-end": "url(#head)" });
  const flow = s("path.flow", { d: path });
  const first = s("text", { x: 0, y: -3 });
  const second = s("text.second", { x: 0, y: 11 });
  const back = s("rect", { x: -40, y: -18, width: 80, height: 35, rx: 9 });
  return {
    edge: edge.edge, first, second, back,
    curve: s("g.call", null, s("path.wide", { d: path }), rest, flow),
    label: s("a.label", { href: `#/traces?edge=${encodeURIComponent(edge.edge)}`, transform: `translate(${label.x} ${label.y})` },
      s("title", null, `${edge.edge}: show its traces`), back, first, second),
  };
}

function showEdge(line, edge) {
  if (!line) return;
  const idle = !edge.requests;
  text(line.first, idle ? "no calls" : edge.rate ? `${rate(edge.rate)} /s` : `${edge.requests} calls`);
  text(line.second, idle ? "" : `p95 ${ms(edge.p95_ms)}`);
  line.first.setAttribute("y", idle ? 4 : -3);
  for (const group of [line.curve, line.label]) {
    group.classList.toggle("idle", idle);
    group.classList.toggle("busy", edge.rate > 0);
    group.classList.toggle("failing", edge.error_share > 0);
  }
  line.curve.style.setProperty("--w", `${1.4 + Math.min(2.2, Math.log10(1 + edge.rate) * 0.9)}px`);
}

// point brings out what belongs to what the pointer is at.
function point(picture, edges, lines, nodes) {
  const light = (chosen) => {
    picture.classList.toggle("dim", chosen.length > 0);
    lines.forEach((l, i) => { for (const g of [l.curve, l.label]) g.classList.toggle("lit", chosen.includes(i)); });
    for (const [name, n] of nodes) n.group.classList.toggle("lit", chosen.some((i) => edges[i].provider === name || (edges[i].consumer || outside) === name));
  };
  lines.forEach((l, i) => {
    for (const g of [l.curve, l.label]) {
      g.addEventListener("pointerenter", () => light([i]));
      g.addEventListener("pointerleave", () => light([]));
    }
  });
  for (const [name, n] of nodes) {
    n.group.addEventListener("pointerenter", () => light(edges.flatMap((e, i) => (e.provider === name || (e.consumer || outside) === name ? [i] : []))));
    n.group.addEventListener("pointerleave", () => light([]));
  }
}
