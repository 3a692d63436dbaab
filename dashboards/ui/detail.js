// What is known of one span: attributes, events, links, who sent it.
import { h, refill } from "./dom.js";
import { chip } from "./chip.js";
import { ms } from "./format.js";

export function detail(side, span, state, { close, zoom }) {
  side.hidden = false;
  const error = (span.events ?? []).find((event) => event.name === "exception");
  const why = span.message || error?.attrs.find(([key]) => key === "exception.message")?.[1] || span.attrs.find(([key]) => key === "error.type")?.[1];
  const waited = (state.onPath.get(span.id) ?? []).reduce((sum, part) => sum + part.ms, 0);
  refill(side,
    h("div.head", null, chip(span.service), h("button.clear.close", { type: "button", title: "Close (Esc)", "aria-label": "Close", onclick: close }, "×")),
    h("h2", { dir: "auto" }, span.name),
    h("div.soft.figures", null, h("b", null, ms(span.ms)), ` from ${ms(span.offset_ms)}`, span.kind ? ` · ${span.kind}` : "", span.edge ? [" · edge ", h("a", { href: `#/traces?edge=${encodeURIComponent(span.edge)}&sort=slowest`, title: "The slowest traces of this edge" }, span.edge.replace("->", " → "))] : ""),
    span.ms ? h("div", null, h("button.clear", { type: "button", title: "z", onclick: () => zoom([span.offset_ms, span.offset_ms + span.ms]) }, "Zoom in")) : null,
    waited ? h("div.soft", null, h("i.key"), `the trace waited ${ms(waited)} for this span itself`) : null,
    span.skew_ms ? h("div.soft", null, `its clock differed by ${ms(Math.abs(span.skew_ms))}; moved to fit`) : null,
    state.orphans.has(span.id) ? h("div.soft", null, "its parent ", h("span.mono", null, span.parent), " has not come: it was not recorded, is under way, or was sent elsewhere") : null,
    span.failed ? h("div.failure", null, /^\d{3}$/.test(why) ? `answered with ${why}` : why || "failed, without a reason") : null,
    block("Attributes", table(span.attrs)),
    ...(span.events ?? []).slice(0, 50).map((event) => block(`${event.name} at ${ms(event.offset_ms)}`, table(event.attrs), event.name === "exception")),
    span.links?.length ? block("Links", h("ul", null, span.links.map((link) => h("li", null, h("a.mono", { href: `#/trace/${link.trace}/${link.span}` }, link.trace))))) : null,
    block("Sent by", table([...span.resource, ["scope", span.scope ?? ""], ["span id", span.id]].filter(([, value]) => value))),
  );
}

function block(title, content, wrong) {
  return content && h("section", null, h("h3", { class: wrong ? "bad" : "" }, title), content);
}

const long = 300; // characters from which on a value scrolls by itself

function table(pairs) {
  if (!pairs.length) return null;
  return h("dl", null, [...pairs].map(([key, value]) => {
    const words = laid(value);
    return [h("dt", null, key.split(".").flatMap((part, i) => (i ? [".", h("wbr"), part] : [part]))), h("dd", { tabindex: words.length > long ? 0 : null, dir: "auto" }, words)];
  }));
}

// laid sets JSON out over lines where it is more than one reads at a glance.
function laid(value) {
  if (!/^[[{]/.test(value) || value.length < 60 || /\d{16}/.test(value)) return value; // JavaScript would round such a number
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
