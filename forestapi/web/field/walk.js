/** Walking or tapping a boundary: the map, the live area, and large buttons for a thumb. */
import * as outbox from "./outbox.js";
import * as tracks from "./track.js";
import { sayNumber } from "./civil.js";
import { add, choices, field, fill, h, sheet as dialog, sure, toast } from "./dom.js";
import { openMap } from "./map.js";
import { all as allPlots, areaText } from "./plots.js";
import { watch } from "./position.js";
import { meta } from "./store.js";
import { sync } from "./sync.js";
import { say, valueName } from "./words.js";

export const draw = async (main) => {
  const view = new Walk(main);
  await view.open();
  return () => view.close();
};

class Walk {
  constructor(main) {
    Object.assign(this, { main, track: null, fixes: [], mode: "walk", last: null, trouble: null, isOn: false });
  }

  async open() {
    const found = await tracks.unfinished();
    if (found) Object.assign(this, found, { mode: found.track.mode, isResumed: found.fixes.length > 0 });
    this.stage = h("div.map.tall");
    this.area = h("output.area");
    this.line = h("p.gps");
    this.doing = h("div.doing");
    add(this.main, h("a.back", { href: "#plots" }, `‹ ${say("back_to_plots")}`), this.stage, h("div.live", this.area, this.line), this.doing);
    this.draw();
    this.stop = watch((fix) => this.heard(fix), (kind) => { this.trouble = kind; this.tell(); });
    this.awake = () => { if (document.visibilityState === "visible" && this.isOn) this.stayAwake(); };
    document.addEventListener("visibilitychange", this.awake);
    this.timer = setInterval(() => this.tell(), 1000);
    const plots = await allPlots();
    this.map = await openMap(this.stage, { plots, ontap: (place) => this.tap(place), isFollowing: true, zoom: 17 });
    this.paint();
  }

  close() {
    this.isOn = false;
    this.stop?.();
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.awake);
    this.lock?.release?.().catch(() => {});
    this.map?.();
  }

  /** Browsers stop GPS with the screen off. */
  async stayAwake() {
    try { this.lock = await navigator.wakeLock?.request("screen"); } catch { /* a low battery may forbid it; GPS goes on while the screen does */ }
  }

  async heard(fix) {
    this.last = fix;
    this.trouble = null;
    if (this.isOn && this.track?.mode === "walk") await this.add(fix, "walk");
    else this.tell();
  }

  /** A fix is part of the track once it is on the disk. */
  async add(fix, source) {
    const kept = await tracks.add(this.track, fix, source);
    this.fixes = [...this.fixes, kept];
    this.paint();
  }

  paint() {
    const used = this.track ? tracks.corners(this.track, this.fixes) : [];
    const line = used.map(({ lon, lat }) => [lon, lat]);
    this.map?.track(line, line);
    if (this.last) this.map?.at(this.last);
    this.tell();
  }

  tell() {
    const made = this.track ? tracks.shape(this.track, this.fixes) : null;
    fill(this.area, made && made.ring.length > 2 ? areaText(made.area_m2) : this.track ? say("points_n", { n: made.ring.length }) : say("walk_lead"));
    const parts = [];
    if (this.trouble) parts.push(say(`gps_${this.trouble}`));
    else if (this.last) parts.push(say("gps_fix", { m: sayNumber(this.last.accuracy_m, 0), s: Math.max(0, Math.round((Date.now() - Date.parse(this.last.at)) / 1000)) }));
    else parts.push(say("gps_waiting"));
    if (this.track) parts.push(say("fixes_n", { n: this.fixes.length }));
    if (made?.isCrossing) parts.push(say("crossing_short"));
    fill(this.line, parts.join(" · "));
    this.line.className = `gps ${this.trouble || made?.isCrossing ? "bad" : this.last?.accuracy_m > tracks.POOREST_M ? "poor" : ""}`;
  }

  draw() {
    const modes = choices([["walk", say("mode_walk")], ["corners", say("mode_corners")]], this.mode, (mode) => { this.mode = mode; this.drawHelp(); }, say("mode"));
    this.help = h("p.note");
    const begin = h("button.big.primary", { onclick: () => this.begin() }, say("begin"));
    if (!this.track) { fill(this.doing, modes, this.help, begin); this.drawHelp(); return; }
    const isWalk = this.track.mode === "walk";
    fill(this.doing,
      this.isResumed && !this.isOn ? h("p.note", say("resumed", { n: this.fixes.length })) : "",
      isWalk ? h(`button.big.${this.isOn ? "danger" : "primary"}`, { onclick: () => this.turn() }, say(this.isOn ? "pause" : "go_on"))
        : h("button.big.primary", { onclick: () => this.corner() }, say("corner_here")),
      h("div.pair",
        isWalk ? h("button.big", { onclick: () => this.corner() }, say("corner_here")) : h("span.hint", say("tap_hint")),
        h("button.big", { onclick: () => this.undo() }, say("undo"))),
      h("div.pair",
        h("button.big", { onclick: () => this.discard() }, say("discard")),
        h("button.big.primary", { onclick: () => this.finish() }, say("finish"))),
    );
  }

  drawHelp() {
    this.help.textContent = say(`mode_${this.mode}_help`);
  }

  async begin() {
    this.track = await tracks.begin(this.mode);
    this.fixes = [];
    if (this.mode === "walk") await this.turn();
    this.draw();
    this.tell();
  }

  async turn() {
    this.isOn = !this.isOn;
    if (this.isOn) { this.stayAwake(); if (this.last && Date.now() - Date.parse(this.last.at) < 5000) await this.add(this.last, "walk"); } else this.lock?.release?.().catch(() => {});
    this.draw();
  }

  async corner() {
    if (!this.last || Date.now() - Date.parse(this.last.at) > 30_000) { toast(say("no_fix_yet"), "bad"); return; }
    if (this.last.accuracy_m > tracks.POOREST_M && !(await sure(say("poor_fix", { m: sayNumber(this.last.accuracy_m, 0) }), say("take_anyway")))) return;
    await this.add(this.last, "corner");
    navigator.vibrate?.(60);
  }

  async tap([lon, lat]) {
    if (!this.track || this.track.mode !== "corners") return;
    await this.add({ lon, lat, accuracy_m: null, at: new Date().toISOString() }, "tap");
  }

  async undo() {
    this.fixes = await tracks.undo(this.track, this.fixes);
    this.paint();
  }

  async discard() {
    if (!(await sure(say("discard_sure", { n: this.fixes.length }), say("discard"), { isDanger: true }))) return;
    await tracks.discard(this.track);
    Object.assign(this, { track: null, fixes: [], isOn: false, isResumed: false });
    this.draw();
    this.paint();
  }

  async finish() {
    const made = tracks.shape(this.track, this.fixes);
    if (!made.isEnough) { toast(say("too_few"), "bad"); return; }
    const values = { number: this.track.number, lifecycle: "planned" };
    const done = await dialog(areaText(made.area_m2), (close) => [
      made.isCrossing ? h("p.problem", say("crossing")) : "",
      made.isTiny ? h("p.problem", say("tiny", { n: sayNumber(made.area_m2, 0) })) : "",
      made.accuracy_m > 15 ? h("p.problem", say("poor_track", { m: sayNumber(made.accuracy_m, 0) })) : "",
      field(say("plot_number"), h("input", { name: "number", value: values.number, maxlength: 100, autocomplete: "off", oninput: (event) => { values.number = event.target.value.trim(); } })),
      h("div.field", h("span", say("lifecycle")), choices(["planned", "planted"].map((code) => [code, valueName(code)]), "planned", (code) => { values.lifecycle = code; }, say("lifecycle"))),
      h("p.note", say("track_kept", { n: this.fixes.length })),
      h("button.big.primary", { onclick: () => (values.number ? close("save") : toast(say("number_needed"), "bad")) }, say(made.isCrossing || made.isTiny ? "save_anyway" : "save_plot")),
      h("button.big", { onclick: () => close() }, say("go_on_walking")),
    ]);
    if (values.number !== this.track.number) { this.track = { ...this.track, number: values.number }; await tracks.keep(this.track); }
    if (done === "save") await this.save(values);
  }

  async save({ number, lifecycle }) {
    const device = await meta.get("device");
    const payload = { programme: device.programme.code, number, lifecycle, ...tracks.record(this.track, this.fixes) };
    const made = await outbox.prepare({ noun: "plots", action: "create", payload });
    await outbox.commit([made], { stores: ["tracks", "fixes"], work: (tx) => tracks.forget(tx, this.track) });
    toast(say("plot_saved"), "good");
    sync();
    location.hash = `#plots/${made.key}`;
  }
}
