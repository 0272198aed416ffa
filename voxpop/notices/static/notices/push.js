// The service worker: shows what was pushed, and leads to it. It fetches nothing and keeps nothing.

const worker = /** @type {any} */ (self);

worker.addEventListener("push", (/** @type {any} */ event) => {
  const { title, body, path, tag, lang, dir } = event.data?.json() ?? {};
  if (!title) return;
  event.waitUntil(
    worker.registration.showNotification(title, { body, tag, lang, dir, data: { path } }),
  );
});

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  const leads = new URL(event.notification.data?.path ?? "/home/inbox/", worker.location.origin);
  // What leads elsewhere was not sent by us.
  if (leads.origin !== worker.location.origin) return;
  event.waitUntil(worker.clients.openWindow(leads.href));
});
