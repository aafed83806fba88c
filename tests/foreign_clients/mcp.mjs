// A program with the TypeScript SDK of MCP, by way of one transport: uses the tools for models.
// `node mcp.mjs JSON`, with url and token, or command, arguments and environment, and with a
// question and a quote; prints one JSON object a step, with the milliseconds it took.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const given = JSON.parse(process.argv[2]);

function transport(token) {
    if (!given.url) {
        return new StdioClientTransport({ command: given.command, args: given.arguments, env: given.environment });
    }
    const headers = { Authorization: `Bearer ${token}` };
    return new StreamableHTTPClientTransport(new URL(given.url), { requestInit: { headers } });
}

async function step(name, work) {
    const began = Date.now();
    const value = await work();
    process.stdout.write(JSON.stringify({ step: name, ms: Date.now() - began }) + "\n");
    return value;
}

function expect(holds, told) {
    if (!holds) throw new Error(JSON.stringify(told));
}

const client = new Client({ name: "trial", version: "1" });

// The library checks the structured content of a result against the tool's output schema.
async function call(name, args) {
    const result = await client.callTool({ name, arguments: args });
    expect(!result.isError, result);
    expect(JSON.stringify(JSON.parse(result.content[0].text)) === JSON.stringify(result.structuredContent), result);
    return result.structuredContent;
}

await step("connection", () => client.connect(transport(given.token)));
const { tools } = await step("list of tools", () => client.listTools());
expect(tools.length === 5 && tools.every((tool) => tool.outputSchema && tool.annotations.readOnlyHint), tools);

const reply = await step("ask", () => call("ask", { question: given.question }));
const [best] = reply.excerpts;
const read = await step("read_source", () => call("read_source", { document: best.key, around: 0 }));
// Offsets count code points, as JavaScript's own do not.
const quoted = [...read.parts[0].text].slice(best.start, best.end).join("");
expect(best.quote.includes(given.quote) && quoted === best.quote, { best, quoted });

const exact = await step("check_quote", () => call("check_quote", { words: given.quote }));
expect(exact.stands === "exactly" && exact.places[0].excerpt.quote === given.quote, exact);
const wrong = await call("check_quote", { words: `${given.quote} never` });
expect(wrong.stands === "nowhere" && wrong.nearest.quote.includes(given.quote), wrong);

const refused = await client.callTool({ name: "read_source", arguments: { document: "nowhere" } });
expect(refused.isError && refused.content[0].text.includes("No document"), refused);

if (given.url) {
    await step("wrong token", async () => {
        const told = await new Client({ name: "trial", version: "1" }).connect(transport("say_x")).catch(String);
        expect(told?.includes("401") || told?.includes("Unauthorized"), told);
    });
}
await client.close();
