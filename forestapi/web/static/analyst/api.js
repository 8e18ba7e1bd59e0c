/** Asking the API with the token of this tab. */
import { language } from "./config.js";

const KEY = "forest-token";

export const token = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/** What the API refused: its words in the reader's language, and the places it names. */
export class Refusal extends Error {
  constructor(status, content) {
    super((language === "zh" && content.detail_zh) || content.detail || String(status));
    this.status = status;
    this.places = (content.problems ?? []).map(({ field, message }) => ({ field, message: message[language] }));
  }
}

/** Asks, and gives the answer itself; a refusal is thrown. */
export const respond = async (path) => {
  const secret = token.get();
  const answer = await fetch(path, { headers: secret ? { Authorization: `Bearer ${secret}` } : {}, cache: "no-store" });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  return answer;
};

export const ask = async (path) => (await respond(path)).json();
