// Copies the snippet, and asks the live check again until the page carries it.

const WAIT_MS = 8000;
const ROUNDS = 15;

/** @typedef {{ question: string, good: boolean | null, advice: string }} Step */
/** @typedef {{ steps: Step[], good: boolean, missing_origin: string }} Check */

/** @template {HTMLElement} E @param {string} id @returns {E | null} */
const byId = (id) => /** @type {E | null} */ (document.getElementById(id));

const code = byId("snippet");
if (code && navigator.clipboard) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button slim";
  button.textContent = code.dataset.copy ?? "";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent ?? "");
    button.textContent = code.dataset.copied ?? "";
    setTimeout(() => (button.textContent = code.dataset.copy ?? ""), 2000);
  });
  code.after(button);
}

const form = /** @type {HTMLFormElement | null} */ (byId("check"));
const steps = byId("steps");
const done = byId("done");
const addSite = /** @type {HTMLFormElement | null} */ (byId("add-site"));
/** Counts the runs, so that an older run stops when a newer one began. */
let run = 0;

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  void keepChecking(++run);
});

/** @param {number} mine */
async function keepChecking(mine) {
  const button = form?.querySelector("button");
  button?.setAttribute("aria-busy", "true");
  for (let round = 0; round < ROUNDS && mine === run; round++) {
    const answer = await ask();
    if (answer === "give up") break;
    if (mine === run && answer) show(answer);
    if (answer?.good) break;
    button?.removeAttribute("aria-busy");
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    if (document.hidden) break;
  }
  button?.removeAttribute("aria-busy");
}

/** @returns {Promise<Check | null | "give up">} null: not now, ask again later. */
async function ask() {
  if (!form) return "give up";
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (answer.ok) return await answer.json();
    if (answer.status === 429) return null;
    // Something to read: let the browser show the page that says what.
    form.submit();
    return "give up";
  } catch {
    return null;
  }
}

/** @param {Check} check */
function show(check) {
  steps?.replaceChildren(...check.steps.map(stepItem));
  if (steps) steps.hidden = false;
  if (done) done.hidden = !check.good;
  if (addSite) {
    addSite.hidden = !check.missing_origin;
    const origin = /** @type {HTMLInputElement} */ (addSite.elements.namedItem("origin"));
    origin.value = check.missing_origin;
  }
}

/** @param {Step} step */
function stepItem(step) {
  const item = document.createElement("li");
  item.className = step.good ? "good" : step.good === null ? "open" : "bad";
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.ariaHidden = "true";
  mark.textContent = step.good ? "✓" : step.good === null ? "·" : "!";
  const told = document.createElement("div");
  const question = document.createElement("strong");
  question.textContent = step.question;
  const answer = document.createElement("span");
  answer.className = "visually-hidden";
  const reply = step.good ? "yes" : step.good === null ? "open" : "no";
  answer.textContent = `: ${steps?.dataset[reply] ?? ""}`;
  told.append(question, answer);
  if (step.advice) {
    const advice = document.createElement("p");
    advice.textContent = step.advice;
    told.append(advice);
  }
  item.append(mark, told);
  return item;
}
