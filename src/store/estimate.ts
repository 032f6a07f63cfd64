/** What each string takes besides its characters: its head, and its place in a list or map. */
const STRING_BYTES = 32;

/** The memory that texts take, in bytes, estimated: V8 needs two for each character at most. */
export function estimatedBytes(texts: readonly string[]): number {
	return texts.reduce((sum, text) => sum + STRING_BYTES + 2 * text.length, 0);
}
