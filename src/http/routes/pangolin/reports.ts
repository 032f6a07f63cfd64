import { listReports } from "../../../catalog/reports.ts";
import { BRANCH_QUERY, objectOf } from "../../address.ts";
import type { Answer } from "../../answer.ts";
import { route } from "../../route.ts";
import { PAGE_QUERY, pageOf } from "../iceberg/paging.ts";

export const reportRoutes = [
	route({
		id: "listMetricsReports",
		method: "GET",
		path: "/api/v1/catalogs/{catalog}/namespaces/{namespace}/tables/{table}/metrics-reports",
		summary: "Lists the scan and commit reports of a table, newest first",
		allow: "table.read",
		errors: ["table-not-found", "namespace-not-found"],
		query: { ...PAGE_QUERY, ...BRANCH_QUERY },
		handler: async (deps, request): Promise<Answer> => {
			const { scope, identifier } = await objectOf(deps, request);
			const page = pageOf(request.query);
			const list = await listReports(deps.catalog, scope, identifier, page);
			const reports = list.reports.map(
				(r) =>
					`{"id":${JSON.stringify(r.id)},"report_type":${JSON.stringify(r.type)},"received_at":"${new Date(r.receivedAtMillis).toISOString()}","report":${r.body}}`,
			);
			return {
				status: 200,
				body: `{"reports":[${reports.join(",")}],"next_page_token":${JSON.stringify(list.nextPageToken)}}`,
			};
		},
	}),
];
