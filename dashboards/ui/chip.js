// The name of a service with its colour, and a call as two of them. A name is
// kept apart from the direction of the text around it, and cut where it is long.
import { h } from "./dom.js";
import { ends, kindOf } from "./format.js";

const long = 20; // characters from which on a pointer is told the whole name

export function chip(name) {
  return h("span.chip", { class: kindOf(name), title: name.length > long ? name : null }, h("bdi", null, name));
}

// between shows an edge, which is named "consumer->provider".
export function between(edge) {
  const [from, to] = ends(edge);
  return h("span.between", null, chip(from), h("span.arrow", { "aria-label": "calls" }, "→"), chip(to));
}
