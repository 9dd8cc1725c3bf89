// What is really seen and heard, judged by the pictures and the samples themselves.
import { PATIENCE, until } from './until.mjs';

/** Waits until the visitor's tile of that member shows pictures that move on. */
export async function sees(visitor, member, kind = 'camera', ms = PATIENCE) {
  let before = null;
  await until(`${visitor.name} sees the ${kind} of ${member}`, async () => {
    const now = await picture(visitor, member, kind);
    if (!now || now.width === 0) return false;
    const moved = before && now.frames > before.frames;
    before = now;
    return moved;
  }, ms);
}

/** The state of the picture in a tile: frames shown so far, size, and its average colour. */
export function picture(visitor, member, kind = 'camera') {
  return visitor.evaluate(([id, k]) => {
    const tile = document.querySelector(`[data-test="tile"][data-member="${id}"][data-kind="${k}"]`);
    const video = tile?.querySelector('video');
    if (!video || tile.dataset.video !== 'live') return null;
    if (video.framesSeen === undefined) { // Firefox does not count the frames of streams itself
      video.framesSeen = 0;
      const count = () => {
        video.framesSeen++;
        video.requestVideoFrameCallback(count);
      };
      video.requestVideoFrameCallback(count);
    }
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 8;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(video, 0, 0, 8, 8);
    const sum = [0, 0, 0];
    context.getImageData(0, 0, 8, 8).data.forEach((v, i) => { if (i % 4 < 3) sum[i % 4] += v / 64; });
    return {
      frames: video.framesSeen, width: video.videoWidth, height: video.videoHeight,
      colour: sum.map(Math.round),
    };
  }, [member, kind]);
}

/** Waits until sound of every one of these members has been heard: energy that rises in a slot which is theirs. */
export async function hears(visitor, members, ms = PATIENCE) {
  const waiting = new Set(members);
  let before = new Map();
  await until(`${visitor.name} hears ${members.join(', ')}`, async () => {
    const slots = (await visitor.stats()).slots.filter((s) => s.type === 'audio');
    for (const s of slots) {
      const last = before.get(s.mid);
      if (last && last.member === s.member && s.audioEnergy > last.audioEnergy) waiting.delete(s.member);
    }
    before = new Map(slots.map((s) => [s.mid, s]));
    if (waiting.size > 0) throw new Error(`not yet heard: ${[...waiting].join(', ')}`);
    return true;
  }, ms);
}

/** Waits until nothing is heard of that member any more. */
export function hearsNot(visitor, member, ms = PATIENCE) {
  let before = null;
  return until(`${visitor.name} no longer hears ${member}`, async () => {
    const slots = (await visitor.stats()).slots.filter((s) => s.type === 'audio' && s.member === member);
    const energy = slots.reduce((sum, s) => sum + s.audioEnergy, 0);
    const still = slots.length === 0 || (before !== null && energy - before < 1e-6);
    before = energy;
    return still;
  }, ms);
}

/**
 * Makes the page's camera a canvas of one colour, so that a test can tell whose picture a tile shows. Run before the
 * page's own scripts; the fake device still answers, so that devices and permissions behave as ever.
 */
export function paintCamera(colour) {
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
      stream.addTrack(paintedTrack());
    }
    return stream;
  };
  function paintedTrack() {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const context = canvas.getContext('2d');
    let n = 0;
    const timer = setInterval(() => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1280, 720);
      context.fillStyle = 'white';
      context.fillRect((n++ * 16) % 1280, 340, 50, 50); // something that moves
      if (track.readyState === 'ended') clearInterval(timer);
    }, 66);
    const [track] = canvas.captureStream(15).getVideoTracks();
    return track;
  }
}
