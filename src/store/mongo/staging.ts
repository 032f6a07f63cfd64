import { BSON } from "mongodb";
import type { Arrived } from "./arriving.ts";
import type { Database } from "./database.ts";
import type { Write } from "./log.ts";
import { putPart } from "./parts.ts";

/** Of one part: what is derived, and marked, at a time. */
const MAX_ROWS = 1000;
const MAX_BYTES = 1024 * 1024;

/** New rows on their way into parts, of which no more than one is in memory. */
export interface Staging {
	/** So far; a part may be under way. */
	readonly rows: number;
	add(arrived: Arrived): Promise<void>;
	/** Puts down the last part. @returns how many there are */
	end(): Promise<number>;
}

export function createStaging(database: Database, writer: string): Staging {
	let rows = 0;
	let parts = 0;
	let bytes = 0;
	let part: Write[] = [];

	async function put(): Promise<void> {
		if (part.length === 0) return;
		await putPart(database, writer, parts, { ends: [], rows: part });
		parts++;
		part = [];
		bytes = 0;
	}

	return {
		get rows() {
			return rows;
		},
		async add({ c, row }) {
			const write = { do: "row", c, i: rows, row } as const;
			const size = BSON.calculateObjectSize(write);
			if (part.length === MAX_ROWS || bytes + size > MAX_BYTES) await put();
			part.push(write);
			bytes += size;
			rows++;
		},
		async end() {
			await put();
			return parts;
		},
	};
}
