import { z } from 'zod';
import { byFamily, end, heading, index } from './common.ts';

/** `podpath matrix --json`. */
export const matrixSchema = z
  .strictObject({
    ...heading('matrix'),
    hostNetworkPods: z.int().describe('Pods that are meant by the nodes that they run on.'),
    ends: z.array(end),
    from: z.array(index).describe('The rows, as indexes of ends.'),
    to: z.array(index).describe('The columns, as indexes of ends.'),
    rows: z.array(
      z.strictObject({
        from: index,
        cells: z
          .array(
            z.strictObject({
              to: z
                .array(z.tuple([index, index]))
                .describe('First and last indexes of ends, both included.'),
              connections: index.describe('An index of connections.'),
            }),
          )
          .describe('Ends that there is nothing to connect to are in no cell.'),
      }),
    ),
    connections: z.array(byFamily),
  })
  .describe('Who may connect to whom: the answer of podpath matrix.');
