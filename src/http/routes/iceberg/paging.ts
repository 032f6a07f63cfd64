import type { PageRequest } from "../../../catalog/requests.ts";
import type { IdentifierList } from "../../../catalog/results.ts";
import type { Answer } from "../../answer.ts";

/** The query parameters of all lists of the specification. */
export const PAGE_QUERY = { pageToken: "text", pageSize: "page-size" } as const;

export function pageOf(query: {
	readonly pageToken: string | undefined;
	readonly pageSize: number | undefined;
}): PageRequest {
	return { pageToken: query.pageToken, pageSize: query.pageSize };
}

export function identifierPage(list: IdentifierList): Answer {
	return { status: 200, body: list.body };
}
