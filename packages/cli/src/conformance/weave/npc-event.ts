import { parseIpv4 } from '@podpath/net';
import type { NpcController, NpcNamespace, NpcPod, NpcPolicy } from '@podpath/weave/conformance';
import { z } from 'zod';
import { networkPolicySchema } from '../calico/kubernetes-input.ts';

const metadata = z.object({
  uid: z.string(),
  name: z.string(),
  namespace: z.string().default(''),
  labels: z.record(z.string(), z.string()).default({}),
});

const namespace = z
  .object({ metadata })
  .transform(({ metadata: { uid, name, labels } }): NpcNamespace => ({ uid, name, labels }));

const pod = z
  .object({
    metadata,
    spec: z.object({ hostNetwork: z.boolean().default(false) }).optional(),
    status: z.object({ podIP: z.string().optional(), phase: z.string().optional() }).default({}),
  })
  .transform(({ metadata: named, spec, status: { podIP, phase = '' } }): NpcPod => {
    const takesPart = spec?.hostNetwork !== true && !['Succeeded', 'Failed'].includes(phase);
    return {
      ...named,
      ...(podIP === undefined || !takesPart ? {} : { address: parseIpv4(podIP) }),
    };
  });

const policy = z
  .intersection(
    z.object({ metadata }).transform(({ metadata: { uid } }) => ({ uid })),
    networkPolicySchema,
  )
  .transform((read): NpcPolicy => read);

const event = <Op extends string, T extends z.ZodType>(ops: readonly [Op, ...Op[]], object: T) =>
  z.object({ op: z.enum(ops), object, old: object.optional(), result: result.optional() });
const result = z.object({
  error: z.boolean(),
  ops: z.array(z.string()),
  opsOrder: z.enum(['exact', 'any']),
});

/** An event as weave-npc is told of it, with what it makes of it. */
export const npcEvent = z.union([
  event(['createNamespace', 'addNamespace', 'updateNamespace', 'deleteNamespace'], namespace),
  event(['addPod', 'updatePod', 'deletePod'], pod),
  event(['addPolicy', 'updatePolicy', 'deletePolicy'], policy),
]);

export type NpcEvent = z.output<typeof npcEvent>;

export const deliver = (controller: NpcController, given: NpcEvent): void => {
  switch (given.op) {
    case 'createNamespace':
      // Only makes it readable through the API: weave-npc hears nothing.
      return;
    case 'addNamespace':
      controller.addNamespace(given.object);
      return;
    case 'updateNamespace':
      controller.updateNamespace(given.object);
      return;
    case 'deleteNamespace':
      controller.deleteNamespace(given.object);
      return;
    case 'addPod':
      controller.addPod(given.object);
      return;
    case 'updatePod':
      controller.updatePod(given.old ?? given.object, given.object);
      return;
    case 'deletePod':
      controller.deletePod(given.object);
      return;
    case 'addPolicy':
      controller.addPolicy(given.object);
      return;
    case 'updatePolicy':
      controller.updatePolicy(given.old ?? given.object, given.object);
      return;
    case 'deletePolicy':
      controller.deletePolicy(given.object);
      return;
  }
};
