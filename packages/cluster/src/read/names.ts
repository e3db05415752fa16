/**
 * The API server's rules for names and labels. Each check gives what is wrong with a text, or
 * `undefined`. Source followed: apimachinery's util/validation.
 */
export interface NameFault {
  readonly reason: string;
  readonly expected: string;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const tooLong = (text: string, limit: number): NameFault => ({
  reason: `${text.length} characters are too many`,
  expected: `at most ${limit} characters`,
});

const malformed = (text: string, expected: string): NameFault => ({
  reason: `${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)} is malformed`,
  expected,
});

/** RFC 1123 label: names of namespaces, host names of pods. */
export const dnsLabelFault = (text: string): NameFault | undefined => {
  if (text.length > 63) return tooLong(text, 63);
  if (LABEL.test(text)) return undefined;
  return malformed(text, 'lower case letters, digits and -, a letter or digit first and last');
};

/** RFC 1035 label, names of Services: as above, but a letter comes first. */
export const serviceNameFault = (text: string): NameFault | undefined => {
  if (text.length > 63) return tooLong(text, 63);
  if (LABEL.test(text) && !/^[0-9]/.test(text)) return undefined;
  return malformed(
    text,
    'lower case letters, digits and -, a letter first, a letter or digit last',
  );
};

/** RFC 1123 subdomain: names of most objects. */
export const dnsSubdomainFault = (text: string): NameFault | undefined => {
  if (text.length > 253) return tooLong(text, 253);
  if (SUBDOMAIN.test(text)) return undefined;
  return malformed(text, 'lower case letters, digits, - and ., a letter or digit first and last');
};

/** Key of a label or annotation: `name` or `prefix/name`. */
export const labelKeyFault = (key: string): NameFault | undefined => {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (name.length > 63) return tooLong(name, 63);
  if (!QUALIFIED.test(name)) {
    return malformed(key, 'letters, digits, -, _ and ., a letter or digit first and last');
  }
  if (prefix === undefined || dnsSubdomainFault(prefix) === undefined) return undefined;
  return malformed(key, 'a DNS name in front of the /');
};

export const labelValueFault = (value: string): NameFault | undefined => {
  if (value.length > 63) return tooLong(value, 63);
  if (value === '' || QUALIFIED.test(value)) return undefined;
  return malformed(value, 'letters, digits, -, _ and ., a letter or digit first and last');
};

/** Name of a port (an IANA service name). Several rules can be broken at once. */
export const portNameFaults = (name: string): NameFault[] => {
  const faults: NameFault[] = [];
  const wrong = (reason: string, expected: string) => {
    faults.push({ reason: `${JSON.stringify(name.slice(0, 80))} ${reason}`, expected });
  };
  if (name.length > 15) wrong('is too long', 'at most 15 characters');
  if (!/^[-a-z0-9]*$/.test(name)) wrong('has other characters', 'lower case letters, digits and -');
  if (!/[a-z]/.test(name)) wrong('has no letter', 'a name with a letter, or a number unquoted');
  if (name.includes('--')) wrong('has --', 'a name without consecutive hyphens');
  if (/^-|-$/.test(name)) wrong('begins or ends with -', 'a letter or digit first and last');
  return faults;
};
