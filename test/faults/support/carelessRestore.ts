import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** The planted bug: a copy is written where the store's file will be, piece by piece. */
const [source = "", target = ""] = process.argv.slice(2);

const bytes = readFileSync(source);
const file = openSync(target, "wx");
for (let at = 0; at < bytes.length; at += 4096)
	writeSync(file, bytes, at, Math.min(4096, bytes.length - at));
closeSync(file);
