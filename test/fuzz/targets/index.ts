// Everything that reads a peer's bytes below the I/O line.
import type { FuzzTarget } from '../fuzz-target.ts';
import { chunkedBody } from './chunked-body.ts';
import { closeBodies } from './close-body.ts';
import { frames } from './frames.ts';
import { extensions, subprotocols } from './header-lists.ts';
import { requestHead, responseHead } from './heads.ts';
import { inflater } from './inflater.ts';
import { utf8 } from './utf8.ts';

export const TARGETS: readonly FuzzTarget[] = [
  frames,
  requestHead,
  responseHead,
  extensions,
  subprotocols,
  closeBodies,
  utf8,
  inflater,
  chunkedBody,
];
