import fc from "fast-check";

/** What is done to the history of a few lines; numbers are taken modulo what there is, `at` and `upTo` as a part of it. */
export type Step =
	| { readonly do: "write"; readonly line: number; readonly key: number }
	| { readonly do: "merge"; readonly line: number; readonly from: number }
	| { readonly do: "fork" | "tag"; readonly line: number; readonly at: number }
	| { readonly do: "untag"; readonly tag: number }
	| { readonly do: "forget"; readonly upTo: number; readonly limit: number }
	| {
			readonly do: "forgetLine";
			readonly line: number;
			readonly limit: number;
	  };

const small = fc.nat({ max: 5 });
const at = fc.double({ min: 0, max: 1, noNaN: true });
export const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 9,
		arbitrary: fc.record({
			do: fc.constant("write" as const),
			line: small,
			key: fc.nat({ max: 2 }),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant("merge" as const),
			line: small,
			from: small,
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constantFrom("fork" as const, "tag" as const),
			line: small,
			at,
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({ do: fc.constant("untag" as const), tag: small }),
	},
	{
		weight: 3,
		arbitrary: fc.record({
			do: fc.constant("forget" as const),
			upTo: at,
			limit: fc.integer({ min: 1, max: 6 }),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			do: fc.constant("forgetLine" as const),
			line: small,
			limit: fc.integer({ min: 1, max: 9 }),
		}),
	},
);
