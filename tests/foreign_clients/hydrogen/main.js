// Hydrogen, a Matrix client for browsers, with the timeline of one room, as its SDK documents it.
// The address has, after #, JSON with url, user, password and room. The title becomes "Ready".

import {
    Client,
    FeatureSet,
    LoadStatus,
    Platform,
    RoomViewModel,
    TimelineView,
    createNavigation,
    createRouter,
    viewClassForTile,
} from "hydrogen-view-sdk";
import legacyBundle from "@matrix-org/olm/olm_legacy.js?url";
import wasmBundle from "@matrix-org/olm/olm.js?url";
import wasm from "@matrix-org/olm/olm.wasm?url";
import downloadSandbox from "hydrogen-view-sdk/download-sandbox.html?url";
import worker from "hydrogen-view-sdk/main.js?url";
import "hydrogen-view-sdk/assets/theme-element-light.css";

const given = JSON.parse(decodeURIComponent(location.hash.slice(1)));
// Hydrogen takes what stands there for a page of its own.
history.replaceState(null, "", location.pathname);

const container = document.querySelector("#app");
const assetPaths = {
    downloadSandbox,
    worker,
    olm: { wasm, legacyBundle, wasmBundle },
    serviceWorker: "sw.js",
};
const platform = new Platform({ container, assetPaths, config: {}, options: { development: false } });
const navigation = createNavigation();
platform.setNavigation(navigation);
await platform.init();
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();

const client = new Client(platform);
const login = await client.queryLogin(given.url).result;
client.startWithLogin(login.password(given.user, given.password));
const ends = [LoadStatus.Ready, LoadStatus.Error, LoadStatus.LoginFailed];
await client.loadStatus.waitFor((status) => ends.includes(status)).promise;
if (!client.session) throw new Error(client.loginFailure ?? client.loadError.message);

const { session } = client;
const model = new RoomViewModel({
    room: session.rooms.get(given.room),
    ownUserId: session.userId,
    platform,
    urlRouter,
    navigation,
    features: await FeatureSet.load(platform.settingsStorage),
});
await model.load();
container.appendChild(new TimelineView(model.timelineViewModel, viewClassForTile).mount());
document.title = "Ready";
