import { Counter, Gauge, Registry } from "prom-client";
import { createDurations, type Durations } from "./durations.ts";
import type { Observation, Observe } from "./observation.ts";

export interface Metrics {
	readonly observe: Observe;
	/** Prometheus' text format and its media type. */
	render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** What is read when the metrics are rendered, not counted along the way. */
export interface MetricsSources {
	/** Whether the server takes requests now. */
	readonly ready: () => boolean;
	/** Resident memory of the process, in bytes. */
	readonly residentBytes: () => number;
}

/**
 * Counts observations in a registry of its own. The number of series is bounded:
 * labels are route ids, job kinds, outcomes and statuses, never anything that a
 * caller chose.
 */
export function metricsSink(sources: MetricsSources): Metrics {
	const registry = new Registry();
	const durations = createDurations();
	const requests = requestMeter(registry, durations);
	const others = otherMeters(registry);
	new Gauge({
		name: "pangolin_ready",
		help: "1 while the server takes requests",
		registers: [registry],
		collect() {
			this.set(sources.ready() ? 1 : 0);
		},
	});
	new Gauge({
		name: "process_resident_memory_bytes",
		help: "Resident memory of the process",
		registers: [registry],
		collect() {
			this.set(sources.residentBytes());
		},
	});
	return {
		observe: (o) => (o.kind === "request-answered" ? requests(o) : others(o)),
		render: async () => ({
			text: `${await registry.metrics()}${durations.render()}`,
			contentType: registry.contentType,
		}),
	};
}

type Answered = Extract<Observation, { kind: "request-answered" }>;

/** Counts in plain maps and hands them over when metrics are rendered: the hot path hashes no label objects. */
function requestMeter(
	registry: Registry,
	durations: Durations,
): (o: Answered) => void {
	const total = new Counter({
		name: "pangolin_http_requests_total",
		help: "Answered requests",
		labelNames: ["method", "route", "status"] as const,
		registers: [registry],
		collect() {
			flush();
		},
	});
	const meters = new Map<string, RouteMeter>();
	const flush = (): void => {
		for (const [route, counts] of meters) {
			for (const [method, byStatus] of counts) {
				for (const [status, count] of byStatus)
					total.inc({ method, route, status }, count);
			}
			counts.clear();
		}
	};
	return (o) => {
		let meter = meters.get(o.route);
		if (meter === undefined) {
			meter = new Map();
			meters.set(o.route, meter);
		}
		const method = knownMethod(o.method);
		let byStatus = meter.get(method);
		if (byStatus === undefined) {
			byStatus = new Map();
			meter.set(method, byStatus);
		}
		byStatus.set(o.status, (byStatus.get(o.status) ?? 0) + 1);
		durations.add(o.route, o.durationMillis / 1000);
	};
}

/** What one route has answered since the metrics were last rendered, by method and status. */
type RouteMeter = Map<string, Map<number, number>>;

const METHODS = new Set([
	"GET",
	"HEAD",
	"POST",
	"PUT",
	"PATCH",
	"DELETE",
	"OPTIONS",
]);

function knownMethod(method: string): string {
	return METHODS.has(method) ? method : "other";
}

function otherMeters(registry: Registry): Observe {
	const registers = [registry];
	const commits = new Counter({
		name: "pangolin_commits_total",
		help: "Commits by outcome",
		labelNames: ["outcome"] as const,
		registers,
	});
	const retries = new Counter({
		name: "pangolin_commit_retries_total",
		help: "Commits begun anew because the table had changed meanwhile",
		registers,
	});
	const jobs = new Counter({
		name: "pangolin_jobs_total",
		help: "Runs of background jobs by outcome",
		labelNames: ["job", "outcome"] as const,
		registers,
	});
	const failures = new Counter({
		name: "pangolin_failures_total",
		help: "Errors that nobody expected",
		labelNames: ["where"] as const,
		registers,
	});
	const refused = new Counter({
		name: "pangolin_connections_refused_total",
		help: "Connections closed before they made a request",
		labelNames: ["status"] as const,
		registers,
	});
	return (o) => {
		switch (o.kind) {
			case "commit":
				commits.inc({ outcome: o.outcome });
				if (o.retries > 0) retries.inc(o.retries);
				return;
			case "job-finished":
				return jobs.inc({ job: o.jobKind, outcome: "finished" });
			case "job-failed":
				return jobs.inc({ job: o.jobKind, outcome: "failed" });
			case "request-failed":
				return failures.inc({ where: "request" });
			case "background-error":
				return failures.inc({ where: "background" });
			case "cleanup-failed":
				return failures.inc({ where: "cleanup" });
			case "connection-refused":
				return refused.inc({ status: o.status });
			case "request-answered":
			case "notice":
				return;
		}
	};
}
