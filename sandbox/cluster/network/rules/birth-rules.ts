/**
 * The first rule of a namespace: it looks at connections and decides nothing. Without a rule that does, the kernel does
 * not track them, and one that began before would be unknown to a later rule.
 */
export const BIRTH_RULES = `table inet tracking
delete table inet tracking
table inet tracking {
  chain seen { type filter hook input priority filter; policy accept; ct state invalid accept; }
  chain sent { type filter hook output priority filter; policy accept; ct state invalid accept; }
}
`;
