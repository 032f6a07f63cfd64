import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Image, type Mode, newDisk, type Random } from "./disk.ts";
import type { Entry } from "./recording.ts";
import type { Acknowledged, Recorded } from "./workload.ts";

/** What is wrong with the images of a recording. All zero for a correct program. */
export interface Findings {
	images: number;
	/** Images whose database does not open or fails its integrity check. */
	corrupt: number;
	/** Images that miss something a client had been told. */
	lost: number;
	/** Images with a pointer that names a missing or unreadable metadata file. */
	badFiles: number;
	/** The first few, for people. */
	readonly examples: string[];
}

const DATABASE = "pangolin.db";
const MODES: readonly Mode[] = ["synced", "prefix", "torn"];

/**
 * Lets the power fail at `count` random points of the recording, in every mode
 * in turn, and judges what is left.
 */
export function judgeCrashes(
	recorded: Pick<Recorded, "root" | "pointers">,
	entries: readonly Entry[],
	options: { readonly count: number; readonly random: Random; folder: string },
): Findings {
	const { count, random, folder } = options;
	const findings: Findings = {
		images: 0,
		corrupt: 0,
		lost: 0,
		badFiles: 0,
		examples: [],
	};
	const points = Array.from({ length: count }, () =>
		Math.floor(random() * entries.length),
	).sort((a, b) => a - b);
	const disk = newDisk();
	let applied = 0;
	for (const point of points) {
		while (applied <= point) {
			const entry = entries[applied++];
			if (entry !== undefined) disk.apply(entry);
		}
		const mode = MODES[findings.images % MODES.length] ?? "synced";
		const logBytes = entries[point]?.end ?? 0;
		const image = disk.image(mode, random);
		findings.images += 1;
		const wrong = judgeImage({ recorded, image, logBytes, folder });
		if (wrong === undefined) continue;
		findings[wrong.kind] += 1;
		if (findings.examples.length < 5) {
			findings.examples.push(
				`${wrong.kind} at entry ${point}, ${mode}: ${wrong.detail}`,
			);
		}
	}
	return findings;
}

interface Judged {
	readonly recorded: Pick<Recorded, "root" | "pointers">;
	readonly image: Image;
	readonly logBytes: number;
	readonly folder: string;
}

interface Wrong {
	readonly kind: "corrupt" | "lost" | "badFiles";
	readonly detail: string;
}

function judgeImage(judged: Judged): Wrong | undefined {
	const { recorded, image, logBytes, folder } = judged;
	const pointers = pointersOf(image, folder);
	if (typeof pointers === "string") {
		return { kind: "corrupt", detail: pointers };
	}
	for (const [table, known] of recorded.pointers) {
		const loss = lossOf(known, pointers.get(table), logBytes);
		if (loss !== undefined) {
			return { kind: "lost", detail: `${table}: ${loss}` };
		}
	}
	for (const [table, location] of pointers) {
		const absolute = location.replace(/^file:\/+/, "/");
		const path = absolute.slice(recorded.root.length + 1);
		const file = image.get(path);
		const broken = file === undefined ? "missing" : brokenness(file);
		if (broken !== undefined) {
			return { kind: "badFiles", detail: `${table}: ${path} is ${broken}` };
		}
	}
	return undefined;
}

/** What the database of an image says, or why it cannot be read. */
function pointersOf(
	image: Image,
	folder: string,
): Map<string, string> | string {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const name of [DATABASE, `${DATABASE}-wal`, `${DATABASE}-journal`]) {
		const content = image.get(name);
		if (content !== undefined) writeFileSync(join(folder, name), content);
	}
	try {
		const database = new DatabaseSync(join(folder, DATABASE));
		try {
			return readPointers(database);
		} finally {
			database.close();
		}
	} catch (error) {
		if (error instanceof Error) return error.message;
		throw error;
	}
}

function readPointers(database: DatabaseSync): Map<string, string> | string {
	const check = database.prepare("PRAGMA integrity_check").get();
	if (check?.integrity_check !== "ok") return String(check?.integrity_check);
	const exists = database
		.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'assets'")
		.get();
	if (exists === undefined) return new Map();
	const rows = database
		.prepare("SELECT name, metadata_location FROM assets")
		.all();
	return new Map(
		rows.map((row) => [String(row.name), String(row.metadata_location)]),
	);
}

/** The pointer may be newer than what was acknowledged, never older, never foreign. */
function lossOf(
	known: readonly Acknowledged[],
	found: string | undefined,
	logBytes: number,
): string | undefined {
	const acknowledged = known.findLastIndex((one) => one.logBytes <= logBytes);
	const at = known.findIndex((one) => one.location === found);
	if (found !== undefined && at < 0) return `nobody wrote ${found}`;
	return at < acknowledged
		? `commit ${acknowledged} was acknowledged, ${at} is there`
		: undefined;
}

function brokenness(file: Buffer): string | undefined {
	try {
		JSON.parse(file.toString("utf8"));
		return undefined;
	} catch (error) {
		if (error instanceof SyntaxError) return `broken (${file.length} bytes)`;
		throw error;
	}
}
