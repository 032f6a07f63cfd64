import type { Ratio, Sample } from "./measure.ts";

/** What a figure is to reach. */
export interface Target {
	readonly what: string;
	readonly value: number;
	readonly atLeast?: number;
	readonly atMost?: number;
}

/** One line of the table. Absent figures do not apply to the case. */
export interface Row {
	readonly name: string;
	readonly sample?: Sample | undefined;
	readonly rssBytes?: number | undefined;
	/** A single figure that is no request rate, with its unit. */
	readonly figure?: { readonly value: number; readonly unit: string };
	/** Beside what the ratio was taken, and the ratio itself. */
	readonly limit?: { readonly name: string; readonly ratio: Ratio };
	readonly targets?: readonly Target[];
}

const HEADINGS = [
	"case",
	"op/s",
	"CPU us/op",
	"p50 ms",
	"p99 ms",
	"RSS MB",
	"figure",
	"of the limit [range]",
	"target",
];

export function reached(target: Target): boolean {
	const { value, atLeast, atMost } = target;
	return (
		Number.isFinite(value) &&
		(atLeast === undefined || value >= atLeast) &&
		(atMost === undefined || value <= atMost)
	);
}

/** The cases on one store and one runtime. */
export interface Run {
	readonly name: string;
	readonly rows: readonly Row[];
}

/** Of the further columns: what a case shows by itself. */
const OTHER_HEADINGS = HEADINGS.slice(1, 7);

/**
 * The whole table as Markdown.
 * @param runs of the same cases: those after the first as further columns
 */
export function tableOf([first, ...others]: readonly Run[]): string {
	const headings = [
		...HEADINGS,
		...others.flatMap(({ name }) => OTHER_HEADINGS.map((h) => `${name} ${h}`)),
	];
	const cells = (first?.rows ?? []).map((row) => [
		...cellsOf(row),
		...others.flatMap(({ rows }) =>
			otherCells(rows.find(({ name }) => name === row.name)),
		),
	]);
	return [headings, headings.map(() => "---"), ...cells]
		.map((line) => `| ${line.join(" | ")} |`)
		.join("\n");
}

function otherCells(row: Row | undefined): string[] {
	if (row === undefined) return OTHER_HEADINGS.map(() => "");
	return cellsOf(row).slice(1, 1 + OTHER_HEADINGS.length);
}

function cellsOf(row: Row): string[] {
	const { sample, limit } = row;
	return [
		row.name,
		sample === undefined ? "" : figure(sample.perSecond),
		sample === undefined ? "" : figure(sample.cpuMicros),
		sample === undefined ? "" : figure(sample.p50Ms),
		sample === undefined ? "" : figure(sample.p99Ms),
		row.rssBytes === undefined ? "" : figure(row.rssBytes / 1_000_000),
		row.figure === undefined
			? ""
			: `${figure(row.figure.value)} ${row.figure.unit}`,
		limit === undefined
			? ""
			: `${figure(limit.ratio.median)} [${figure(limit.ratio.low)}..${figure(limit.ratio.high)}] ${limit.name}`,
		(row.targets ?? []).map(targetText).join("; "),
	];
}

function targetText(target: Target): string {
	const bound =
		target.atLeast === undefined
			? `<= ${target.atMost}`
			: `>= ${target.atLeast}`;
	const mark = reached(target) ? "reached" : "MISSED";
	return `${target.what} ${figure(target.value)} ${bound}: ${mark}`;
}

function figure(value: number): string {
	if (!Number.isFinite(value)) return "-";
	if (Math.abs(value) >= 100) return value.toFixed(0);
	return Number(value.toPrecision(3)).toString();
}
