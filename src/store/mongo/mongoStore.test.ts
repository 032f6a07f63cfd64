import {
	openEmptyMongo,
	openMongoPlace,
} from "../../../test/support/mongo/emptyMongo.ts";
import { movingConformance } from "../conformance/moving.ts";
import { conformance } from "../conformance/suite.ts";

conformance("MongoDB", () => openEmptyMongo());
movingConformance("MongoDB", openMongoPlace);
