// The bar above a waterfall, and what it does to it: find, go on, fold.
import { h, text } from "./dom.js";

// find marks the spans that say a word anywhere.
export function find(state, word, view) {
  const wanted = word.trim().toLowerCase();
  const pairs = (all) => (all ?? []).flat();
  const words = (span) => [span.name, span.service, span.edge, span.message, span.id, span.kind, ...pairs(span.attrs), ...pairs(span.resource), ...(span.events ?? []).flatMap((e) => [e.name, ...pairs(e.attrs)])];
  state.found = wanted && state.data ? state.data.spans.filter((span) => (span.words ??= words(span).filter(Boolean).join("\n").toLowerCase()).includes(wanted)) : null;
  state.hits = new Set(state.found?.map((span) => span.id));
  if (state.window) view.rebuild();
}

// next goes from the chosen span to the next of some, and round again.
export function next(state, spans, by, view) {
  if (!spans?.length) return;
  const order = new Map(state.data.spans.map((span, i) => [span.id, i]));
  const here = order.get(state.chosen) ?? (by > 0 ? -1 : Infinity);
  const on = by > 0 ? spans.find((span) => order.get(span.id) > here) ?? spans[0] : spans.findLast((span) => order.get(span.id) < here) ?? spans.at(-1);
  view.reach(on);
}

// tools is the bar above the waterfall.
export function tools() {
  const search = h("input", { type: "search", placeholder: "Find in this trace", "aria-label": "Find in this trace" });
  const button = (words, title, props) => h("button.clear", { type: "button", title, ...props }, words);
  const said = h("span.faint", { role: "status" });
  const [errors, fold, path, whole] = [button("", "Next span that failed (e)", { class: "bad" }), button("Fold all", "Fold and unfold all (f)"), button("Critical path only", "c", { "data-path": "" }), button("Whole time", "z")];
  const json = h("a.clear", { target: "_blank", rel: "noopener", title: "The trace as the page is sent it" }, "JSON");
  return {
    element: h("div.filter.tools", { role: "search" }, search, said, errors, whole, fold, path, json),
    word: () => search.value,
    use: (state, view) => {
      search.addEventListener("input", () => view.find(search.value));
      search.addEventListener("keydown", (event) => { if (event.key === "Enter") view.next(state.found, event.shiftKey ? -1 : 1); });
      errors.addEventListener("click", () => view.next(failed(state)));
      whole.addEventListener("click", () => view.zoom());
      fold.addEventListener("click", () => foldAll(state, view));
      path.addEventListener("click", () => { state.pathOnly = !state.pathOnly; view.rebuild(); });
      json.href = `api/traces/${state.id}`;
    },
    show: (state) => {
      const here = state.found?.findIndex((span) => span.id === state.chosen) ?? -1;
      text(said, !state.found ? "" : here < 0 ? `${state.found.length} found` : `${here + 1} of ${state.found.length}`);
      const wrong = failed(state).length;
      text(errors, wrong === 1 ? "1 error" : `${wrong} errors`).hidden = !wrong;
      text(fold, state.folded.size ? "Unfold all" : "Fold all");
      path.classList.toggle("on", state.pathOnly);
      path.setAttribute("aria-pressed", String(state.pathOnly));
      whole.hidden = !state.zoomed;
    },
    press: (name) => ({ c: path, f: fold })[name].click(),
  };
}

export const failed = (state) => state.data.spans.filter((span) => span.failed);

function foldAll(state, view) {
  if (state.folded.size) state.folded.clear();
  else state.folded = new Set(state.data.spans.filter((span) => span.children && span.depth > 0).map((span) => span.id));
  view.rebuild();
}
