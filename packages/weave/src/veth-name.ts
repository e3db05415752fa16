const USABLE = 7;

/**
 * The two ends of a container's veth pair: `host` stays on the node, `container` is what the other end
 * is called until it is moved and renamed. Device names hold 15 characters, so 7 of the container ID
 * remain, and two IDs that begin alike clash (weave, net/veth.go). IDs shorter than 5 characters are
 * replaced by random digits upstream; callers pass at least 5.
 */
export const vethNames = (
  containerId: string,
): { readonly host: string; readonly container: string } => {
  const id = containerId.slice(0, USABLE);
  return { host: `vethwepl${id}`, container: `vethwepg${id}` };
};
