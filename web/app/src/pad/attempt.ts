/** What is tried on the server, and the code of why it failed last. */
import { useState } from 'preact/hooks';
import { codeOf } from '../store/api';

export function useAttempt(): { failed: string; attempt: (what: () => Promise<void>) => Promise<void> } {
  const [failed, setFailed] = useState('');
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    try {
      setFailed('');
      await what();
    } catch (e) {
      setFailed(codeOf(e));
    }
  };
  return { failed, attempt };
}
