/** Elements without a framework: `h("button.big", { onclick }, "text", …)`, a message that passes, a dialog. */
import { say } from "./words.js";

/**
 * @param {string} what tag and classes, `button.big.primary`
 * @param {...(object|Node|string|number|null|false|Array)} rest attributes first, then children
 * @returns {HTMLElement}
 */
export const h = (what, ...rest) => {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (tag === "button") element.type = "button";
  const [first] = rest;
  const isAttributes = first && typeof first === "object" && !(first instanceof Node) && !Array.isArray(first);
  for (const [name, value] of Object.entries(isAttributes ? rest.shift() : {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on") || ["value", "checked", "disabled", "hidden", "open"].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...there(rest));
  return element;
};

const there = (children) => children.flat(Infinity).filter((child) => child || child === 0);

/** Give an element these children and no others; null, false and "" are no children. */
export const fill = (element, ...children) => element.replaceChildren(...there(children));

/** Give an element further children. */
export const add = (element, ...children) => element.append(...there(children));

/** Show a line for some seconds at the bottom. */
export const toast = (text, kind = "") => {
  const box = document.getElementById("toast");
  box.replaceChildren(h(`p.${kind || "plain"}`, text));
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.replaceChildren(), kind === "bad" ? 9000 : 3500);
};

/**
 * Open a sheet from the bottom; it closes by its buttons, the back gesture, or a tap outside.
 * @param {string} title
 * @param {(close: (result?: any) => void) => Node[]} fill
 * @returns {Promise<any>} what it was closed with
 */
export const sheet = (title, fill) =>
  new Promise((resolve) => {
    let result;
    const box = h("dialog.sheet");
    const close = (value) => { result = value; box.close(); };
    box.append(
      h("header", h("h2", title), h("button.quiet.close", { onclick: () => close(), "aria-label": say("close") }, "✕")),
      h("div.sheet-body", fill(close)),
    );
    box.onclose = () => { box.remove(); resolve(result); };
    box.onclick = (event) => { if (event.target === box) close(); };
    document.body.append(box);
    box.showModal();
    box.querySelector("[autofocus]")?.focus();
  });

/** Ask before something that cannot be taken back. @returns {Promise<boolean>} */
export const sure = async (question, yes, { isDanger = false, no = say("cancel") } = {}) =>
  (await sheet(question, (close) => [
    h("div.stack",
      h(`button.big.${isDanger ? "danger" : "primary"}`, { onclick: () => close(true) }, yes),
      h("button.big", { onclick: () => close(false) }, no)),
  ])) === true;

/** A labelled field. */
export const field = (label, control, help) =>
  h("label.field", h("span", label), control, help ? h("small", help) : null);

/**
 * A number that a thumb can change: minus, the number, plus.
 * @param {{value: number|null, step?: number, min?: number, max?: number, label: string, onchange: (value: number|null) => void}} of
 */
export const stepper = ({ value, step = 1, min = 0, max = Infinity, label, onchange, placeholder }) => {
  const input = h("input", {
    type: "number", inputmode: step % 1 ? "decimal" : "numeric", step: "any", min, "aria-label": label, value: value ?? "", placeholder,
  });
  const put = (next) => {
    const held = next === null ? null : Math.min(max, Math.max(min, Math.round(next * 1e6) / 1e6));
    if (held !== next || input.value === "") input.value = held ?? "";
    onchange(held);
  };
  input.oninput = () => onchange(input.value === "" || Number.isNaN(Number(input.value)) ? null : Number(input.value));
  input.onchange = () => put(input.value === "" ? null : Number(input.value));
  const turn = (by) => { const next = (Number(input.value) || 0) + by; input.value = Math.min(max, Math.max(min, Math.round(next * 1e6) / 1e6)); put(Number(input.value)); };
  return h("div.stepper",
    h("button", { onclick: () => turn(-step), "aria-label": `${label} −` }, "−"),
    input,
    h("button", { onclick: () => turn(step), "aria-label": `${label} +` }, "+"));
};

/** A row of choices of which one holds. */
export const choices = (options, chosen, onchoose, label) => {
  const box = h("div.choices", { role: "group", "aria-label": label });
  const draw = (now) => box.replaceChildren(...options.map(([value, text]) =>
    h("button", { "aria-pressed": String(value === now), onclick: () => { draw(value); onchoose(value); } }, text)));
  draw(chosen);
  return box;
};

/** A native list, for more choices than fit in a row. */
export const list = (options, chosen, onchoose, attributes = {}) => {
  const control = h("select", { ...attributes, onchange: () => onchoose(control.value) },
    options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  return control;
};
