/** What a packet knows of its connection. Owned by the conntrack table; opaque to the rest of the stack. */
export interface ConntrackAttachment {
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED';
}
