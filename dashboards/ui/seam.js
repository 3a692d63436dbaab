"use strict";
// The page asks once a second while it is seen. Every text from outside is set as text, never as markup.
const at = (id) => document.getElementById(id);
const make = (tag, text, kind) => { const e = document.createElement(tag); e.textContent = text ?? ""; if (kind) e.className = kind; return e; };
const ms = (v) => v >= 1000 ? (v / 1000).toFixed(2) + " s" : v >= 10 ? v.toFixed(0) + " ms" : v.toFixed(1) + " ms";
const ask = async (path) => { const r = await fetch(path); if (!r.ok) throw new Error(await r.text()); return r.json(); };

function showSystem(s) {
  at("name").textContent = s.name;
  document.title = "seam " + s.name;
  at("entry").textContent = s.entry; at("entry").href = s.entry;
  at("services").replaceChildren(...s.services.map((v) => {
    const li = make("li", v.name + " ", v.state); li.append(make("small", v.kind + ", " + v.state)); return li;
  }));
  at("edges").replaceChildren(...s.edges.map((e) => {
    const tr = document.createElement("tr");
    tr.append(make("td", e.edge), make("td", e.requests, "n"), make("td", e.rate.toFixed(1), "n"),
      make("td", e.errors, e.errors ? "n failed" : "n"), make("td", e.requests ? ms(e.p50_ms) : "", "n"), make("td", e.requests ? ms(e.p99_ms) : "", "n"));
    return tr;
  }));
}

function showTraces(rows) {
  at("none").hidden = rows.length > 0;
  at("traces").replaceChildren(...rows.map((t) => {
    const tr = document.createElement("tr");
    tr.append(make("td", new Date(t.start).toLocaleTimeString()), make("td", t.service + " " + t.name, t.errors ? "failed" : ""),
      make("td", t.services.join(", ")), make("td", t.spans, "n"), make("td", ms(t.ms), "n"));
    tr.onclick = () => openTrace(t.id);
    return tr;
  }));
}

async function openTrace(id) {
  const { trace, spans } = await ask("api/traces/" + id);
  at("id").textContent = id;
  at("waterfall").replaceChildren(...spans.map((s) => {
    const row = make("div", "", "span"), what = make("div", "", "what"), track = make("div", "", "track"), bar = document.createElement("i");
    what.style.paddingLeft = s.depth + "rem";
    what.append(make("span", s.edge || s.service, s.failed ? "failed" : ""), make("small", " " + s.name));
    what.title = Object.entries(s.attrs).map(([k, v]) => k + " = " + v).join("\n");
    bar.className = s.failed ? "bad" : s.edge ? "edge" : "";
    bar.style.left = 100 * s.offset_ms / Math.max(trace.ms, 0.001) + "%";
    bar.style.width = Math.min(100, 100 * s.ms / Math.max(trace.ms, 0.001)) + "%";
    track.append(bar);
    row.append(what, track, make("div", ms(s.ms), "n"));
    return row;
  }));
  at("open").hidden = false;
  location.hash = id;
  at("open").scrollIntoView({ behavior: "smooth" });
}

at("close").onclick = () => { at("open").hidden = true; history.replaceState(null, "", location.pathname); };

async function refresh() {
  if (!document.hidden) {
    try { showSystem(await ask("api/system")); showTraces(await ask("api/traces?limit=30")); document.body.classList.remove("gone"); }
    catch { at("name").textContent = "is not running any more"; }
  }
  setTimeout(refresh, 1000);
}
refresh();
if (/^#[0-9a-f]{32}$/.test(location.hash)) openTrace(location.hash.slice(1)).catch(() => {});
