import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { LabError } from '../lab-error.ts';
import { AGENT_PROGRAM } from './agent-program.ts';

/** One thing for the agent to do. Paths and commands are taken inside the namespace. */
export type AgentStep =
  | { readonly do: 'open'; readonly namespace: string }
  /** Takes down every namespace. */
  | { readonly do: 'close' }
  | {
      readonly do: 'run';
      readonly namespace: string;
      readonly argv: readonly string[];
      readonly input?: string;
    }
  | { readonly do: 'read'; readonly namespace: string; readonly path: string }
  | {
      readonly do: 'write';
      readonly namespace: string;
      readonly path: string;
      readonly text: string;
    }
  | {
      readonly do: 'listen';
      readonly namespace: string;
      readonly protocol: 'tcp' | 'udp';
      readonly port: number;
    }
  /** Has checksums computed at once, and gives every device's neighbours these settings. */
  | {
      readonly do: 'settle';
      readonly namespace: string;
      readonly neighbour: Readonly<Record<string, string>>;
    }
  /** Opens what a program switches frames between: devices, and UDP ports. */
  | {
      readonly do: 'program';
      readonly namespace: string;
      readonly devices: readonly string[];
      readonly ports: readonly number[];
    }
  | { readonly do: 'wait'; readonly ms: number }
  | {
      readonly do: 'forge';
      readonly namespace: string;
      readonly device: string;
      readonly hex: string;
      readonly quietMs: number;
    }
  | {
      readonly do: 'send';
      readonly namespace: string;
      readonly protocol: 'tcp' | 'udp' | 'icmp';
      readonly to: string;
      readonly port: number;
      readonly sourcePort: number;
      readonly source?: string;
      readonly ttl?: number;
      readonly bytes?: number;
      readonly dontFragment?: boolean;
      /** The flow is over when nothing has moved for so long. */
      readonly quietMs: number;
    };

/** What a step came to, by the names that the agent gives. */
export type AgentResult = Readonly<Record<string, unknown>>;

/** Says what a program sends when a frame comes to it. */
type AnswerFrame = (question: AgentResult) => readonly AgentResult[];

/** Where the agent reads its program: as an argument it would fill every list of processes. */
const PROGRAM_FD = 3;
const START = `exec(open(${PROGRAM_FD}).read())`;

/**
 * The process that works in real namespaces. Requests are answered in order; `close` ends it, and with it
 * every namespace that it holds. It also ends when this process does, for then its input is closed.
 */
export class Agent {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  /** Of the programs in the namespaces. */
  answerFrame: AnswerFrame = () => [];
  #said = '';
  #ended: LabError | undefined;

  constructor() {
    this.#child = spawn('python3', ['-c', START], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = this.#child;
    const program = this.#child.stdio[PROGRAM_FD];
    if (stdin === null || stdout === null || stderr === null) throw new LabError('no pipes');
    if (!(program instanceof Writable)) throw new LabError('no pipe for the program');
    program.on('error', () => {
      // It has ended, which `close` reports.
    });
    program.end(AGENT_PROGRAM);
    this.#lines = createInterface({ input: stdout });
    this.#lines.on('line', (line) => {
      if (line.startsWith('{')) stdin.write(`${JSON.stringify(this.#answer(line))}\n`);
      else this.#waiting.shift()?.resolve(line);
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    stdin.on('error', () => {
      // It has ended, which `close` reports.
    });
    this.#child.once('error', (error) => this.#end(error.message));
    this.#child.once('close', (code, signal) => this.#end(String(signal ?? code)));
  }

  /** Carries out steps in order. Throws LabError when the agent ends, or cannot do one of them. */
  async do(steps: readonly AgentStep[]): Promise<readonly AgentResult[]> {
    if (this.#ended !== undefined) throw this.#ended;
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify(steps)}\n`);
    });
    const results: unknown = JSON.parse(line);
    if (!Array.isArray(results)) throw new LabError('the agent answered something else');
    return results.map((result: unknown, index): AgentResult => {
      if (typeof result !== 'object' || result === null) throw new LabError('a step has no result');
      const fields: AgentResult = { ...result };
      if (typeof fields.failure === 'string') {
        throw new LabError(`the agent could not ${steps[index]?.do}: ${fields.failure}`);
      }
      return fields;
    });
  }

  /** A program that fails ends the agent: a lab with frames missing proves nothing. */
  #answer(line: string): readonly AgentResult[] {
    try {
      const question: unknown = JSON.parse(line);
      return this.answerFrame(typeof question === 'object' ? { ...question } : {});
    } catch (error) {
      this.#end(`its program failed: ${error instanceof Error ? error.message : String(error)}`);
      this.close();
      return [];
    }
  }

  close(): void {
    this.#child.stdin?.end();
    this.#child.kill('SIGKILL');
    this.#lines.close();
  }

  #end(why: string): void {
    this.#ended ??= new LabError(`the agent in the namespaces ended: ${why} ${this.#said}`.trim());
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

/** A text among the fields of a result; empty when it is not there. */
export const textIn = (result: AgentResult | undefined, name: string): string => {
  const value = result?.[name];
  return typeof value === 'string' ? value : '';
};
