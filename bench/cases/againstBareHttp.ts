import type { Bench, Prepared } from "../context.ts";
import { exchange, requestText } from "../load/connection.ts";
import type { Sample } from "../measure.ts";
import { measure, medianSample, ratioOf } from "../measure.ts";
import type { Row, Target } from "../report.ts";

interface Case {
	readonly name: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly clients: number;
	targets(found: { rps: number; time: number; ours: Sample }): Target[];
}

/** Measures one request in turns with the bare HTTP server sending the same bytes. */
export async function againstBareHttp(
	bench: Bench,
	prepared: Prepared,
	what: Case,
): Promise<Row> {
	const request = requestText("GET", what.path, undefined, what.headers);
	const answer = await exchange(prepared.connection, request);
	await bench.bareHttp.ask({
		status: answer.status,
		headers: {
			"content-type": "application/json",
			...(answer.etag === undefined ? {} : { etag: answer.etag }),
		},
		bodyBase64: answer.body?.toString("base64") ?? "",
	});
	const run = (port: number, server: Prepared["server"] | Bench["bareHttp"]) =>
		measure(bench.load, server, {
			kind: "repeat",
			port,
			clients: what.clients,
			milliseconds: bench.sizes.milliseconds,
			requests: [request],
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
			name: `of bare http ${medianSample(bare).perSecond.toFixed(0)}/s with ${answer.body?.length ?? 0} bytes (its p99/p50 ${tail(bare)})`,
			ratio,
		},
		targets: what.targets({
			rps: ratio.median,
			time: 1 / ratio.median,
			ours: sample,
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
	const { p99Ms, p50Ms } = medianSample(samples);
	return (p99Ms / p50Ms).toFixed(1);
}
