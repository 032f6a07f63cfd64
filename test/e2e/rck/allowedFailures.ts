/** Tests of the kit that fail, and why their expectation does not apply to Pangolin. */
export const ALLOWED_FAILURES: ReadonlyMap<string, string> = new Map([]);
