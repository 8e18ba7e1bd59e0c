/** The crew's plots: near first, on a map over our own tiles, each with what was done on it. */
import * as outbox from "./outbox.js";
import * as photos from "./photos.js";
import { sayDate, sayNumber } from "./civil.js";
import { add, fill, h, sheet as dialog } from "./dom.js";
import { boundaryM2, bounds, M2_PER_MU, metres } from "./ground.js";
import { here, lastPlace } from "./position.js";
import { openMap } from "./map.js";
import { meta, read } from "./store.js";
import { nameOf, say, valueName } from "./words.js";

const SHOWN = 40;

/** @returns {Promise<object[]>} plots, nearest first where the phone knows its place, else by number */
export const all = async () => {
  const rows = await read(["records"], (tx) => tx.records.where("noun", "plots"));
  const place = lastPlace();
  const found = rows.filter((row) => row.record && !row.is_deleted).map(({ key, record, revision, is_pending: isPending }) => {
    const box = record.boundary ? bounds(record.boundary) : null;
    const middle = box ? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] : null;
    return { key, record, revision, isPending, box, middle, away: place && middle ? metres(place, middle) : null };
  });
  const byNumber = (a, b) => String(a.record.number).localeCompare(String(b.record.number), undefined, { numeric: true });
  return found.sort((a, b) => (b.isPending ? 1 : 0) - (a.isPending ? 1 : 0) || (a.away ?? Infinity) - (b.away ?? Infinity) || byNumber(a, b));
};

/** @returns {Promise<string>} what people call a plot */
export const name = async (key) => {
  const row = await read(["records"], (tx) => tx.records.get(["plots", key]));
  return row?.record ? say("plot_n", { n: row.record.number }) : say("plot_unknown");
};

export const areaText = (m2) => say("area_text", { mu: sayNumber(m2 / M2_PER_MU, m2 < 1e5 ? 1 : 0), ha: sayNumber(m2 / 1e4, m2 < 1e5 ? 2 : 1) });
const awayText = (m) => (m === null ? "" : m < 1000 ? say("metres_n", { n: sayNumber(Math.round(m / 10) * 10) }) : say("km_n", { n: sayNumber(m / 1000, 1) }));
const areaOf = (record) => record.area_m2 ?? (record.boundary ? boundaryM2(record.boundary) : 0);

const line = (plot, onclick) =>
  h("li", h("button.plot", { onclick, "data-plot": plot.key },
    h("span", h("b", plot.record.number), plot.isPending ? h("i.mark", say("not_sent")) : null),
    h("small", [areaText(areaOf(plot.record)), awayText(plot.away), valueName(plot.record.lifecycle ?? "planned")].filter(Boolean).join(" · "))));

/** A list of plots that a few letters narrow. */
const listing = (plots, onpick, isLive = false) => {
  const rows = h("ul.plots");
  const find = h("input.find", { type: "search", placeholder: say("find_plot"), "aria-label": say("find_plot") });
  const narrow = () => {
    const wish = find.value.trim().toLowerCase();
    const found = plots.filter((plot) => String(plot.record.number).toLowerCase().includes(wish));
    fill(rows, ...found.slice(0, SHOWN).map((plot) => line(plot, () => onpick(plot))),
      found.length > SHOWN ? h("li.rest", say("and_more", { n: sayNumber(found.length - SHOWN) })) : "");
  };
  find.oninput = narrow;
  narrow();
  if (isLive && !lastPlace()) here().then(async (fix) => { if (fix && rows.isConnected) { plots = await all(); narrow(); } });
  return [find, rows];
};

/** Let a person choose a plot. @returns {Promise<string|null|undefined>} its id, null for none, undefined for no choice */
export const pick = async (chosen) => {
  const plots = await all();
  return dialog(say("choose_plot"), (close) => [
    h("button.big.left", { onclick: () => close(null), "aria-pressed": String(!chosen) }, say("no_plot")),
    ...listing(plots, (plot) => close(plot.key)),
  ]);
};

export const draw = async (main, [key]) => (key ? drawOne(main, key) : drawAll(main));

const drawAll = async (main) => {
  const plots = await all();
  const stage = h("div.map", { role: "application", "aria-label": say("map") });
  add(main,
    h("div.tools",
      h("a.big.primary", { href: "#walk" }, say("walk_new")),
    ),
    stage,
    h("h2", say("plots_n", { n: sayNumber(plots.length) })),
    plots.length ? "" : h("p.note", say("no_plots")),
    ...listing(plots, (plot) => { location.hash = `#plots/${plot.key}`; }, true),
  );
  return openMap(stage, { plots, onpick: (id) => { location.hash = `#plots/${id}`; }, isFollowing: true });
};

const drawOne = async (main, key) => {
  const [row, plantings, surveys, taken, operations] = await Promise.all([
    read(["records"], (tx) => tx.records.get(["plots", key])),
    read(["records"], (tx) => tx.records.where("noun", "plantings")),
    read(["records"], (tx) => tx.records.where("noun", "surveys")),
    read(["records"], (tx) => tx.records.where("noun", "photos")),
    outbox.all(),
  ]);
  if (!row?.record) { add(main, h("p.note", say("plot_unknown")), h("a.big", { href: "#plots" }, say("back_to_plots"))); return undefined; }
  const { record } = row;
  const species = (await meta.get("roster"))?.species ?? [];
  const stage = h("div.map.small");
  const mine = (rows, field = "plot") => rows.filter((each) => each.record?.[field] === key && !each.is_deleted);
  const photoFiles = new Set([...mine(taken, "subject").map((each) => each.record.file ?? each.key), ...operations.filter((each) => each.noun === "photos").map((each) => JSON.parse(each.payload)).filter((each) => each.subject === key).map((each) => each.file)]);
  add(main,
    h("a.back", { href: "#plots" }, `‹ ${say("back_to_plots")}`),
    h("h1", say("plot_n", { n: record.number }), row.is_pending ? h("i.mark", say("not_sent")) : null),
    h("p.lead", areaText(areaOf(record)), " · ", valueName(record.lifecycle ?? "planned")),
    stage,
    h("div.stack",
      h("a.big", { href: `#planting/${key}` }, `+ ${say("log_planting")}`),
      h("a.big", { href: `#survey/${key}` }, `+ ${say("log_survey")}`),
      photos.button("plots", key),
      photoFiles.size ? h("p.note", say("photos_here", { n: photoFiles.size })) : null),
    section(say("plantings"), mine(plantings).map((each) => plantingLine(each, species))),
    section(say("surveys"), mine(surveys).map(surveyLine)),
  );
  const plot = { key, record, box: record.boundary ? bounds(record.boundary) : null };
  const close = await openMap(stage, { plots: record.boundary ? [plot] : [], box: plot.box });
  const unmark = async () => {
    const now = await read(["records"], (tx) => tx.records.get(["plots", key]));
    if (!now?.is_pending) main.querySelector("h1 .mark")?.remove();
  };
  outbox.news.addEventListener("change", unmark);
  return () => { outbox.news.removeEventListener("change", unmark); close(); };
};

const section = (title, rows) => h("section", h("h2", title), rows.length ? h("ul.rows", rows) : h("p.none", say("none_yet")));

const plantingLine = ({ record, is_pending: isPending }, species) =>
  h("li", h("b", record.started_on ? sayDate(record.started_on) : say("no_date")), " ", valueName(record.kind ?? "new"), isPending ? h("i.mark", say("not_sent")) : null,
    h("small", (record.lines ?? []).map((each) => `${nameOf(species.find(({ code }) => code === each.species) ?? { code: each.species })} ${sayNumber(each.design_holes)}`).join(" · ")));

const surveyLine = ({ record, is_pending: isPending }) =>
  h("li", h("b", sayDate(record.surveyed_on)), " ", say("survival_n", { n: sayNumber((100 * record.live_holes) / record.sample_holes, 1) }), isPending ? h("i.mark", say("not_sent")) : null,
    h("small", say("holes_of", { live: sayNumber(record.live_holes), sample: sayNumber(record.sample_holes) })));
