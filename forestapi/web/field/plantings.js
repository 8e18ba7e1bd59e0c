/** Logging a planting: what kind, when, and for each species its design holes. */
import { sayNumber, today } from "./civil.js";
import { add, choices, field, fill, h, list, stepper, toast } from "./dom.js";
import { openDraft } from "./form.js";
import { name as plotName } from "./plots.js";
import { meta } from "./store.js";
import { sync } from "./sync.js";
import { nameOf, say, valueName } from "./words.js";

export const draw = async (main, [plot]) => {
  const species = (await meta.get("roster"))?.species ?? [];
  const form = await openDraft(`planting:${plot}`, { kind: "new", started_on: today(), lines: [{ species: species[0]?.code ?? "", design_holes: null, planted_count: null, row_spacing_m: null, plant_spacing_m: null }] });
  const { values } = form;
  const lines = h("div.stack");
  const total = h("p.sum");
  const tell = () => { total.textContent = say("holes_total", { n: sayNumber(values.lines.reduce((sum, each) => sum + (each.design_holes ?? 0), 0)) }); };
  const put = (line, changes) => { Object.assign(line, changes); tell(); return form.set({}); };
  const drawLines = () => {
    fill(lines, ...values.lines.map((line, i) => h("fieldset.card",
      h("legend", say("species_n", { n: i + 1 })),
      field(say("species"), list(species.map((each) => [each.code, nameOf(each)]), line.species, (code) => put(line, { species: code }))),
      field(say("design_holes"), stepper({ value: line.design_holes, step: 100, label: say("design_holes"), onchange: (n) => put(line, { design_holes: n }) })),
      field(say("planted_count"), stepper({ value: line.planted_count, step: 100, label: say("planted_count"), onchange: (n) => put(line, { planted_count: n }) })),
      h("div.pair",
        field(say("row_spacing"), stepper({ value: line.row_spacing_m, step: 0.5, label: say("row_spacing"), onchange: (n) => put(line, { row_spacing_m: n }) })),
        field(say("plant_spacing"), stepper({ value: line.plant_spacing_m, step: 0.5, label: say("plant_spacing"), onchange: (n) => put(line, { plant_spacing_m: n }) }))),
      values.lines.length > 1 ? h("button.quiet", { onclick: () => { values.lines.splice(i, 1); form.set({}); drawLines(); } }, say("take_away")) : null)));
    tell();
  };
  drawLines();
  const save = async () => {
    if (values.lines.some((each) => !each.species || !(each.design_holes > 0))) { toast(say("holes_needed"), "bad"); return; }
    const filled = (line) => Object.fromEntries(Object.entries(line).filter(([, value]) => value !== null && value !== ""));
    await form.save({ noun: "plantings", action: "create", payload: { plot, kind: values.kind, started_on: values.started_on, lines: values.lines.map(filled) } });
    toast(say("saved_here"), "good");
    sync();
    location.hash = `#plots/${plot}`;
  };
  add(main,
    h("a.back", { href: `#plots/${plot}` }, `‹ ${await plotName(plot)}`),
    h("h1", say("log_planting")),
    h("div.stack",
      choices(["new", "replant", "infill"].map((code) => [code, valueName(code)]), values.kind, (kind) => form.set({ kind }), say("kind")),
      field(say("started_on"), h("input", { type: "date", value: values.started_on, max: today(), onchange: (event) => form.set({ started_on: event.target.value || null }) })),
      lines,
      h("button.big", { onclick: () => { values.lines.push({ species: species[0]?.code ?? "", design_holes: null, planted_count: null, row_spacing_m: null, plant_spacing_m: null }); form.set({}); drawLines(); } }, `+ ${say("another_species")}`)),
    h("div.foot", total, h("button.big.primary", { onclick: save }, say("save"))),
  );
};
