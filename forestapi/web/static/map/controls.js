/** The choice of colours, and the slider of planting years with its figure. */
import { area, fill } from "./format.js";

const STEP_MS = 900;

/** Wire the choice of colours. */
export const colours = (select, config, state) => {
  for (const { name, title } of config.colorings) select.append(new Option(title, name, false, name === state.by));
  select.addEventListener("change", () => state.set({ by: select.value }));
  state.watch(() => { select.value = state.by; });
};

/** Wire the slider: everything planted from the first year up to the one it stands at. At the end, all years. */
export const years = (root, config, state, figures) => {
  const { first, last } = config.years ?? {};
  if (first === undefined || first === last) return;
  const [slider, output, button] = [root.querySelector("input"), root.querySelector("output"), root.querySelector("button")];
  Object.assign(slider, { min: first, max: last, step: 1 });
  root.hidden = false;
  let playing = null;
  const stop = () => {
    clearInterval(playing);
    playing = null;
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", config.words.play);
  };
  const go = (year) => state.set({ to: year >= last ? null : year });
  slider.addEventListener("input", () => { stop(); go(Number(slider.value)); });
  button.addEventListener("click", () => {
    if (playing !== null) { stop(); return; }
    button.setAttribute("aria-pressed", "true");
    button.setAttribute("aria-label", config.words.pause);
    go((state.to ?? last) >= last ? first : state.to + 1);
    playing = setInterval(() => {
      if (state.to === null) { stop(); return; }
      go(state.to + 1);
    }, STEP_MS);
  });
  const show = async () => {
    const to = state.to ?? last;
    slider.value = to;
    const span = to === first ? `${first}` : `${first}–${to}`;
    const write = (mu) => {
      if ((state.to ?? last) !== to) return;
      const words = fill(config.words[mu === null ? "planted_span" : "planted_span_area"], { span, area: mu === null ? "" : area(mu, config) });
      output.textContent = words;
      slider.setAttribute("aria-valuetext", words);
    };
    try {
      write([...(await figures.areas(state.to)).values()].reduce((sum, mu) => sum + mu, 0));
    } catch {
      write(null);
    }
  };
  state.watch(show);
  stop();
  show();
};
