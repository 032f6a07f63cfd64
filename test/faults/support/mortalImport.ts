import { exportCopies } from "../../../src/store/exportFile/exportCopies.ts";
import { openExport } from "../../../src/store/exportFile/readExport.ts";
import type { MovedRow, StoreMover } from "../../../src/store/moving.ts";
import { openMoverAt } from "../../support/movers.ts";

/**
 * Imports a file into the store of a URL and dies before it gives a row, or (at
 * as many as there are) when it has given the last one. `restore`: the copy of a
 * backup is put in place. `inParts`: the planted bug, the rows before were loaded
 * for themselves.
 */
const [source = "", target = "", killAt = "", how = ""] = process.argv.slice(2);

async function* mortal(rows: AsyncIterable<MovedRow>) {
	let at = 0;
	for await (const row of rows) {
		dieAt(at++);
		yield row;
	}
	dieAt(at);
}

function dieAt(row: number): void {
	if (row === Number(killAt)) process.kill(process.pid, "SIGKILL");
}

const mover = openMoverAt(target);
if (how === "restore") {
	let isLooking = true;
	const load: StoreMover["load"] = (tenant, given) =>
		mover.load(tenant, isLooking ? given : mortal(given));
	const prepare = async () => undefined;
	const into = { store: target, mover: { ...mover, load }, prepare };
	const copies = exportCopies(into, Date.now);
	const opened = await copies.open(source, undefined, () => undefined);
	await opened.requireEmpty();
	isLooking = false;
	await opened.restore(() => undefined);
	process.exit();
}
const { rows } = await openExport(source, undefined, () => undefined);
if (how === "inParts") {
	const all = await Array.fromAsync(rows());
	const listed = async function* (part: readonly MovedRow[]) {
		yield* part;
	};
	await mover.load(undefined, listed(all.slice(0, Number(killAt))));
	dieAt(Number(killAt));
}
await mover.load(undefined, mortal(rows()));
await mover.close();
