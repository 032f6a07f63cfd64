import { exportCopies } from "../../../src/store/exportFile/exportCopies.ts";
import { openExport } from "../../../src/store/exportFile/readExport.ts";
import { connect } from "../../../src/store/mongo/database.ts";
import type { MovedRow, StoreMover } from "../../../src/store/moving.ts";
import { openMoverAt } from "../../support/movers.ts";

/**
 * Imports a file into the store of a URL and dies before it gives a row, or (at
 * as many as there are) when it has given the last one. `restore`: the copy of a
 * backup is put in place. Planted bugs: with `inParts` the rows before were loaded
 * for themselves; with `derivedEarly` MongoDB is told that everything follows from
 * the entry already, before that is so.
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
if (how === "derivedEarly") {
	const { client, meta } = await connect({ url: target });
	const _id = "derived";
	await meta.updateOne({ _id }, { $max: { n: 1 } }, { upsert: true });
	await client.close();
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
