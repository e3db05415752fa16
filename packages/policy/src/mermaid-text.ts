/** Text in quotes. Mermaid knows no escape but HTML's entities, with a # for the &. */
export const quoted = (text: string): string => `"${text.replaceAll('"', '#quot;')}"`;
