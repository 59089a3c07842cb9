// What a client does that is generated of the library's OpenAPI document.
import createClient from "openapi-fetch";
import type { paths } from "./library_api.mts";

declare const process: { argv: string[] };

type Known =
    | "application/json"
    | "application/octet-stream"
    | "application/problem+json"
    | "text/csv"
    | "text/plain";

const client = createClient<paths, Known>({ baseUrl: process.argv[2] });

const listed = await client.GET("/shelves/{shelf}/books", {
    params: {
        path: { shelf: "a/ü" },
        query: { limit: 2, tag: ["new", "old"] },
        header: { "X-Trace": "t 1" },
    },
});
const titles = listed.data?.books?.map((book) => book?.title?.toUpperCase());

const parts = [{ number: "II", title: null, marks: { read: true } }];
const added = await client.POST("/books", {
    body: { title: "Emma", year: 1815, parts },
});
const year = added.data?.sent?.year?.toFixed(1);
const dropped = await client.DELETE("/books/{id}", { params: { path: { id: "7" } } });
const prices = await client.GET("/prices", { parseAs: "text" });
const lines = prices.data?.split("\n").length;
const cover = await client.GET("/cover", { parseAs: "arrayBuffer" });

const wrong = await client.DELETE("/books/{id}", { params: { path: { id: "a\nb" } } });
const missing = await client.DELETE("/books/{id}", { params: { path: { id: "404" } } });
const busy = await client.DELETE("/books/{id}", { params: { path: { id: "503" } } });

// An error is text or a problem document.
const detail = typeof wrong.error === "string" ? undefined : wrong.error?.detail;

console.log(
    JSON.stringify({
        listed: [listed.response.status, listed.data],
        titles,
        added: [added.response.status, added.data, year],
        dropped: [dropped.response.status, dropped.data],
        prices: [prices.response.status, prices.data, lines],
        cover: [cover.response.status, cover.data?.byteLength],
        wrong: [wrong.response.status, detail],
        missing: [missing.response.status, missing.error],
        busy: [busy.response.status, busy.error],
    }),
);
