// Makes the tables of docs/performance.md from what bench.sh left in a folder: SCENARIO-PARTICIPANTS-SERVER.json of the
// load test, pure.txt of `go test -bench`, busy.txt with the state of the machine before each meeting. With --write, puts
// them into the page between their markers.
import fs from 'node:fs'
import os from 'node:os'

const [dir, flag] = process.argv.slice(2)

// runs are the reports by scenario, participants and server.
const runs = {}
for (const file of fs.readdirSync(dir)) {
  const name = /^(\w+)-(\d+)-(\w+)\.json$/.exec(file)
  if (!name) continue
  const [, scenario, n, server] = name
  ;((runs[scenario] ??= {})[n] ??= {})[server] = JSON.parse(fs.readFileSync(`${dir}/${file}`, 'utf8'))
}

const none = '–'
const number = (x, digits = 0) => (x === null || x === undefined || !Number.isFinite(x) ? none : x.toFixed(digits))
const ms = x => (x === null || x === undefined ? none : x < 10 ? x.toFixed(1) : Math.round(x).toString())
const mb = x => number(x / 1e6)
const row = cells => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
const sizes = scenario => Object.keys(runs[scenario]).sort((a, b) => a - b)
const both = (a, b) => (b === none ? a : `${a} · ${b}`)

// cost is what the server takes; the second figure of a cell is the reference's.
function cost(scenario) {
  const head = ['people', 'packets/s to receivers', 'CPU per forwarded packet, µs', 'ratio', '% of a core', 'RSS, MB',
    'goroutines', 'allocations per packet']
  return table(head, sizes(scenario).map(n => {
    const { tablee: t, reference: r } = runs[scenario][n]
    const cell = of => both(of(t), r ? of(r) : none)
    return [n, cell(x => number(x.packets_received / x.duration_s)), cell(x => number(x.server?.cpu_us_per_packet, 1)),
      r ? number(t.server?.cpu_us_per_packet / r.server?.cpu_us_per_packet, 2) : none,
      cell(x => number(x.server?.cpu_percent, 1)), cell(x => mb(x.server?.rss_bytes)), cell(x => number(x.server?.goroutines)),
      cell(x => number(x.server?.allocs_per_packet, 1))]
  }))
}

// quality is what people notice, with Tablée.
function quality(scenario) {
  const head = ['people', 'join, ms', 'first picture, ms', 'latency, ms (p50 / p99)', 'loss after repair, %', 'frozen, %',
    'silent tracks', 'load test, % of a core', 'bar']
  return table(head, sizes(scenario).map(n => {
    const t = runs[scenario][n].tablee
    const spread = p => (p ? `${ms(p.p50)} / ${ms(p.max)}` : none)
    return [n, spread(t.join_ms), spread(t.first_frame_ms), t.latency_ms ? `${ms(t.latency_ms.p50)} / ${ms(t.latency_ms.p99)}` : none,
      number(t.loss_percent, 2), number(t.frozen_percent, 2), `${t.tracks_silent} of ${t.tracks_expected}`,
      number(t.client?.cpu_percent, 0), t.quality?.met ? 'met' : (t.quality?.failed ?? []).join('; ')]
  }))
}

// each is what one more participant takes, from the smallest to a meeting of 15.
function each() {
  const [from, to] = ['2', '15']
  const rows = ['tablee', 'reference'].flatMap(server => {
    const [a, b] = [runs.meeting?.[from]?.[server]?.server, runs.meeting?.[to]?.[server]?.server]
    if (!a || !b) return []
    const per = key => (b[key] - a[key]) / (to - from)
    return [[server === 'tablee' ? 'Tablée' : 'stock Pion', number(per('goroutines'), 1), number(per('rss_bytes') / 1e3)]]
  })
  return table(['', 'goroutines per participant', 'RSS per participant, kB'], rows)
}

// machine says where and when, and whether anything else ran.
function machine() {
  const before = fs.readFileSync(`${dir}/busy.txt`, 'utf8').trim().split('\n').map(l => l.split(' ').map(Number))
  const busy = before.map(b => b[0]).sort((a, b) => a - b), load = before.map(b => b[1])
  return `Measured on ${new Date().toISOString().slice(0, 10)} with ${os.cpus().length} × ${os.cpus()[0].model.trim()}, ` +
    `Linux ${os.release().split('-')[0]}, ${fs.readFileSync(`${dir}/what.txt`, 'utf8').trim()}. ` +
    `In the second before each meeting the machine was busy with other things for ${busy[0]} to ${busy.at(-1)} % of its ` +
    `time (median ${busy[busy.length >> 1]} %); the load average, our own processes included, was ${Math.min(...load)} to ${Math.max(...load)}.`
}

const titles = { meeting: 'Meeting', voice: 'Voice only' }
const meetings = [machine(), ...Object.keys(titles).filter(s => runs[s]).flatMap(s => [
  `### ${titles[s]}: what it costs (Tablée · stock Pion)`, cost(s), `### ${titles[s]}: what people notice, with Tablée`, quality(s)]),
  '### What one more participant takes', each()].join('\n\n')
const pure = '```\n' + fs.readFileSync(`${dir}/pure.txt`, 'utf8').trim().replaceAll(/^cpu:.*\n/gm, '') + '\n```'
console.log('\n' + meetings)

if (flag === '--write') {
  const page = 'docs/performance.md'
  let text = fs.readFileSync(page, 'utf8')
  for (const [name, content] of Object.entries({ meetings, pure })) {
    const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [a, b] = [text.indexOf(from), text.indexOf(to)]
    if (a < 0 || b < a) throw new Error(`${page} has no ${from} … ${to}`)
    text = text.slice(0, a + from.length) + '\n' + content + '\n' + text.slice(b)
  }
  fs.writeFileSync(page, text)
}
