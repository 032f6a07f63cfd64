/** Operations of the Iceberg REST specification that have no route, each with its reason. */
export const UNROUTED: Readonly<Record<string, string>> = {
	getToken:
		"Deprecated for removal in the specification; there are no credentials to exchange while authentication is off",
	listFunctions: "The catalog holds no functions",
	loadFunction: "The catalog holds no functions",
	planTableScan: "Clients plan scans themselves; the server reads no manifests",
	fetchPlanningResult: "Belongs to scan planning",
	cancelPlanning: "Belongs to scan planning",
	fetchScanTasks: "Belongs to scan planning",
	loadCredentials: "Local warehouses have no credentials to hand out",
	signRequest: "Local warehouses have no requests to sign",
};
