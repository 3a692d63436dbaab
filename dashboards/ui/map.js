// Draws the services and the calls between them, and keeps the figures on it.
import { s, text } from "./dom.js";
import { colour, ms, outside, rate } from "./format.js";
import { box, layout } from "./graph.js";

const margin = { x: 26, top: 4, bottom: 4 };

// map draws into a figure; its update takes the system as the server tells it.
export function map(figure) {
  let drawn = "";
  let parts = null;
  return (system) => {
    const shape = JSON.stringify([system.services.map((v) => v.name), system.edges.map((e) => e.edge)]);
    if (shape !== drawn) {
      drawn = shape;
      parts = draw(figure, system);
    }
    for (const service of system.services) showService(parts.nodes.get(service.name), service);
    for (const [i, edge] of system.edges.entries()) showEdge(parts.edges[i], edge);
  };
}

function draw(figure, system) {
  const edges = system.edges.map((e) => ({ from: e.consumer || outside, to: e.provider }));
  const names = [...new Set([...edges.filter((e) => e.from === outside).map((e) => e.from), ...system.services.map((v) => v.name)])];
  const plan = layout(names, edges);
  const width = plan.width + 2 * margin.x;
  const height = plan.height + margin.top + margin.bottom;
  const root = s("g", { transform: `translate(${margin.x} ${margin.top})` });
  const lines = system.edges.map((edge, i) => line(edge, plan.edges[i]));
  const nodes = new Map([...plan.nodes].map(([name, place]) => [name, node(name, place)]));
  root.append(...lines.map((l) => l.curve), ...[...nodes.values()].map((n) => n.group), ...lines.map((l) => l.label));
  const head = s("marker", { id: "head", viewBox: "0 0 8 8", refX: 5, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
    s("path", { d: "M1 1 L6.5 4 L1 7", class: "head" }));
  const picture = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Services of ${system.name} and the calls between them` }, s("defs", null, head), root);
  picture.style.width = `${Math.round(width)}px`;
  picture.style.minWidth = `${Math.round(width * 0.68)}px`; // smaller it cannot be read: then it scrolls
  picture.classList.toggle("many", system.edges.length > 8);
  figure.replaceChildren(picture);
  point(picture, system.edges, lines, nodes);
  return { nodes, edges: lines };
}

function node(name, { x, y }) {
  const stranger = name === outside;
  const state = s("circle.state", { cx: box.width - 17, cy: 18, r: 3.5 });
  const title = s("title");
  const kind = s("text.kind", { x: 18, y: 38 }, stranger ? "calls the entry" : "");
  const group = s("g.node", { class: stranger ? "outside" : colour(name), transform: `translate(${x} ${y - box.height / 2})` },
    s("rect.card", { width: box.width, height: box.height, rx: 11 }),
    s("rect.mark", { x: 6, y: 11, width: 3.5, height: box.height - 22, rx: 1.75 }),
    s("text.name", { x: 18, y: 22 }, name.length > 14 ? `${name.slice(0, 13)}…` : name), kind, stranger ? "" : state, title);
  return { group, state, title, kind };
}

function showService(node, service) {
  if (!node) return;
  node.state.setAttribute("class", `state ${service.state}`);
  const how = { run: `ready in ${ms(service.ready_ms)}`, url: "runs elsewhere", stub: "played from its pacts" }[service.kind];
  text(node.kind, service.state === "ready" ? how : service.state);
  node.group.classList.toggle("died", service.state === "died");
  text(node.title, service.why || `${service.name} is ${service.state}`);
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
    if (name !== outside) n.group.addEventListener("click", () => { location.hash = `#/traces?service=${encodeURIComponent(name)}`; });
  }
}
