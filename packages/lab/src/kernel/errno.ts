/** Words of the C library, and of the tools where they use their own. */
const TEXTS: readonly (readonly [text: string, errno: string])[] = [
  ['Operation not permitted', 'EPERM'],
  ['No such file or directory', 'ENOENT'],
  ['No such process', 'ESRCH'],
  ['Argument list too long', 'E2BIG'],
  ['Permission denied', 'EACCES'],
  ['Device or resource busy', 'EBUSY'],
  ['File exists', 'EEXIST'],
  ['No such device', 'ENODEV'],
  ['Cannot find device', 'ENODEV'],
  ['Invalid argument', 'EINVAL'],
  ['Numerical result out of range', 'ERANGE'],
  ['Too many levels of symbolic links', 'ELOOP'],
  ['Too many links', 'EMLINK'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Address family not supported by protocol', 'EAFNOSUPPORT'],
  ['Address already in use', 'EADDRINUSE'],
  ['Cannot assign requested address', 'EADDRNOTAVAIL'],
  ['Network is down', 'ENETDOWN'],
  ['Network is unreachable', 'ENETUNREACH'],
  ['No route to host', 'EHOSTUNREACH'],
  ['Message too long', 'EMSGSIZE'],
];

/** The errno that a tool's message speaks of, where it speaks of one. */
export const errnoIn = (message: string): string | undefined =>
  TEXTS.find(([text]) => message.includes(text))?.[1];
