/** Entry of the pads' lazy chunk. */
export { Notes } from './notes';
export { PadPage } from './page';
