// Sound and vibration; each can be switched off on the More page, none alone carries meaning.
const TONES = {
  sold: { buzz: [60], notes: [[1180, 0, 0.07], [1570, 0.07, 0.11]] },
  undone: { buzz: [40, 60, 40], notes: [[1400, 0, 0.06], [1050, 0.08, 0.08]] },
  refused: { buzz: [200], notes: [[1000, 0, 0.24]] },
  stop: { buzz: [120, 80, 120, 80, 120], notes: [[1900, 0, 0.12], [1300, 0.2, 0.12], [1900, 0.4, 0.12]] },
  scan: { buzz: [15], notes: [[2000, 0, 0.025]] },
};
const AGAIN_MS = 30000;
let context;
let again;
let said = null;

export const isOn = (what) => localStorage.getItem(what) !== "off";

export function play(name) {
  const tone = TONES[name];
  if (!tone || navigator.userActivation?.hasBeenActive === false) return;
  if (isOn("vibration") && navigator.vibrate) navigator.vibrate(tone.buzz);
  if (!isOn("sound") || !window.AudioContext) return;
  context ??= new AudioContext();
  context.resume().then(() => tone.notes.forEach(([hertz, after, seconds]) => note(hertz, context.currentTime + after, seconds)));
}

function note(hertz, from, seconds) {
  const wave = context.createOscillator();
  const level = context.createGain();
  wave.type = "triangle";
  wave.frequency.value = hertz;
  level.gain.setValueAtTime(0.0001, from);
  level.gain.exponentialRampToValueAtTime(0.5, from + 0.008);
  level.gain.exponentialRampToValueAtTime(0.0001, from + seconds);
  wave.connect(level).connect(context.destination);
  wave.start(from);
  wave.stop(from + seconds + 0.02);
}

// A page says what happened once: data-sound names the tone, data-sound-id keeps a reload silent. The same node is heard
// once however often live parts around it change.
function look() {
  const node = document.querySelector("[data-sound]");
  if (node === said) return;
  said = node;
  clearInterval(again);
  if (!node) return;
  if (node.dataset.sound === "stop") again = setInterval(() => play("stop"), AGAIN_MS);
  const id = node.dataset.soundId;
  if (id && sessionStorage.getItem("sounded") === id) return;
  if (id) sessionStorage.setItem("sounded", id);
  play(node.dataset.sound);
}

export function startSound() {
  return look;
}
