/** Looks at the frames of a slot until the promised source is on the screen, so that a label changes with its picture. */
import type { SlotBook } from './book';

/** How long a label waits for the first frame of its source. */
export const SETTLE_MS = 1_500;

/** Calls `changed` once, when the book has taken the promise for shown. */
export function awaitFrame(book: SlotBook, mid: string, element: HTMLMediaElement | undefined, changed: () => void): void {
  const settle = (): void => {
    if (book.settle(mid)) changed();
  };
  if (!(element instanceof HTMLVideoElement) || !('requestVideoFrameCallback' in element)) return settle();
  const video = element;
  const timer = setTimeout(settle, SETTLE_MS);
  const look: VideoFrameRequestCallback = (_, frame) => {
    // Without a timestamp the first frame after the message is as good a guess as any.
    const shown = frame.rtpTimestamp === undefined ? book.settle(mid) : book.frame(mid, frame.rtpTimestamp);
    if (shown) {
      clearTimeout(timer);
      changed();
    } else if (book.waits(mid)) {
      video.requestVideoFrameCallback(look);
    }
  };
  video.requestVideoFrameCallback(look);
}
