/** Ports that flows go to and rules are about. */
export const PORTS = [53, 80, 8080] as const;
