// The soft sound of a new message, made on the spot; on or off in this browser.
import { readPreference } from '../components/preference.js';
import { setHere } from './told.js';

const NOTES = [[587.33, 0], [880, 0.09]]; // Hz, and when it begins
const LOUDNESS = 0.07;
const LENGTH = 0.45; // s

let context = null;

export const isSoundOn = () => readPreference('sound') !== 'off';

/** It was switched: the service worker is to know, and somebody wants to hear what it is like. */
export function switched() {
  setHere({ sound: isSoundOn() });
  if (isSoundOn()) play();
}

/** Browsers let a page sound only after somebody has used it. */
export const maySound = () => Boolean(globalThis.AudioContext && navigator.userActivation?.hasBeenActive);

export async function play() {
  if (!maySound()) return;
  context ??= new AudioContext();
  if (context.state !== 'running') await context.resume();
  const volume = new GainNode(context, { gain: LOUDNESS });
  volume.connect(context.destination);
  for (const [frequency, begin] of NOTES) ring(frequency, context.currentTime + begin, volume);
  setTimeout(() => volume.disconnect(), 2000);
}

function ring(frequency, begin, volume) {
  const note = new OscillatorNode(context, { type: 'sine', frequency });
  const shape = new GainNode(context, { gain: 0 });
  shape.gain.setValueAtTime(0, begin);
  shape.gain.linearRampToValueAtTime(1, begin + 0.012);
  shape.gain.exponentialRampToValueAtTime(0.001, begin + LENGTH);
  note.connect(shape).connect(volume);
  note.start(begin);
  note.stop(begin + LENGTH);
}
