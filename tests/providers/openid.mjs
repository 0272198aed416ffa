// A real OpenID Connect provider (the certified `oidc-provider`) for the tests, on loopback.
// node openid.mjs PORT CLIENTS: clients as JSON; says "ready" when it listens.

import Provider from "oidc-provider";

const [port, clients] = process.argv.slice(2);

// By what is typed as the login there, which is also the `sub`. `twin` is somebody else who has
// proved Ann's address too. GET /tell?who=ann&name=…&email=… has somebody take other ones.
/** @type {Record<string, {name: string, email: string, email_verified: boolean}>} */
const people = {
  ann: { name: "Ann Smith", email: "ann@example.org", email_verified: true },
  twin: { name: "A. Smith", email: "ann@example.org", email_verified: true },
  bob: { name: "Bob Stone", email: "bob@example.org", email_verified: false },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: JSON.parse(clients),
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...(people[id] ?? { name: id }) }),
  }),
  pkce: { required: () => true },
  cookies: { keys: ["of the tests alone"] },
  features: { devInteractions: { enabled: true } },
  ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
});
provider.use(async (ctx, next) => {
  if (ctx.path !== "/tell") return next();
  const { who, name, email } = ctx.query;
  people[String(who)] = { name: String(name), email: String(email), email_verified: true };
  ctx.body = "";
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
