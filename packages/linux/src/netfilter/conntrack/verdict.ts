/**
 * What a protocol's tracker says of a packet: it belongs to the connection; it does, and the
 * connection ends at once; it is INVALID; or the connection is over and the packet opens another, for
 * which conntrack starts again.
 */
export type TrackVerdict = 'accept' | 'kill' | 'invalid' | 'repeat';
