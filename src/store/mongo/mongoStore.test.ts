import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { conformance } from "../conformance/suite.ts";
import { openMongoStore } from "./mongoStore.ts";

conformance("MongoDB", async () =>
	openMongoStore({ url: await freshMongoUrl() }),
);
