// What the writing half holds on to. The modules of the embed, in the order they build on each other:
//
//   loader.js    on the publisher's page, alone: finds .voxpop, makes the iframe, keeps its height
//   dom.js       the only place where the server's HTML becomes nodes (Trusted Types "voxpop"); times
//   floor.js     the place in the log that somebody who has written must not fall behind
//   facts.js     the page's facts and words, asking the server, talking to the host page, announcing
//   tree.js      the comments on the page: finding, inserting, replacing, removing, folding
//   page.js      this file: facts.js and tree.js under one name, for write/
//   offer.js     what is new is offered and never moves what is being read
//   tail.js      following the thread's log
//   reader.js    the entry: sort, more, branch, around, collapse, the offer of what is new;
//                loads write/ at the first sign of writing
//   site.js      more from this site, where the forum shows it; loads with its page and no other
//   widget.js    the entry of the recent and trending widgets
//   count.js     on the publisher's page, alone: counts beside links
//   write/       editor, session, outbox, acts (its own map is in write/store.js)
//
// For write/: `page` (facts), `say(key, values)` (a word of the page, plural by {n}),
// `announce(text)` (read aloud, once), `request(path, init)` (JSON in and out; throws Refused or
// Unreachable), `insertComment(shape)` (a comment's shape with `fragment`; puts it at its place, or
// over its older self; answers its article), `settle(articles)` (dresses what was put on the page by
// hand), `applyEvent(event)` (one entry of the tail),
// `changes` (an EventTarget: "comment" with {article} whenever one is put on the page, "thread"
// when it is locked or unlocked), `tell(type, data)` (to the host page), `nodes(html)` (from dom.js).
// Nothing under write/ may import reader.js.

export { nodes } from "./dom.js";
export { announce, changes, page, Refused, request, say, tell, Unreachable } from "./facts.js";
export { floorOf, isGood, LIFETIME, told } from "./floor.js";
export { applyEvent, articleOf, insertComment, settle } from "./tree.js";
