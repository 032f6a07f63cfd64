/** A value that belongs to an object and goes with it. */
export interface Stamp<Value> {
	get(object: object): Value | undefined;
	set(object: object, value: Value): void;
}

/** Fields of a class that is derived from it are put on an object that is there already. */
class Existing {
	constructor(object: object) {
		// biome-ignore lint/correctness/noConstructorReturn: that is what makes the object theirs
		return object;
	}
}

/**
 * What a `WeakMap` does, by a private field: the collector of young objects takes
 * the values of a map for alive, and with them all that they hold, however
 * short their keys live.
 */
export function stamp<Value>(): Stamp<Value> {
	class Stamped extends Existing {
		#value: Value;

		constructor(object: object, value: Value) {
			super(object);
			this.#value = value;
		}

		static get(object: object): Value | undefined {
			return #value in object ? object.#value : undefined;
		}

		static set(object: object, value: Value): void {
			if (#value in object) object.#value = value;
			else new Stamped(object, value);
		}
	}
	return Stamped;
}
