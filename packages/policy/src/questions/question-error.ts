/** A question that has no answer in this cluster: it names what is not there, or asks for what cannot be. */
export class QuestionError extends Error {
  override readonly name = 'QuestionError';
  readonly code: 'unknown-end' | 'no-target' | 'unknown-policy' | 'ambiguous-policy' | 'too-large';

  constructor(code: QuestionError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
