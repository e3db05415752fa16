/** The page's style: readable in light and dark, on a phone and on paper. */
export const STYLE = `
:root { --ink: #1c1e21; --paper: #ffffff; --soft: #f3f4f6; --line: #d0d4da; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --paper: #16181b; --soft: #22262b; --line: #3b4148; --link: #8ab8f0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--paper);
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; margin: 0; }
header p { margin: .2rem 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0; margin: 0; }
a { color: var(--link); }
.scroll { overflow-x: auto; margin: 1rem 0; }
.scroll:focus-visible { outline: 2px solid var(--link); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
td:first-child { white-space: nowrap; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--soft); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1rem 0; }
figcaption { font-size: .9rem; }
figure svg { display: block; min-width: 36rem; width: 100%; height: auto; }
@media print { nav { display: none; } body { max-width: none; } section { break-inside: avoid-page; } }
`;
