import type { Answer } from "../answer.ts";
import { json } from "../answer.ts";
import type { HandlerDeps, Route } from "../route.ts";
import { route } from "../route.ts";

export const healthRoutes: readonly Route[] = [
	route({
		id: "health",
		method: "GET",
		path: "/health",
		summary: "Whether the server can serve, as /health/ready",
		allow: "public",
		errors: ["unavailable"],
		always: true,
		handler: readiness,
	}),
	route({
		id: "healthReady",
		method: "GET",
		path: "/health/ready",
		summary:
			"Whether the server can serve: its store answers and it is not stopping",
		allow: "public",
		errors: ["unavailable"],
		always: true,
		handler: readiness,
	}),
	route({
		id: "healthLive",
		method: "GET",
		path: "/health/live",
		summary: "Whether the process runs",
		allow: "public",
		errors: [],
		always: true,
		handler: () => json(200, { status: "alive" }),
	}),
	route({
		id: "metrics",
		method: "GET",
		path: "/metrics",
		summary: "Prometheus metrics",
		allow: "public",
		errors: [],
		always: true,
		handler: async ({ status }) => {
			const { text, contentType } = await status.renderMetrics();
			return { status: 200, body: text, contentType };
		},
	}),
];

async function readiness({ status }: HandlerDeps): Promise<Answer> {
	const { auth } = status;
	if (status.isDraining()) return json(503, { status: "draining", auth });
	const startedAt = status.now();
	try {
		await status.pingStore();
	} catch {
		return json(503, { status: "unready", store: "unavailable", auth });
	}
	return json(200, {
		status: "ready",
		store: "ok",
		store_latency_ms: status.now() - startedAt,
		auth,
	});
}
