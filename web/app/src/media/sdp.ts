/**
 * The little that we change in session descriptions.
 *
 * What a browser *sends* is ruled by the format parameters of the remote description (RFC 7587, section 6.1), so the
 * server's answer is where in-band FEC, DTX and the bit rate of our own Opus are asked for.
 */
export interface OpusTuning {
  /** Bits a second, where the answer does not ask for less. */
  readonly maxAverageBitrate: number;
  readonly dtx: boolean;
}

/** Sections of a description: the session part first, then one for each m-line. */
export function sections(sdp: string): string[] {
  return sdp.split(/(?=^m=)/m);
}

export function midOf(section: string): string {
  return /^a=mid:(\S+)/m.exec(section)?.[1] ?? '';
}

/** Sets the Opus parameters of the sections named in `tuning` (by mid). Sections without Opus stay as they are. */
export function tuneOpus(sdp: string, tuning: Readonly<Record<string, OpusTuning>>): string {
  return sections(sdp).map((section) => {
    const wish = tuning[midOf(section)];
    return wish ? tuneSection(section, wish) : section;
  }).join('');
}

function tuneSection(section: string, wish: OpusTuning): string {
  const pt = /^a=rtpmap:(\d+) opus\/48000/im.exec(section)?.[1];
  if (pt === undefined) return section;
  const own: Record<string, string> = {
    useinbandfec: '1', usedtx: wish.dtx ? '1' : '0', maxaveragebitrate: String(wish.maxAverageBitrate),
  };
  const fmtp = new RegExp(`^a=fmtp:${pt} ([^\\r\\n]*)`, 'm');
  const old = fmtp.exec(section)?.[1] ?? '';
  const params = new Map(old.split(';').map((p) => p.trim()).filter(Boolean).map((p) => {
    const [key = '', ...value] = p.split('=');
    return [key, value.join('=')] as const;
  }));
  const most = Number(params.get('maxaveragebitrate') ?? Infinity); // of the meeting's profile
  if (most < wish.maxAverageBitrate) own.maxaveragebitrate = String(most);
  for (const [key, value] of Object.entries(own)) params.set(key, value);
  const line = `a=fmtp:${pt} ${[...params].map(([k, v]) => (v === '' ? k : `${k}=${v}`)).join(';')}`;
  if (old !== '') return section.replace(fmtp, line);
  return section.replace(new RegExp(`^(a=rtpmap:${pt} [^\\r\\n]*)`, 'm'), `$1\r\n${line}`);
}
