// The drop zone: a file may be dropped on it, and one sees how much of it has been sent.

export {};

/** @template {HTMLElement} E @param {string} id @returns {E} */
const byId = (id) => /** @type {E} */ (document.getElementById(id));

const form = /** @type {HTMLFormElement} */ (byId("upload"));
const drop = byId("drop");
const input = /** @type {HTMLInputElement} */ (byId("file"));
const trouble = byId("trouble");

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  const files = event.dataTransfer?.files;
  if (files?.length) {
    input.files = files;
    send();
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

/** Sends the form; fetch cannot tell how far an upload is, so it is an XMLHttpRequest. */
function send() {
  if (!input.files?.length) return;
  const bar = /** @type {HTMLProgressElement} */ (byId("sent"));
  const button = form.querySelector("button");
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.total ? (event.loaded / event.total) * 100 : 0;
  });
  request.addEventListener("load", () => {
    if (request.status === 200) location.assign(request.responseURL);
    else fail(trouble.dataset.refused?.replace("{status}", String(request.status)));
  });
  request.addEventListener("error", () => fail(trouble.dataset.broken));
  request.open("POST", form.action);
  request.send(new FormData(form));
  trouble.hidden = true;
  byId("sending").hidden = false;
  button?.setAttribute("disabled", "");

  /** @param {string | undefined} why */
  function fail(why) {
    trouble.textContent = why ?? "";
    trouble.hidden = false;
    byId("sending").hidden = true;
    button?.removeAttribute("disabled");
  }
}
