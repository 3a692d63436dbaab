// The fourth view: what the services write, as it comes.
import { h, text } from "./dom.js";
import { clock, colour } from "./format.js";
import { ask, live } from "./live.js";

const most = 2000; // lines that stay in the document

export function logs(root) {
  const search = h("input", { type: "search", placeholder: "Search the output", "aria-label": "Search" });
  const service = h("select", { "aria-label": "Service" }, h("option", { value: "" }, "All services"));
  const said = h("span.faint.said");
  const list = h("ol.log", { tabindex: 0 });
  const none = h("div.empty", null, "No service has written anything yet. What they write to stdout and stderr is shown here.");
  root.append(h("h1.unseen", null, "Logs"), h("div.logbar", null, search, service, said), h("section.panel", null, none, list));
  let after = 0;
  let asking = false;

  const fits = (li) => (!service.value || li.service === service.value) && li.plain.includes(search.value.toLowerCase());
  const filter = () => {
    let shown = 0;
    for (const li of list.children) {
      li.hidden = !fits(li);
      if (!li.hidden) shown++;
    }
    text(said, list.children.length ? `${shown} lines` : "");
  };
  const load = async () => {
    if (asking || live.paused || !live.system) return;
    asking = true;
    const more = await ask(`api/logs?after=${after}`).catch(() => null);
    asking = false;
    if (!more) return;
    after = more.next;
    const follow = list.scrollTop + list.clientHeight > list.scrollHeight - 40;
    list.append(...more.lines.slice(-most).map(make));
    while (list.children.length > most) list.firstElementChild.remove();
    none.hidden = list.children.length > 0;
    list.hidden = !none.hidden;
    for (const name of new Set(more.lines.map((line) => line.service))) {
      if (![...service.options].some((o) => o.value === name)) service.append(h("option", { value: name }, name));
    }
    if (more.lines.length) filter();
    if (follow) list.scrollTop = list.scrollHeight;
    root.dataset.ready = "";
  };
  search.addEventListener("input", filter);
  service.addEventListener("change", filter);
  load();
  return { hear: (kind) => { if (kind === "system") load(); } };
}

// plain drops what colours a terminal.
const plain = (words) => words.replace(/\u001b\[[\d;?]*[A-Za-z]/g, "");

function make(line) {
  const words = plain(line.text);
  const li = h("li", null, h("time", null, clock(line.at)), h("bdi.who.cut", { class: colour(line.service), title: line.service }, line.service), h("span.what", null, words));
  li.service = line.service;
  li.plain = `${line.service} ${words}`.toLowerCase();
  return li;
}
