// What is known of one span: attributes, events, links, who sent it.
import { h, refill } from "./dom.js";
import { colour, ms } from "./format.js";

export function detail(side, span, state) {
  side.hidden = false;
  const error = (span.events ?? []).find((event) => event.name === "exception");
  const why = span.message || error?.attrs.find(([key]) => key === "exception.message")?.[1] || span.attrs.find(([key]) => key === "error.type")?.[1];
  const waited = (state.onPath.get(span.id) ?? []).reduce((sum, part) => sum + part.ms, 0);
  refill(side,
    h("div.head", null, h("span.chip", { class: colour(span.service) }, span.service), h("button.clear.close", { type: "button", title: "Close (Esc)", onclick: () => { side.hidden = true; } }, "×")),
    h("h1", null, span.name),
    h("div.soft.figures", null, h("b", null, ms(span.ms)), ` from ${ms(span.offset_ms)}`, span.kind ? ` · ${span.kind}` : "", span.edge ? ` · edge ${span.edge.replace("->", " → ")}` : ""),
    waited ? h("div.soft", null, h("i.key"), `the trace waited ${ms(waited)} for this span itself`) : null,
    span.skew_ms ? h("div.soft", null, `its clock differed by ${ms(Math.abs(span.skew_ms))}; moved to fit`) : null,
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

function table(pairs) {
  if (!pairs.length) return null;
  return h("dl", null, [...pairs].map(([key, value]) => [h("dt", null, key.split(".").flatMap((part, i) => (i ? [".", h("wbr"), part] : [part]))), h("dd", null, value)]));
}
