/** Fonts of the machine that shows it; both schemes; paper is white. Colours are told apart by contrast, and never say a thing alone. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --text: #1c2127; --quiet: #545d68; --edge: #d5dae0; --grid: #e4e8ec;
  --data: #0a58c4; --soft: #e8effa; --good: #0a6b2d; --good-soft: #e3f3e8; --warn: #7a4d00; --warn-soft: #fdf1d6;
  --bad: #b01c13; --bad-soft: #fce9e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1116; --card: #161b22; --text: #e8edf3; --quiet: #a3adb9; --edge: #343c47; --grid: #262d37;
    --data: #6cb0ff; --soft: #16263d; --good: #57c878; --good-soft: #12291a; --warn: #e6b450; --warn-soft: #2d2410;
    --bad: #ff8a80; --bad-soft: #351715;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 66rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
}
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0 0 .25rem; font-size: 1.15rem; line-height: 1.3; }
h3 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
p { margin: .25rem 0 .75rem; max-width: 44rem; }
.quiet, figcaption { color: var(--quiet); }
header p { margin: .25rem 0 1.25rem; }
section, .state { margin: 0 0 1.25rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; }
.state { border-left-width: .4rem; }
.state p { margin: 0; font-size: 1.15rem; max-width: none; }
.state ul { margin: .5rem 0 0; padding-left: 1.25rem; }
.state.good { border-left-color: var(--good); background: var(--good-soft); }
.state.bad { border-left-color: var(--bad); background: var(--bad-soft); }
.good .sign, .sign.good { color: var(--good); }
.warn .sign, .sign.warn { color: var(--warn); }
.bad .sign, .sign.bad { color: var(--bad); }
.sign { font-weight: 700; white-space: nowrap; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.25rem, 1fr)); gap: 1rem 1.25rem; margin: 0; }
.figures dt { color: var(--quiet); font-size: .875rem; }
.figures dd { margin: 0; font-size: 1.25rem; font-weight: 600; line-height: 1.3; }
.figures dd small { display: block; font-size: .8125rem; font-weight: 400; color: var(--quiet); }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { padding: .75rem 0 .25rem; text-align: left; color: var(--quiet); }
th, td { padding: .375rem .75rem .375rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; border-bottom-color: var(--edge); }
tbody th { font-weight: 400; min-width: 5rem; overflow-wrap: anywhere; }
tbody th.long { min-width: 9rem; }
.number { text-align: right; white-space: nowrap; }
.when, .ended { white-space: nowrap; }
.message { min-width: 12rem; overflow-wrap: anywhere; }

.months { display: grid; grid-template-columns: repeat(auto-fill, minmax(14.5rem, 1fr)); gap: .75rem 2rem; }
.months table { table-layout: fixed; }
.months caption { padding: 0 0 .25rem; font-weight: 600; color: var(--text); }
.months th, .months td { padding: 1px; border: 0; text-align: center; font-weight: 400; }
.months thead th { color: var(--quiet); font-size: .75rem; }
.day { display: block; padding: .125rem 0; border: 1px solid transparent; border-radius: .25rem; line-height: 1.1; font-size: .75rem; }
.day b { display: block; font-size: .875rem; }
.day.good { background: var(--good-soft); color: var(--good); }
.day.incomplete { background: var(--warn-soft); color: var(--warn); border-color: currentColor; }
.day.failed, .day.missed { background: var(--bad-soft); color: var(--bad); border-color: currentColor; }
.day.missed { border-style: dashed; }
.day.quiet { color: var(--quiet); }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .875rem; }

figure { margin: 1rem 0 .5rem; }
figcaption { font-size: .875rem; }
.three { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0 2rem; }
.chart { position: relative; height: 10rem; margin: 1.25rem 0 1.75rem 4.25rem; border-bottom: 1px solid var(--quiet); }
.chart svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.chart .line, .spark path { fill: none; stroke: var(--data); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.chart .bars { fill: var(--data); }
.up, .across, .mark { position: absolute; font-size: .75rem; line-height: 1; color: var(--quiet); white-space: nowrap; }
.up { right: 100%; left: -4.25rem; padding-right: .5rem; text-align: right; transform: translateY(-50%); }
.grid { position: absolute; left: 0; right: 0; border-top: 1px solid var(--grid); }
.across { top: calc(100% + .5rem); transform: translateX(-50%); }
.mark { bottom: calc(100% + .125rem); transform: translateX(-50%); font-weight: 700; }
.mark.good { color: var(--good); }
.mark.bad { color: var(--bad); }
.spark { display: block; width: 6rem; height: 1.5rem; }
footer { color: var(--quiet); font-size: .875rem; }

@media (max-width: 40rem) {
  body { padding: 1rem .75rem 2rem; }
  section, .state { padding: 1rem .875rem; }
  .chart { margin-left: 3.5rem; }
  .up { left: -3.5rem; }
  .across.minor, .wide { display: none; }
  .when { white-space: normal; }
  th, td { padding-right: .5rem; }
}
@page { size: A4; margin: 14mm; }
@media print {
  :root {
    color-scheme: light;
    --ground: #ffffff; --card: #ffffff; --text: #000000; --quiet: #444444; --edge: #bbbbbb; --grid: #dddddd;
    --data: #0a58c4; --good: #0a6b2d; --good-soft: #ffffff; --warn: #7a4d00; --warn-soft: #ffffff; --bad: #b01c13; --bad-soft: #ffffff;
  }
  body { padding: 0; max-width: none; font-size: 10pt; }
  section, .state { border-radius: 0; border-width: 1px 0 0; padding: .75rem 0 0; }
  .state { border-left-width: .4rem; padding: .5rem .75rem; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, .months table, .figures, .state { break-inside: avoid; }
  .scroll { overflow: visible; }
  .chart { margin-right: 1.5rem; }
  .months { grid-template-columns: repeat(3, 1fr); }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
