/** Why a command cannot be carried out: an errno name, and why in the tool's words. */
export interface Refusal {
  readonly code: string;
  readonly why: string;
}

export const invalid = (why: string): Refusal => ({ code: 'EINVAL', why });
