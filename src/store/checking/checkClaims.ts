import type { Claim } from "../records.ts";
import type { Report } from "./report.ts";

/** Sentence C1, on claims that come by location: a folder comes before everything inside it. */
export function checkClaims(report: Report): (claim: Claim) => void {
	const above: Claim[] = [];
	return (claim) => {
		const { location } = claim;
		if (!location.endsWith("/"))
			report.add("a claim is not of a folder", location);
		while (
			above.length > 0 &&
			!location.startsWith(above.at(-1)?.location ?? "")
		)
			above.pop();
		const other = above.find(({ tenant, asset }) => {
			return tenant !== claim.tenant || asset !== claim.asset;
		});
		if (other !== undefined)
			report.add(
				"two assets hold one place",
				`${other.location} and ${location}`,
			);
		above.push(claim);
	};
}
