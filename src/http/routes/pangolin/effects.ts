import type { Effect } from "../../../admin/deps.ts";
import type { Answer } from "../../answer.ts";

export const SLICE_QUERY = { limit: "count", offset: "count" } as const;

export function answerOf(effect: Effect): Answer {
	return { status: effect.status, body: effect.body ?? null };
}
