// The official clients read outputs, whose schemas they validate with Ajv.
import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/client";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, file] = process.argv.slice(2);
const about = { name: "tests", version: "1" };
const results: unknown[] = [];
for (const [client, transport] of [
    [new OldClient(about), new OldTransport(new URL(url))],
    [new Client(about), new StreamableHTTPClientTransport(new URL(url))],
] as const) {
    await client.connect(transport);
    await client.listTools();
    results.push((await client.callTool({ name: "a-measurement" })).structuredContent);
    await client.close();
}

const validator = new AjvJsonSchemaValidator();
const faults: unknown[] = [];
for (const line of readFileSync(file, "utf-8").trimEnd().split("\n")) {
    const [schema, output] = JSON.parse(line);
    const verdict = validator.getValidator(schema)(JSON.parse(output));
    if (!verdict.valid) faults.push([line, verdict.errorMessage]);
}
console.log(JSON.stringify({ results, faults }));
