// Numbers, times and names as a reader wants them.

export function ms(value) {
  if (!Number.isFinite(value)) return "";
  if (value >= 60000) return `${Math.floor(value / 60000)}m ${Math.round(value / 1000) % 60}s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  if (value >= 100) return `${value.toFixed(0)} ms`;
  if (value >= 1) return `${value.toFixed(1)} ms`;
  if (value > 0) return `${Math.max(1, Math.round(value * 1000))} µs`;
  return "0";
}

export function rate(value) {
  if (!value) return "–";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2).replace(/0$/, "");
}

export function percent(share) {
  if (!share) return "0 %";
  const value = share * 100;
  return value < 0.1 ? "< 0.1 %" : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

export function count(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  return String(value ?? 0);
}

export function bytes(value) {
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (value < 1000 || unit === "GB") return `${value < 10 && unit !== "B" ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1000;
  }
}

const two = (n, digits = 2) => String(n).padStart(digits, "0");

export function clock(date) {
  const d = new Date(date);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${two(d.getMilliseconds(), 3)}`;
}

export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

// Colours go to services in the order of the system; strangers get one by name.
const colours = new Map();
export function know(names) {
  for (const name of names) if (!colours.has(name)) colours.set(name, `s${colours.size % 9}`);
}
export function colour(name) {
  if (!colours.has(name)) {
    let sum = 7;
    for (const c of name) sum = (sum * 31 + c.codePointAt(0)) % 9973;
    return `s${sum % 10}`;
  }
  return colours.get(name);
}

// outside is how the world outside the system is called.
export const outside = "outside";
export const kindOf = (name) => (name === outside ? "outside" : colour(name));
export const ends = (edge) => {
  const at = edge.indexOf("->");
  const [from, to] = [edge.slice(0, at), edge.slice(at + 2)];
  return [from === "entry" ? outside : from, to];
};
