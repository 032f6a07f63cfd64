/** One test of the kit, as JUnit reports it. */
export interface KitCase {
	/** Class and method without packages, e.g. `CatalogTests.createTable()`. */
	readonly name: string;
	readonly outcome: "passed" | "failed" | "disabled";
	/** The first lines of the failure, or why the kit left it out; empty for a passed one. */
	readonly message: string;
}

export interface Verdict {
	readonly passed: readonly KitCase[];
	readonly disabled: readonly KitCase[];
	readonly failed: readonly KitCase[];
	readonly allowed: readonly (KitCase & { readonly reason: string })[];
	readonly unexpectedlyPassed: readonly KitCase[];
}

/** Reads JUnit's XML report (`TEST-junit-jupiter.xml`). */
export function parseReport(xml: string): KitCase[] {
	return [
		...xml.matchAll(
			/<testcase name="([^"]*)" classname="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g,
		),
	].map(([, name = "", className = "", body = ""]) => ({
		name: `${className.replace(/^.*\.(RESTCompatibilityKit)?/, "")}.${unescapeXml(name)}`,
		outcome: /<(failure|error)\b/.test(body)
			? "failed"
			: body.includes("<skipped")
				? "disabled"
				: "passed",
		message: /<(failure|error|skipped)\b/.test(body) ? messageOf(body) : "",
	}));
}

/** Compares with the list of failures that have a reason. */
export function verdict(
	cases: readonly KitCase[],
	allowedFailures: ReadonlyMap<string, string>,
): Verdict {
	const isListed = ({ name }: KitCase) => allowedFailures.has(name);
	const passed = cases.filter(({ outcome }) => outcome === "passed");
	const failed = cases.filter(({ outcome }) => outcome === "failed");
	return {
		passed,
		disabled: cases.filter(({ outcome }) => outcome === "disabled"),
		failed: failed.filter((each) => !isListed(each)),
		allowed: failed.filter(isListed).map((each) => ({
			...each,
			reason: allowedFailures.get(each.name) ?? "",
		})),
		unexpectedlyPassed: passed.filter(isListed),
	};
}

function messageOf(body: string): string {
	const message = /<(?:failure|error) message="([^"]*)"/.exec(body)?.[1];
	const text =
		message ?? /<!\[CDATA\[([\s\S]*?)\]\]>/.exec(body)?.[1] ?? body.trim();
	return unescapeXml(text)
		.split("\n")
		.filter((line) => line.trim() !== "")
		.slice(0, 6)
		.join("\n         ");
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
	["lt", "<"],
	["gt", ">"],
	["amp", "&"],
	["quot", '"'],
	["apos", "'"],
]);

function unescapeXml(text: string): string {
	return text.replace(
		/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g,
		(whole, decimal?: string, hex?: string, name?: string) => {
			if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
			if (hex !== undefined)
				return String.fromCodePoint(Number.parseInt(hex, 16));
			return ENTITIES.get(name ?? "") ?? whole;
		},
	);
}
