import { OptionsError } from '../plugin.ts';
import type { CaseDefinition } from './case.ts';
import { equal, truthy } from './expect.ts';

export const configuration: readonly CaseDefinition[] = [
  {
    ability: 'configuration',
    name: 'no options at all means the defaults',
    run: ({ plugin }) => {
      plugin.configure(undefined);
      plugin.configure({});
    },
  },
  {
    ability: 'configuration',
    name: 'options that are no object, or an unknown field, are refused by name',
    run: ({ plugin }) => {
      for (const wrong of [42, 'vxlan', [], { noSuchOption: true }]) {
        let thrown: unknown;
        try {
          plugin.configure(wrong);
        } catch (error) {
          thrown = error;
        }
        truthy(
          thrown instanceof OptionsError,
          `${JSON.stringify(wrong)} was not refused with an OptionsError`,
        );
        if (thrown instanceof OptionsError)
          equal(thrown.plugin, plugin.name, 'plugin named in the error');
      }
    },
  },
];
