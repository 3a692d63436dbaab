// The third view: how calls keep to the contracts of their edge.
import { h, keep, text } from "./dom.js";
import { between } from "./chip.js";
import { count, percent } from "./format.js";
import { live } from "./live.js";

const kinds = [["conforming", "as agreed"], ["violating", "against the agreement"], ["uncovered", "agreed by nobody"], ["unjudged", "not judged"]];

// contracts shows a card for each edge; the address may name the one that is
// brought into sight.
export function contracts(root, [wanted]) {
  const none = h("section.panel", null, h("div.empty", null, "No contracts. Name pacts under ", h("code", null, "contracts:"), " in seam.yaml, and every call is held against them here."));
  const cards = h("div.cards");
  root.append(h("h1.unseen", null, "Contracts"), none, cards);
  let chosen = named(wanted);
  const lead = () => {
    for (const element of cards.children) element.classList.toggle("chosen", element.dataset.edge === chosen);
    if (live.system) cards.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
  };
  return {
    again: ([other]) => {
      chosen = named(other);
      lead();
      return true;
    },
    hear: (kind) => {
      if (kind !== "system") return;
      none.hidden = live.system.contracts.length > 0;
      keep(cards, live.system.contracts, (c) => c.edge, card, show);
      if (!("ready" in root.dataset)) lead();
      root.dataset.ready = "";
    },
  };
}

// named is the edge that an address names; a mangled one names none.
function named(part) {
  try {
    return part && decodeURIComponent(part);
  } catch {
    return "";
  }
}

function card(contract) {
  const parts = kinds.map(([name]) => h("i", { class: name }));
  const numbers = kinds.map(() => h("b"));
  const said = h("span.faint");
  const breaches = h("ul.breaches");
  const rows = h("tbody");
  const element = h("section.panel.contract", { "data-edge": contract.edge },
    h("div.head", null, h("h2", null, h("a.open", { href: `#/traces?edge=${encodeURIComponent(contract.edge)}`, title: "Its traces" }, between(contract.edge))), said),
    h("div.share", { role: "img", "aria-label": "Shares of the calls" }, parts),
    h("div.legend", null, kinds.map(([name, words], i) => h("span", null, h("i", { class: name }), numbers[i], ` ${words}`))),
    breaches, h("table", null, h("thead", null, h("tr", null, h("th", null, "interaction"), h("th.n", null, "calls"), h("th.n", null, "against it"))), rows));
  element.parts = { parts, numbers, said, breaches, rows };
  return element;
}

function show(element, c) {
  const { parts, numbers, said, breaches, rows } = element.parts;
  const all = kinds.reduce((sum, [name]) => sum + c[name], 0);
  kinds.forEach(([name], i) => {
    parts[i].style.flexGrow = c[name];
    parts[i].hidden = !c[name];
    text(numbers[i], count(c[name]));
  });
  const seen = c.interactions.filter((i) => i.calls > 0).length;
  const covered = all ? `${percent((c.conforming + c.violating) / all)} of ${count(all)} calls are agreed on` : "no call yet";
  text(said, `${covered}; ${seen} of ${c.interactions.length} interactions seen`);
  keep(breaches, c.breaches, (b) => `${b.kind} ${b.name} ${b.trace}`, breach, (li, b) => text(li.count, count(b.count)));
  breaches.hidden = !c.breaches.length;
  rows.parentElement.hidden = !c.interactions.length;
  keep(rows, c.interactions, (i) => i.name, (i) => h("tr", null, h("td", null, i.name), h("td.n"), h("td.n")), (row, i) => {
    text(row.children[1], i.calls ? count(i.calls) : "never");
    text(row.children[2], i.violations ? count(i.violations) : "–").classList.toggle("bad", i.violations > 0);
    row.classList.toggle("never", !i.calls);
  });
}

function breach(b) {
  const number = h("b");
  const li = h("li", { class: b.kind }, number, " × ", h("bdi", null, b.name), " ", b.trace ? h("a.badge.link", { href: `#/trace/${b.trace}` }, "trace") : null, b.reasons.slice(0, 8).map(reason));
  li.count = number;
  return li;
}

// reason shows a difference as the line that was agreed and the one that was seen.
function reason({ place, message, expected, actual }) {
  const differ = (expected || actual) && expected !== actual;
  return h("div.reason", null, h("p", null, place ? h("b", null, `${place} `) : null, message),
    differ ? h("del", { title: "agreed" }, expected || "nothing") : null, differ ? h("ins", { title: "seen" }, actual || "nothing") : null);
}
