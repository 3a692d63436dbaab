// The waterfall of a trace. Only rows in sight are in the document, so that a
// trace of thousands of spans scrolls as one of ten.
import { h } from "./dom.js";
import { chip } from "./chip.js";
import { colour, ms } from "./format.js";

export const rowHeight = 30;
const spare = 12; // rows beyond sight, above and below

// rowsOf leaves out what lies below a folded span.
export function rowsOf({ data, folded, pathOnly, onPath }) {
  const rows = [];
  let hidden = Infinity;
  for (const span of data.spans) {
    if (span.depth > hidden) continue;
    hidden = folded.has(span.id) ? span.depth : Infinity;
    if (!pathOnly || onPath.has(span.id)) rows.push(span);
  }
  return rows;
}

// drawRows brings into the document what is in sight.
export function drawRows(state, body, inner, pick) {
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
    row.classList.toggle("hit", state.hits.has(span.id));
    row.setAttribute("aria-selected", String(span.id === state.chosen));
    if (span.children) row.setAttribute("aria-expanded", String(!state.folded.has(span.id)));
    shown.push(row);
  }
  inner.classList.toggle("searched", state.found !== null);
  if (shown.length !== inner.children.length || shown.some((row, i) => inner.children[i] !== row)) inner.replaceChildren(...shown);
  if (shown.some((row) => row.dataset.span === state.chosen)) body.setAttribute("aria-activedescendant", `span-${state.chosen}`);
  else body.removeAttribute("aria-activedescendant");
}

function makeRow(span, state, pick) {
  const [from, to] = state.window;
  const share = (value) => Math.min(100, Math.max(0, (100 * (value - from)) / Math.max(to - from, 0.001)));
  const place = (element, start, length) => {
    const [left, right] = [share(start), share(start + length)];
    element.style.left = `${left}%`;
    element.style.width = `${right - left}%`;
    if (start > to || start + length < from) element.hidden = true;
    return element;
  };
  const bar = place(h("i.span", { class: [span.failed ? "failed" : colour(span.service), span.edge ? "edge" : ""].join(" ") }), span.offset_ms, span.ms);
  const path = (state.onPath.get(span.id) ?? []).map((part) => place(h("i.path"), part.offset_ms, part.ms));
  const marks = (span.events ?? []).slice(0, 20).map((event) => {
    const mark = place(h("i.event", { title: event.name }), event.offset_ms, 0);
    mark.style.width = "";
    return mark;
  });
  const label = h("span.took", null, ms(span.ms));
  label.style.left = `calc(${share(span.offset_ms + span.ms)}% + 7px)`;
  const fold = h("button.fold", { type: "button", tabindex: -1, "aria-hidden": "true", title: "Fold (←)", onclick: (event) => { event.stopPropagation(); pick(span, { fold: true }); } }, "▾");
  if (!span.children) fold.style.visibility = "hidden";
  const name = h("div.name", null, fold, chip(span.service), h("bdi.op.cut", { class: span.failed ? "bad" : "", title: span.name.length > 24 ? span.name : null }, span.name),
    span.failed ? h("span.unseen", null, ", failed") : null,
    span.edge ? h("span.badge.via", { title: "Seen on the edge, by seam" }, "edge") : null,
    state.orphans.has(span.id) ? h("span.badge.warn.via", { title: "The span that it names as its parent has not come" }, "no parent") : null);
  name.style.paddingLeft = `${10 + Math.min(span.depth, state.deepest) * 14}px`;
  return h("div.row", { role: "treeitem", id: `span-${span.id}`, "aria-level": span.depth + 1, "data-span": span.id, onclick: () => pick(span) }, name, h("div.track", null, bar, path, marks, label));
}

// ruler shows the stretch of time that the waterfall shows; zoom is called
// with another one that a pointer marks on it.
export function ruler(element, [from, to], zoom) {
  const band = h("i.band", { hidden: true });
  const track = h("div.track", { title: "Drag to zoom in" }, [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const tick = h("span", null, share || from ? ms(from + (to - from) * share) : "0");
    tick.style.left = `${share * 100}%`;
    return tick;
  }), band);
  let begun = null;
  const at = (event) => {
    const box = track.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  track.addEventListener("pointerdown", (event) => {
    begun = at(event);
    track.setPointerCapture(event.pointerId);
  });
  track.addEventListener("pointermove", (event) => {
    if (begun === null) return;
    const [a, b] = [begun, at(event)].sort((x, y) => x - y);
    band.hidden = false;
    band.style.left = `${100 * a}%`;
    band.style.width = `${100 * (b - a)}%`;
  });
  track.addEventListener("pointerup", (event) => {
    if (begun === null) return;
    const [a, b] = [begun, at(event)].sort((x, y) => x - y);
    begun = null;
    band.hidden = true;
    if (b - a > 0.005) zoom([from + (to - from) * a, from + (to - from) * b]);
  });
  element.replaceChildren(h("div.name.faint", null, "span"), track);
}
