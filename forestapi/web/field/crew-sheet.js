/** Today's crew sheet: tick who came, say once what was done, mend what differs, hand in. */
import * as outbox from "./outbox.js";
import * as sheets from "./sheets.js";
import { later, sayDate, sayNumber, today } from "./civil.js";
import { choices, field, fill, h, list, sheet as dialog, stepper, toast } from "./dom.js";
import { meta } from "./store.js";
import { name as plotName, pick as pickPlot } from "./plots.js";
import { sync } from "./sync.js";
import { language, say, valueName } from "./words.js";

export const draw = async (main, [asked, askedNumber]) => {
  const date = /^\d{4}-\d\d-\d\d$/.test(asked ?? "") ? asked : today();
  const number = Number(askedNumber) || 1;
  const view = new View(main, await sheets.open(date, number), await sheets.workers(), await meta.get("roster"));
  await view.draw();
  const redraw = () => view.reload();
  outbox.news.addEventListener("roster", redraw);
  outbox.news.addEventListener("records", redraw);
  return () => { outbox.news.removeEventListener("roster", redraw); outbox.news.removeEventListener("records", redraw); };
};

class View {
  constructor(main, sheet, workers, roster) {
    Object.assign(this, { main, sheet, workers, activities: roster?.activities ?? [], rows: new Map(), turn: Promise.resolve() });
  }

  /** Let changes of the sheet happen one after another: each starts from what the one before has kept. */
  alone(work) {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done.then((result) => result); // a promise of its own, so that a failure nobody handles is still told
  }

  /** Change the sheet by a function; it is kept before it shows as kept, and shows as before if it cannot be. */
  put(change, workers = []) {
    const show = (sheet, isKept) => {
      this.sheet = sheet;
      for (const worker of workers) this.row(worker);
      this.kept.hidden = !isKept;
      this.foot();
    };
    return this.alone(async () => {
      const before = this.sheet;
      show(change(before), false);
      try {
        await sheets.keep(this.sheet);
      } catch (error) {
        show(before, false);
        throw error;
      }
      this.kept.hidden = false;
    });
  }

  /** Change one person's line by a function. */
  putPerson(id, change) {
    return this.put((sheet) => ({ ...sheet, people: { ...sheet.people, [id]: change(sheet.people[id] ?? { own: {} }) } }), [id]);
  }

  /** Follow the roster and the office, while nothing is being typed. */
  async reload() {
    if (document.querySelector("dialog[open]") || this.main.contains(document.activeElement) && document.activeElement.matches("input[type=number]")) return;
    await this.alone(async () => {
      const [sheet, workers, roster] = await Promise.all([sheets.open(this.sheet.date, this.sheet.number), sheets.workers(), meta.get("roster")]);
      Object.assign(this, { sheet, workers, activities: roster?.activities ?? [] });
    });
    await this.draw();
  }

  async draw() {
    const { date, number } = this.sheet;
    const go = (to, n = 1) => { location.hash = `#day/${to}/${n}`; };
    this.list = h("ul.people");
    this.footBox = h("div.foot");
    this.base = h("button.card.base", { onclick: () => this.changeDefault() });
    this.kept = h("small.kept-here", { hidden: true }, say("kept_here"));
    this.rows.clear();
    fill(this.main,
      h("div.datebar",
        h("button", { onclick: () => go(later(date, -1)), "aria-label": say("day_before") }, "‹"),
        h("div", h("b", date === today() ? `${say("today")} · ${sayDate(date)}` : sayDate(date)),
          h("button.quiet", { onclick: () => go(date, number === 1 ? 2 : 1) }, say(number === 1 ? "second_shift" : "back_to_first", { n: number }))),
        h("button", { onclick: () => go(later(date, 1)), disabled: date >= today(), "aria-label": say("day_after") }, "›")),
      this.base,
      h("div.tools",
        h("button.big", { onclick: () => this.tickAll() }, say("all_came")),
        h("button.big", { onclick: () => this.add() }, `+ ${say("new_worker")}`)),
      this.workers.length ? null : h("p.note", say("no_roster")),
      this.list,
      this.footBox,
    );
    await this.drawBase();
    for (const worker of this.workers) { this.row(worker.id); this.list.append(this.rows.get(worker.id)); }
    this.foot();
  }

  async drawBase() {
    const { activity, hours, plot } = this.sheet.default;
    fill(this.base,
      h("span.what", h("b", this.activityName(activity)), " · ", say("hours_n", { n: sayNumber(hours) }), " · ", this.payText(this.sheet.default)),
      h("span.where", plot ? await plotName(plot) : say("no_plot_short")),
      h("span.change", say("change")),
    );
  }

  activityName(code) {
    return this.activities.find((each) => each.code === code)?.[language()] ?? code;
  }

  payText({ is_paid: isPaid, pay_basis: basis, rate_yuan: rate }) {
    if (!isPaid) return say("volunteer");
    return rate === null ? say("no_rate") : say(`rate_${basis}`, { n: sayNumber(rate) });
  }

  /** Draw one person's line. */
  row(id) {
    const worker = this.workers.find((each) => each.id === id);
    const person = this.sheet.people[id];
    const values = sheets.line(this.sheet, id);
    const tick = h("input", { type: "checkbox", checked: Boolean(person?.came), onchange: () => this.tick(id, tick.checked) });
    const differs = person?.came ? this.difference(id) : "";
    const state = person?.sent ? (sheets.isOpen(this.sheet, id) ? say("changed_since") : say("handed")) : "";
    const isPiece = person?.came && values.is_paid && values.pay_basis === "piece";
    const made = h("li.person", { "data-worker": id, "data-came": person?.came ? "yes" : "no" },
      h("label", tick, h("span", h("b", worker?.name ?? say("nameless")),
        h("small", [worker?.number, differs, state].filter(Boolean).join(" · ")))),
      isPiece ? h("input.count", {
        type: "number", inputmode: "numeric", min: 0, "aria-label": `${worker?.name ?? ""} ${say("pieces")}`, placeholder: say("pieces"), value: values.quantity ?? "",
        onchange: (event) => this.own(id, { quantity: event.target.value === "" ? null : Number(event.target.value) }),
      }) : null,
      h("button.more", { onclick: () => this.exception(id), "aria-label": `${worker?.name ?? ""}: ${say("differs")}` }, "⋯"));
    this.rows.get(id)?.replaceWith(made);
    this.rows.set(id, made);
  }

  difference(id) {
    const { own = {} } = this.sheet.people[id], base = this.sheet.default, values = sheets.line(this.sheet, id);
    const parts = [];
    if ("activity" in own && own.activity !== base.activity) parts.push(this.activityName(own.activity));
    if ("hours" in own && own.hours !== base.hours) parts.push(say("hours_n", { n: sayNumber(own.hours) }));
    if (["is_paid", "rate_yuan", "pay_basis"].some((name) => name in own && own[name] !== base[name])) parts.push(this.payText(values));
    if (values.pay_basis === "day" && values.quantity !== null && values.quantity !== 1) parts.push(say("days_n", { n: sayNumber(values.quantity) }));
    if ("plot" in own && own.plot !== base.plot) parts.push(say("other_plot"));
    if (parts.length && values.is_paid) parts.push(`¥${sayNumber(values.wage_yuan)}`);
    return parts.join(" · ");
  }

  tick(id, came) {
    return this.putPerson(id, (person) => ({ ...person, came }));
  }

  tickAll() {
    const ids = this.workers.map((each) => each.id);
    return this.put((sheet) => {
      const people = { ...sheet.people };
      for (const id of ids) people[id] = { own: {}, ...people[id], came: true };
      return { ...sheet, people };
    }, ids);
  }

  own(id, changes) {
    return this.putPerson(id, (person) => ({ ...person, came: true, own: { ...person.own, ...changes } }));
  }

  foot() {
    const { came, hours, wages, open, lacking } = sheets.totals(this.sheet);
    const button = h("button.big.primary", { onclick: () => this.handIn(button), disabled: !open }, open ? say("hand_in") : came ? say("all_handed") : say("hand_in"));
    fill(this.footBox,
      h("p.sum", h("b", say("people_n", { n: came })), ` · ${say("hours_n", { n: sayNumber(hours, 1) })} · ¥${sayNumber(wages)}`, " ", this.kept),
      lacking.length ? h("p.problem", say("lacking_n", { n: lacking.length })) : null,
      button);
  }

  async handIn(button) {
    await this.turn;
    const { lacking } = sheets.totals(this.sheet);
    if (lacking.length) {
      toast(say("lacking_help"), "bad");
      if (this.sheet.default.is_paid && this.sheet.default.rate_yuan === null) await this.changeDefault();
      else this.rows.get(lacking[0])?.scrollIntoView({ block: "center" });
      return;
    }
    button.disabled = true;
    const { sheet, made } = await this.alone(async () => {
      const handed = await sheets.handIn(this.sheet);
      this.sheet = handed.sheet;
      return handed;
    });
    for (const id of Object.keys(sheet.people)) if (this.rows.has(id)) this.row(id);
    this.foot();
    toast(say(navigator.onLine ? "handed_n" : "handed_offline_n", { n: made }), "good");
    sync();
  }

  /** The fields of a default or an exception; `values` is changed as they are. */
  fields(values, { isDefault }) {
    const pay = h("div.stack");
    const drawPay = () => fill(pay,
      choices([["day", say("by_day")], ["hour", say("by_hour")], ["piece", say("by_piece")], ["none", say("volunteer")]], values.is_paid ? values.pay_basis : "none",
        (basis) => { values.is_paid = basis !== "none"; if (values.is_paid) values.pay_basis = basis; values.quantity = null; drawPay(); }, say("pay_basis")),
      values.is_paid ? field(say(`rate_label_${values.pay_basis}`), stepper({
        value: values.rate_yuan, step: values.pay_basis === "piece" ? 0.1 : values.pay_basis === "hour" ? 1 : 10, label: say("rate"), onchange: (rate) => { values.rate_yuan = rate; },
      })) : "",
      values.is_paid && values.pay_basis === "day" && !isDefault ? field(say("days"), stepper({
        value: values.quantity ?? 1, step: 0.5, max: 2, label: say("days"), onchange: (days) => { values.quantity = days === 1 ? null : days; },
      })) : "",
      values.is_paid && values.pay_basis === "piece" ? field(say(isDefault ? "pieces_each" : "pieces"), stepper({
        value: values.quantity, step: 10, label: say("pieces"), onchange: (count) => { values.quantity = count; },
      })) : "",
    );
    drawPay();
    const plot = h("button.big.left");
    const drawPlot = async () => { plot.textContent = values.plot ? await plotName(values.plot) : say("no_plot"); };
    plot.onclick = async () => { const chosen = await pickPlot(values.plot); if (chosen !== undefined) { values.plot = chosen; await drawPlot(); } };
    drawPlot();
    return [
      field(say("activity"), list(this.activities.map((each) => [each.code, each[language()]]), values.activity, (code) => { values.activity = code; })),
      h("div.field", h("span", say("plot")), plot),
      field(say("hours"), stepper({ value: values.hours, step: 0.5, min: 0.5, max: 16, label: say("hours"), onchange: (hours) => { values.hours = hours; } })),
      h("div.field", h("span", say("pay_basis")), pay),
    ];
  }

  async changeDefault() {
    const values = structuredClone(this.sheet.default);
    const done = await dialog(say("default_title"), (close) => [
      ...this.fields(values, { isDefault: true }),
      h("button.big.primary", { onclick: () => close(true) }, say("use_for_all")),
    ]);
    if (!done) return;
    await this.put((sheet) => ({ ...sheet, default: values }), this.workers.map((each) => each.id));
    await this.drawBase();
  }

  async exception(id) {
    const values = sheets.line(this.sheet, id);
    delete values.wage_yuan;
    const worker = this.workers.find((each) => each.id === id);
    const done = await dialog(worker?.name ?? say("nameless"), (close) => [
      ...this.fields(values, { isDefault: false }),
      h("button.big.primary", { onclick: () => close("keep") }, say("use_for_one")),
      h("button.big", { onclick: () => close("same") }, say("as_default")),
    ]);
    if (done === "same") {
      await this.putPerson(id, (person) => ({ ...person, came: true, own: {} }));
    } else if (done === "keep") {
      const own = Object.fromEntries(sheets.OWN.filter((name) => values[name] !== this.sheet.default[name]).map((name) => [name, values[name]]));
      await this.putPerson(id, (person) => ({ ...person, came: true, own }));
    }
  }

  async add() {
    const values = { name: "", sex: "unknown", birth_year: null };
    const made = await dialog(say("new_worker"), (close) => [
      field(say("name"), h("input", { name: "name", autofocus: true, maxlength: 100, oninput: (event) => { values.name = event.target.value.trim(); } })),
      h("div.field", h("span", say("sex")), choices(["female", "male", "unknown"].map((code) => [code, valueName(code)]), "unknown", (sex) => { values.sex = sex; }, say("sex"))),
      field(say("birth_year"), h("input", { type: "number", inputmode: "numeric", min: 1900, max: 2100, oninput: (event) => { values.birth_year = Number(event.target.value) || null; } }), say("birth_help")),
      h("button.big.primary", { onclick: () => (values.name ? close(true) : toast(say("name_needed"), "bad")) }, say("add_and_tick")),
    ]);
    if (!made) return;
    await this.alone(async () => { this.sheet = await sheets.addWorker(this.sheet, values); });
    this.workers = await sheets.workers();
    await this.draw();
    const added = this.workers.find((each) => each.name === values.name);
    this.rows.get(added?.id)?.scrollIntoView({ block: "center" });
  }
}
