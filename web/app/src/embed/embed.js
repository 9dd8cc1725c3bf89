/**
 * Tablée in a page of another site: docs/embedding.md. A classic script, written by hand, that needs nothing else:
 *
 *   <script src="https://meet.example.org/embed.js"></script>
 *   const call = new Tablee(document.querySelector('#call'), { room: 'choir', token, name: 'Zoé' });
 *
 * What goes to and fro is in port.ts, which is the other side.
 */
(() => {
  const VERSION = 1;
  const ALLOW = 'camera; microphone; display-capture; autoplay; fullscreen';
  const EVENTS = ['ready', 'joined', 'left', 'participants', 'mic', 'camera', 'hand', 'ended'];
  /** Milliseconds that the room has for saying goodbye before its frame is taken away. */
  const GOODBYE = 1000;
  const home = document.currentScript ? new URL(document.currentScript.src).origin : '';

  class Tablee {
    #origin;
    #frame;
    #ready = false;
    #inside = false;
    #gone = false;
    #waiting = [];
    #listeners = new Map();

    constructor(element, { room, token, name, lang, camera = true, mic = true, server = home } = {}) {
      if (!element || typeof element.append !== 'function') throw new TypeError('Tablee: the first argument is the element into which the frame goes');
      if (!room || typeof room !== 'string') throw new TypeError('Tablee: say which room, such as { room: "choir" }');
      if (!server) throw new TypeError('Tablee: load embed.js by a <script src>, or say { server: "https://…" }');
      this.#origin = new URL(server).origin;
      const wish = new URLSearchParams(); // behind #, which no server sees
      if (token) wish.set('token', token);
      if (name) wish.set('name', name);
      if (lang) wish.set('lang', lang);
      if (!camera) wish.set('camera', 'off');
      if (!mic) wish.set('mic', 'off');
      const frame = (this.#frame = document.createElement('iframe'));
      frame.allow = ALLOW;
      frame.title = 'Tablée';
      frame.referrerPolicy = 'no-referrer';
      frame.style.cssText = 'width:100%;height:100%;border:0';
      frame.src = `${this.#origin}/r/${encodeURIComponent(room)}#${wish}`;
      window.addEventListener('message', this.#hear);
      element.append(frame);
    }

    mute() { this.#say('mic', false); }
    unmute() { this.#say('mic', true); }
    camera(on = true) { this.#say('camera', on === true); }
    hangup() { this.#say('hangup'); }

    /** The frame itself, for its title and style. */
    get frame() { return this.#frame; }

    on(event, f) {
      if (!EVENTS.includes(event)) throw new TypeError(`Tablee: there is no event ${event}, but ${EVENTS.join(', ')}`);
      if (typeof f !== 'function') throw new TypeError('Tablee: on(event, function)');
      if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
      this.#listeners.get(event).add(f);
      return this;
    }

    off(event, f) {
      this.#listeners.get(event)?.delete(f);
      return this;
    }

    /** Leaves, and takes the frame away; nothing is heard of it any more. */
    dispose() {
      if (this.#gone) return;
      this.#gone = true;
      this.#listeners.clear();
      this.#frame.style.display = 'none';
      if (!this.#inside) return this.#remove();
      this.#say('hangup');
      setTimeout(() => this.#remove(), GOODBYE);
    }

    #remove() {
      window.removeEventListener('message', this.#hear);
      this.#frame.remove();
    }

    #say(call, on) {
      const message = { tablee: VERSION, call, ...(on === undefined ? {} : { on }) };
      if (!this.#ready) {
        if (!this.#gone) this.#waiting.push(message);
        return;
      }
      this.#frame.contentWindow?.postMessage(message, this.#origin);
    }

    #hear = (e) => {
      if (e.source !== this.#frame.contentWindow || e.origin !== this.#origin) return;
      const m = e.data;
      if (typeof m !== 'object' || m === null || m.tablee !== VERSION) return;
      if (m.event === 'knock') return this.#answer();
      if (!EVENTS.includes(m.event)) return;
      if (m.event === 'joined') this.#inside = true;
      if (m.event === 'left') {
        this.#inside = false;
        if (this.#gone) return this.#remove();
      }
      const { tablee: _, event, ...detail } = m;
      for (const f of [...(this.#listeners.get(event) ?? [])]) {
        try {
          f(detail);
        } catch (error) {
          console.error(error); // one listener's fault is not the others'
        }
      }
    };

    /** The room listens: at the beginning, and again after each reload of it. */
    #answer() {
      this.#ready = true;
      this.#say('hello');
      for (const m of this.#waiting.splice(0)) this.#frame.contentWindow?.postMessage(m, this.#origin);
    }
  }

  window.Tablee = Tablee;
})();
