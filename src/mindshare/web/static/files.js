// Files of the cases in hand: fetched once with the person's token, held in memory as long as a case that shows them is.

import { Api } from "./api.js";

const held = new Map(); // name -> file
const wanted = new Map(); // token of a lease -> the names that it shows
let ahead = null; // the token of the lease that was asked for ahead

/** A file, fetched if it is not there: `blob` and `url` once it has come, `failed` where it does not, `there` once either is known; `anew`: one
 * that failed is tried again. */
export function fileOf(name, anew = false) {
  const known = held.get(name);
  if (known && !(anew && known.failed)) return known;
  const file = { blob: null, url: null, failed: null };
  const { token } = JSON.parse(sessionStorage.getItem("session") ?? "{}");
  file.there = new Api(token)
    .blob(`/v1/media/${encodeURIComponent(name)}`)
    .then((blob) => {
      file.blob = blob;
      if (blob.type.startsWith("image/")) file.url = URL.createObjectURL(blob);
    })
    .catch((error) => void (file.failed = error.message))
    .then(() => file);
  held.set(name, file);
  return file;
}

/** The files of this lease stay; `soon`: it is one that was asked for ahead, and takes the place of the last such one. */
export function want(token, names, soon = false) {
  if (soon && ahead !== token) {
    if (ahead !== null) wanted.delete(ahead);
    ahead = token;
  }
  wanted.set(token, names);
  drop();
}

/** The lease is over. */
export function unwant(token) {
  if (token === ahead) return;
  wanted.delete(token);
  drop();
}

/** It is shown now, and no more ahead. */
export function show(token, names) {
  if (token === ahead) ahead = null;
  for (const name of names) if (held.get(name)?.failed) held.delete(name);
  want(token, names);
}

/** Nothing is held any more. */
export function dropAll() {
  wanted.clear();
  ahead = null;
  drop();
}

function drop() {
  const stay = new Set([...wanted.values()].flat());
  for (const [name, file] of held) {
    if (stay.has(name)) continue;
    held.delete(name);
    file.there.then(() => file.url && URL.revokeObjectURL(file.url));
  }
}
