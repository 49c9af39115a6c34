// Reads a window of a series: {hz, channels} as JSON, a table of numbers (CSV), or an array of numpy (.npy). Nothing in it runs.

const TIME = /^(t|time|seconds|sec|s|zeit|时间)$/i;

/** {x: seconds, channels: [{name, values}]}, or {wrong: why not}. `part`: what the case says beside the file: `hz`, `channels` (names). */
export async function readSeries(blob, part) {
  try {
    if (blob.type.startsWith("application/json")) return readSeries.inline(JSON.parse(await blob.text()));
    if (blob.type.startsWith("text/csv")) return ofTable(await blob.text(), part);
    return ofArray(await blob.arrayBuffer(), part);
  } catch (error) {
    return { wrong: error.message };
  }
}

/** The same of {hz, channels: {name: [numbers]}}. */
readSeries.inline = (told) => {
  const named = Object.entries(told?.channels ?? {}).filter(([, values]) => Array.isArray(values));
  if (!named.length) return { wrong: "channels" };
  return of(named.map(([name, values]) => ({ name, values: values.map(number) })), told.hz);
};

function of(channels, hz) {
  const n = Math.max(...channels.map((c) => c.values.length));
  if (n < 2) return { wrong: `n = ${n}` };
  for (const channel of channels) while (channel.values.length < n) channel.values.push(null);
  const step = hz > 0 ? 1 / hz : 1;
  return { x: Array.from({ length: n }, (_, i) => i * step), channels };
}

function ofTable(text, part) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line.trim());
  const between = [",", ";", "\t"].sort((a, b) => lines[0].split(b).length - lines[0].split(a).length)[0];
  const names = lines[0].split(between).map((name) => name.trim().replace(/^"|"$/g, ""));
  const headed = names.some((name) => name !== "" && Number.isNaN(Number(name)));
  const rows = lines.slice(headed ? 1 : 0).map((line) => line.split(between).map(number));
  const columns = names.map((name, i) => ({ name: headed ? name : part.channels?.[i] ?? String(i + 1), values: rows.map((row) => row[i] ?? null) }));
  const at = headed ? columns.findIndex((c) => TIME.test(c.name)) : -1;
  if (at < 0) return of(columns, part.hz);
  const [time] = columns.splice(at, 1);
  const told = of(columns, part.hz);
  const grows = time.values.every((t, i, all) => t !== null && (i === 0 || t >= all[i - 1]));
  return grows && told.x ? { ...told, x: time.values } : told;
}

const KINDS = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };

function ofArray(buffer, part) {
  const bytes = new DataView(buffer);
  const long = bytes.getUint8(6) === 1 ? 2 : 4;
  const start = 8 + long + (long === 2 ? bytes.getUint16(8, true) : bytes.getUint32(8, true));
  const head = new TextDecoder("latin1").decode(buffer.slice(8 + long, start));
  const kind = /'descr':\s*'([<|])(\w+)'/.exec(head);
  const shape = /'shape':\s*\(([^)]*)\)/.exec(head)?.[1].split(",").map((n) => n.trim()).filter(Boolean).map(Number);
  if (!kind || !KINDS[kind[2]] || !shape || shape.length < 1 || shape.length > 2) throw new Error(head.trim().slice(0, 80));
  const [n, many = 1] = shape;
  const flat = new KINDS[kind[2]](buffer.slice(start, start + n * many * KINDS[kind[2]].BYTES_PER_ELEMENT));
  const across = /'fortran_order':\s*True/.test(head);
  const channels = Array.from({ length: many }, (_, c) => ({
    name: part.channels?.[c] ?? String(c + 1),
    values: Array.from({ length: n }, (_, i) => number(flat[across ? c * n + i : i * many + c])),
  }));
  return of(channels, part.hz);
}

function number(value) {
  const told = typeof value === "string" && value.trim() === "" ? NaN : Number(value);
  return value === null || !Number.isFinite(told) ? null : told;
}
