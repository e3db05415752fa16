import { nameOf } from '../../explanation.ts';
import type { Finding } from './finding.ts';

/** `shop.yaml:12:5: warning: NetworkPolicy shop/web ingress[0] matches nobody in `from` [rule-matches-nobody]`. */
export const formatFinding = (finding: Finding): string => {
  const { id, severity, source } = finding;
  const place = source === undefined ? '' : `${source.file}:${source.line}:${source.column}: `;
  return `${place}${severity}: ${findingSentence(finding)} [${id}]`;
};

/** What is found of what: `NetworkPolicy shop/web ingress[0] matches nobody in `from``. */
export const findingSentence = ({ policy, rule, message }: Finding): string => {
  const where = rule === undefined ? '' : ` ${rule.direction}[${rule.index}]`;
  return `${nameOf(policy)}${where} ${message}`;
};
