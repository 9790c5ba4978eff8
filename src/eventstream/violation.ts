// The two ways an event stream can be too much for its reader. HTML §9.2.6 knows no wrong stream: whatever is not
// understood is ignored, so only limits of ours are left. A row is a value, never thrown.

/** One way for a server to send too much. */
export interface EventStreamViolation {
  /** Its name, which is its key in {@link EventStreamViolations}. */
  readonly name: string;
  /** Where the standard says what the server exceeded. */
  readonly section: string;
  /** What the server did. */
  readonly text: string;
  /** What would have been right. */
  readonly expected: string;
}

function row(name: string, section: string, text: string, expected: string): EventStreamViolation {
  return Object.freeze({ name, section, text, expected });
}

/** All of them. Tests and documents loop over this table. */
export const EventStreamViolations = Object.freeze({
  LineTooLong: row(
    'LineTooLong',
    'HTML §9.2.5',
    'a line is longer than maxLineLength',
    'a line of at most maxLineLength bytes, its end not counted',
  ),
  EventTooLarge: row(
    'EventTooLarge',
    'HTML §9.2.6',
    'the data of an event is larger than maxEventSize',
    'an event with at most maxEventSize bytes of data, one for each line end in it',
  ),
});
