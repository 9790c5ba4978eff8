// The id of an event, the same over every transport: `<epoch>-<offset>`. Offsets of one epoch rise by one.

/** The place that an id names. */
export function placeOf(id) {
  const dash = id.lastIndexOf('-');
  return { epoch: id.slice(0, dash), offset: Number(id.slice(dash + 1)) };
}

/** The id before this one. */
export function idBefore(id) {
  const { epoch, offset } = placeOf(id);
  return `${epoch}-${offset - 1}`;
}

/** For people: the offset alone. */
export function inShort(id) {
  return `#${placeOf(id).offset}`;
}
