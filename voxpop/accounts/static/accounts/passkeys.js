// Passkeys: hands the browser what the server asks, and the form the browser's answer.

const isAble =
  typeof PublicKeyCredential === "function" &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential;

for (const element of document.querySelectorAll("[data-passkey]")) {
  const form = /** @type {HTMLFormElement} */ (element);
  if (isAble) form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void answer(form);
  });
}
for (const element of document.querySelectorAll("[data-without-passkeys]")) {
  /** @type {HTMLElement} */ (element).hidden = isAble;
}

/** @param {HTMLFormElement} form */
async function answer(form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const said = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  button.disabled = true;
  said.textContent = "";
  try {
    const asked = await options(form);
    const credential = form.dataset["passkey"] === "create" ? await make(asked) : await use(asked);
    const input = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
    input.value = JSON.stringify(/** @type {any} */ (credential).toJSON());
    form.submit();
  } catch (problem) {
    said.textContent = wordsFor(problem);
    button.disabled = false;
  }
}

/**
 * What the server asks: in the page, or fetched at the press of the button.
 * @param {HTMLFormElement} form
 * @returns {Promise<any>}
 */
async function options(form) {
  const { ask, options: place } = form.dataset;
  if (!ask) return JSON.parse(document.getElementById(place ?? "")?.textContent ?? "{}");
  const response = await fetch(ask, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

/** A passkey, not only a second factor: kept by the device, used with its own lock. @param {any} asked */
function make({ creation_options: { publicKey } }) {
  const wanted = { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true };
  wanted.userVerification = "required";
  const parsed = /** @type {any} */ (PublicKeyCredential).parseCreationOptionsFromJSON({
    ...publicKey, authenticatorSelection: wanted,
  });
  return navigator.credentials.create({ publicKey: parsed });
}

/** @param {any} asked */
function use({ request_options: { publicKey } }) {
  const parsed = /** @type {any} */ (PublicKeyCredential).parseRequestOptionsFromJSON(publicKey);
  return navigator.credentials.get({ publicKey: parsed });
}

/** @param {unknown} problem */
function wordsFor(problem) {
  const words = JSON.parse(document.getElementById("passkey-words")?.textContent ?? "{}");
  const { name } = /** @type {Error} */ (problem);
  if (name === "NotAllowedError") return words.not_used;
  if (name === "InvalidStateError") return words.there;
  if (name === "SecurityError") return words.https;
  return words.failed;
}
