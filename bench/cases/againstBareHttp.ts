import type { Bench, Prepared } from "../context.ts";
import { exchange, requestText } from "../load/connection.ts";
import type { Sample } from "../measure.ts";
import { measure, median, medianSample, ratioOf } from "../measure.ts";
import type { Row, Target } from "../report.ts";

interface Case {
	readonly name: string;
	readonly path: string;
	/** Asked for in turn with it; their answers are as long as its own. */
	readonly otherPaths?: readonly string[];
	readonly headers?: Readonly<Record<string, string>>;
	readonly clients: number;
	/** The bare server reads there for each answer. */
	readonly databaseUrl?: string;
	/** One row by its key, or a thousand names. Default `row`. */
	readonly bareReads?: "row" | "names";
	targets(found: Found): Target[];
}

interface Found {
	/** Requests per second, as a share of the bare server's. */
	readonly rps: number;
	/** Time per request, as a multiple of the bare server's. */
	readonly time: number;
	readonly tail: Target;
}

/** Measures one request in turns with the bare HTTP server sending the same bytes. */
export async function againstBareHttp(
	bench: Bench,
	prepared: Prepared,
	what: Case,
): Promise<Row> {
	const textOf = (path: string) =>
		requestText("GET", path, undefined, what.headers);
	const request = textOf(what.path);
	const answer = await exchange(prepared.connection, request);
	await bench.bareHttp.ask({
		status: answer.status,
		headers: {
			"content-type": "application/json",
			...(answer.etag === undefined ? {} : { etag: answer.etag }),
		},
		bodyBase64: answer.body?.toString("base64") ?? "",
		...(what.databaseUrl === undefined
			? {}
			: { databaseUrl: what.databaseUrl, reads: what.bareReads ?? "row" }),
	});
	const run = (port: number, server: Prepared["server"] | Bench["bareHttp"]) =>
		measure(bench.load, server, {
			kind: "repeat",
			port,
			clients: what.clients,
			milliseconds: bench.sizes.milliseconds,
			requests: [request, ...(what.otherPaths ?? []).map(textOf)],
			status: answer.status,
		});
	const ours: Sample[] = [];
	const bare: Sample[] = [];
	for (let round = -1; round < bench.sizes.rounds; round++) {
		const own = await run(prepared.server.port, prepared.server);
		const limit = await run(bench.bareHttp.port, bench.bareHttp);
		if (round < 0) continue;
		ours.push(own);
		bare.push(limit);
	}
	const ratio = ratioOf(perSecond(ours), perSecond(bare));
	const cpu = ratioOf(cpuMicros(ours), cpuMicros(bare));
	const sample = medianSample(ours);
	return {
		name: `${what.name} (${what.clients} clients)`,
		sample,
		rssBytes: prepared.server.rssBytes(),
		figure: { value: cpu.median, unit: "x its CPU" },
		limit: {
			name: `of bare http${what.databaseUrl === undefined ? "" : " and read"} ${medianSample(bare).perSecond.toFixed(0)}/s with ${answer.body?.length ?? 0} bytes (its p99/p50 ${tail(bare)})`,
			ratio,
		},
		targets: what.targets({
			rps: ratio.median,
			time: 1 / ratio.median,
			tail: tailTarget(ours, bare),
		}),
	};
}

function perSecond(samples: readonly Sample[]): number[] {
	return samples.map((sample) => sample.perSecond);
}

function cpuMicros(samples: readonly Sample[]): number[] {
	return samples.map((sample) => sample.cpuMicros);
}

/** How uneven the machine is right now, without a server of ours. */
function tail(samples: readonly Sample[]): string {
	return median(samples.map(tailOf)).toFixed(1);
}

function tailOf({ p99Ms, p50Ms }: Sample): number {
	return p99Ms / p50Ms;
}

const MAX_TAIL = 4;

/** Where the bare server in the same rounds has a longer tail itself, ours must not be longer than that. */
function tailTarget(ours: readonly Sample[], bare: readonly Sample[]): Target {
	const [own, limit] = [ours.map(tailOf), bare.map(tailOf)];
	const { median: share, low, high } = ratioOf(own, limit);
	return median(limit) > MAX_TAIL && median(own) > MAX_TAIL
		? {
				what: `p99/p50 ${median(own).toFixed(1)}, of the bare server's own ${tail(bare)} [${low.toFixed(2)}..${high.toFixed(2)}]`,
				value: share,
				atMost: 1,
			}
		: { what: "p99/p50", value: median(own), atMost: MAX_TAIL };
}
