/** Operations in the words of a crew: whose shift, which plot, which value. */
import { sayDate, sayNumber } from "./civil.js";
import { areaM2 } from "./ground.js";
import { workers } from "./sheets.js";
import { areaText, name as plotName } from "./plots.js";
import { meta, read } from "./store.js";
import { fieldName, language, nameOf, say, valueName } from "./words.js";

const NUMBERS = ["hours", "quantity", "rate_yuan", "wage_yuan", "sample_holes", "live_holes"];
const UNITS = { hours: "hours_n", rate_yuan: "yuan_n", wage_yuan: "yuan_n" };

/** @returns {Promise<(item: object) => Promise<{title: string, text: string}>>} what describes an operation */
export const describer = async () => {
  const [people, roster] = await Promise.all([workers(), meta.get("roster")]);
  const worker = (id) => people.find((each) => each.id === id)?.name ?? say("nameless");
  const activity = (code) => roster?.activities?.find((each) => each.code === code)?.[language()] ?? code;
  const species = (code) => nameOf(roster?.species?.find((each) => each.code === code) ?? { code });

  /** One value of a record, as people say it. */
  const value = async (name, raw) => {
    if (raw === null || raw === undefined || raw === "") return say("nothing");
    if (name === "worker") return worker(raw);
    if (name === "plot") return plotName(raw);
    if (name === "activity") return activity(raw);
    if (name === "work_date" || name === "surveyed_on" || name === "started_on") return sayDate(raw);
    if (name === "boundary") return areaText(areaM2(raw.coordinates.flat(raw.type === "Polygon" ? 0 : 1)[0].slice(0, -1)));
    if (UNITS[name]) return say(UNITS[name], { n: sayNumber(raw) });
    if (NUMBERS.includes(name)) return sayNumber(raw);
    if (typeof raw === "boolean") return say(raw ? "yes" : "no");
    return typeof raw === "string" ? valueName(raw) : JSON.stringify(raw);
  };

  const whole = {
    shifts: async (of) => ({ title: `${worker(of.worker)} · ${of.work_date ? sayDate(of.work_date) : ""}`, text: `${activity(of.activity)} · ${say("hours_n", { n: sayNumber(of.hours) })} · ¥${sayNumber(of.wage_yuan ?? 0)}` }),
    plots: async (of) => ({ title: say("plot_n", { n: of.number }), text: of.boundary ? await value("boundary", of.boundary) : "" }),
    plantings: async (of) => ({ title: `${say("planting")} · ${await plotName(of.plot)}`, text: (of.lines ?? []).map((each) => `${species(each.species)} ${sayNumber(each.design_holes)}`).join(" · ") }),
    surveys: async (of) => ({ title: `${say("survey")} · ${await plotName(of.plot)}`, text: say("holes_of", { live: sayNumber(of.live_holes), sample: sayNumber(of.sample_holes) }) }),
    workers: async (of) => ({ title: `${say("new_worker")} · ${of.identity?.name ?? ""}`, text: "" }),
    photos: async (of) => ({ title: `${say("photo")} · ${of.subject_noun === "plots" ? await plotName(of.subject) : ""}`, text: say("kb_n", { n: sayNumber(of.size / 1000, 0) }) }),
  };

  const describe = async (item) => {
    const fields = JSON.parse(item.payload);
    const stored = item.action === "create" ? fields : (await read(["records"], (tx) => tx.records.get([item.noun, item.key])))?.record ?? {};
    const { title, text } = await whole[item.noun]({ ...stored, ...fields });
    if (item.choice) return { title, text: say(`chose_${item.choice}`) };
    if (item.action === "delete") return { title, text: say("deleted") };
    if (item.action === "create") return { title, text };
    const parts = await Promise.all(Object.entries(fields).map(async ([name, raw]) => `${fieldName(name)} ${await value(name, raw)}`));
    return { title, text: parts.join(" · ") };
  };
  return Object.assign(describe, { value });
};
