export { whyNoLab } from './host.ts';
export { LabError } from './lab-error.ts';
export { type Passage, Reproducer, type Reproduction, type SocketOutcome } from './reproduce.ts';
