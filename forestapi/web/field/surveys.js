/** A survival check: strips counted hole by hole with a thumb, and what else the eye sees. */
import { sayNumber, today } from "./civil.js";
import { add, choices, field, fill, h, stepper, toast } from "./dom.js";
import { openDraft } from "./form.js";
import { name as plotName } from "./plots.js";
import { read } from "./store.js";
import { sync } from "./sync.js";
import { say, valueName } from "./words.js";

const STAGES = [[900, "third_year"], [90, "first_season"], [-Infinity, "establishment"]];
const DAY_MS = 86400e3;
const DAMAGE = ["drought", "sand_burial", "pest", "grazing", "other"];

/** The stage of a check today, by the days since the plot was first planted. */
const stageOf = async (plot) => {
  const plantings = await read(["records"], (tx) => tx.records.where("noun", "plantings"));
  const days = plantings.filter((each) => each.record?.plot === plot && !each.is_deleted && each.record.started_on)
    .map((each) => (Date.parse(today()) - Date.parse(each.record.started_on)) / DAY_MS);
  return days.length ? STAGES.find(([least]) => Math.max(...days) >= least)[1] : "first_season";
};

export const draw = async (main, [plot]) => {
  const form = await openDraft(`survey:${plot}`, { stage: await stageOf(plot), surveyed_on: today(), strips: [{ live: 0, sample: 0 }], cover: null, height: null, vigour: null, damage: [], remarks: "" });
  const { values } = form;
  const sum = (name) => values.strips.reduce((total, strip) => total + (strip[name] ?? 0), 0);
  const strips = h("div.stack");
  const rate = h("p.sum");
  const tell = () => {
    const [live, sample] = [sum("live"), sum("sample")];
    fill(rate, h("b", sample ? say("survival_n", { n: sayNumber((100 * live) / sample, 1) }) : say("survival_none")), ` · ${say("holes_of", { live: sayNumber(live), sample: sayNumber(sample) })}`);
  };
  const drawStrips = () => {
    fill(strips, ...values.strips.map((strip, i) => {
      const boxes = h("div.pair");
      const drawBoxes = () => fill(boxes,
        field(say("live_holes"), stepper({ value: strip.live, label: say("live_holes"), onchange: (n) => { strip.live = n ?? 0; form.set({}); tell(); } })),
        field(say("sample_holes"), stepper({ value: strip.sample, label: say("sample_holes"), onchange: (n) => { strip.sample = n ?? 0; form.set({}); tell(); } })));
      const count = (live) => { strip.sample += 1; strip.live += live; navigator.vibrate?.(25); form.set({}); drawBoxes(); tell(); };
      drawBoxes();
      return h("fieldset.card",
        h("legend", say("strip_n", { n: i + 1 })),
        h("div.pair",
          h("button.tap.live", { onclick: () => count(1) }, say("live_one")),
          h("button.tap.dead", { onclick: () => count(0) }, say("dead_one"))),
        boxes,
        values.strips.length > 1 ? h("button.quiet", { onclick: () => { values.strips.splice(i, 1); form.set({}); drawStrips(); } }, say("take_away")) : null);
    }));
    tell();
  };
  drawStrips();
  const damage = h("div.choices", { role: "group", "aria-label": say("damage") }, DAMAGE.map((code) => {
    const button = h("button", { "aria-pressed": String(values.damage.includes(code)), onclick: () => {
      const next = values.damage.includes(code) ? values.damage.filter((each) => each !== code) : [...values.damage, code];
      button.setAttribute("aria-pressed", String(next.includes(code)));
      form.set({ damage: next });
    } }, valueName(code));
    return button;
  }));
  const save = async () => {
    const [live, sample] = [sum("live"), sum("sample")];
    if (sample < 1) { toast(say("sample_needed"), "bad"); return; }
    if (values.strips.some((strip) => strip.live > strip.sample)) { toast(say("live_too_many"), "bad"); return; }
    const counted = values.strips.filter((strip) => strip.sample > 0);
    const payload = {
      plot, surveyed_on: values.surveyed_on, stage: values.stage, sample_holes: sample, live_holes: live, damage: values.damage,
      method: `strips ${counted.map((strip) => `${strip.live}/${strip.sample}`).join(", ")}`,
      ...(values.cover === null ? {} : { vegetation_cover: values.cover / 100 }), ...(values.height === null ? {} : { mean_height_m: values.height / 100 }),
      ...(values.vigour ? { vigour: values.vigour } : {}), ...(values.remarks ? { remarks: values.remarks } : {}),
    };
    await form.save({ noun: "surveys", action: "create", payload });
    toast(say("saved_here"), "good");
    sync();
    location.hash = `#plots/${plot}`;
  };
  add(main,
    h("a.back", { href: `#plots/${plot}` }, `‹ ${await plotName(plot)}`),
    h("h1", say("log_survey")),
    h("div.stack",
      choices(["establishment", "first_season", "third_year", "other"].map((code) => [code, valueName(code)]), values.stage, (stage) => form.set({ stage }), say("stage")),
      field(say("surveyed_on"), h("input", { type: "date", value: values.surveyed_on, max: today(), onchange: (event) => form.set({ surveyed_on: event.target.value || today() }) })),
      strips,
      h("button.big", { onclick: () => { values.strips.push({ live: 0, sample: 0 }); form.set({}); drawStrips(); } }, `+ ${say("another_strip")}`),
      h("details.card", h("summary", say("what_else")),
        field(say("cover"), stepper({ value: values.cover, step: 5, max: 100, label: say("cover"), onchange: (cover) => form.set({ cover }) })),
        field(say("height"), stepper({ value: values.height, step: 5, label: say("height"), onchange: (height) => form.set({ height }) })),
        h("div.field", h("span", say("vigour")), choices(["good", "fair", "poor"].map((code) => [code, valueName(code)]), values.vigour, (vigour) => form.set({ vigour }), say("vigour"))),
        h("div.field", h("span", say("damage")), damage),
        field(say("remarks"), h("textarea", { rows: 3, maxlength: 1000, oninput: (event) => form.set({ remarks: event.target.value }) }, values.remarks)))),
    h("div.foot", rate, h("button.big.primary", { onclick: save }, say("save"))),
  );
};
