import type { PageRequest } from "../../../catalog/requests.ts";
import type { Answer } from "../../answer.ts";
import { PAGE_QUERY, pageOf } from "../iceberg/paging.ts";
import { SLICE_QUERY } from "./effects.ts";

/** Of lists that are plain arrays: the original's `limit` and `offset`, and pages by token. */
export const LIST_QUERY = { ...SLICE_QUERY, ...PAGE_QUERY } as const;

/** Where a list goes on that was not given to its end; the body stays a plain array. */
const NEXT_HEADER = "x-next-page-token";
const MAX_PAGE_ROWS = 1000;

interface ListQuery {
	readonly limit: number | undefined;
	readonly offset: number | undefined;
	readonly pageToken: string | undefined;
	readonly pageSize: number | undefined;
}

interface Rows<Row> {
	readonly rows: readonly Row[];
	readonly nextPageToken: string | null;
}

type ReadPage<Row> = (page: PageRequest) => Promise<Rows<Row>>;

/**
 * A list as a plain array. With `pageToken` or `pageSize` it is one page, else
 * what `limit` and `offset` leave of it. Where more follows, the header
 * `X-Next-Page-Token` has the `pageToken` with which it goes on.
 * @param defaultLimit of a request that says nothing; default: everything
 */
export async function listAnswer<Row>(
	query: ListQuery,
	read: ReadPage<Row>,
	defaultLimit: number = Number.POSITIVE_INFINITY,
): Promise<Answer> {
	const { pageToken = "", pageSize, limit = defaultLimit, offset = 0 } = query;
	const isPage = query.pageToken !== undefined || pageSize !== undefined;
	const { rows, nextPageToken } = isPage
		? await read(pageOf({ pageToken, pageSize }))
		: await slice(read, offset, limit);
	return {
		status: 200,
		body: JSON.stringify(rows),
		headers: nextPageToken === null ? [] : [NEXT_HEADER, nextPageToken],
	};
}

async function slice<Row>(
	read: ReadPage<Row>,
	offset: number,
	limit: number,
): Promise<Rows<Row>> {
	const rows: Row[] = [];
	let passed = 0;
	let pageToken: string | null = "";
	do {
		const left = Math.max(1, offset + limit - passed);
		const page: Rows<Row> = await read({
			pageToken,
			pageSize: Math.min(MAX_PAGE_ROWS, left),
		});
		rows.push(...page.rows.slice(Math.max(0, offset - passed)));
		passed += page.rows.length;
		pageToken = page.nextPageToken;
	} while (pageToken !== null && passed < offset + limit);
	// Nothing was wanted, but whether the list exists had to be found out.
	if (limit === 0) return { rows: [], nextPageToken: null };
	return { rows, nextPageToken: pageToken };
}
