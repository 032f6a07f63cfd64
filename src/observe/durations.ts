/** Durations per route in cumulative buckets, as Prometheus reads histograms. */
export interface Durations {
	add(route: string, seconds: number): void;
	/** Prometheus' text format. */
	render(): string;
}

const NAME = "pangolin_http_request_duration_seconds";
const UPPER_BOUNDS = [
	0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

interface Series {
	/** Per bucket, the last one without an upper bound; not yet cumulative. */
	readonly counts: number[];
	sumSeconds: number;
}

/**
 * prom-client's histogram hashes its labels at every observation, which is a
 * good part of what a small answer costs; this one finds its series by a string.
 */
export function createDurations(): Durations {
	const all = new Map<string, Series>();
	return {
		add(route, seconds) {
			let series = all.get(route);
			if (series === undefined) {
				series = {
					counts: new Array<number>(UPPER_BOUNDS.length + 1).fill(0),
					sumSeconds: 0,
				};
				all.set(route, series);
			}
			let bucket = 0;
			while (seconds > (UPPER_BOUNDS[bucket] ?? Number.POSITIVE_INFINITY))
				bucket++;
			series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
			series.sumSeconds += seconds;
		},
		render: () =>
			[
				`# HELP ${NAME} Time from a request's headers to its answer`,
				`# TYPE ${NAME} histogram`,
				...[...all].flatMap(([route, series]) => lines(route, series)),
				"",
			].join("\n"),
	};
}

function lines(route: string, { counts, sumSeconds }: Series): string[] {
	let total = 0;
	const buckets = counts.map((count, i) => {
		total += count;
		const bound = UPPER_BOUNDS[i] ?? "+Inf";
		return `${NAME}_bucket{le="${bound}",route="${route}"} ${total}`;
	});
	return [
		...buckets,
		`${NAME}_sum{route="${route}"} ${sumSeconds}`,
		`${NAME}_count{route="${route}"} ${total}`,
	];
}
