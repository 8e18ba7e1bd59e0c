/** The form: what a statistic can be asked, and the question as it stands in the fields. */
import { $, language, make, words } from "./config.js";

const OWN = ["programme", "region"];
const MAX_DIMENSIONS = 4;
const LEVELS = ["province", "prefecture", "county", "township", "village"];

const title = (each) => each.title[language];

/** Fills what does not depend on the statistic. */
export const prepare = (statistics, programmes, snapshots) => {
  $("statistic").append(...statistics.map((each) => {
    const isPublic = each.readers.includes("public");
    return new Option(isPublic ? title(each) : `${title(each)} · ${words.needs_token}`, each.name);
  }));
  const names = words.levels.split(",");
  $("region_level").append(...LEVELS.map((level, place) => new Option(names[place], level)));
  $("region_level").value = "county";
  $("programme").append(new Option(words.all, ""), ...programmes.map((each) => new Option(each[`name_${language}`] || each.code, each.code)));
  $("snapshots").append(...snapshots.map((each) => make("option", { value: each.id, label: `${each.label} · ${each.made_at.slice(0, 10)}` })));
};

const setting = (parameter) => {
  const id = `set-${parameter.name}`;
  const row = make("label", {}, title(parameter));
  let field;
  if (parameter.is_list) {
    const chosen = parameter.default.split(",");
    const boxes = parameter.choices.map((choice) => make("label", { className: "chip" },
      make("input", { type: "checkbox", value: choice, checked: chosen.includes(choice) }), choice));
    const group = make("fieldset", {}, make("legend", { textContent: title(parameter) }), make("div", { className: "chips" }, ...boxes));
    group.dataset.parameter = parameter.name;
    group.dataset.default = parameter.default;
    return [group, make("p", { className: "error" })];
  }
  if (parameter.choices.length) {
    field = make("select", { id }, ...parameter.choices.map((choice) => new Option(choice, choice)));
    field.value = parameter.default;
  } else {
    field = make("input", { id, type: parameter.is_date ? "date" : "number", value: parameter.default, min: "0", step: "any" });
  }
  field.dataset.parameter = parameter.name;
  field.dataset.default = parameter.default;
  row.append(field);
  return [row, make("p", { className: "error" })];
};

const other = (dimension) => {
  const field = dimension.values
    ? make("select", {}, new Option(words.all, ""), ...Object.entries(dimension.values).map(([code, text]) => new Option(text[language], code)))
    : make("input", { spellcheck: false, autocomplete: "off", placeholder: words.values_help });
  field.dataset.filter = dimension.name;
  return [make("label", {}, title(dimension), field), make("p", { className: "error" })];
};

/** Shows what a statistic can be asked; the fields that it shares with the one before keep what is in them. */
export const offer = (statistic) => {
  const before = { by: chosenDimensions(), others: otherValues() };
  $("by").replaceChildren(...statistic.dimensions.map((each) => make("label", { className: "chip" },
    make("input", { type: "checkbox", value: each.name, checked: before.by.includes(each.name) }), title(each))));
  const has = (name) => statistic.dimensions.some((each) => each.name === name);
  for (const name of OWN) $(`${name}-label`).hidden = !has(name);
  $("others").replaceChildren(...statistic.dimensions.filter((each) => !OWN.includes(each.name)).flatMap(other));
  $("settings").replaceChildren(...statistic.parameters.flatMap(setting));
  $("parameters").hidden = !statistic.parameters.length;
  for (const group of [$("others"), $("settings")]) {
    for (const field of group.querySelectorAll("[data-filter], [data-parameter]")) {
      const error = field.closest("label, fieldset").nextElementSibling;
      error.dataset.field = field.dataset.filter ?? field.dataset.parameter;
      field.setAttribute("aria-label", field.closest("label, fieldset").firstChild.textContent);
    }
  }
  $("filter").disabled = !statistic.filtered;
  $("filter-help").replaceChildren(statistic.filtered
    ? make("a", { href: `/ogc/collections/${statistic.filtered}/queryables?f=html`, target: "_blank", rel: "noopener", textContent: words.properties })
    : words.cql_none);
  fill(before.others);
  limit();
};

const chosenDimensions = () => [...$("by").querySelectorAll(":checked")].map((box) => box.value);

/** Keeps the dimensions to four, and shows the level of regions where it says something. */
export const limit = () => {
  const isFull = chosenDimensions().length >= MAX_DIMENSIONS;
  for (const box of $("by").querySelectorAll("input")) box.disabled = isFull && !box.checked;
  $("level").hidden = !chosenDimensions().includes("region");
};

const valueOf = (field) => field.tagName === "FIELDSET"
  ? [...field.querySelectorAll(":checked")].map((box) => box.value).join(",") : field.value.trim();

const otherValues = () => {
  const values = {};
  for (const field of document.querySelectorAll("#others [data-filter]")) if (valueOf(field)) values[field.dataset.filter] = valueOf(field);
  for (const field of document.querySelectorAll("#settings [data-parameter]")) {
    if (valueOf(field) !== field.dataset.default) values[field.dataset.parameter] = valueOf(field);
  }
  for (const name of OWN) if (!$(`${name}-label`).hidden && $(name).value.trim()) values[name] = $(name).value.trim();
  return values;
};

/** Sets filters and parameters by their names; returns the names that the statistic does not have. */
const fill = (values) => {
  const left = [];
  for (const [name, value] of Object.entries(values)) {
    const field = OWN.includes(name) && !$(`${name}-label`).hidden ? $(name)
      : [...document.querySelectorAll("#others [data-filter], #settings [data-parameter]")]
        .find((each) => (each.dataset.filter ?? each.dataset.parameter) === name);
    if (!field) { left.push(name); continue; }
    if (field.tagName === "FIELDSET") {
      for (const box of field.querySelectorAll("input")) box.checked = value.split(",").includes(box.value);
    } else {
      // Several values cannot be picked in a list, but an address may ask for them.
      if (field.tagName === "SELECT" && ![...field.options].some((each) => each.value === value)) field.add(new Option(value, value));
      field.value = value;
    }
    field.closest("details")?.setAttribute("open", "");
  }
  return left;
};

/** Puts a question into the fields; returns the names that its statistic does not have. */
export const put = (question, statistic) => {
  $("statistic").value = statistic.name;
  offer(statistic);
  for (const box of $("by").querySelectorAll("input")) box.checked = question.by.includes(box.value);
  limit();
  $("region_level").value = LEVELS.includes(question.region_level) ? question.region_level : "county";
  const [from, until] = question.datetime.includes("/") ? question.datetime.split("/") : [question.datetime, question.datetime];
  const whole = (text, end) => {
    if (text === ".." || !text) return "";
    if (text.length === 4) return `${text}-${end ? "12-31" : "01-01"}`;
    if (text.length === 7) return end ? new Date(Date.UTC(+text.slice(0, 4), +text.slice(5), 0)).toISOString().slice(0, 10) : `${text}-01`;
    return text;
  };
  $("from").value = whole(from, false);
  $("until").value = whole(until, true);
  $("filter").value = question.filter;
  $("as_of").value = question.as_of;
  const known = statistic.dimensions.map((each) => each.name);
  return [...question.by.filter((name) => !known.includes(name)), ...fill(question.others)];
};

/** Reads the question out of the fields; dimensions come in the order of the statistic. */
export const get = () => {
  const [from, until] = [$("from").value, $("until").value];
  return {
    statistic: $("statistic").value,
    by: chosenDimensions(),
    region_level: $("region_level").value,
    datetime: from || until ? `${from || ".."}/${until || ".."}` : "",
    filter: $("filter").disabled ? "" : $("filter").value.trim(),
    as_of: $("as_of").value.trim(),
    others: otherValues(),
  };
};

/** Shows each refusal at its field; returns those that belong to none. */
export const refuse = (places) => {
  const homeless = [];
  for (const { field, message } of places) {
    const home = field && document.querySelector(`.error[data-field="${CSS.escape(field)}"]`);
    if (!home) { homeless.push(message); continue; }
    home.textContent = message;
    home.closest("details")?.setAttribute("open", "");
    const input = $(field) ?? document.querySelector(`[data-filter="${CSS.escape(field)}"], [data-parameter="${CSS.escape(field)}"]`);
    input?.setAttribute("aria-invalid", "true");
    input?.focus();
  }
  return homeless;
};

export const accept = () => {
  for (const each of document.querySelectorAll(".error")) each.textContent = "";
  for (const each of document.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
};
