// What the server says of the system, and who wants to hear of it.

export const live = { system: null, paused: false, state: "connecting" };
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
  source.addEventListener("system", (event) => {
    live.system = JSON.parse(event.data);
    state("live");
    tell("system");
  });
  source.addEventListener("traces", () => tell("traces"));
  source.onerror = () => {
    state("gone");
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(connect, 2000);
    }
  };
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
