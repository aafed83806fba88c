// A member with matrix-js-sdk and its Rust crypto: plays one conversation with the bot.
// `node matrix.mjs JSON`, with url, user, token, device, password, bot, and two questions;
// prints one JSON object a step, with the milliseconds it took.

// The library writes its log to the console; standard output is for the steps.
for (const name of ["log", "trace", "debug", "info", "warn", "error"]) console[name] = () => {};
const sdk = await import("matrix-js-sdk");

const given = JSON.parse(process.argv[2]);
const WITHIN = 30_000;

const client = sdk.createClient({
    baseUrl: given.url,
    userId: given.user,
    accessToken: given.token,
    deviceId: given.device,
});

async function until(found, what) {
    const end = Date.now() + WITHIN;
    while (Date.now() < end) {
        const value = await found();
        if (value) return value;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`waited in vain for ${what}`);
}

async function step(name, work) {
    const began = Date.now();
    const value = await work();
    process.stdout.write(JSON.stringify({ step: name, ms: Date.now() - began }) + "\n");
    return value;
}

let room;

// The library leaves the thread's events out of the room's own timeline, so it is asked for all.
const seen = new Map();
client.on(sdk.ClientEvent.Event, (event) => seen.set(event.getId(), event));
const events = () => [...seen.values()].filter((event) => event.getRoomId() === room);
const ofBot = () => events().filter((event) => event.getSender() === given.bot);
const body = (event) => event.getClearContent()?.body ?? event.getContent().body ?? "";
const replies = (asked) =>
    ofBot().filter(
        (event) =>
            event.getType() === "m.room.message" &&
            event.getWireContent()["m.relates_to"]?.["m.in_reply_to"]?.event_id === asked,
    );
const redacted = (id) => events().some((e) => e.getType() === "m.room.redaction" && (e.event.redacts ?? e.getContent().redacts) === id);
const signs = (id) =>
    ofBot()
        .filter((e) => e.getType() === "m.reaction" && e.getContent()["m.relates_to"]?.event_id === id)
        .map((e) => e.getContent()["m.relates_to"].key);

async function ask(text, more = {}) {
    const sent = await client.sendEvent(room, "m.room.message", { msgtype: "m.text", body: text, ...more });
    const reply = await until(() => replies(sent.event_id)[0], `a reply to "${text}"`);
    return { asked: sent.event_id, reply };
}

async function react(id, key) {
    const relation = { rel_type: "m.annotation", event_id: id, key };
    return client.sendEvent(room, "m.reaction", { "m.relates_to": relation });
}

await client.initRustCrypto({ useIndexedDB: false });
const crypto = client.getCrypto();
await step("set up", async () => {
    await client.startClient({ initialSyncLimit: 50 });
    await until(() => client.isInitialSyncComplete(), "the first sync");
    const identifier = { type: "m.id.user", user: given.user };
    await crypto.bootstrapCrossSigning({
        authUploadDeviceSigningKeys: (send) =>
            send({ type: "m.login.password", identifier, password: given.password }),
    });
});

await step("welcome", async () => {
    const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    const made = await client.createRoom({
        invite: [given.bot],
        is_direct: true,
        preset: "trusted_private_chat",
        initial_state: [encryption],
    });
    room = made.room_id;
    await until(() => ofBot().some((event) => body(event).includes("ready")), "the welcome");
});

const first = await step("answer", async () => {
    const answered = await ask(given.first);
    if (!answered.reply.isEncrypted()) throw new Error("the answer is not encrypted");
    return answered;
});

await step("follow-up", async () => {
    const thread = { rel_type: "m.thread", event_id: first.asked, is_falling_back: true };
    const relation = { ...thread, "m.in_reply_to": { event_id: first.reply.getId() } };
    const { reply } = await ask("And the lamp?", { "m.relates_to": relation });
    if (!body(reply).includes("Read with the question before")) throw new Error(body(reply));
});

await step("signs", async () => {
    await until(() => signs(first.reply.getId()).includes("❓"), "the one sign");
    await react(first.reply.getId(), "❓");
    await until(() => signs(first.reply.getId()).length >= 7, "all signs");
});

await step("more", async () => {
    await react(first.reply.getId(), "➕");
    await until(() => replies(first.reply.getId()).length > 0, "further excerpts");
});

await step("edit", async () => {
    const content = { msgtype: "m.text", body: given.second };
    const relation = { rel_type: "m.replace", event_id: first.asked };
    await client.sendEvent(room, "m.room.message", {
        ...content,
        body: `* ${given.second}`,
        "m.new_content": content,
        "m.relates_to": relation,
    });
    await until(
        () => ofBot().some((e) => e.getWireContent()["m.relates_to"]?.rel_type === "m.replace"),
        "an edited answer",
    );
});

await step("deletion", async () => {
    const versions = ofBot().filter((e) => e.getWireContent()["m.relates_to"]?.rel_type === "m.replace");
    await client.redactEvent(room, first.asked);
    await until(() => [first.reply, ...versions].every((e) => redacted(e.getId())), "all versions redacted");
});

await step("refused key", async () => {
    crypto.globalBlacklistUnverifiedDevices = true;
    await crypto.forceDiscardSession(room);
    const { reply } = await ask(given.second);
    if (!body(reply).includes("verified devices only")) throw new Error(body(reply));
});

await step("verification", async () => {
    crypto.globalBlacklistUnverifiedDevices = false;
    const request = await crypto.requestVerificationDM(given.bot, room);
    await until(() => request.phase >= 3, "the bot's consent");
    const verifier = await request.startVerification("m.sas.v1");
    verifier.on("show_sas", (shown) => {
        process.stdout.write(JSON.stringify({ numbers: shown.sas.decimal.join(" ") }) + "\n");
        shown.confirm();
    });
    await verifier.verify();
    // The client first sends its signature of the bot's identity to the server.
    await until(
        async () => (await crypto.getUserVerificationStatus(given.bot)).isCrossSigningVerified(),
        "the bot's identity to be verified",
    );
    crypto.globalBlacklistUnverifiedDevices = true;
    await crypto.forceDiscardSession(room);
});

await step("verified devices only", async () => {
    const { reply } = await ask(given.second);
    if (body(reply).includes("decrypted")) throw new Error(body(reply));
});

client.stopClient();
process.exit(0);
