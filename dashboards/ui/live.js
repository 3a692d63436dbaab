// What the server says of the system, and who wants to hear of it.

// within says that another view of the page was shown before the one that is.
export const live = { system: null, paused: false, state: "connecting", within: false };
const listeners = new Set();
let source = null;

export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(kind) {
  for (const listener of [...listeners]) listener(kind);
}

function state(now) {
  if (live.state === now) return;
  live.state = now;
  tell("state");
}

function open() {
  source = new EventSource("api/events");
  let fresh = true;
  source.addEventListener("open", () => { fresh = true; });
  source.addEventListener("system", (event) => {
    take(JSON.parse(event.data), fresh);
    fresh = false;
  });
  source.addEventListener("traces", () => tell("traces"));
  source.onerror = async () => {
    if (source?.readyState !== EventSource.CLOSED) return state("gone");
    source = null;
    // Refused: where as many pages as can be are kept up to date, this one asks.
    await ask("api/system").then((system) => take(system, true), () => state("gone"));
    setTimeout(connect, 2000);
  };
}

// take shows the system as it stands. After a pause there may be traces that
// nothing told of, and after a restart everything that was shown is gone.
function take(system, fresh) {
  const before = live.system;
  live.system = system;
  state("live");
  if (before && before.started !== system.started) tell("restarted");
  tell("system");
  if (fresh && before) tell("traces");
}

// connect follows the server while the page is seen and not paused.
export function connect() {
  const wanted = !document.hidden && !live.paused;
  if (wanted && !source) open();
  if (!wanted && source) {
    source.close();
    source = null;
  }
  if (live.paused) state("paused");
}

export function pause(on = !live.paused) {
  live.paused = on;
  connect();
}

document.addEventListener("visibilitychange", connect);

export async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error((await answer.text()).trim() || `${path}: ${answer.status}`);
  return answer.json();
}
