import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkLine } from './line';

const ice = [{ urls: ['turn:h:3478?transport=udp', 'turn:h:3478?transport=tcp', 'turns:h:443?transport=tcp'], username: 'u', credential: 'c' }];

/** A PeerConnection that finds a relay if its only URL is among those that are open, or stays silent. */
function network(open: readonly string[], silent: readonly string[] = []) {
  const made: { closed: boolean; config: RTCConfiguration }[] = [];
  const make = (config: RTCConfiguration): RTCPeerConnection => {
    const url = String(config.iceServers?.[0]?.urls);
    const pc = {
      config, closed: false, onicecandidate: null as ((e: unknown) => void) | null,
      createDataChannel: () => ({}), createOffer: async () => ({ type: 'offer', sdp: '' }),
      setLocalDescription: async () => {
        if (silent.includes(url)) return;
        if (open.includes(url)) pc.onicecandidate?.({ candidate: { candidate: 'candidate:1 1 udp 1 198.18.0.1 50000 typ relay' } });
        pc.onicecandidate?.({ candidate: null });
      },
      close: () => {
        pc.closed = true;
      },
    };
    made.push(pc);
    return pc as unknown as RTCPeerConnection;
  };
  return { made, make };
}

describe('checkLine', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    [['turn:h:3478?transport=udp', 'turns:h:443?transport=tcp'], 'udp'],
    [['turn:h:3478?transport=tcp', 'turns:h:443?transport=tcp'], 'tcp'],
    [['turns:h:443?transport=tcp'], 'relayed'],
    [[], 'none'],
  ])('with %j open says %s', async (open, want) => {
    const n = network(open);
    expect(await checkLine(ice, n.make)).toBe(want);
    expect(n.made).toHaveLength(3);
    for (const pc of n.made) {
      expect(pc.closed).toBe(true);
      expect(pc.config.iceTransportPolicy).toBe('relay');
    }
  });

  it('waits for a silent way, not for ever', async () => {
    const n = network(['turns:h:443?transport=tcp'], ['turn:h:3478?transport=udp', 'turn:h:3478?transport=tcp']);
    const line = checkLine(ice, n.make);
    await vi.advanceTimersByTimeAsync(21_000);
    expect(await line).toBe('relayed');
  });

  it('says nothing when there is nothing to try with', async () => {
    expect(await checkLine([])).toBeNull();
  });
});
