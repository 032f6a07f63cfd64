import { open } from "node:fs/promises";
import { PangolinError } from "../../model/errors.ts";
import type { Clock } from "../../model/ids.ts";
import { pointersOf } from "../checking/pointers.ts";
import type { StoreCopies } from "../copies.ts";
import { stage } from "../copies.ts";
import { exportStore } from "./exportStore.ts";
import type { ImportTarget } from "./importStore.ts";
import { loadExport, requireEmpty } from "./importStore.ts";
import { openExport, readRows } from "./readExport.ts";

const GZIP = [0x1f, 0x8b];

/** Copies of a store that are exports of it. */
export function exportCopies(target: ImportTarget, clock: Clock): StoreCopies {
	return {
		name: "pangolin.export",
		async backup(to, signKey, onStage) {
			const onProgress = stage(onStage, "rows");
			const options = { tenant: undefined, signKey, onProgress };
			await exportStore(target.mover, to, options, clock);
		},
		async open(copy, verifyKey, onStage) {
			if (!(await isGzip(copy)))
				throw new PangolinError(
					"bad-request",
					`${copy} is no backup of a database (those are exports); a copy of a SQLite file is restored with DATABASE_URL=sqlite://…, and moves into a database by \`pangolin export\` and \`import\``,
				);
			const onCheck = stage(onStage, "checking");
			const found = await openExport(copy, verifyKey, onCheck);
			return {
				signature: found.checked.signature,
				requireEmpty: () => requireEmpty(target),
				async restore(onStage) {
					await loadExport(target, found, stage(onStage, "rows"));
				},
			};
		},
		pointersOf: (copy) => pointersOf(readRows(copy)),
	};
}

/** Whether a file begins as exports do. @throws errors of the system */
export async function isGzip(path: string): Promise<boolean> {
	const file = await open(path, "r");
	try {
		const { buffer } = await file.read(Buffer.alloc(GZIP.length));
		return GZIP.every((byte, i) => buffer[i] === byte);
	} finally {
		await file.close();
	}
}
