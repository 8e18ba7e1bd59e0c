/** Whose phone this is, how it stands, and what a person may set. */
import * as rescue from "./rescue.js";
import * as syncing from "./sync.js";
import { sayMoment, sayNumber } from "./civil.js";
import { add, h, toast } from "./dom.js";
import { meta, persist, room } from "./store.js";
import { nameOf, say } from "./words.js";

let installer = null;

/** Keep the browser's offer to install the app for the button. */
export const canInstall = (event) => { installer = event; };

const isInstalled = () => matchMedia("(display-mode: standalone)").matches;

export const draw = async (main) => {
  const [device, space, last] = await Promise.all([meta.get("device"), room(), meta.get("last_sync")]);
  const facts = [
    [say("crew"), nameOf(device?.crew)], [say("programme"), nameOf(device?.programme)], [say("phone"), device?.label ?? ""],
    [say("last"), last ? sayMoment(last) : say("never")],
    [say("space"), say("space_text", { used: sayNumber(space.used / 1e6, 1), quota: sayNumber(space.quota / 1e9, 1) })],
    [say("persistent"), say(space.isPersistent ? "persistent_yes" : "persistent_no")],
  ];
  const offline = navigator.serviceWorker?.controller ? say("offline_ready") : say("offline_not");
  add(main,
    h("h1", say("tab_me")),
    h("dl.card.facts", facts.map(([term, text]) => h("div", h("dt", term), h("dd", text)))),
    h("p.note", offline),
    h("div.stack",
      isInstalled() ? null : h("button.big.primary", { onclick: install }, say("install")),
      space.isPersistent ? null : h("button.big", { onclick: async () => { toast(say((await persist()) ? "persistent_yes" : "persistent_no")); } }, say("ask_persist")),
      h("button.big", { onclick: () => syncing.askAll() }, say("sync_now")),
      h("a.big", { href: "#enrol" }, say("enrol_other"))),
    h("section.group", h("h2", say("last_way_out")), h("p.note", say("rescue_help")), h("div.pair", rescue.saveButton(), rescue.loadButton())),
  );
};

const install = async () => {
  if (!installer) { toast(say("install_help")); return; }
  await installer.prompt();
  installer = null;
};
