/** Making this phone (or this browser) one of a crew's devices, by the code that the crew leader shows. */
import { add, field, h, toast } from "./dom.js";
import { meta } from "./store.js";
import { enrol, Refused } from "./sync.js";
import { language, nameOf, say } from "./words.js";

export const draw = async (main, [given = ""]) => {
  const device = await meta.get("device");
  const code = h("input", { value: given, autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: true, name: "code" });
  const problem = h("p.problem", { role: "alert" });
  const go = h("button.big.primary", { onclick: () => send() }, say("enrol_do"));
  const send = async () => {
    if (!code.value.trim()) return code.focus();
    go.disabled = true;
    problem.textContent = "";
    try {
      await enrol(code.value.trim());
    } catch (error) {
      go.disabled = false;
      if (!(error instanceof Refused)) throw error;
      problem.textContent = error.text[language()];
      return undefined;
    }
    history.replaceState(null, "", location.pathname);
    dispatchEvent(new Event("enrolled"));
    toast(say("enrol_done"), "good");
    location.hash = "#day";
    return undefined;
  };
  const form = h("form.stack", field(say("enrol_code"), code, say("enrol_help")), go, problem);
  form.onsubmit = (event) => { event.preventDefault(); send(); };
  add(main, h("section.card.enrol",
    h("h1", say("enrol_title")),
    h("p", say("enrol_lead")),
    device && h("p.note", say("enrol_again", { crew: nameOf(device.crew) })),
    form));
};
