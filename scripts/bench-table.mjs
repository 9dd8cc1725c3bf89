// Makes the table of meetings from the load test's JSON files N.json in a folder; with --write, puts it into
// docs/performance.md between its markers.
import fs from 'node:fs'

const [dir, flag] = process.argv.slice(2)
const runs = fs.readdirSync(dir).filter(f => /^\d+\.json$/.test(f)).sort((a, b) => parseInt(a) - parseInt(b))
  .map(f => JSON.parse(fs.readFileSync(`${dir}/${f}`, 'utf8')))
const ms = x => x === null || x === undefined ? '–' : x < 10 ? x.toFixed(1) : Math.round(x)
const rows = runs.map(r => {
  const s = r.server
  const rate = r.packets_received / r.duration_s
  return `| ${r.participants} | ${Math.round(rate)} | ${s ? s.cpu_us_per_packet.toFixed(1) : '–'} | ${s ? (100 * s.cpu_seconds / r.duration_s).toFixed(1) : '–'} | ${s ? Math.round(s.rss_bytes / 1e6) : '–'} | ${ms(r.join_ms?.p50)} / ${ms(r.join_ms?.max)} | ${ms(r.first_frame_ms?.p50)} / ${ms(r.first_frame_ms?.max)} | ${ms(r.latency_ms?.p50)} / ${ms(r.latency_ms?.p99)} | ${r.loss_percent} | ${r.tracks_silent} |`
})
const table = ['| participants | packets/s to receivers | server CPU, µs per forwarded packet | server CPU, % of a core | RSS, MB | join, ms (median / most) | first frame, ms (median / most) | latency, ms (p50 / p99) | loss, % | silent tracks |',
  '|---|---|---|---|---|---|---|---|---|---|', ...rows].join('\n')
console.log('\n' + table)
if (flag === '--write') {
  const page = 'docs/performance.md', [from, to] = ['<!-- meetings -->', '<!-- /meetings -->']
  const text = fs.readFileSync(page, 'utf8')
  const [a, b] = [text.indexOf(from), text.indexOf(to)]
  if (a < 0 || b < a) throw new Error(`${page} has no ${from} … ${to}`)
  fs.writeFileSync(page, text.slice(0, a + from.length) + '\n' + table + '\n' + text.slice(b))
}
