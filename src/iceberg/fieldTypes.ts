/** Iceberg's types that are written as a name: the primitive ones and variant. */
export type NamedType =
	| { readonly name: SimpleTypeName }
	| { readonly name: "fixed"; readonly length: number }
	| {
			readonly name: "decimal";
			readonly precision: number;
			readonly scale: number;
	  }
	| { readonly name: "geometry" | "geography" };

export type SimpleTypeName = keyof typeof SIMPLE_TYPES;

/** Name → first format version that has it. */
const SIMPLE_TYPES = {
	boolean: 1,
	int: 1,
	long: 1,
	float: 1,
	double: 1,
	date: 1,
	time: 1,
	timestamp: 1,
	timestamptz: 1,
	string: 1,
	uuid: 1,
	binary: 1,
	timestamp_ns: 3,
	timestamptz_ns: 3,
	unknown: 3,
	variant: 3,
} as const;

const FIXED = /^fixed\[\s*(\d{1,9})\s*\]$/i;
const DECIMAL = /^decimal\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/i;
const GEOMETRY = /^geometry\s*(\(\s*[^)]*\))?$/i;
const GEOGRAPHY =
	/^geography\s*(\(\s*[^,)]*(,\s*(spherical|vincenty|thomas|andoyer|karney)\s*)?\))?$/i;
const MAX_DECIMAL_PRECISION = 38;

/** undefined for a name that Iceberg does not know. */
export function parseNamedType(text: string): NamedType | undefined {
	const lower = text.toLowerCase();
	if (isSimple(lower)) return { name: lower };
	const fixed = FIXED.exec(text);
	if (fixed !== null) return { name: "fixed", length: Number(fixed[1]) };
	const decimal = DECIMAL.exec(text);
	if (decimal !== null) {
		const precision = Number(decimal[1]);
		if (precision > MAX_DECIMAL_PRECISION) return undefined;
		return { name: "decimal", precision, scale: Number(decimal[2]) };
	}
	if (GEOMETRY.test(text)) return { name: "geometry" };
	if (GEOGRAPHY.test(text)) return { name: "geography" };
	return undefined;
}

function isSimple(name: string): name is SimpleTypeName {
	return Object.hasOwn(SIMPLE_TYPES, name);
}

/** The first format version in which the type may be used. */
export function firstFormatVersionOf(type: NamedType): 1 | 3 {
	switch (type.name) {
		case "fixed":
		case "decimal":
			return 1;
		case "geometry":
		case "geography":
			return 3;
		default:
			return SIMPLE_TYPES[type.name];
	}
}
