import { formatIp } from '@podpath/net';

const IPV6 = 'ipv6 ';

/** A scenario or a result as JSON: IPv6 addresses and bytes as marked texts, maps as objects. */
export const toJson = (value: unknown): string =>
  JSON.stringify(
    value,
    (_key, field: unknown) => {
      if (typeof field === 'bigint') return `${IPV6}${formatIp(field)}`;
      if (field instanceof Map) return Object.fromEntries(field);
      return field;
    },
    1,
  );
