/**
 * The JSON of an answer. `question` says which one it answers, `schema` which version of its shape this is: the schema in
 * the folder `schemas` of the same name.
 */
export const answerJson = (question: string, answer: object): string =>
  `${JSON.stringify({ question, schema: 1, ...answer }, null, 2)}\n`;
