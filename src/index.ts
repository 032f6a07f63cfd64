/** The package's API: the catalog inside another program. */
export { type App, createApp, type Overrides } from "./app.ts";
export type { Config } from "./config/options.ts";
export { ConfigError } from "./config/readConfig.ts";
export { type ErrorCode, PangolinError } from "./model/errors.ts";
