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

const OTHER_HEADINGS = ["op/s", "CPU us/op", "RSS MB"];

/**
 * The whole table as Markdown.
 * @param other rows of the same cases on another runtime, as further columns
 */
export function tableOf(
	rows: readonly Row[],
	other?: { readonly runtime: string; readonly rows: readonly Row[] },
): string {
	const headings =
		other === undefined
			? HEADINGS
			: [...HEADINGS, ...OTHER_HEADINGS.map((h) => `${other.runtime} ${h}`)];
	const cells = rows.map((row) => [
		...cellsOf(row),
		...(other === undefined
			? []
			: otherCells(other.rows.find(({ name }) => name === row.name))),
	]);
	return [headings, headings.map(() => "---"), ...cells]
		.map((line) => `| ${line.join(" | ")} |`)
		.join("\n");
}

function otherCells(row: Row | undefined): string[] {
	return [
		row?.sample === undefined ? "" : figure(row.sample.perSecond),
		row?.sample === undefined ? "" : figure(row.sample.cpuMicros),
		row?.rssBytes === undefined ? "" : figure(row.rssBytes / 1_000_000),
	];
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
