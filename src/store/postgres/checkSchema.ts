import type { Snapshot } from "../sql/dumping.ts";
import { SCHEMA } from "./database.ts";
import made from "./schema.json" with { type: "json" };
import type { PartKind, SchemaParts } from "./schemaParts.ts";
import { schemaParts } from "./schemaParts.ts";

/** What the migrations make: `schemaParts` of a new database, which a test compares with it. */
const MADE: SchemaParts = made;

/** What mends a part that is missing or is another one. */
const REMEDY: Readonly<
	Record<PartKind, (name: string, made: string) => string>
> = {
	table: () => "restore a backup",
	column: () => "change it back (ALTER TABLE), or restore a backup",
	key: (name) => {
		const [table, definition] = name.split(/, (.*)/s);
		const named = definition?.replace("REFERENCES ", `$&${SCHEMA}.`);
		return `after dropping what is left of it run ALTER TABLE ${SCHEMA}.${table} ADD ${named}`;
	},
	index: (name, made) => {
		const [, index] = name.split(".");
		return `run DROP INDEX IF EXISTS ${SCHEMA}.${index}; ${made}`;
	},
	trigger: () => "restore a backup",
	function: () => "export the store and import it into a new database",
};

/**
 * How the schema that is there differs from what the migrations make, one line
 * each, with what to do. Indexes that are not unique, functions and tables that others made
 * change nothing of what ours do: they may be there.
 */
export async function schemaProblems(db: Snapshot): Promise<string[]> {
	const there = await schemaParts(db);
	const kinds = Object.keys(REMEDY) as PartKind[];
	return kinds.flatMap((kind) => [
		...changedParts(kind, there),
		...addedParts(kind, there),
	]);
}

function changedParts(kind: PartKind, there: SchemaParts): string[] {
	const problems: string[] = [];
	for (const [name, made] of Object.entries(MADE[kind]).toSorted(byNeed)) {
		const found = there[kind][name];
		// All parts of a table go with it.
		const isGone =
			kind !== "table" && isOfTable(name, MADE) && !isOfTable(name, there);
		if (found === made || isGone) continue;
		const what =
			found === undefined
				? `the schema lacks a valid ${kind}: ${name}${kind === "column" ? `, ${made}` : ""}`
				: `the schema has another ${kind} than Pangolin made: ${name} is ${found}, not ${made}`;
		problems.push(`${what}; ${REMEDY[kind](name, made)}`);
	}
	return problems;
}

/** Parts of our tables that may refuse or change what we write. */
function addedParts(kind: PartKind, there: SchemaParts): string[] {
	return Object.entries(there[kind])
		.filter(
			([name, is]) =>
				!Object.hasOwn(MADE[kind], name) &&
				isOfTable(name, MADE) &&
				!isHarmless(kind, is),
		)
		.map(([name]) => `the schema has one ${kind} too many: ${name}; drop it`);
}

function isHarmless(kind: PartKind, is: string): boolean {
	return kind === "index" && !is.startsWith("CREATE UNIQUE ");
}

function isOfTable(name: string, { table }: SchemaParts): boolean {
	const [owner = ""] = name.split(/[.,]/);
	return owner !== name && Object.hasOwn(table, owner);
}

/** Foreign keys need the keys that they name. */
function byNeed([a]: [string, string], [b]: [string, string]): number {
	return Number(a.includes("FOREIGN")) - Number(b.includes("FOREIGN"));
}
