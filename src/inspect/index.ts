// The looking glass: bytes to named fields, and a live connection to a list of them.
export { type Context, dissectAll, dissectPiece, type Specimen } from './dissect.ts';
export type { Author, Breach, Dissection, Field } from './dissection.ts';
export { dissectFrame, type FrameContext } from './frame-dissector.ts';
export { dissectHead, type HeadContext } from './head-dissector.ts';
export { Inspector } from './inspector.ts';
export { harmless, readable } from './readable.ts';
