// Sign your site's reader in beside its comments (Voxpop, docs/sso.md). Copy this file; Node 18 or newer,
// nothing to install.
//
//   const token = voxpopToken(SECRET, { kid: "KEY", forum: "magazine", host: "https://comments.example.org",
//     site: "https://magazine.example.org", sub: String(user.id), name: user.name });
//
// For a key pair give its private PEM as the secret.

"use strict";
const { createHmac, randomBytes, sign } = require("node:crypto");

/** A token for this reader and this page view. Besides: email, email_verified, picture, profile, roles,
 * return_to, nonce. */
function voxpopToken(secret, { kid, forum, host, site, sub, name, now, jti, ...more }) {
  const time = now ?? Math.floor(Date.now() / 1000);
  const isPair = secret.includes("PRIVATE KEY");
  const header = { alg: isPair ? "EdDSA" : "HS256", kid, typ: "JWT" };
  const claims = {
    aud: `${host}/f/${forum}`,
    iss: site,
    sub,
    iat: time,
    exp: time + 240,
    jti: jti ?? randomBytes(16).toString("base64url"),
    name,
  };
  for (const [claim, value] of Object.entries(more)) {
    if (value !== undefined && value !== null && value !== "") claims[claim] = value;
  }
  const signed = `${part(header)}.${part(claims)}`;
  const signature = isPair
    ? sign(null, Buffer.from(signed), secret)
    : createHmac("sha256", secret).update(signed).digest();
  return `${signed}.${signature.toString("base64url")}`;
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

module.exports = { voxpopToken };
