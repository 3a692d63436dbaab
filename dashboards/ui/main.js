// The frame of the page: which view is shown, the keys, the state of the connection.
import { h, text } from "./dom.js";
import { clock, know, span } from "./format.js";
import { connect, listen, live, pause } from "./live.js";
import { contracts } from "./contracts.js";
import { logs } from "./logs.js";
import { overview } from "./overview.js";
import { trace } from "./trace.js";
import { traces } from "./traces.js";

const at = (id) => document.getElementById(id);
const views = { "": ["map", overview], traces: ["traces", traces], trace: ["traces", trace], contracts: ["contracts", contracts], logs: ["logs", logs] };
let current = null;

// A view is a function of its element and its part of the address; it returns
// what it does when the server says something, at a key, and at its end.
function show() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  const [tab, view] = views[name] ?? views[""];
  const params = new URLSearchParams(query);
  if (current?.view === view && current.shown.again?.(rest, params)) return;
  current?.shown.end?.();
  for (const link of at("tabs").children) {
    if (link.dataset.view === tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const root = at("view");
  root.className = "";
  root.replaceChildren();
  root.dataset.view = tab;
  root.removeAttribute("data-ready");
  current = { view, shown: view(root, rest, params) };
  window.scrollTo(0, 0);
  if (live.system) current.shown.hear?.("system");
}

function heard(kind) {
  if (kind === "restarted") {
    current?.shown.end?.();
    current = null;
    return show();
  }
  const words = { live: "live", paused: "paused", gone: "not running", connecting: "connecting" };
  const system = live.system;
  at("live").className = { live: "on", gone: "gone" }[live.state] ?? "";
  text(at("live").lastElementChild, live.state === "live" && system ? span(new Date(system.now) - new Date(system.started)) : words[live.state]);
  if (kind === "system") frame(system);
  at("gone").hidden = live.state !== "gone";
  text(at("gone"), system ? `seam does not answer: it has ended. What is shown is of ${clock(system.now).slice(0, 8)}. Start it again with \`seam up\`, and this page goes on.` : "seam does not answer. Start it with `seam up`, and this page goes on.");
  current?.shown.hear?.(kind);
}

function frame(system) {
  know(system.services.map((service) => service.name));
  text(at("name"), system.name);
  document.title = `${system.name} · seam`;
  at("entry").hidden = !system.entry;
  if (!at("entry").dataset.said) text(at("entry"), system.entry.replace(/^http:\/\//, ""));
  const broken = system.contracts.reduce((sum, c) => sum + c.violating, 0);
  const tab = at("tabs").querySelector("[data-view=contracts]");
  if (broken && !tab.querySelector("sup")) tab.append(h("sup", null, ""));
  if (broken) text(tab.querySelector("sup"), broken);
}

at("live").addEventListener("click", () => pause());
at("help").addEventListener("click", () => help());
at("entry").addEventListener("click", async () => {
  await navigator.clipboard?.writeText(live.system.entry).catch(() => {});
  at("entry").dataset.said = "copied";
  text(at("entry"), "copied");
  setTimeout(() => { delete at("entry").dataset.said; }, 1200);
});

const keys = [
  [["1", "2", "3", "4"], "map, traces, contracts, logs"], [["/"], "search"], [["j", "k"], "down and up"], [["Enter"], "open"],
  [["←", "→"], "fold and unfold spans"], [["f"], "fold and unfold all"], [["n"], "next span that is found"], [["e"], "next span that failed"], [["z"], "zoom in on a span, and out"],
  [["c"], "show the critical path only"], [["p"], "pause and go on"], [["Esc"], "back"],
];
function help() {
  if (!at("keys").firstChild) {
    at("keys").append(h("div.head", null, h("h2", null, "Keys"), h("button.clear", { type: "button", onclick: () => at("keys").close() }, "Close")), h("dl", null, keys.flatMap(([names, does]) => [
      h("dt", null, names.flatMap((name, i) => [i ? " " : "", h("kbd", null, name)])), h("dd", null, does)])));
  }
  at("keys").showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || at("keys").open) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (typing && event.key === "Escape") {
    event.preventDefault(); // what was searched stays, as what was found does
    return event.target.blur();
  }
  if (typing && !(event.key === "Enter" && event.target.type === "search")) return;
  const places = { 1: "#/", 2: "#/traces", 3: "#/contracts", 4: "#/logs" };
  if (current?.shown.key?.(event)) event.preventDefault();
  else if (places[event.key]) location.hash = places[event.key];
  else if (event.key === "?") help();
  else if (event.key === "p") pause();
  else if (event.key === "/") {
    event.preventDefault();
    const field = [...document.querySelectorAll("input[type=search]")].find((one) => one.offsetParent); // that is shown
    if (field) field.focus();
    else location.hash = "#/traces?find=";
  }
});

window.addEventListener("hashchange", () => {
  live.within = true;
  show();
});
listen(heard);
show();
connect();
