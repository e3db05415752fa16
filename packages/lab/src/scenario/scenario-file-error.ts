/** Where in a scenario's file something is: `sends[0].port`; the empty field is the whole file. */
export interface FieldPlace {
  readonly file: string;
  readonly field: string;
}

/** A scenario's file is not as it has to be. */
export class ScenarioFileError extends Error {
  override readonly name = 'ScenarioFileError';
  readonly place: FieldPlace;
  readonly problem: string;
  /** What would be right. */
  readonly expected: string;

  constructor(place: FieldPlace, problem: string, expected: string) {
    const at = place.field === '' ? place.file : `${place.file}: ${place.field}`;
    super(`${at}: ${problem}; expected ${expected}`);
    this.place = place;
    this.problem = problem;
    this.expected = expected;
  }
}
