import type { FileBytes } from "../contract.ts";

/** Fresh memory of this size comes from the system page by page, which costs more than filling it. */
const LARGE_BYTES = 64 * 1024;
/** A larger block is not kept for the next file. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Copies of bytes on their way to the thread that writes them. The block of a
 * large file comes back from there and serves the next one: at most one is kept.
 */
export interface Staging {
	/** In memory that nobody else uses, so that it can be transferred. */
	copyOf(bytes: FileBytes): Uint8Array<ArrayBuffer>;
	/** The caller must not use the block any more. */
	giveBack(block: ArrayBuffer): void;
}

export function openStaging(): Staging {
	let kept: ArrayBuffer | undefined;

	function blockFor(length: number): ArrayBuffer {
		if (length < LARGE_BYTES) return new ArrayBuffer(length);
		const found = kept;
		if (found === undefined || found.byteLength < length)
			return new ArrayBuffer(roundedUp(length));
		kept = undefined;
		return found;
	}

	return {
		copyOf(bytes) {
			const pieces = bytes instanceof Uint8Array ? [bytes] : bytes;
			const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
			const copy = new Uint8Array(blockFor(length), 0, length);
			let offset = 0;
			for (const piece of pieces) {
				copy.set(piece, offset);
				offset += piece.length;
			}
			return copy;
		},
		giveBack(block) {
			if (block.byteLength > (kept?.byteLength ?? 0)) kept = block;
		},
	};
}

/** So that a table that grows does not outgrow its block with every commit. */
function roundedUp(length: number): number {
	return Math.ceil(length / LARGE_BYTES + 1) * LARGE_BYTES;
}

/** Which block of a batch is worth sending back. */
export function blockToKeep(
	buffers: readonly ArrayBufferLike[],
): ArrayBuffer | undefined {
	let best: ArrayBuffer | undefined;
	for (const buffer of buffers) {
		const { byteLength } = buffer;
		if (!(buffer instanceof ArrayBuffer)) continue;
		if (byteLength < LARGE_BYTES || byteLength > MAX_KEPT_BYTES) continue;
		if (byteLength > (best?.byteLength ?? 0)) best = buffer;
	}
	return best;
}
