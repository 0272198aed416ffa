// The side-by-side page: the switch of the server's writes, and what reading cost.

/** @param {string} name @param {unknown} value */
function show(name, value) {
  const place = document.querySelector(`[data-cost="${name}"]`);
  if (place) place.textContent = String(value);
}

const left = document.querySelector("iframe");
addEventListener("message", (event) => {
  const isOurs = event.origin === location.origin && event.source === left?.contentWindow;
  if (isOurs && event.data?.type === "lantern:ready") show("milliseconds", event.data.milliseconds);
});

async function showCost() {
  const cost = await (await fetch("/cost.json")).json();
  for (const name of ["requests", "third_party", "cookies", "kilobytes"]) show(name, cost[name]);
  for (const [address, bytes] of Object.entries(cost.addresses)) {
    const line = document.createElement("li");
    line.textContent = `${address} (${bytes} bytes)`;
    document.querySelector("#addresses")?.append(line);
  }
}

const button = /** @type {HTMLButtonElement} */ (document.querySelector("#writes"));
const state = /** @type {HTMLElement} */ (document.querySelector("#state"));
button.addEventListener("click", async () => {
  const wanted = button.dataset.writes === "on" ? "off" : "on";
  button.disabled = true;
  const answer = await fetch(`/writes/${wanted}`, { method: "POST" });
  button.disabled = false;
  if (!answer.ok) {
    state.textContent = await answer.text();
    return;
  }
  button.dataset.writes = wanted;
  button.textContent = wanted === "on" ? "Stop the server’s writes" : "Let it write again";
  state.textContent =
    wanted === "on"
      ? "The server takes comments."
      : "Writes are stopped. Post something: it waits, says so, and goes out once.";
});

showCost().catch(() => show("requests", "could not be counted"));
