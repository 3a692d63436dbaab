// One trace: its spans as a waterfall. Only rows in sight are in the document,
// so that a trace of thousands of spans scrolls as one of ten.
import { h, refill } from "./dom.js";
import { clock, colour, ms } from "./format.js";
import { ask, live } from "./live.js";
import { detail } from "./detail.js";

const rowHeight = 30;
const spare = 12; // rows beyond sight, above and below

export function trace(root, [id, chosen]) {
  root.classList.add("wide");
  const title = h("div.title");
  const body = h("div.fall", { role: "tree", tabindex: 0, "aria-label": "Spans" });
  const inner = h("div.inner");
  const ruler = h("div.ruler", { "aria-hidden": "true" });
  const side = h("aside.panel.detail", { hidden: true });
  body.append(inner);
  const left = h("section.panel.waterfall", null, ruler, body);
  root.append(title, h("div.split", null, left, side));
  const state = { id, data: null, rows: [], folded: new Set(), chosen: chosen ?? null, pathOnly: false, onPath: new Map() };

  const draw = () => window_(state, body, inner, pick);
  const rebuild = () => {
    state.rows = rowsOf(state);
    inner.style.height = `${state.rows.length * rowHeight}px`;
    draw();
  };
  const pick = (span, { fold = false } = {}) => {
    if (fold && span.children) {
      if (!state.folded.delete(span.id)) state.folded.add(span.id);
      return rebuild();
    }
    state.chosen = span.id;
    history.replaceState(null, "", `#/trace/${state.id}/${span.id}`);
    detail(side, span, state);
    draw();
  };
  const load = async () => {
    if (!live.system) return; // colours go by the order of services
    try {
      const data = await ask(`api/traces/${state.id}`);
      if (state.data && data.spans.length === state.data.spans.length && data.trace.open === state.data.trace.open) return;
      prepare(state, data);
    } catch (error) {
      if (!state.data) {
        title.replaceChildren(h("h1", null, "Trace"));
        left.replaceChildren(h("div.empty", null, error.message));
      }
      root.dataset.ready = "";
      return;
    }
    showTitle(title, state, () => { state.pathOnly = !state.pathOnly; rebuild(); });
    showRuler(ruler, state.data.trace.ms);
    rebuild();
    const span = state.byId.get(state.chosen);
    if (span) detail(side, span, state);
    root.dataset.ready = "";
  };
  body.addEventListener("scroll", draw, { passive: true });
  const resized = new ResizeObserver(draw);
  resized.observe(body);
  load();
  return {
    again: ([other, span]) => other === state.id && (!span || state.chosen === span),
    hear: (kind) => { if ((kind === "system" && !("ready" in root.dataset)) || kind === "traces" && (!state.data || state.data.trace.open || Date.now() - new Date(state.data.trace.start) < 30000)) load(); },
    key: (event) => key(event, state, { body, pick, rebuild, side, draw, title }),
    end: () => resized.disconnect(),
  };
}

function prepare(state, data) {
  state.data = data;
  state.byId = new Map(data.spans.map((span) => [span.id, span]));
  state.onPath = new Map();
  for (const part of data.path) state.onPath.set(part.span, [...(state.onPath.get(part.span) ?? []), part]);
  data.spans.forEach((span, i) => {
    const next = data.spans[i + 1];
    span.children = Boolean(next && next.depth > span.depth);
  });
}

// rowsOf leaves out what lies below a folded span.
function rowsOf({ data, folded, pathOnly, onPath }) {
  const rows = [];
  let hidden = Infinity;
  for (const span of data.spans) {
    if (span.depth > hidden) continue;
    hidden = folded.has(span.id) ? span.depth : Infinity;
    if (!pathOnly || onPath.has(span.id)) rows.push(span);
  }
  return rows;
}

function window_(state, body, inner, pick) {
  if (!state.data) return;
  const first = Math.max(0, Math.floor(body.scrollTop / rowHeight) - spare);
  const last = Math.min(state.rows.length, Math.ceil((body.scrollTop + body.clientHeight) / rowHeight) + spare);
  const had = new Map([...inner.children].map((row) => [row.dataset.span, row]));
  const shown = [];
  for (let i = first; i < last; i++) {
    const span = state.rows[i];
    const row = had.get(span.id) ?? makeRow(span, state, pick);
    row.style.transform = `translateY(${i * rowHeight}px)`;
    row.classList.toggle("chosen", span.id === state.chosen);
    row.classList.toggle("folded", state.folded.has(span.id));
    row.setAttribute("aria-selected", String(span.id === state.chosen));
    shown.push(row);
  }
  if (shown.length !== inner.children.length || shown.some((row, i) => inner.children[i] !== row)) inner.replaceChildren(...shown);
}

function makeRow(span, state, pick) {
  const whole = Math.max(state.data.trace.ms, 0.001);
  const at = (value) => `${Math.min(100, Math.max(0, (100 * value) / whole))}%`;
  const bar = h("i.span", { class: [span.failed ? "failed" : colour(span.service), span.edge ? "edge" : ""].join(" ") });
  bar.style.left = at(span.offset_ms);
  bar.style.width = at(span.ms);
  const path = (state.onPath.get(span.id) ?? []).map((part) => {
    const piece = h("i.path");
    piece.style.left = at(part.offset_ms);
    piece.style.width = at(part.ms);
    return piece;
  });
  const marks = (span.events ?? []).slice(0, 20).map((event) => {
    const mark = h("i.event", { title: event.name });
    mark.style.left = at(event.offset_ms);
    return mark;
  });
  const label = h("span.took", null, ms(span.ms));
  label.style.left = `calc(${at(span.offset_ms + span.ms)} + 7px)`;
  const fold = h("button.fold", { type: "button", tabindex: -1, "aria-label": "Fold", onclick: (event) => { event.stopPropagation(); pick(span, { fold: true }); } }, "▾");
  if (!span.children) fold.style.visibility = "hidden";
  const name = h("div.name", null, fold, h("span.chip", { class: colour(span.service) }, span.service), h("span.op.cut", { class: span.failed ? "bad" : "" }, span.name),
    span.edge ? h("span.badge.via", { title: "Seen on the edge, by seam" }, "edge") : null);
  name.style.paddingLeft = `${10 + Math.min(span.depth, 24) * 14}px`;
  return h("div.row", { role: "treeitem", "aria-level": span.depth + 1, "data-span": span.id, onclick: () => pick(span) }, name, h("div.track", null, bar, path, marks, label));
}

function showTitle(title, state, toggle) {
  const t = state.data.trace;
  const only = h("button.clear", { type: "button", "data-path": "", onclick: () => { toggle(); only.classList.toggle("on", state.pathOnly); } }, "Critical path only");
  const sum = new Map();
  for (const part of state.data.path) {
    const owner = state.byId.get(part.span)?.service;
    if (owner) sum.set(owner, (sum.get(owner) ?? 0) + part.ms);
  }
  const whole = [...sum.values()].reduce((a, b) => a + b, 0) || 1;
  const share = h("div.shares", { role: "img", "aria-label": "Where the time went" });
  for (const [name, spent] of [...sum].sort((a, b) => b[1] - a[1])) {
    const part = h("i", { class: colour(name), title: `${name}: ${ms(spent)} of the critical path` }, spent / whole > 0.09 ? `${name} ${Math.round((100 * spent) / whole)} %` : "");
    part.style.flexGrow = spent / whole;
    share.append(part);
  }
  refill(title,
    h("div.line", null, h("a.back", { href: "#/traces", title: "Back (Esc)" }, "←"), h("h1.cut", null, h("span.chip", { class: colour(t.service) }, t.service), ` ${t.name}`),
      t.errors ? h("span.badge.bad", null, t.errors === 1 ? "1 error" : `${t.errors} errors`) : null,
      t.open ? h("span.badge.warn", null, `${t.open} under way`) : null, t.partial ? h("span.badge.warn", null, "incomplete") : null, only),
    h("div.line.soft", null, h("b.took", null, ms(t.ms)), [`${t.spans} spans`, `${t.services.length} services`, clock(t.start)].map((words) => h("span", null, words)), h("span.mono.faint.id", null, t.id)), share);
}

function showRuler(ruler, whole) {
  ruler.replaceChildren(h("div.name.faint", null, "span"), h("div.track", null, [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const tick = h("span", null, share ? ms(whole * share) : "0");
    tick.style.left = `${share * 100}%`;
    return tick;
  })));
}

function key(event, state, { body, pick, rebuild, side, draw, title }) {
  if (!state.data) return false;
  const here = state.rows.findIndex((span) => span.id === state.chosen);
  const go = (i) => {
    const to = Math.min(Math.max(i, 0), state.rows.length - 1);
    pick(state.rows[to]);
    const top = to * rowHeight;
    if (top < body.scrollTop) body.scrollTop = top;
    if (top + rowHeight > body.scrollTop + body.clientHeight) body.scrollTop = top + rowHeight - body.clientHeight;
  };
  const span = state.rows[here];
  switch (event.key) {
    case "j": case "ArrowDown": go(here + 1); return true;
    case "k": case "ArrowUp": go(here - 1); return true;
    case "ArrowLeft":
      if (span?.children && !state.folded.has(span.id)) { state.folded.add(span.id); rebuild(); } else if (span?.parent) go(state.rows.findIndex((s_) => s_.id === span.parent));
      return true;
    case "ArrowRight":
      if (span && state.folded.delete(span.id)) rebuild(); else go(here + 1);
      return true;
    case "c": title.querySelector("[data-path]").click(); return true;
    case "Escape":
      if (!side.hidden) { side.hidden = true; state.chosen = null; draw(); } else history.length > 1 ? history.back() : (location.hash = "#/traces");
      return true;
  }
  return false;
}
