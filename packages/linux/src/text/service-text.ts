/** Names of `/etc/iproute2/rt_dsfield`. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x20, 'CS1'],
  [0x28, 'AF11'],
  [0x30, 'AF12'],
  [0x38, 'AF13'],
  [0x40, 'CS2'],
  [0x48, 'AF21'],
  [0x50, 'AF22'],
  [0x58, 'AF23'],
  [0x60, 'CS3'],
  [0x68, 'AF31'],
  [0x70, 'AF32'],
  [0x78, 'AF33'],
  [0x80, 'CS4'],
  [0x88, 'AF41'],
  [0x90, 'AF42'],
  [0x98, 'AF43'],
  [0xa0, 'CS5'],
  [0xb8, 'EF'],
  [0xc0, 'CS6'],
  [0xe0, 'CS7'],
]);

const NUMBERS = new Map([...NAMES].map(([number, name]) => [name, number]));

/** A type of service as iproute2 prints it: by name where there is one. */
export const serviceName = (tos: number): string =>
  NAMES.get(tos) ?? `0x${tos.toString(16).padStart(2, '0')}`;

/** Its number; `undefined` for a name that iproute2 does not know. */
export const serviceNumber = (text: string): number | undefined =>
  NUMBERS.get(text) ?? (/^0x[0-9a-f]{1,2}$/i.test(text) ? Number(text) : undefined);
