export interface ChartData {
  readonly title: string
  readonly subtitle: string
  /** Names of the axes; that of y begins with its unit. */
  readonly x: string
  readonly y: string
  readonly unit: string
  /** The y of x = 0, 1, 2, …; not negative. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[]
}

const [width, height] = [860, 460]
const area = { left: 78, right: width - 24, top: 104, bottom: height - 62 }

// A ground of its own, and colours for both schemes: the picture is read on white pages and on black ones.
const style = `
  .ground { fill: #ffffff; stroke: #d0d7de }
  text { fill: #1f2328; font: 13px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif }
  .title { font-size: 18px; font-weight: 600 }
  .quiet { fill: #59636e }
  .grid { stroke: #d8dee4; stroke-width: 1 }
  .axis { stroke: #59636e; stroke-width: 1 }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .s0 { stroke: #0a7d33 } .s1 { stroke: #c4351a; stroke-dasharray: 9 4 } .s2 { stroke: #0a58c4; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d }
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .grid { stroke: #2a313c }
    .axis { stroke: #9198a1 }
    .s0 { stroke: #3fb950 } .s1 { stroke: #ff7b72 } .s2 { stroke: #58a6ff }
  }`

/** Lines over days, as an SVG that needs nothing else. */
export const drawChart = ({ title, subtitle, x, y, unit, series }: ChartData): string => {
  const longest = Math.max(...series.map(({ values }) => values.length - 1), 1)
  const [acrossTicks, upTicks] = [
    ticksUpTo(longest, 10),
    ticksUpTo(Math.max(...series.flatMap(({ values }) => values)), 6),
  ]
  const highest = upTicks.at(-1) ?? 1
  const across = (value: number) => round(area.left + (value / longest) * (area.right - area.left))
  const up = (value: number) => round(area.bottom - (value / highest) * (area.bottom - area.top))
  const middle = (area.top + area.bottom) / 2
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${style}\n</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    text(24, 34, title, 'class="title"'),
    text(24, 56, subtitle, 'class="quiet"'),
    ...series.flatMap(({ name, values }, index) =>
      legend(`${name}: ${format(values.at(-1) ?? 0)} ${unit}`, index, series.length),
    ),
    ...upTicks.map((tick) => `<path class="grid" d="M${area.left} ${up(tick)}H${area.right}"/>`),
    ...upTicks.map((tick) => text(area.left - 10, up(tick) + 4, format(tick), 'text-anchor="end"')),
    ...acrossTicks
      .filter((tick) => tick <= longest)
      .map((tick) => text(across(tick), area.bottom + 22, format(tick), 'text-anchor="middle"')),
    `<path class="axis" d="M${area.left} ${area.bottom}H${area.right}"/>`,
    text((area.left + area.right) / 2, height - 16, x, 'class="quiet" text-anchor="middle"'),
    text(22, middle, y, `class="quiet" text-anchor="middle" transform="rotate(-90 22 ${middle})"`),
    ...series.map(({ name, values }, index) => {
      const points = values.map((value, at) => `${across(at)} ${up(value)}`).join('L')
      return `<path class="line s${index}" d="M${points}"><title>${escaped(name)}</title></path>`
    }),
    '</svg>',
  ].join('\n')}\n`
}

const legend = (name: string, index: number, count: number): string[] => {
  const left = 24 + (index * (width - 48)) / count
  return [`<path class="line s${index}" d="M${round(left)} 80h28"/>`, text(round(left + 36), 84, name)]
}

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(content)}</text>`

/** Round numbers from 0 to the first that is not smaller than `highest`, about `count` of them. */
export const ticksUpTo = (highest: number, count: number): number[] => {
  if (!(highest > 0)) return [0, 1]
  const rough = highest / count
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude
  return Array.from({ length: Math.ceil(highest / step - 1e-9) + 1 }, (_, i) => round(i * step))
}

const format = (value: number): string => new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 }).format(value)

const round = (value: number): number => Number(value.toFixed(2))

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
