/** Shows a picture or a page of a PDF to everybody, as a shared screen: a canvas that is filmed. */

/** Width and height of what is filmed, at most. */
const WIDTH = 1600;
const HEIGHT = 1200;
/** A picture that does not move is sent again so often, for those who come later. */
const AGAIN_MS = 1000;

export class Stage {
  private readonly canvas = document.createElement('canvas');
  private readonly stream: MediaStream;
  private readonly timer: ReturnType<typeof setInterval>;
  private over = false;

  constructor(private source: HTMLImageElement | HTMLCanvasElement, private readonly present: (stream: MediaStream | null) => void, private readonly ended: () => void) {
    this.draw();
    this.stream = this.canvas.captureStream(5);
    this.timer = setInterval(() => this.draw(), AGAIN_MS);
    this.stream.getVideoTracks()[0]?.addEventListener('ended', () => this.end());
    this.present(this.stream);
  }

  replace(source: HTMLCanvasElement): void {
    this.source = source;
    this.draw();
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.timer);
    this.present(null);
    this.ended();
  }

  private draw(): void {
    const s = this.source;
    const [w, h] = s instanceof HTMLImageElement ? [s.naturalWidth, s.naturalHeight] : [s.width, s.height];
    if (!w || !h) return;
    if (this.stream?.getVideoTracks()[0]?.readyState === 'ended') return this.end();
    const scale = Math.min(1, WIDTH / w, HEIGHT / h);
    const [cw, ch] = [Math.max(2, Math.round(w * scale)), Math.max(2, Math.round(h * scale))];
    if (this.canvas.width !== cw || this.canvas.height !== ch) Object.assign(this.canvas, { width: cw, height: ch });
    const to = this.canvas.getContext('2d');
    if (!to) return;
    to.fillStyle = '#fff';
    to.fillRect(0, 0, cw, ch);
    to.drawImage(s, 0, 0, cw, ch);
  }
}
