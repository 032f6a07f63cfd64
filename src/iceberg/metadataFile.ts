import type { Properties } from "../model/registry.ts";

export function metadataFolder(_metadata: {
	readonly location: string;
	readonly properties: Properties;
}): string {
	throw new Error("to come");
}

export function nextMetadataFileName(
	_previousLocation: string | undefined,
	_uuid: string,
	_properties: Properties,
): string {
	throw new Error("to come");
}

export function encodeMetadataFile(_name: string, _text: string): Buffer {
	throw new Error("to come");
}

export function decodeMetadataFile(
	_location: string,
	_bytes: Uint8Array,
): string {
	throw new Error("to come");
}
