// Answers that the service does not have yet, kept in this browser: encrypted with a key that scripts cannot read out, gone at sign-out.
// A page that came over plain http from another machine has no encryption: there they are kept in memory only.

const ROOM = "mindshare"; // the database of this browser
const SHELF = "unsent"; // account -> {key, iv, data}

/** Whether answers outlive this tab. */
export const lasting = () => Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

const asked = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

async function shelf(mode) {
  const opening = indexedDB.open(ROOM, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(SHELF);
  const room = await asked(opening);
  const store = room.transaction(SHELF, mode).objectStore(SHELF);
  store.transaction.oncomplete = store.transaction.onabort = () => room.close();
  return store;
}

/** Answers of this account, in the order in which they were given. */
export async function load(account) {
  const found = lasting() && (await asked((await shelf("readonly")).get(account)));
  if (!found) return [];
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: found.iv }, found.key, found.data);
  return JSON.parse(new TextDecoder().decode(plain));
}

/** Keeps these answers instead of those that were kept; none = nothing is kept any more, and the key is gone. */
export async function save(account, answers) {
  if (!lasting()) return;
  if (!answers.length) return asked((await shelf("readwrite")).delete(account));
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(answers)));
  return asked((await shelf("readwrite")).put({ key, iv, data }, account));
}
