/** The app: which screen is open, the bar on top, the tabs below, the notices between. */
import * as crewSheet from "./crew-sheet.js";
import * as enrol from "./enrol.js";
import * as me from "./me.js";
import * as outbox from "./outbox.js";
import * as outboxPage from "./outbox-page.js";
import * as photos from "./photos.js";
import * as plantings from "./plantings.js";
import * as plots from "./plots.js";
import * as surveys from "./surveys.js";
import * as syncing from "./sync.js";
import * as walk from "./walk.js";
import { fill, h, toast } from "./dom.js";
import { meta, persist, StorageFull } from "./store.js";
import { language, nameOf, say, setLanguage } from "./words.js";

const SCREENS = { day: crewSheet, plots, walk, planting: plantings, survey: surveys, outbox: outboxPage, me, enrol };
const TABS = [["day", "tab_day", "M4 5h16M4 12h16M4 19h10"], ["plots", "tab_plots", "M4 18 9 5l7 3 4 10z"], ["outbox", "tab_outbox", "M12 19V6m-6 6 6-6 6 6"], ["me", "tab_me", "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 9c1-5 15-5 16 0"]];

const part = (id) => document.getElementById(id);
let leave = () => {};

/** Draw the screen that the address names: `#plots/ID` is the screen `plots` with `ID`. */
const show = async () => {
  const device = await meta.get("device");
  const [name, ...rest] = decodeURIComponent(location.hash.slice(1)).split(/[/=]/);
  const wanted = SCREENS[name] ? name : "day";
  const open = device || wanted === "enrol" ? wanted : "enrol";
  leave();
  leave = () => {};
  document.body.dataset.screen = open;
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  drawTop();
  drawTabs(open, Boolean(device));
  const main = part("main");
  main.replaceChildren();
  scrollTo(0, 0);
  leave = (await SCREENS[open].draw(main, rest)) ?? (() => {});
  drawNotices();
};

const drawTop = async () => {
  const [device, count] = await Promise.all([meta.get("device"), outbox.counts()]);
  const { phase } = syncing.state;
  const open = count.waiting + count.photos, asking = count.conflict + count.refused;
  const [kind, text] = phase === "busy" ? ["busy", say("pill_busy")]
    : open ? ["open", say(phase === "offline" ? "pill_open_offline" : "pill_open", { n: open })]
    : asking ? ["ask", say("pill_ask", { n: asking })]
    : phase === "offline" ? ["off", say("pill_offline")] : phase === "failed" ? ["bad", say("pill_failed")] : ["fine", say("pill_fine")];
  fill(part("top"),
    h("div.who", h("b", device ? nameOf(device.crew) : say("app")), device && h("small", nameOf(device.programme))),
    device && h(`button.pill.${kind}`, { onclick: () => { location.hash = "#outbox"; syncing.sync(); } }, text),
    h("button.language", { onclick: () => { setLanguage(language() === "zh" ? "en" : "zh"); show(); }, lang: language() === "zh" ? "en" : "zh-CN" }, language() === "zh" ? "EN" : "中"),
  );
  return count;
};

const drawTabs = (open, isEnrolled) => {
  const owner = { walk: "plots", planting: "plots", survey: "plots" }[open] ?? open;
  part("tabs").hidden = !isEnrolled;
  fill(part("tabs"), ...TABS.map(([name, word, path]) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(svg.namespaceURI, "path");
    line.setAttribute("d", path);
    svg.append(line);
    return h("a", { href: `#${name}`, "data-tab": name, "aria-current": owner === name ? "page" : null }, svg, h("span", say(word)));
  }));
  markTabs();
};

const markTabs = async () => {
  const count = await outbox.counts();
  const tab = document.querySelector('#tabs [data-tab="outbox"]');
  tab?.querySelector("i")?.remove();
  const asking = count.conflict + count.refused;
  if (asking) tab?.append(h("i.badge.asking", String(asking)));
  else if (count.waiting) tab?.append(h("i.badge", String(count.waiting)));
};

/** What a person has to know whatever the screen: a revoked phone, a wrong clock, no HTTPS, a new version. */
const notices = new Map();
const drawNotices = () => {
  const { isRevoked, clockOffsetS } = syncing.state;
  const lines = [
    isRevoked && h("p.notice.bad", say("revoked")),
    Math.abs(clockOffsetS) > 300 && h("p.notice", say("clock_off", { n: Math.round(Math.abs(clockOffsetS) / 60) })),
    !isSecureContext && h("p.notice", say("insecure")),
    ...notices.values(),
  ];
  fill(part("notices"), ...lines.filter(Boolean));
};

const watchErrors = () => {
  const told = (error) => {
    if (error instanceof StorageFull) {
      notices.set("full", h("p.notice.bad", say("storage_full"), h("a", { href: "#me" }, say("save_file"))));
      drawNotices();
      toast(say("storage_full"), "bad");
    } else {
      toast(`${say("went_wrong")} ${error?.message ?? error}`, "bad");
    }
  };
  addEventListener("unhandledrejection", (event) => told(event.reason));
  addEventListener("error", (event) => { if (event.error) told(event.error); });
};

/** Keep the app itself offline; a new version takes over whole when the person says so, or at the next start. */
const keepOffline = async () => {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register("/field/sw.js", { scope: "/field", updateViaCache: "none" });
  const offer = () => {
    if (!registration.waiting || !navigator.serviceWorker.controller) return;
    const take = h("button", { onclick: () => { registration.waiting?.postMessage("take-over"); } }, say("take_version"));
    notices.set("version", h("p.notice", say("new_version"), take));
    drawNotices();
  };
  // one file that does not come whole spoils an installation: it is tried again until a version stands
  const again = () => { if (!registration.active && !registration.waiting) setTimeout(() => keepOffline().catch(again), 5000); };
  const first = registration.installing;
  if (first) first.addEventListener("statechange", () => { if (first.state === "redundant") again(); });
  else again();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  const had = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (had) location.reload(); });
  offer();
};

addEventListener("hashchange", show);
addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); me.canInstall(event); });
let nextTop;
const refresh = () => { clearTimeout(nextTop); nextTop = setTimeout(() => { drawTop(); markTabs(); drawNotices(); }, 60); };
syncing.news.addEventListener("change", refresh);
outbox.news.addEventListener("change", refresh);
addEventListener("enrolled", async () => { await persist(); await syncing.askAll(); });

watchErrors();
await show();
await photos.finish();
keepOffline().catch(() => {});
syncing.start();
document.documentElement.dataset.ready = "yes";
