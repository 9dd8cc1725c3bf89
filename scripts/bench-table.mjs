// Makes the tables of docs/performance.md from what bench.sh left in a folder: SCENARIO-PARTICIPANTS-SERVER.json of the
// load test, and .idle, the server's memory before anybody came; pure.txt of `go test -bench`; profile.txt of `go tool pprof`;
// busy.txt with the state of the machine before each meeting. With --write, puts them into the page between their markers.
import fs from 'node:fs'
import os from 'node:os'

const [dir, flag] = process.argv.slice(2)
const read = name => (fs.existsSync(`${dir}/${name}`) ? fs.readFileSync(`${dir}/${name}`, 'utf8').trim() : '')

// runs are the reports by scenario, participants and server.
const runs = {}
for (const file of fs.readdirSync(dir)) {
  const name = /^(\w+)-(\d+)-(\w+)\.json$/.exec(file)
  if (!name) continue
  const [, scenario, n, server] = name
  const r = JSON.parse(read(file))
  r.idle = Number(read(file.replace(/json$/, 'idle'))) || null
  ;((runs[scenario] ??= {})[n] ??= {})[server] = r
}

const none = '–'
const number = (x, digits = 0) => (x === null || x === undefined || !Number.isFinite(x) ? none : x.toFixed(digits))
const ms = x => (x === null || x === undefined ? none : x < 10 ? x.toFixed(1) : Math.round(x).toString())
const mb = x => number(x / 1e6)
const row = cells => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
const sizes = scenario => Object.keys(runs[scenario] ?? {}).sort((a, b) => a - b)
const both = (a, b) => (b === none ? a : `${a} · ${b}`)
const perPacket = r => r.server?.cpu_us_per_packet
const pair = p => (p ? `${ms(p.p50)} / ${ms(p.p99)}` : none)

// cost is what the server takes; the second figure of a cell is the reference's.
function cost(scenario) {
  const head = ['people', 'packets/s to receivers', 'CPU per forwarded packet, µs', 'ratio', '% of a core', 'RSS, MB',
    'goroutines', 'allocations per packet']
  return table(head, sizes(scenario).map(n => {
    const { tablee: t, reference: r } = runs[scenario][n]
    const cell = of => both(of(t), r ? of(r) : none)
    return [n, cell(x => number(x.packets_received / x.duration_s)), cell(x => number(perPacket(x), 1)),
      r ? number(perPacket(t) / perPacket(r), 2) : none,
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
    return [n, spread(t.join_ms), spread(t.first_frame_ms), pair(t.latency_ms),
      number(t.loss_percent, 2), number(t.frozen_percent, 2), `${t.tracks_silent} of ${t.tracks_expected}`,
      number(t.client?.cpu_percent, 0), t.quality?.met ? 'met' : (t.quality?.failed ?? []).join('; ')]
  }))
}

// latency is what a server adds: what remains of the way's latency when the load test's own part is taken away.
function latency() {
  const head = ['people', 'server', 'latency, ms (p50 / p99)', 'of it without a server', 'added']
  return table(head, sizes('everything').flatMap(n => ['tablee', 'reference'].flatMap(server => {
    const r = runs.everything[n][server]
    if (!r?.latency_ms || !r.echo_ms) return []
    const added = p => ms(Math.max(0, r.latency_ms[p] - r.echo_ms[p]))
    return [[n, named(server), pair(r.latency_ms), pair(r.echo_ms), `${added('p50')} / ${added('p99')}`]]
  })))
}

const named = server => (server.startsWith('tablee') ? 'Tablée' : 'stock Pion')

// fanOut is one to fourteen on one core.
function fanOut() {
  const head = ['packets come', 'server built for', 'packets/s to receivers', 'CPU per forwarded packet, µs', 'ratio',
    'allocations per packet']
  return table(head, [['fanout', 'in bursts of 8'], ['trickle', 'one by one']].flatMap(([scenario, how]) => ['', '386'].flatMap(arch => {
    const { [`tablee${arch}`]: t, [`reference${arch}`]: r } = runs[(arch && 'slow') + scenario]?.['15'] ?? {}
    if (!t || !r) return []
    const cell = of => both(of(t), of(r))
    return [[how, arch || os.arch().replace('x64', 'amd64'), cell(x => number(x.packets_received / x.duration_s)),
      cell(x => number(perPacket(x), 1)), number(perPacket(t) / perPacket(r), 2), cell(x => number(x.server?.allocs_per_packet, 2))]]
  })))
}

// room is memory and garbage: nobody, fifteen who send nothing, fifteen who send everything.
function room() {
  const head = ['with Tablée', 'RSS, MB', 'most, MB', 'goroutines', 'packets/s to receivers', 'garbage collections in a minute']
  const still = runs.still?.['15']?.tablee, full = runs.everything?.['15']?.tablee
  const line = (name, r) => (r ? [[name, mb(r.server?.rss_bytes), mb(r.server?.rss_max_bytes), number(r.server?.goroutines),
    number(r.packets_received / r.duration_s), number(r.server?.gc_cycles / r.duration_s * 60, 1)]] : [])
  const idle = (still ?? full)?.idle
  return table(head, [...(idle ? [['nobody', mb(idle), mb(idle), none, '0', none]] : []), ...line('15 who send nothing', still),
    ...line('15 who send everything', full)])
}

// each is what one more participant takes, from the smallest to a meeting of 15.
function each() {
  const [from, to] = ['2', '15']
  const rows = ['tablee', 'reference'].flatMap(server => {
    const [a, b] = [runs.meeting?.[from]?.[server]?.server, runs.meeting?.[to]?.[server]?.server]
    if (!a || !b) return []
    const per = key => (b[key] - a[key]) / (to - from)
    return [[named(server), number(per('goroutines'), 1), number(per('rss_bytes') / 1e3)]]
  })
  return table(['', 'goroutines per participant', 'RSS per participant, kB'], rows)
}

// machine says where and when, and whether anything else ran.
function machine() {
  const before = read('busy.txt').split('\n').map(l => l.split(' ').map(Number))
  const busy = before.map(b => b[0]).sort((a, b) => a - b), load = before.map(b => b[1])
  return `Measured on ${new Date().toISOString().slice(0, 10)} with ${os.cpus().length} × ${os.cpus()[0].model.trim()}, ` +
    `Linux ${os.release().split('-')[0]}, ${read('what.txt')}. ` +
    `In the second before each meeting the machine was busy with other things for ${busy[0]} to ${busy.at(-1)} % of its ` +
    `time (median ${busy[busy.length >> 1]} %); the load average, our own processes included, was ${Math.min(...load)} to ${Math.max(...load)}.`
}

// part is a title with a table, nothing when there is nothing to show.
const part = (title, show, ...scenarios) => (scenarios.every(s => runs[s]) ? [`### ${title}`, show()] : [])
const code = text => '```\n' + text + '\n```'

const meetings = [machine(),
  ...part('Everything: what it costs (Tablée · stock Pion)', () => cost('everything'), 'everything'),
  ...part('Everything: what the server adds to the latency', latency, 'everything'),
  ...part('Forwarding alone: one to fourteen, on one core (Tablée · stock Pion)', fanOut, 'fanout'),
  ...part('Memory and garbage', room, 'still', 'everything'),
  ...['meeting', 'voice'].flatMap(s => {
    const title = { meeting: 'Meeting', voice: 'Voice only' }[s]
    return [...part(`${title}: what it costs (Tablée · stock Pion)`, () => cost(s), s),
      ...part(`${title}: what people notice, with Tablée`, () => quality(s), s)]
  }),
  ...part('What one more participant takes', each, 'meeting')].join('\n\n')
const pure = read('pure.txt') && code(read('pure.txt').replaceAll(/^cpu:.*\n/gm, ''))
const profile = read('profile.txt') && code(read('profile.txt').replaceAll(/^(File|Type|Time|Build ID):.*\n/gm, ''))
console.log(`\n${meetings}\n\n${profile}`)

if (flag === '--write') {
  const page = 'docs/performance.md'
  let text = fs.readFileSync(page, 'utf8')
  for (const [name, content] of Object.entries({ meetings, pure, profile })) {
    if (!content) continue
    const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [a, b] = [text.indexOf(from), text.indexOf(to)]
    if (a < 0 || b < a) throw new Error(`${page} has no ${from} … ${to}`)
    text = text.slice(0, a + from.length) + '\n' + content + '\n' + text.slice(b)
  }
  fs.writeFileSync(page, text)
}
