import type { SourceLocation } from '@podpath/cluster';

/** A place in the input, with what it has to do with the result. */
interface SarifPlace {
  readonly source: SourceLocation;
  readonly message?: string;
}

export interface SarifResult {
  readonly ruleId: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  /** Where to look first; absent when no place is known. */
  readonly place?: SarifPlace;
  readonly related?: readonly SarifPlace[];
}

/** What one run found. */
export interface SarifRun {
  /** All ids that results may have, with what each means. */
  readonly rules: ReadonlyMap<string, string>;
  readonly results: readonly SarifResult[];
  /** Why the run could not do all that it was to do. */
  readonly failures?: readonly string[];
}

/**
 * A run as the Static Analysis Results Interchange Format has it, ending with a newline.
 * Source: OASIS SARIF 2.1.0.
 */
export const sarif = ({ rules, results, failures = [] }: SarifRun): string => {
  const ids = [...rules.keys()];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'podpath',
            rules: [...rules].map(([id, text]) => ({ id, shortDescription: { text } })),
          },
        },
        invocations: [
          {
            executionSuccessful: failures.length === 0,
            ...(failures.length === 0
              ? {}
              : {
                  toolExecutionNotifications: failures.map((text) => ({
                    level: 'error',
                    message: { text },
                  })),
                }),
          },
        ],
        results: results.map(({ ruleId, level, message, place, related = [] }) => ({
          ruleId,
          ...(ids.includes(ruleId) ? { ruleIndex: ids.indexOf(ruleId) } : {}),
          level,
          message: { text: message },
          locations: place === undefined ? [] : [locationOf(place)],
          ...(related.length === 0
            ? {}
            : { relatedLocations: related.map((each, id) => ({ id, ...locationOf(each) })) }),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

const locationOf = ({ source, message }: SarifPlace) => ({
  physicalLocation: {
    artifactLocation: { uri: uriOf(source.file) },
    region: { startLine: source.line, startColumn: source.column },
  },
  ...(message === undefined ? {} : { message: { text: message } }),
});

/** A relative reference, with what must not stand in one written otherwise. */
const uriOf = (file: string): string =>
  file === '-' ? 'stdin' : file.split(/[\\/]/).map(encodeURIComponent).join('/');
