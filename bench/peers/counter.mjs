// What a server under measurement has done so far. Its rate and its cost are taken from the same process at the same
// moment, so that neither is blurred by the way the figures travel.
// @ts-check

/** Messages that were answered, deliveries that were made, or connections that were opened; not requests. */
export const counter = { done: 0 };

/**
 * What a peer is asked to be for one measurement.
 *
 * @typedef {object} ServerSettings
 * @property {'echo' | 'echo-string' | 'fanout' | 'accept' | 'refuse' | 'fallback'} kind
 * @property {number} burst with `fanout`: messages to everybody for each one that comes
 * @property {number} frameLength bytes of a client's frame, for who counts bytes
 * @property {'none' | 'no-context-takeover' | 'default'} compression permessage-deflate: not at all; for every message, without
 *   context takeover on both sides; or as the library does it when it is only switched on
 * @property {string} body with `fallback`: the JSON that requests are answered with which are no upgrades
 * @property {string} [dist] of sluice: the folder with the build to measure
 */

/**
 * A peer is a module with this function. It listens on a free port of 127.0.0.1, counts in {@link counter}, and answers
 * the port.
 *
 * @typedef {(settings: ServerSettings) => Promise<number>} Start
 */
