/** A lazy chunk of its own: most visits never show a code. */
import { generate } from 'lean-qr';

/** Draws the code for this text, one pixel a module, dark on white whatever the theme (some readers insist). */
export function drawQR(canvas: HTMLCanvasElement, text: string): void {
  generate(text).toCanvas(canvas, { on: [42, 37, 48, 255], off: [255, 255, 255, 255], pad: 2 });
}
