// The camera of a tablet or handheld as a scanner: its pictures go no further than this page. The browser reads the
// codes where it can, else a reader that comes from the node itself. Without a camera, or where the browser gives none
// (a page over plain HTTP from another machine), there is no button.
import { say } from "./countdown.js";

const LOOK_MS = 120;
const LETTERS_MAX = 1000;
const FORMATS = { qr_code: "QRCode", code_128: "Code128", ean_13: "EAN13", ean_8: "EAN8", data_matrix: "DataMatrix", pdf417: "PDF417" };
const FORBIDDEN = "The camera may not be used here. Allow it in the browser, or type the number.";
const BROKEN = "The camera does not start. Type the number.";
let seeing = null; // what ends the look through the camera
let known = false;

async function browserReader() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = (await BarcodeDetector.getSupportedFormats()).filter((name) => name in FORMATS);
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
}

async function ownReader() {
  const { prepareZXingModule, readBarcodes } = await import("./zxing/reader/index.js");
  const locateFile = (name) => new URL(`./zxing/${name}`, import.meta.url).href;
  await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    pen.drawImage(video, 0, 0);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(picture, { formats: Object.values(FORMATS), maxNumberOfSymbols: 1 });
    return found[0]?.text ?? "";
  };
}

async function look(box) {
  const video = box.querySelector("video");
  let ended = false;
  let stream = null;
  seeing = () => {
    ended = true;
    seeing = null;
    stream?.getTracks().forEach((track) => track.stop());
    if (box.open) box.close();
  };
  box.showModal();
  stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  if (ended) return stream.getTracks().forEach((track) => track.stop());
  video.srcObject = stream;
  await video.play();
  const read = (await browserReader()) ?? (await ownReader());
  while (!ended) {
    const text = video.videoWidth ? clean(await read(video)) : "";
    if (text && !ended) return found(text);
    await new Promise((next) => setTimeout(next, LOOK_MS));
  }
}

const clean = (text) => text.replace(/\p{C}/gu, "").trim().slice(0, LETTERS_MAX);

function found(text) {
  seeing?.();
  document.dispatchEvent(new CustomEvent("tillhouse:word", { detail: { is: "scan", text } }));
}

function failed(box, error) {
  const sentence = error.name === "NotAllowedError" ? FORBIDDEN : BROKEN;
  seeing?.();
  const said = document.querySelector("[data-camera-said]");
  if (said) [said.textContent, said.hidden] = [sentence, false];
  say(sentence);
}

async function hasCamera() {
  if (!navigator.mediaDevices?.enumerateDevices) return false;
  return (await navigator.mediaDevices.enumerateDevices()).some((device) => device.kind === "videoinput");
}

function show() {
  if (seeing && !document.querySelector("dialog.camera[open]")) seeing();
  if (known) document.querySelectorAll("[data-camera]").forEach((button) => { button.hidden = false; });
}

export function startCamera() {
  document.addEventListener("click", (event) => {
    const box = document.querySelector("dialog.camera");
    if (!box) return;
    if (event.target.closest("[data-camera]")) look(box).catch((error) => failed(box, error));
    if (event.target.closest("[data-camera-end]")) seeing?.();
  });
  document.addEventListener("close", (event) => { if (event.target.matches?.("dialog.camera")) seeing?.(); }, true);
  addEventListener("pagehide", () => seeing?.());
  hasCamera().then((has) => {
    known = has;
    show();
  }, () => {});
  return show;
}
