// 3.8 and 4.7: who has subscribed to what, and who gets a message.
import type { QoS } from '../codec/codec.ts';
import { matches } from '../codec/topic.ts';
import type { ServerSession } from './session.ts';

/** A session that gets a message, with the maximum QoS that was granted, and the filter if a group shares it. */
export type Recipient = readonly [session: ServerSession, qos: QoS, sharedFilter?: string];

/** `$share/NAME/FILTER`, which the standard does not know: the members of a group take turns. */
const SHARED = /^\$share\/[^/+#]+\/([\s\S]+)/;

/** The filter that has to match, or undefined when a shared subscription has no good name or no filter. */
export function filterOf(topicFilter: string): string | undefined {
  return topicFilter.startsWith('$share/') ? SHARED.exec(topicFilter)?.[1] : topicFilter;
}

/** All subscriptions of a broker: who holds each filter. */
export class Subscriptions {
  private readonly holders = new Map<string, Map<ServerSession, QoS>>();

  /** One that is identical is replaced [MQTT-3.8.4-3]. */
  add(session: ServerSession, topicFilter: string, qos: QoS): void {
    const members = this.holders.get(topicFilter) ?? new Map<ServerSession, QoS>();
    this.holders.set(topicFilter, members.set(session, qos));
    session.subscriptions.set(topicFilter, qos);
  }

  /** Returns false if there is none with these very characters [MQTT-3.10.4-1]. */
  delete(session: ServerSession, topicFilter: string): boolean {
    const members = this.holders.get(topicFilter);
    members?.delete(session);
    if (members?.size === 0) this.holders.delete(topicFilter);
    return session.subscriptions.delete(topicFilter);
  }

  /**
   * Finds the sessions that get a message with this topic. A session with several filters that match gets one copy, with
   * the highest QoS of them [MQTT-3.3.5-1]; and one more for each group in which it is its turn. It asks every filter,
   * since a test has few.
   */
  recipientsOf(topic: string): Recipient[] {
    const all = new Map<ServerSession, QoS>();
    const chosen: Recipient[] = [];
    for (const [topicFilter, members] of this.holders) {
      const filter = filterOf(topicFilter)!;
      if (!matches(filter, topic)) continue;
      if (filter !== topicFilter) chosen.push(this.nextOf(topicFilter)!);
      else for (const [session, qos] of members) all.set(session, Math.max(all.get(session) ?? 0, qos) as QoS);
    }
    return [...all, ...chosen];
  }

  /** The member of a group that has waited longest: of those that are online, if one is. It goes behind the others. */
  nextOf(sharedFilter: string): Recipient | undefined {
    const members = this.holders.get(sharedFilter);
    if (!members) return undefined;
    const all = Array.from(members);
    const next = all.find(([{ isOnline }]) => isOnline) ?? all[0]!;
    members.delete(next[0]);
    members.set(...next);
    return [...next, sharedFilter];
  }
}
