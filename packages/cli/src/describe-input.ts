import { type Command, Option } from 'commander';
import { PLUGIN_NAMES } from './plugins.ts';

/** The argument and the options that every command with manifests takes. */
export function withInput(command: Command, description: string, inputs = '<input...>'): Command {
  return command
    .description(description)
    .argument(inputs, 'files or directories of YAML or JSON manifests; - is standard input')
    .option('--nodes <count>', 'how many nodes to make up when the input has none')
    .option('--families <list>', 'address families of what is made up: 4, 6, or 4,6')
    .option('--namespace <name>', 'namespace of objects that name none')
    .option('--plugin-options <file>', 'YAML or JSON with options for each plugin');
}

/** `--plugin`, with a default or without. */
export function pluginOption(all?: string): Option {
  const option = new Option(
    '--plugin <names>',
    `any of ${PLUGIN_NAMES.join(', ')}, with commas between`,
  );
  return all === undefined ? option : option.default(all);
}
