/** A form whose values are on the disk as they are typed, and gone from there when they have become an operation. */
import * as outbox from "./outbox.js";
import { meta } from "./store.js";

/**
 * @param {string} name what the draft is called
 * @param {object} first the values of a new form
 */
export const openDraft = async (name, first) => {
  const values = { ...first, ...(await meta.get(`draft:${name}`)) };
  const keep = () => meta.put(`draft:${name}`, values);
  return {
    values,
    /** Change some values; resolves when they are kept. */
    set: (changes) => { Object.assign(values, changes); return keep(); },
    /** Make the operation and drop the draft, in one transaction. */
    save: async (operation) => {
      const made = await outbox.prepare(operation);
      await outbox.commit([made], { work: (tx) => tx.meta.delete(`draft:${name}`) });
      return made;
    },
  };
};
