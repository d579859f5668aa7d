// React Native: its WebSocket is that of a browser; what it lacks is the page that tells when to look again.
import { type Client, connect } from 'mqtt311';

interface AppState {
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void };
}

/** @param appState the AppState of 'react-native' */
export async function start(url: string, appState: AppState): Promise<Client> {
  const client = await connect(url, { clientId: `phone-${Date.now()}`, keepAlive: 60 });
  const listening = appState.addEventListener('change', (state) => {
    if (state === 'active') client.wake(); // the system froze the socket while the app was away
  });
  client.on('state', (state) => {
    if (state === 'closed') listening.remove();
  });
  return client;
}
