/** The outbox: what has to be decided, what was refused and why, what waits, what is still kept and why. */
import * as outbox from "./outbox.js";
import * as rescue from "./rescue.js";
import * as syncing from "./sync.js";
import { describer } from "./describe.js";
import { sayDate, sayMoment, sayNumber } from "./civil.js";
import { add, fill, h, sure } from "./dom.js";
import { read } from "./store.js";
import { fieldName, language, say } from "./words.js";

const MOST_SHOWN = 30;

export const draw = async (main) => {
  const box = h("div.stack");
  add(main, box);
  let drawing = null, isStale = false;
  const redraw = async () => {
    if (drawing) { isStale = true; return; }
    do { isStale = false; drawing = paint(box); await drawing; drawing = null; } while (isStale);
  };
  await redraw();
  outbox.news.addEventListener("change", redraw);
  syncing.news.addEventListener("change", redraw);
  return () => { outbox.news.removeEventListener("change", redraw); syncing.news.removeEventListener("change", redraw); };
};

const paint = async (box) => {
  const [items, files, describe] = await Promise.all([outbox.all(), read(["files"], (tx) => tx.files.all()), describer()]);
  const of = (...states) => items.filter((each) => states.includes(each.state));
  const unsent = files.filter((file) => file.state !== "sent");
  const conflicts = await Promise.all(of("conflict").map((item) => card(item, describe)));
  const groups = [
    group("refused", of("refused"), describe, refusedLine), group("held", of("held", "asked"), describe, heldLine),
    group("waiting", of("waiting"), describe, plainLine), group("kept", of("done", "settled"), describe, keptLine),
  ];
  fill(box,
    h("h1", say("tab_outbox")),
    status(items, unsent),
    h("button.big.primary", { onclick: () => syncing.askAll(), disabled: syncing.state.phase === "busy" }, say(syncing.state.phase === "busy" ? "pill_busy" : "sync_now")),
    conflicts.length ? h("section.group.conflicts", h("h2", say("conflicts_n", { n: conflicts.length })), conflicts) : "",
    ...(await Promise.all(groups)).filter(Boolean),
    unsent.length ? h("section.group", h("h2", say("photos_waiting_n", { n: unsent.length })), unsent.filter((file) => file.error).map((file) => h("p.problem", file.error[language()]))) : "",
    h("section.group", h("h2", say("last_way_out")), h("p.note", say("rescue_help")), h("div.pair", rescue.saveButton(), rescue.loadButton())),
  );
};

const status = (items, unsent) => {
  const { phase, error, last, missing } = syncing.state;
  const waiting = items.filter((each) => each.state === "waiting").length;
  const kept = items.filter((each) => each.state === "done").length;
  return h("div.card.status", h("p", h("b", waiting + unsent.length ? say("waiting_text", { n: waiting, photos: unsent.length }) : say("nothing_waits"))),
    kept ? h("p.note", say("kept_text", { n: kept })) : null,
    h("small", [phase === "offline" ? say("pill_offline") : "", last ? say("last_sync", { at: sayMoment(last) }) : ""].filter(Boolean).join(" · ")),
    error && phase === "failed" ? h("p.problem", error[language()]) : null,
    missing.length ? h("p.problem", say("missing", { n: missing.map(([from, to]) => (from === to ? from : `${from}–${to}`)).join(", ") })) : null);
};

const group = async (name, items, describe, draw) => {
  if (!items.length) return null;
  const shown = await Promise.all(items.slice(0, MOST_SHOWN).map(async (item) => draw(item, await describe(item))));
  const isFolded = name === "kept" || (name === "waiting" && items.length > 8);
  const rows = h("ul.rows", shown, items.length > MOST_SHOWN ? h("li.rest", say("and_more", { n: sayNumber(items.length - MOST_SHOWN) })) : "");
  const title = say(`${name}_n`, { n: items.length });
  return h(`section.group.${name}`, isFolded ? h("details", h("summary", title), rows) : [h("h2", title), rows]);
};

const plainLine = (item, { title, text }) => h("li", { "data-op": item.op }, h("b", title), h("small", text));

const findings = (item) =>
  (item.receipt?.findings ?? []).filter((each) => each.severity !== "note" || item.state === "held")
    .map((each) => h("p.finding", each.message[language()]));

const refusedLine = (item, { title, text }) =>
  h("li", { "data-op": item.op }, h("b", title), h("small", text), findings(item),
    h("button", { onclick: async () => { if (await sure(say("dismiss_sure"), say("dismiss"), { isDanger: true })) await outbox.dismiss(item.op); } }, say("dismiss")));

const heldLine = (item, { title, text }) =>
  h("li", { "data-op": item.op }, h("b", title), h("small", text), findings(item), h("small", say(item.state === "asked" ? "asked_help" : "held_help")));

const keptLine = (item, { title, text }) =>
  h("li", { "data-op": item.op }, h("b", title), h("small", text),
    h("small", say(`safety_${item.verified?.safety ?? item.receipt?.safety ?? "local"}`)));

/** A conflict as a foreman understands it: what you say, what the office says, and three buttons. */
const card = async (item, describe) => {
  const { title } = await describe(item);
  const conflict = item.receipt.conflict ?? { fields: [], mine: {}, office: {} };
  const names = conflict.fields?.length ? conflict.fields : Object.keys(conflict.mine ?? {});
  const isGone = conflict.office === null || conflict.office?.is_deleted;
  const lines = await Promise.all(names.map(async (name) => h("tr", h("th", fieldName(name)),
    h("td", item.action === "delete" ? say("deleted") : await describe.value(name, conflict.mine?.[name])), h("td", isGone ? say("deleted") : await describe.value(name, conflict.office?.[name])))));
  const day = conflict.changed_at ? sayDate(new Date(Date.parse(conflict.changed_at) + 8 * 3600e3).toISOString().slice(0, 10)) : "";
  const choose = (choice) => async () => { await outbox.decide(item, choice); syncing.sync(); };
  return h("article.conflict", { "data-op": item.op }, h("h3", title),
    h("table", h("thead", h("tr", h("td"), h("th", say("you")), h("th", say("office"), day ? h("small", day) : null))), h("tbody", lines)),
    h("div.stack",
      h("button.big.primary", { onclick: choose("mine") }, say("keep_mine")),
      h("button.big", { onclick: choose("office") }, say("keep_office")),
      h("button.big", { onclick: choose("ask") }, say("ask_office"))));
};
