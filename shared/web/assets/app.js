// The one module a page loads. Each part works by itself on what it finds in the page, now and after each swap.
import { startCamera } from "./camera.js";
import { startCountdowns } from "./countdown.js";
import { startKeypads } from "./keypad.js";
import { startLive } from "./live.js";
import { startPairing } from "./pairing.js";
import { startScan } from "./scan.js";
import { startSell } from "./sell.js";
import { startSettings } from "./settings.js";
import { startSound } from "./sound.js";

const fresh = [startCamera(), startCountdowns(), startKeypads(), startPairing(), startSell(), startSettings(), startSound()];
const settle = () => fresh.forEach((look) => look());

startLive(settle);
startScan();
document.addEventListener("htmx:afterSettle", settle);
settle();
