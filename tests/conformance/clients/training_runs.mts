// What a client does that is generated of the OpenAPI document of training-runs.
import createClient from "openapi-fetch";
import type { paths } from "./training_runs_api.mts";

declare const process: { argv: string[] };

const client = createClient<paths>({ baseUrl: process.argv[2] });
const RUN = "/v1/api/v1/training/runs/{run_id}";

const created = await client.POST("/v1/api/v1/training/runs", { body: {} });
const deleted = await client.DELETE(RUN, { params: { path: { run_id: "run_1" } } });
const wrong = await client.DELETE(RUN, { params: { path: { run_id: "a\nb" } } });
const missing = await client.DELETE(RUN, { params: { path: { run_id: "404" } } });
const busy = await client.DELETE(RUN, { params: { path: { run_id: "503" } } });

console.log(
    JSON.stringify({
        created: [created.response.status, created.data],
        deleted: [deleted.response.status, deleted.data],
        wrong: [wrong.response.status, wrong.error],
        missing: [missing.response.status, missing.error],
        busy: [busy.response.status, busy.error],
    }),
);
