import type { Route } from "../route.ts";
import { healthRoutes } from "./health.ts";
import { commitRoutes } from "./iceberg/commits.ts";
import { configRoutes } from "./iceberg/config.ts";
import { namespaceRoutes } from "./iceberg/namespaces.ts";
import { tableRoutes } from "./iceberg/tables.ts";
import { viewRoutes } from "./iceberg/views.ts";
import { assetRoutes } from "./pangolin/assets.ts";
import { branchRoutes } from "./pangolin/branches.ts";
import { catalogRoutes } from "./pangolin/catalogs.ts";
import { diffRoutes } from "./pangolin/diff.ts";
import { droppedRoutes } from "./pangolin/dropped.ts";
import { logRoutes } from "./pangolin/log.ts";
import { mergeRoutes } from "./pangolin/merges.ts";
import { overviewRoutes } from "./pangolin/overview.ts";
import { reportRoutes } from "./pangolin/reports.ts";
import { tagRoutes } from "./pangolin/tags.ts";
import { tenantRoutes } from "./pangolin/tenants.ts";
import { undoRoutes } from "./pangolin/undo.ts";
import { warehouseRoutes } from "./pangolin/warehouses.ts";

/** Every route of the server. Mounting, the advertised endpoints and the tests derive from it. */
export const ROUTES: readonly Route[] = [
	...configRoutes,
	...namespaceRoutes,
	...tableRoutes,
	...commitRoutes,
	...viewRoutes,
	...tenantRoutes,
	...warehouseRoutes,
	...catalogRoutes,
	...branchRoutes,
	...tagRoutes,
	...logRoutes,
	...diffRoutes,
	...droppedRoutes,
	...undoRoutes,
	...assetRoutes,
	...overviewRoutes,
	...mergeRoutes,
	...reportRoutes,
	...healthRoutes,
];

/** `/v1/config`'s list: the specification's operations, exactly `VERB /v1/{prefix}/…`. */
export function endpointsOf(routes: readonly Route[]): readonly string[] {
	return routes
		.filter((r) => r.path.startsWith("/v1/{prefix}/"))
		.map((r) => `${r.method} ${r.path}`);
}
