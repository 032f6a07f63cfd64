import { type NamedType, parseNamedType } from "./fieldTypes.ts";
import type { FieldType } from "./types.ts";

/** Types that the transform takes; undefined when any primitive type will do. */
const SOURCE_TYPES: ReadonlyMap<
	string,
	ReadonlySet<NamedType["name"]>
> = new Map<string, ReadonlySet<NamedType["name"]>>([
	[
		"bucket",
		new Set([
			"int",
			"long",
			"date",
			"time",
			"timestamp",
			"timestamptz",
			"timestamp_ns",
			"timestamptz_ns",
			"string",
			"binary",
			"fixed",
			"decimal",
			"uuid",
		] as const),
	],
	[
		"truncate",
		new Set(["int", "long", "string", "binary", "decimal"] as const),
	],
	["hour", timestamps()],
	["day", timestamps("date")],
	["month", timestamps("date")],
	["year", timestamps("date")],
]);

const NOT_FOR_IDENTITY: ReadonlySet<NamedType["name"]> = new Set([
	"variant",
	"geometry",
	"geography",
] as const);

const WITH_PARAMETER = /^(bucket|truncate)\[(\d+)\]$/;

function timestamps(...others: NamedType["name"][]): Set<NamedType["name"]> {
	return new Set([
		"timestamp",
		"timestamptz",
		"timestamp_ns",
		"timestamptz_ns",
		...others,
	]);
}

export function isVoid(transform: string): boolean {
	return transform.toLowerCase() === "void";
}

/**
 * Whether a transform can read a type. One that we do not know is left to the
 * clients that do, as the specification asks.
 */
export function canTransform(transform: string, source: FieldType): boolean {
	const named = typeof source === "string" ? parseNamedType(source) : undefined;
	const lower = transform.toLowerCase();
	if (lower === "void") return true;
	if (named === undefined) return false;
	if (lower === "identity") return !NOT_FOR_IDENTITY.has(named.name);
	const types = SOURCE_TYPES.get(WITH_PARAMETER.exec(lower)?.[1] ?? lower);
	return types === undefined || types.has(named.name);
}

/** What is wrong with the transform itself, or undefined. */
export function transformProblem(transform: string): string | undefined {
	const parameter = WITH_PARAMETER.exec(transform.toLowerCase());
	if (parameter !== null) {
		const width = Number(parameter[2]);
		return width > 0 && width < 2 ** 31
			? undefined
			: `Invalid parameter of transform: ${transform} (must be > 0)`;
	}
	return transform === "" ? "Invalid transform: it is empty" : undefined;
}
