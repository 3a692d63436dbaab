// One trace: who took part, where the time went, its spans as a waterfall.
import { h, refill } from "./dom.js";
import { chip } from "./chip.js";
import { clock, colour, ms } from "./format.js";
import { ask, live } from "./live.js";
import { detail } from "./detail.js";
import { failed, find, next, tools } from "./tools.js";
import { drawRows, rowHeight, rowsOf, ruler } from "./waterfall.js";

export function trace(root, [id, chosen]) {
  root.classList.add("wide");
  const title = h("div.title");
  const body = h("div.fall", { role: "tree", tabindex: 0, "aria-label": "Spans" });
  const inner = h("div.inner");
  const scale = h("div.ruler", { "aria-hidden": "true" });
  const side = h("aside.panel.detail", { hidden: true, "aria-label": "The chosen span" });
  body.append(inner);
  const left = h("section.panel.waterfall", null, scale, body);
  const bar = tools();
  root.append(title, bar.element, h("div.split", null, left, side));
  bar.element.hidden = true;
  const state = { id, data: null, rows: [], folded: new Set(), chosen: chosen ?? null, pathOnly: false, onPath: new Map(), found: null, hits: new Set(), window: null };

  const draw = () => drawRows(state, body, inner, view.pick);
  const view = {
    draw, side,
    rebuild: () => {
      state.rows = rowsOf(state);
      inner.style.height = `${state.rows.length * rowHeight}px`;
      bar.show(state);
      draw();
    },
    pick: (span, { fold = false } = {}) => {
      if (fold && span.children) {
        if (!state.folded.delete(span.id)) state.folded.add(span.id);
        return view.rebuild();
      }
      state.chosen = span.id;
      history.replaceState(null, "", `#/trace/${state.id}/${span.id}`);
      detail(side, span, state, view);
      bar.show(state);
      draw();
    },
    // reach chooses a span and brings it into sight, whatever hides it.
    reach: (span) => {
      if (state.pathOnly && !state.onPath.has(span.id)) state.pathOnly = false;
      for (let up = state.byId.get(span.parent); up; up = state.byId.get(up.parent)) state.folded.delete(up.id);
      view.rebuild();
      const top = state.rows.indexOf(span) * rowHeight;
      if (top < body.scrollTop) body.scrollTop = top;
      if (top + rowHeight > body.scrollTop + body.clientHeight) body.scrollTop = top + rowHeight - body.clientHeight;
      view.pick(span);
      if (document.activeElement?.type !== "search") body.focus({ preventScroll: true });
    },
    zoom: (to) => {
      state.window = to ?? [0, state.whole];
      state.zoomed = Boolean(to);
      inner.replaceChildren();
      ruler(scale, state.window, view.zoom);
      view.rebuild();
    },
    close: () => {
      side.hidden = true;
      state.chosen = null;
      history.replaceState(null, "", `#/trace/${state.id}`);
      draw();
    },
    find: (word) => find(state, word, view),
    next: (spans, by = 1) => next(state, spans, by, view),
  };
  bar.use(state, view);
  const load = async () => {
    if (!live.system) return; // colours go by the order of services
    try {
      const data = await ask(`api/traces/${state.id}`);
      if (state.data && data.spans.length === state.data.spans.length && data.trace.open === state.data.trace.open) return;
      prepare(state, data);
    } catch (error) {
      if (!state.data) {
        title.replaceChildren(h("h1", null, "Trace"));
        left.replaceChildren(h("div.empty", null, `${error.message}. `, h("a", { href: "#/traces" }, "All traces")));
      }
      root.dataset.ready = "";
      return;
    }
    showTitle(title, state);
    bar.element.hidden = false;
    view.find(bar.word());
    view.zoom(state.zoomed ? state.window : null);
    const span = state.byId.get(state.chosen);
    if (span && !root.dataset.ready) view.reach(span);
    root.dataset.ready = "yes";
  };
  body.addEventListener("scroll", draw, { passive: true });
  const resized = new ResizeObserver(draw);
  resized.observe(body);
  load();
  return {
    again: ([other, span]) => other === state.id && (!span || state.chosen === span),
    hear: (kind) => { if ((kind === "system" && !("ready" in root.dataset)) || kind === "traces" && (!state.data || state.data.trace.open || Date.now() - new Date(state.data.trace.start) < 30000)) load(); },
    key: (event) => key(event, state, view, bar),
    end: () => resized.disconnect(),
  };
}

// prepare derives what the rows need: parents that are absent, and the length
// of the whole, in which clocks that differ are moved to fit.
function prepare(state, data) {
  state.data = data;
  state.byId = new Map(data.spans.map((span) => [span.id, span]));
  state.onPath = new Map();
  for (const part of data.path) state.onPath.set(part.span, [...(state.onPath.get(part.span) ?? []), part]);
  data.spans.forEach((span, i) => { span.children = (data.spans[i + 1]?.depth ?? 0) > span.depth; });
  state.orphans = new Set(data.spans.filter((span, i) => i && span.parent && !state.byId.has(span.parent)).map((span) => span.id));
  state.whole = Math.max(0.001, ...data.spans.slice(0, 1).map((span) => span.ms));
  for (const span of data.spans) state.whole = Math.max(state.whole, span.offset_ms + span.ms);
  state.deepest = innerWidth < 760 ? 5 : 24;
}

function showTitle(title, state) {
  const t = state.data.trace;
  const sum = new Map();
  for (const part of state.data.path) {
    const owner = state.byId.get(part.span)?.service;
    if (owner) sum.set(owner, (sum.get(owner) ?? 0) + part.ms);
  }
  const whole = [...sum.values()].reduce((a, b) => a + b, 0) || 1;
  const share = h("div.shares", { role: "img", "aria-label": `Where the time went: ${[...sum].map(([name, spent]) => `${name} ${ms(spent)}`).join(", ")}` });
  for (const [name, spent] of [...sum].sort((a, b) => b[1] - a[1])) {
    const part = h("i.cut", { class: colour(name), title: `${name}: ${ms(spent)} of the critical path` }, spent / whole > 0.09 ? `${name} ${Math.round((100 * spent) / whole)} %` : "");
    part.style.flexGrow = spent / whole;
    share.append(part);
  }
  const shown = state.data.spans.length;
  refill(title,
    h("div.line", null, h("a.back", { href: "#/traces", title: "Back (Esc)", "aria-label": "Back", onclick: (event) => { event.preventDefault(); back(); } }, "←"), h("h1", null, chip(t.service), h("bdi.cut", { title: t.name }, t.name)),
      t.open ? h("span.badge.warn", null, `${t.open} under way`) : null, t.partial ? h("span.badge.warn", { title: "Spans of it left the bounded store, or were refused" }, "incomplete") : null,
      shown < t.spans ? h("span.badge.warn", null, `the first ${shown} of ${t.spans} spans`) : null),
    h("div.line.soft", null, h("b.took", null, ms(state.whole)), [`${t.spans} spans`, `${t.services.length} services`].map((words) => h("span", null, words)),
      h("time", { datetime: t.start, title: t.start }, clock(t.start)), h("span.mono.id", { title: "The trace's id" }, t.id)), share);
}

// back leads to where the trace was chosen, with its filter.
function back() {
  if (live.within) history.back();
  else location.hash = "#/traces";
}

function key(event, state, view, bar) {
  if (!state.data) return false;
  const here = state.rows.findIndex((span) => span.id === state.chosen);
  const go = (i) => { view.reach(state.rows[Math.min(Math.max(i, 0), state.rows.length - 1)]); };
  const span = state.rows[here];
  switch (event.key) {
    case "j": case "ArrowDown": go(here + 1); return true;
    case "k": case "ArrowUp": go(here - 1); return true;
    case "ArrowLeft":
      if (span?.children && !state.folded.has(span.id)) view.pick(span, { fold: true }); else if (span?.parent) go(state.rows.findIndex((s_) => s_.id === span.parent));
      return true;
    case "ArrowRight":
      if (span && state.folded.has(span.id)) view.pick(span, { fold: true }); else go(here + 1);
      return true;
    case "n": case "N": view.next(state.found, event.key === "n" ? 1 : -1); return true;
    case "e": case "E": view.next(failed(state), event.key === "e" ? 1 : -1); return true;
    case "z": view.zoom(state.zoomed || !span?.ms ? null : [span.offset_ms, span.offset_ms + span.ms]); return true;
    case "c": case "f": bar.press(event.key); return true;
    case "Escape":
      if (!view.side.hidden) view.close(); else if (state.zoomed) view.zoom(); else back();
      return true;
  }
  return false;
}
