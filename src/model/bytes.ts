/**
 * Bytes in pieces, so that what versions of a file have in common is kept once
 * and never copied. Shared: never written to.
 */
export class Bytes {
	readonly pieces: readonly Buffer[];
	readonly length: number;

	constructor(pieces: readonly Buffer[]) {
		this.pieces = pieces;
		this.length = pieces.reduce((sum, piece) => sum + piece.length, 0);
	}

	/** The same memory, from one offset to another. */
	between(start: number, end: number): Bytes {
		const inside: Buffer[] = [];
		let offset = 0;
		for (const piece of this.pieces) {
			const from = Math.max(start - offset, 0);
			const to = Math.min(end - offset, piece.length);
			if (from < to) inside.push(piece.subarray(from, to));
			offset += piece.length;
		}
		return new Bytes(inside);
	}

	/** In one piece; copied only when it is not so already. */
	toBuffer(): Buffer {
		const [only, ...others] = this.pieces;
		return only !== undefined && others.length === 0
			? only
			: Buffer.concat(this.pieces, this.length);
	}

	/** As UTF-8. */
	toString(): string {
		return this.toBuffer().toString("utf8");
	}
}

/** Copying a piece that is smaller costs less than keeping it apart. */
const SHARED_PIECE_BYTES = 16 * 1024;

/** Texts as UTF-8 and bytes, one after the other; large bytes stay where they are. */
export function bytesOf(pieces: readonly (string | Buffer)[]): Bytes {
	const buffers: Buffer[] = [];
	let run: (string | Buffer)[] = [];
	const endRun = (): void => {
		if (run.length > 0) buffers.push(encoded(run));
		run = [];
	};
	for (const piece of pieces) {
		if (typeof piece === "string" || piece.length < SHARED_PIECE_BYTES) {
			run.push(piece);
			continue;
		}
		endRun();
		buffers.push(piece);
	}
	endRun();
	return new Bytes(buffers);
}

/** One buffer, filled once: large texts are not joined first. */
function encoded(pieces: readonly (string | Buffer)[]): Buffer {
	let length = 0;
	for (const piece of pieces) length += Buffer.byteLength(piece);
	const bytes = Buffer.allocUnsafeSlow(length);
	let offset = 0;
	for (const piece of pieces)
		offset +=
			typeof piece === "string"
				? bytes.write(piece, offset)
				: piece.copy(bytes, offset);
	return bytes;
}
