// `for await (const { data, isBinary } of client)`: messages by pulling, over all reconnections, until the client is closed. A
// browser's WebSocket cannot be told to wait, so that what nobody has read is bounded in number: the loop throws, and nothing
// is left out in silence.

/** A message as the loop gets it. */
export interface Message {
  /** A string, or for binary data what `binaryType` says. */
  readonly data: unknown;
  readonly isBinary: boolean;
}

/** What is looped over. */
interface Source {
  addEventListener(type: 'message', listener: (event: Event & { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: () => void): void;
  removeEventListener(type: 'message', listener: (event: Event & { readonly data: unknown }) => void): void;
  removeEventListener(type: 'close', listener: () => void): void;
}

/**
 * The messages of `source` from the first pull on.
 *
 * @param isOver whether there is none any more.
 * @param most messages that may wait.
 */
export async function* messagesOf(
  source: Source,
  isOver: () => boolean,
  most: number,
): AsyncGenerator<Message, undefined> {
  const unread: Message[] = [];
  let isTooMuch = false;
  let wake = (): void => {};
  const onMessage = ({ data }: { readonly data: unknown }): void => {
    isTooMuch ||= unread.length >= most;
    if (!isTooMuch) unread.push({ data, isBinary: typeof data !== 'string' });
    wake();
  };
  const onClose = (): void => wake();
  source.addEventListener('message', onMessage);
  source.addEventListener('close', onClose);
  try {
    for (;;) {
      for (let next = unread.shift(); next !== undefined; next = unread.shift()) yield next;
      if (isTooMuch) throw new RangeError(`more than ${most} messages are unread`);
      if (isOver()) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    source.removeEventListener('message', onMessage);
    source.removeEventListener('close', onClose);
  }
}
