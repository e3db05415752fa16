/**
 * A rule line of iptables in one spelling, however it was written: options in a fixed order, without loading
 * modules, without what iptables-save fills in. Two lines that come out the same mean the same rule.
 */
export const plainRule = (line: string): string => {
  const [, , ...tokens] = tokensOf(line);
  const options: string[][] = [];
  let negated = false;
  for (const token of tokens) {
    if (token === '!') negated = true;
    else if (/^-./.test(token)) {
      options.push(negated ? ['!', token] : [token]);
      negated = false;
    } else options.at(-1)?.push(token);
  }
  return options.flatMap(plainOption).sort().join(' ');
};

/** Rules of an `iptables-save` or `iptables-restore` text by `table/chain`, each in its plain spelling. */
export const rulesByChain = (text: string): ReadonlyMap<string, readonly string[]> => {
  const rules = new Map<string, string[]>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const chain = /^-A (\S+)/.exec(line)?.[1];
    if (chain === undefined) continue;
    const key = `${table}/${chain}`;
    const listed = rules.get(key);
    if (listed === undefined) rules.set(key, [plainRule(line)]);
    else listed.push(plainRule(line));
  }
  return rules;
};

const tokensOf = (line: string): readonly string[] =>
  (line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map((token) => token.replaceAll('"', ''));

/** What iptables-save prints although it is the default. */
const FILLED_IN =
  /^--rsource$|^--mask 255\.255\.255\.255$|^--mask ffff(:ffff){7}$|^--reject-with icmp6?-port-unreachable$/;

function plainOption(option: readonly string[]): readonly string[] {
  const text = option.join(' ');
  if (/^-m \S+$/.test(text) || FILLED_IN.test(text)) return [];
  const [name, value = ''] = option;
  switch (name) {
    case '--or-mark':
      return [`--set-xmark ${value}/${value}`];
    case '--xor-mark':
      return [`--set-xmark ${value}/0x0`];
    case '--probability':
      return [`--probability ${Number(value).toFixed(8)}`];
    default:
      return [text.replace(/^((?:! )?-[sd] \S+)\/(?:32|128)$/, '$1')];
  }
}
